// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { loadPreferences, savePreferences } from './preferences';
import { RecentConnections } from './recent';
import { JsonStorage } from './storage';

/** A browser storage with room for so many characters. */
class MemoryStorage implements Storage {
  private readonly values = new Map<string, string>();
  private readonly quota: number;

  constructor(quota = Number.POSITIVE_INFINITY) {
    this.quota = quota;
  }

  get length() {
    return this.values.size;
  }
  clear() {
    this.values.clear();
  }
  getItem(key: string) {
    return this.values.get(key) ?? null;
  }
  key(index: number) {
    return [...this.values.keys()][index] ?? null;
  }
  removeItem(key: string) {
    this.values.delete(key);
  }
  setItem(key: string, value: string) {
    if (value.length > this.quota) throw new Error('quota exceeded');
    this.values.set(key, value);
  }
}

const picture = `data:image/png;base64,${'A'.repeat(100)}`;

describe('recent connections', () => {
  it('puts the last used first and keeps its picture until there is a newer one', () => {
    // Part of: HOM-01, CLI-41
    const recent = new RecentConnections(new JsonStorage(new MemoryStorage()));
    recent.touch('a');
    recent.keep('a', picture);
    recent.keep('never used', picture);
    recent.touch('b');
    recent.touch('a');
    expect(recent.list()).toEqual([
      { id: 'a', thumbnail: picture },
      { id: 'b', thumbnail: '' },
    ]);
    recent.remove('a');
    expect(recent.list().map((entry) => entry.id)).toEqual(['b']);
  });

  it('gives up the oldest pictures when the browser has no more room', () => {
    const recent = new RecentConnections(new JsonStorage(new MemoryStorage(400)));
    for (const id of ['a', 'b', 'c', 'd']) {
      recent.touch(id);
      recent.keep(id, picture);
    }
    expect(recent.list().map((entry) => entry.id)).toEqual(['d', 'c']);
  });

  it('reads nothing but pictures from the storage', () => {
    const storage = new JsonStorage(new MemoryStorage());
    storage.set('GUAC_HISTORY', [
      { id: 'a', thumbnail: 'https://example.net/x' },
      null,
      { id: 3 },
      { id: 'b', thumbnail: '' },
    ]);
    expect(new RecentConnections(storage).list()).toEqual([{ id: 'b', thumbnail: '' }]);
  });
});

describe('preferences', () => {
  it('survives the storage', () => {
    // Features: SET-10
    const storage = new JsonStorage(new MemoryStorage());
    const preferences = { ...loadPreferences(storage), theme: 'dark' as const, numberOfRecentConnections: 12 };
    savePreferences(storage, preferences);
    expect(loadPreferences(storage)).toEqual(preferences);
  });

  it('keeps defaults where the storage has nonsense', () => {
    // Part of: SET-05
    const storage = new JsonStorage(new MemoryStorage());
    storage.set('GUAC_PREFERENCES', {
      theme: 'pink',
      numberOfRecentConnections: 99,
      showRecentConnections: 'yes',
      timezone: 7,
    });
    expect(loadPreferences(storage)).toMatchObject({
      theme: 'system',
      numberOfRecentConnections: 6,
      showRecentConnections: true,
    });
  });
});
