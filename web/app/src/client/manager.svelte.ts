// SPDX-License-Identifier: Apache-2.0

/** All connections of this tab, shown or in the background. */

import type { App } from '../state/app.svelte';
import type { RunningConnections } from '../state/running';
import { readDeviceClipboard, watchClipboardPermission } from './device-clipboard';
import { ManagedClient } from './managed-client.svelte';

export class ClientManager implements RunningConnections {
  list = $state.raw<ManagedClient[]>([]);
  /** The tiles that get the keys. */
  focused = $state.raw<ReadonlySet<string>>(new Set());

  private readonly app: App;

  constructor(app: App) {
    this.app = app;
    void watchClipboardPermission();
  }

  get busy(): boolean {
    return this.list.some((client) => client.busy);
  }

  find(id: string): ManagedClient | undefined {
    return this.list.find((client) => client.id === id);
  }

  /** Makes the connections that are not there yet. They connect when they are first shown. */
  open(ids: string[]): void {
    const missing = [...new Set(ids)].filter((id) => !this.find(id));
    if (missing.length > 0) this.list = [...this.list, ...missing.map((id) => new ManagedClient(this.app, id))];
  }

  focus(ids: ReadonlySet<string>): void {
    this.focused = ids;
  }

  close(id: string): void {
    this.find(id)?.dispose();
    this.list = this.list.filter((client) => client.id !== id);
  }

  closeAll(): void {
    for (const client of this.list) client.dispose();
    this.list = [];
  }

  /** The client view is left: what runs goes on, what has ended is forgotten. */
  leave(): void {
    for (const client of this.list) if (!client.busy) this.close(client.id);
  }

  /** Gives the clipboard of this device to those that run, as far as the browser lets the page see it. */
  async offerDeviceClipboard(clients: ManagedClient[]): Promise<void> {
    const running = clients.filter((client) => client.phase === 'connected');
    const data = running.length > 0 ? await readDeviceClipboard() : undefined;
    if (data === undefined) return;
    for (const client of running) client.clipboard.offer(data);
  }
}

/** The connections of an application; the first call makes their manager. */
export function clientsOf(app: App): ClientManager {
  if (app.running instanceof ClientManager) return app.running;
  const manager = new ClientManager(app);
  app.running = manager;
  return manager;
}
