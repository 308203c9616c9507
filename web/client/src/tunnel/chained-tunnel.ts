// SPDX-License-Identifier: Apache-2.0

import { type Status, StatusCode } from '@palta/guac';
import { DisposableStore, Emitter } from '../lifecycle';
import type { Tunnel, TunnelEvents, TunnelState } from './tunnel';

/**
 * Tries tunnels in their order until one works. The next is tried when one fails before the far end has answered;
 * an answer that refuses the connection is final, as another transport would be refused as well.
 */
export class ChainedTunnel extends Emitter<TunnelEvents> implements Tunnel {
  private readonly tunnels: readonly Tunnel[];
  private readonly bound = new DisposableStore();
  private current: Tunnel | undefined;
  private currentState: TunnelState = 'closed';

  constructor(...tunnels: Tunnel[]) {
    super();
    this.tunnels = tunnels;
  }

  get state(): TunnelState {
    return this.currentState;
  }

  get uuid(): string {
    return this.current?.uuid ?? '';
  }

  get answered(): boolean {
    return this.current?.answered ?? false;
  }

  connect(data: string): void {
    if (this.currentState !== 'closed') {
      return;
    }
    this.setState('connecting');
    this.attempt(0, data);
  }

  disconnect(): void {
    if (this.currentState !== 'closed') {
      this.current?.disconnect();
    }
  }

  send(opcode: string, ...args: (string | number)[]): void {
    this.current?.send(opcode, ...args);
  }

  override dispose(): void {
    this.disconnect();
    this.bound.dispose();
    for (const tunnel of this.tunnels) {
      tunnel.dispose();
    }
    super.dispose();
  }

  private attempt(index: number, data: string): void {
    const tunnel = this.tunnels[index];
    this.bound.clear();
    if (tunnel === undefined) {
      this.setState('closed');
      return;
    }
    this.current = tunnel;
    let failure: Status | undefined;
    this.bound.add(tunnel.on('uuid', (uuid) => this.emit('uuid', uuid)));
    this.bound.add(tunnel.on('data', (text) => this.emit('data', text)));
    this.bound.add(
      tunnel.on('error', (status) => {
        failure = status;
      }),
    );
    this.bound.add(
      tunnel.on('state', (state) => {
        if (state !== 'closed') {
          this.setState(state);
        } else if (failure !== undefined && index + 1 < this.tunnels.length && mayRetry(tunnel, failure)) {
          this.attempt(index + 1, data);
        } else {
          this.finish(failure);
        }
      }),
    );
    tunnel.connect(data);
  }

  private finish(failure: Status | undefined): void {
    this.bound.clear();
    this.currentState = 'closed';
    if (failure !== undefined) {
      this.emit('error', failure);
    }
    this.emit('state', 'closed');
  }

  private setState(state: TunnelState): void {
    if (state !== this.currentState) {
      this.currentState = state;
      this.emit('state', state);
    }
  }
}

function mayRetry(tunnel: Tunnel, failure: Status): boolean {
  return !tunnel.answered && failure.code !== StatusCode.UPSTREAM_TIMEOUT;
}
