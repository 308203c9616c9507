// SPDX-License-Identifier: Apache-2.0

import { encodeInstruction, INTERNAL_OPCODE, parseInstructions, Status, StatusCode } from '@palta/guac';
import { DisposableStore, listen } from '../lifecycle';
import { encodePing, isInternal, NetworkTunnel } from './tunnel';

const SUBPROTOCOL = 'guacamole';

/**
 * A tunnel over one WebSocket. The connection's parameters travel in the query string, instructions in text messages,
 * each of which holds whole instructions. The first one carries the tunnel's UUID.
 */
export class WebSocketTunnel extends NetworkTunnel {
  private readonly url: string;
  private readonly bound = new DisposableStore();
  private socket: WebSocket | undefined;

  /** The URL may be relative to the page and of the schemes ws, wss, http and https. */
  constructor(url: string) {
    super();
    this.url = url;
  }

  /** Whether this browser has WebSockets. */
  static get supported(): boolean {
    return typeof WebSocket !== 'undefined';
  }

  protected override open(data: string): void {
    let socket: WebSocket;
    try {
      socket = new WebSocket(withQuery(webSocketURL(this.url), data), SUBPROTOCOL);
    } catch (error) {
      this.close(new Status(StatusCode.UPSTREAM_NOT_FOUND, String(error)));
      return;
    }
    this.socket = socket;
    this.bound.add(listen<MessageEvent<unknown>>(socket, 'message', (event) => this.receive(event.data)));
    this.bound.add(listen<CloseEvent>(socket, 'close', (event) => this.closed(event)));
  }

  protected override write(text: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(text);
    }
  }

  protected override ping(now: number): void {
    this.write(encodePing(now));
  }

  protected override shut(): void {
    this.bound.clear();
    this.socket?.close();
    this.socket = undefined;
  }

  private closed(event: CloseEvent): void {
    if (/^\d+$/.test(event.reason)) {
      this.markAnswered();
    }
    this.close(Status.fromClose(event.code, event.reason));
  }

  private receive(data: unknown): void {
    if (typeof data !== 'string') {
      this.close(new Status(StatusCode.SERVER_ERROR, 'binary message in a text tunnel'));
      return;
    }
    this.received();
    const text = isInternal(data) ? this.takeInternal(data) : data;
    if (text === '') {
      return;
    }
    if (this.state === 'connecting') {
      this.opened('');
    }
    this.emit('data', text);
  }

  /** Handles the internal instructions of a message and returns the others. */
  private takeInternal(message: string): string {
    const instructions = parseInstructions(message);
    if (instructions === undefined) {
      this.close(new Status(StatusCode.SERVER_ERROR, 'malformed message in the tunnel'));
      return '';
    }
    let rest = '';
    for (const { opcode, args } of instructions) {
      if (opcode !== INTERNAL_OPCODE) {
        rest += encodeInstruction(opcode, ...args);
      } else if (args.length === 1 && this.state === 'connecting') {
        this.opened(args[0] ?? '');
      }
    }
    return rest;
  }
}

function webSocketURL(url: string): string {
  const absolute = new URL(url, document.baseURI);
  absolute.protocol = absolute.protocol.replace(/^http/, 'ws');
  absolute.hash = '';
  return absolute.href;
}

function withQuery(url: string, query: string): string {
  if (query === '') {
    return url;
  }
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}
