// SPDX-License-Identifier: Apache-2.0

import { decodeBase64, Status, StatusCode } from '@palta/guac';
import { MAX_BUFFERED_STREAM } from '../limits';

/** A stream or an operation has failed with a status of the protocol. */
export class StreamError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.toString());
    this.status = status;
  }
}

/** What an input stream needs of its client. */
export interface InputStreamOwner {
  acknowledge(index: number, message: string, code: number): void;
  release(stream: InputStream): void;
}

type Consumer = {
  readonly take: (data: Uint8Array<ArrayBuffer>) => void;
  readonly done: () => void;
  readonly fail: (error: StreamError) => void;
};

/**
 * A stream from the server. Nothing is acknowledged before somebody reads it, and the server sends little before that;
 * what it does send waits. A stream is read once.
 */
export class InputStream {
  readonly index: number;
  readonly mimetype: string;
  private readonly owner: InputStreamOwner;
  private consumer: Consumer | undefined;
  private waiting: Uint8Array<ArrayBuffer>[] = [];
  private bytes = 0;
  private hasEnded = false;
  private failure: Status | undefined;

  constructor(index: number, mimetype: string, owner: InputStreamOwner) {
    this.index = index;
    this.mimetype = mimetype;
    this.owner = owner;
  }

  /** Bytes received so far. */
  get received(): number {
    return this.bytes;
  }

  /** Whether all has been received. */
  get ended(): boolean {
    return this.hasEnded;
  }

  /** Accepts the stream and hands on its data as it comes. Settles at the end. */
  read(onBlob: (data: Uint8Array<ArrayBuffer>) => void): Promise<void> {
    this.owner.acknowledge(this.index, 'OK', StatusCode.SUCCESS);
    return this.consume(onBlob);
  }

  /** Accepts the stream and collects its data. */
  async blob(onProgress?: (received: number) => void): Promise<Blob> {
    return new Blob(await this.collect(onProgress), { type: this.mimetype });
  }

  /** Accepts the stream and collects its data as UTF-8 text. */
  async text(): Promise<string> {
    const decoder = new TextDecoder();
    const parts = (await this.collect()).map((part) => decoder.decode(part, { stream: true }));
    return parts.join('') + decoder.decode();
  }

  /**
   * Waits for the end of a stream whose data is fetched from the gateway by REST. The gateway accepts it, and sends an
   * empty blob now and then which is acknowledged here, so the transfer does not outrun the display.
   */
  relayed(): Promise<void> {
    return this.consume(() => {});
  }

  /** Tells the server that nobody wants the stream. */
  refuse(code: StatusCode = StatusCode.UNSUPPORTED, message = 'unsupported'): void {
    this.owner.acknowledge(this.index, message, code);
    this.fail(new Status(code, message));
    this.owner.release(this);
  }

  /** Takes a blob from the instruction stream. */
  receive(base64: string): void {
    const data = decodeBase64(base64);
    if (data === undefined) {
      this.refuse(StatusCode.CLIENT_BAD_REQUEST, 'blob is no base64');
      return;
    }
    this.bytes += data.length;
    if (this.consumer === undefined) {
      this.waiting.push(data);
    } else {
      this.hand(this.consumer, data);
    }
  }

  /** Takes the end of the stream. */
  end(): void {
    this.hasEnded = true;
    this.consumer?.done();
  }

  /** Ends the stream before its time. */
  fail(status: Status): void {
    if (!this.hasEnded && this.failure === undefined) {
      this.failure = status;
      this.consumer?.fail(new StreamError(status));
    }
  }

  private async collect(onProgress?: (received: number) => void): Promise<Uint8Array<ArrayBuffer>[]> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    await this.read((data) => {
      if (this.bytes > MAX_BUFFERED_STREAM) {
        this.refuse(StatusCode.CLIENT_OVERRUN, 'too large');
        return;
      }
      parts.push(data);
      onProgress?.(this.bytes);
    });
    return parts;
  }

  private consume(take: (data: Uint8Array<ArrayBuffer>) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) {
        reject(new StreamError(this.failure));
        return;
      }
      const consumer = { take, done: resolve, fail: reject };
      this.consumer = consumer;
      const waiting = this.waiting;
      this.waiting = [];
      for (const data of waiting) {
        this.hand(consumer, data);
      }
      if (this.hasEnded) {
        resolve();
      }
    });
  }

  private hand(consumer: Consumer, data: Uint8Array<ArrayBuffer>): void {
    consumer.take(data);
    if (this.failure === undefined) {
      this.owner.acknowledge(this.index, 'OK', StatusCode.SUCCESS);
    }
  }
}
