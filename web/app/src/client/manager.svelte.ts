// SPDX-License-Identifier: Apache-2.0

/** All connections of this tab, shown or in the background. */

import { LocalClipboard } from '@palta/client';
import type { App } from '../app.svelte';
import { canReadClipboard, watchClipboardPermission } from './clipboard';
import { ManagedClient } from './managed-client.svelte';

export class ClientManager {
  list = $state.raw<ManagedClient[]>([]);
  /** The tiles that get the keys. */
  focused = $state.raw<ReadonlySet<string>>(new Set());

  private readonly app: App;
  private readonly local = new LocalClipboard();

  constructor(app: App) {
    this.app = app;
    void watchClipboardPermission();
  }

  /** Whether closing the tab would end a running connection. */
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

  /** Gives the clipboard of this device to connections, as far as the browser lets the page see it. */
  async sendLocalClipboard(clients: ManagedClient[]): Promise<void> {
    if (!canReadClipboard() || !document.hasFocus() || clients.length === 0) return;
    const data = await this.local.read();
    if (data === undefined) return;
    for (const client of clients) client.sendLocalClipboard(data);
  }
}
