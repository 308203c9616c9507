// SPDX-License-Identifier: Apache-2.0

import { encodeInstruction, Status, StatusCode } from '@palta/guac';
import { NetworkTunnel } from './tunnel';

const TOKEN_HEADER = 'Guacamole-Tunnel-Token';
const STATUS_HEADER = 'Guacamole-Status-Code';
const MESSAGE_HEADER = 'Guacamole-Error-Message';

/** Options of the tunnels that use HTTP. */
export type HTTPOptions = {
  /** Headers to send with every request. */
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * A tunnel over plain HTTP requests, for networks where WebSockets do not pass:
 *
 *   POST url?connect           parameters in the body; answers the UUID, and in a header the token of all that follows
 *   GET  url?read:UUID:n       a stream of instructions, ended by the server as soon as the next read waits
 *   POST url?write:UUID        instructions
 *
 * The next read is asked for when the answer of the current one begins, so one always waits at the server. Answers
 * are handed on in the order of their requests.
 */
export class HTTPTunnel extends NetworkTunnel {
  private readonly url: string;
  private readonly headers: Readonly<Record<string, string>>;
  private abort = new AbortController();
  private token = '';
  private reads = 0;
  private unsent = '';
  private writing = false;

  constructor(url: string, options: HTTPOptions = {}) {
    super();
    this.url = url;
    this.headers = options.headers ?? {};
  }

  protected override open(data: string): void {
    this.abort = new AbortController();
    this.token = '';
    this.reads = 0;
    this.unsent = '';
    this.writing = false;
    void this.guard(this.abort.signal, (signal) => this.connectAndRead(data, signal));
  }

  protected override write(text: string): void {
    this.unsent += text;
    if (!this.writing) {
      this.writing = true;
      void this.guard(this.abort.signal, (signal) => this.flush(signal));
    }
  }

  protected override ping(): void {
    this.write(encodeInstruction('nop'));
  }

  protected override shut(): void {
    if (this.unsent !== '' && this.token !== '') {
      // What is left, `disconnect` above all, shall arrive even if the page goes away.
      const init = { method: 'POST', headers: this.tokenHeaders(), body: this.unsent, keepalive: true };
      fetch(this.query(`write:${this.uuid}`), init).catch(() => {});
      this.unsent = '';
    }
    this.abort.abort();
  }

  /** Runs a request loop; its failure closes the tunnel, unless that was closed before. */
  private async guard(signal: AbortSignal, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await run(signal);
    } catch (error) {
      if (!signal.aborted) {
        this.close(
          error instanceof HTTPError ? error.status : new Status(StatusCode.UPSTREAM_NOT_FOUND, String(error)),
        );
      }
    }
  }

  private async connectAndRead(data: string, signal: AbortSignal): Promise<void> {
    const headers = { ...this.headers, 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    const response = await this.request(this.query('connect'), { method: 'POST', headers, body: data, signal });
    const uuid = (await response.text()).trim();
    signal.throwIfAborted();
    this.token = response.headers.get(TOKEN_HEADER) ?? '';
    this.opened(uuid);
    let next = this.read(signal);
    for (;;) {
      const answer = await next;
      signal.throwIfAborted();
      if (answer === undefined) {
        this.close(new Status(StatusCode.SUCCESS));
        return;
      }
      next = this.read(signal);
      // A failure of the next read counts only after this answer was handed on.
      next.catch(() => {});
      await this.handOn(answer, signal);
    }
  }

  /** Returns the answer of the next read, or undefined if the tunnel has come to its end. */
  private async read(signal: AbortSignal): Promise<Response | undefined> {
    const init = { headers: this.tokenHeaders(), cache: 'no-store', signal } as const;
    try {
      return await this.request(this.query(`read:${this.uuid}:${this.reads++}`), init);
    } catch (error) {
      if (error instanceof HTTPError && error.status.code === StatusCode.RESOURCE_NOT_FOUND) {
        return undefined;
      }
      throw error;
    }
  }

  private async handOn(answer: Response, signal: AbortSignal): Promise<void> {
    const decoder = new TextDecoder();
    const reader = answer.body?.getReader();
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      const text = decoder.decode(value, { stream: !done });
      if (text !== '') {
        this.received();
        this.emit('data', text);
      }
      if (done) {
        return;
      }
    }
  }

  private async flush(signal: AbortSignal): Promise<void> {
    while (this.unsent !== '') {
      const body = this.unsent;
      this.unsent = '';
      const headers = { ...this.tokenHeaders(), 'Content-Type': 'application/octet-stream' };
      await this.request(this.query(`write:${this.uuid}`), { method: 'POST', headers, body, signal });
      signal.throwIfAborted();
    }
    this.writing = false;
  }

  private async request(url: string, init: RequestInit): Promise<Response> {
    const response = await fetch(url, init);
    if (init.signal?.aborted !== true) {
      this.received();
    }
    if (response.ok) {
      return response;
    }
    throw new HTTPError(statusOf(response));
  }

  private tokenHeaders(): Record<string, string> {
    return { ...this.headers, [TOKEN_HEADER]: this.token };
  }

  private query(operation: string): string {
    return `${this.url}?${operation}`;
  }
}

/** Reads a recorded or prepared stream of instructions from a URL. What is sent to it goes nowhere. */
export class StaticTunnel extends NetworkTunnel {
  private readonly url: string;
  private readonly headers: Readonly<Record<string, string>>;
  private abort = new AbortController();

  constructor(url: string, options: HTTPOptions = {}) {
    super();
    this.url = url;
    this.headers = options.headers ?? {};
  }

  protected override open(): void {
    this.abort = new AbortController();
    void this.play(this.abort.signal);
  }

  protected override write(): void {}

  protected override ping(): void {}

  protected override shut(): void {
    this.abort.abort();
  }

  private async play(signal: AbortSignal): Promise<void> {
    try {
      const response = await fetch(this.url, { headers: this.headers, signal });
      if (!response.ok) {
        this.close(statusOf(response));
        return;
      }
      this.opened('');
      const decoder = new TextDecoder();
      const reader = response.body?.getReader();
      for (let done = reader === undefined; !done && reader !== undefined; ) {
        const part = await reader.read();
        signal.throwIfAborted();
        done = part.done;
        this.received();
        this.emit('data', decoder.decode(part.value, { stream: !done }));
      }
      this.close(new Status(StatusCode.SUCCESS));
    } catch (error) {
      if (!signal.aborted) {
        this.close(new Status(StatusCode.UPSTREAM_NOT_FOUND, String(error)));
      }
    }
  }
}

class HTTPError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.toString());
    this.status = status;
  }
}

function statusOf(response: Response): Status {
  const code = response.headers.get(STATUS_HEADER);
  const message = response.headers.get(MESSAGE_HEADER) ?? '';
  return code === null ? Status.fromHTTP(response.status, message) : Status.parse(code, message);
}
