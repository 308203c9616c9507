// SPDX-License-Identifier: Apache-2.0

/** The status codes of the protocol. */
export const StatusCode = {
  SUCCESS: 0x0000,
  UNSUPPORTED: 0x0100,
  SERVER_ERROR: 0x0200,
  SERVER_BUSY: 0x0201,
  UPSTREAM_TIMEOUT: 0x0202,
  UPSTREAM_ERROR: 0x0203,
  RESOURCE_NOT_FOUND: 0x0204,
  RESOURCE_CONFLICT: 0x0205,
  RESOURCE_CLOSED: 0x0206,
  UPSTREAM_NOT_FOUND: 0x0207,
  UPSTREAM_UNAVAILABLE: 0x0208,
  SESSION_CONFLICT: 0x0209,
  SESSION_TIMEOUT: 0x020a,
  SESSION_CLOSED: 0x020b,
  CLIENT_BAD_REQUEST: 0x0300,
  CLIENT_UNAUTHORIZED: 0x0301,
  CLIENT_FORBIDDEN: 0x0303,
  CLIENT_TIMEOUT: 0x0308,
  CLIENT_OVERRUN: 0x030d,
  CLIENT_BAD_TYPE: 0x030f,
  CLIENT_TOO_MANY: 0x031d,
} as const;

/** One of the codes of the protocol. */
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/** The protocol's name of a status. */
export type StatusName = keyof typeof StatusCode;

const namesByCode = new Map<number, string>(Object.entries(StatusCode).map(([name, code]) => [code, name]));

const codesByHTTPStatus = new Map<number, StatusCode>([
  [400, StatusCode.CLIENT_BAD_REQUEST],
  [403, StatusCode.CLIENT_FORBIDDEN],
  [404, StatusCode.RESOURCE_NOT_FOUND],
  [429, StatusCode.CLIENT_TOO_MANY],
  [503, StatusCode.SERVER_BUSY],
]);

const codesByCloseCode = new Map<number, StatusCode>([
  [1000, StatusCode.SUCCESS],
  [1001, StatusCode.UPSTREAM_UNAVAILABLE],
  [1006, StatusCode.UPSTREAM_NOT_FOUND],
  [1012, StatusCode.UPSTREAM_UNAVAILABLE],
  [1013, StatusCode.UPSTREAM_UNAVAILABLE],
  [1014, StatusCode.UPSTREAM_UNAVAILABLE],
  [1015, StatusCode.UPSTREAM_NOT_FOUND],
]);

/**
 * The outcome of an operation as the protocol expresses it.
 * A code this version does not know is kept, and named after its number.
 */
export class Status {
  readonly code: number;
  readonly message: string;

  constructor(code: number, message = '') {
    this.code = code;
    this.message = message;
  }

  /** The name of the code, or `0x…` for an unknown one. */
  get name(): string {
    return namesByCode.get(this.code) ?? `0x${this.code.toString(16).padStart(4, '0').toUpperCase()}`;
  }

  /** Whether this is anything but a success. */
  get isError(): boolean {
    return this.code >= StatusCode.UNSUPPORTED;
  }

  toString(): string {
    return this.message === '' ? this.name : `${this.name}: ${this.message}`;
  }

  /** Reads the code of an `error` or `ack` instruction; what is no number is a SERVER_ERROR. */
  static parse(code: string | undefined, message = ''): Status {
    return new Status(parseCode(code) ?? StatusCode.SERVER_ERROR, message);
  }

  /** The status of an HTTP answer that does not carry one. */
  static fromHTTP(httpStatus: number, message = ''): Status {
    return new Status(codesByHTTPStatus.get(httpStatus) ?? StatusCode.SERVER_ERROR, message);
  }

  /** The status of a WebSocket close frame: its reason if that is a number, else what its code stands for. */
  static fromClose(closeCode: number, reason: string): Status {
    const code = parseCode(reason) ?? codesByCloseCode.get(closeCode) ?? StatusCode.SERVER_ERROR;
    return new Status(code);
  }
}

function parseCode(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}
