// SPDX-License-Identifier: Apache-2.0

import { encodeInstruction, INTERNAL_OPCODE, Status, StatusCode } from '@palta/guac';
import { type Disposable, Emitter, type Listener, toDisposable } from '../lifecycle';

export type TunnelState = 'closed' | 'connecting' | 'open' | 'unstable';

export type TunnelEvents = {
  state: [state: TunnelState];
  /** The identity by which the REST API knows this tunnel. */
  uuid: [uuid: string];
  /** Instructions as text, in order, cut anywhere. */
  data: [text: string];
  /** Why the tunnel is about to close, unless it ends normally. */
  error: [status: Status];
};

/** A two-way stream of instructions. It can be connected again after it has closed. */
export interface Tunnel extends Disposable {
  readonly state: TunnelState;
  /** Empty until the far end has told it. */
  readonly uuid: string;
  /** Whether the far end has answered in its own words since `connect`, even if with an error. */
  readonly answered: boolean;
  /** Connects; `data` is the query string or form body with the connection's parameters. */
  connect(data: string): void;
  disconnect(): void;
  /** Sends an instruction, or drops it if the tunnel is not open. */
  send(opcode: string, ...args: (string | number)[]): void;
  on<E extends keyof TunnelEvents>(event: E, listener: Listener<TunnelEvents[E]>): Disposable;
}

/** After this time without a message the far end is asked for a sign of life, in milliseconds. */
export const PING_INTERVAL = 500;

/** After this time without a message a tunnel is unstable. */
export const UNSTABLE_AFTER = 1500;

/** After this time without a message a tunnel is closed. */
export const CLOSED_AFTER = 15_000;

/** What tunnels over a network have in common: state, identity and watching for silence. */
export abstract class NetworkTunnel extends Emitter<TunnelEvents> implements Tunnel {
  private currentState: TunnelState = 'closed';
  private currentUUID = '';
  private hasAnswered = false;
  private lastReceived = 0;
  private lastTick = 0;
  private watch: Disposable | undefined;

  get state(): TunnelState {
    return this.currentState;
  }

  get uuid(): string {
    return this.currentUUID;
  }

  get answered(): boolean {
    return this.hasAnswered;
  }

  connect(data: string): void {
    if (this.currentState !== 'closed') {
      return;
    }
    this.currentUUID = '';
    this.hasAnswered = false;
    this.setState('connecting');
    this.startWatch();
    this.open(data);
  }

  disconnect(): void {
    this.close(new Status(StatusCode.SUCCESS));
  }

  send(opcode: string, ...args: (string | number)[]): void {
    if (this.currentState === 'open' || this.currentState === 'unstable') {
      this.write(encodeInstruction(opcode, ...args));
    }
  }

  override dispose(): void {
    this.disconnect();
    super.dispose();
  }

  /** Begins to connect. */
  protected abstract open(data: string): void;
  /** Sends text while the tunnel is open. */
  protected abstract write(text: string): void;
  /** Asks the far end for a sign of life. */
  protected abstract ping(now: number): void;
  /** Lets go of the transport. */
  protected abstract shut(): void;

  /** Notes that the far end is alive. */
  protected received(): void {
    this.lastReceived = Date.now();
    this.hasAnswered = true;
    if (this.currentState === 'unstable') {
      this.setState('open');
    }
  }

  /** Notes that the far end has told who it is or how it ends. */
  protected markAnswered(): void {
    this.hasAnswered = true;
  }

  /** Takes the tunnel into use under its identity. */
  protected opened(uuid: string): void {
    if (this.currentState !== 'connecting') {
      return;
    }
    this.currentUUID = uuid;
    this.setState('open');
    this.emit('uuid', uuid);
  }

  protected close(status: Status): void {
    if (this.currentState === 'closed') {
      return;
    }
    this.watch?.dispose();
    this.shut();
    this.currentState = 'closed';
    if (status.isError) {
      this.emit('error', status);
    }
    this.emit('state', 'closed');
  }

  private setState(state: TunnelState): void {
    this.currentState = state;
    this.emit('state', state);
  }

  private startWatch(): void {
    this.lastReceived = Date.now();
    this.lastTick = this.lastReceived;
    const timer = setInterval(() => this.tick(Date.now()), PING_INTERVAL);
    this.watch = toDisposable(() => clearInterval(timer));
  }

  private tick(now: number): void {
    const pause = now - this.lastTick;
    this.lastTick = now;
    if (pause > UNSTABLE_AFTER) {
      // The page itself was asleep (throttled tab, suspended machine), so the silence says nothing yet.
      this.lastReceived = Math.max(this.lastReceived, now - PING_INTERVAL);
    }
    const silence = now - this.lastReceived;
    if (silence >= CLOSED_AFTER) {
      this.close(new Status(StatusCode.UPSTREAM_TIMEOUT, 'the server does not answer'));
      return;
    }
    if (this.currentState === 'open' && silence >= UNSTABLE_AFTER) {
      this.setState('unstable');
    }
    if (this.currentState !== 'connecting' && silence >= PING_INTERVAL) {
      this.ping(now);
    }
  }
}

/** Whether a piece of text that begins at an instruction begins with one that only concerns the tunnel. */
export function isInternal(text: string): boolean {
  return text.startsWith('0.');
}

/** The answer-me of a WebSocket tunnel. */
export function encodePing(now: number): string {
  return encodeInstruction(INTERNAL_OPCODE, 'ping', now);
}
