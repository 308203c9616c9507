// SPDX-License-Identifier: Apache-2.0

/** The recently used connections with their last pictures, newest first (HOM-01). */

import { type JsonStorage, storageKeys } from './storage';

export type HistoryEntry = {
  /** A client identifier. */
  id: string;
  /** A data: address. */
  thumbnail: string;
};

/** More than the largest number a user may ask to see (SET-05). */
const maxEntries = 20;

export class RecentConnections {
  private readonly storage: JsonStorage;

  constructor(storage: JsonStorage) {
    this.storage = storage;
  }

  list(): HistoryEntry[] {
    const stored = this.storage.get(storageKeys.history);
    return Array.isArray(stored) ? stored.filter(isEntry).slice(0, maxEntries) : [];
  }

  /** Puts a connection first, with the picture it had. */
  touch(id: string): void {
    const entries = this.list();
    const known = entries.find((entry) => entry.id === id);
    this.store([known ?? { id, thumbnail: '' }, ...entries.filter((entry) => entry.id !== id)]);
  }

  /** Gives a connection of the list a new picture, and leaves it in its place. */
  keep(id: string, thumbnail: string): void {
    this.store(this.list().map((entry) => (entry.id === id ? { id, thumbnail } : entry)));
  }

  remove(id: string): void {
    this.store(this.list().filter((entry) => entry.id !== id));
  }

  // The oldest pictures go first when the browser's quota is used up.
  private store(entries: HistoryEntry[]): void {
    for (let kept = entries.slice(0, maxEntries); ; kept = kept.slice(0, -1)) {
      if (this.storage.set(storageKeys.history, kept) || kept.length === 0) return;
    }
  }
}

function isEntry(value: unknown): value is HistoryEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { id, thumbnail } = value as Partial<HistoryEntry>;
  // Only pictures are shown: what else stands in the storage is not an address to follow.
  return typeof id === 'string' && typeof thumbnail === 'string' && /^(data:image\/|$)/.test(thumbnail);
}
