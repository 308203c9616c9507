// SPDX-License-Identifier: Apache-2.0

import { encodeBase64, MAX_BLOB_SIZE, Status, StatusCode } from '@palta/guac';
import { Emitter } from '../lifecycle';
import { UPLOAD_WINDOW } from '../limits';
import { StreamError } from './input-stream';

/** What an output stream needs of its client. */
export interface OutputStreamOwner {
  send(opcode: string, ...args: (string | number)[]): void;
  release(stream: OutputStream): void;
}

/** Options of sending a whole Blob. */
export type SendOptions = {
  readonly signal?: AbortSignal;
  readonly onProgress?: (sent: number, total: number) => void;
};

type Waiter = { readonly count: number; readonly resolve: () => void; readonly reject: (error: StreamError) => void };

/** Bytes of a Blob that are read at a time. */
const READ_SIZE = 64 * MAX_BLOB_SIZE;

/** A stream to the server, which acknowledges its opening and every blob, or refuses it with an error. */
export class OutputStream extends Emitter<{ ack: [status: Status] }> {
  readonly index: number;
  private readonly owner: OutputStreamOwner;
  private acks = 0;
  private failure: Status | undefined;
  private closed = false;
  private waiters: Waiter[] = [];

  constructor(index: number, owner: OutputStreamOwner) {
    super();
    this.index = index;
    this.owner = owner;
  }

  /** Sends data, in as many blobs as it takes. */
  write(data: Uint8Array): void {
    for (let at = 0; at < data.length && this.isOpen; at += MAX_BLOB_SIZE) {
      this.owner.send('blob', this.index, encodeBase64(data.subarray(at, at + MAX_BLOB_SIZE)));
    }
  }

  /** Tells the server that all has been sent. */
  end(): void {
    if (this.isOpen) {
      this.closed = true;
      this.owner.send('end', this.index);
      this.owner.release(this);
    }
  }

  /** Waits for the next answer of the server, which may be an error. */
  async nextAck(): Promise<Status> {
    try {
      await this.acknowledged(this.acks + 1);
      return new Status(StatusCode.SUCCESS);
    } catch (error) {
      if (error instanceof StreamError) {
        return error.status;
      }
      throw error;
    }
  }

  /** Waits until the server has acknowledged so many times in all: 1 for the opening and 1 for each blob. */
  acknowledged(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) {
        reject(new StreamError(this.failure));
      } else if (this.acks >= count) {
        resolve();
      } else {
        this.waiters.push({ count, resolve, reject });
      }
    });
  }

  /** Sends a whole Blob at the server's pace, and ends the stream. */
  async send(blob: Blob, options: SendOptions = {}): Promise<void> {
    const { signal, onProgress } = options;
    try {
      await this.acknowledged(1);
      let blobs = 0;
      for (let at = 0; at < blob.size; at += READ_SIZE) {
        const data = new Uint8Array(await blob.slice(at, at + READ_SIZE).arrayBuffer());
        for (let i = 0; i < data.length; i += MAX_BLOB_SIZE) {
          signal?.throwIfAborted();
          await this.acknowledged(1 + blobs - (UPLOAD_WINDOW - 1));
          this.write(data.subarray(i, i + MAX_BLOB_SIZE));
          blobs++;
          onProgress?.(Math.min(blob.size, at + i + MAX_BLOB_SIZE), blob.size);
        }
      }
      await this.acknowledged(1 + blobs);
    } finally {
      this.end();
    }
  }

  /** Takes an `ack`. */
  receive(status: Status): void {
    if (status.isError) {
      this.fail(status);
    } else {
      this.acks++;
      const ready = this.waiters.filter((waiter) => waiter.count <= this.acks);
      this.waiters = this.waiters.filter((waiter) => waiter.count > this.acks);
      for (const waiter of ready) {
        waiter.resolve();
      }
    }
    this.emit('ack', status);
  }

  /** Ends the stream with an error. */
  fail(status: Status): void {
    if (this.failure !== undefined) {
      return;
    }
    this.failure = status;
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) {
      waiter.reject(new StreamError(status));
    }
    if (!this.closed) {
      this.closed = true;
      this.owner.release(this);
    }
  }

  private get isOpen(): boolean {
    return !this.closed;
  }
}
