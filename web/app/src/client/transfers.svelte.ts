// SPDX-License-Identifier: Apache-2.0

/** Files on their way in or out of one connection (CLI-35). */

export type Transfer = {
  readonly id: number;
  readonly direction: 'upload' | 'download';
  readonly name: string;
  /** Undefined where the other side does not tell the size. */
  readonly total?: number;
  sent: number;
  state: 'running' | 'done' | 'failed';
  error: string;
  cancel?: () => void;
};

export class Transfers {
  list = $state<Transfer[]>([]);
  private count = 0;

  start(direction: Transfer['direction'], name: string, total?: number, cancel?: () => void): Transfer {
    const id = ++this.count;
    this.list.push({ id, direction, name, total, sent: 0, state: 'running', error: '', cancel });
    // The proxy is what a later change has to go through to be seen.
    return this.list[this.list.length - 1] as Transfer;
  }

  finish(transfer: Transfer, error = ''): void {
    transfer.state = error === '' ? 'done' : 'failed';
    transfer.error = error;
  }

  /** Forgets what is finished. */
  clear(): void {
    this.list = this.list.filter((transfer) => transfer.state === 'running');
  }
}
