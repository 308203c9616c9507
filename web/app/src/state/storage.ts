// SPDX-License-Identifier: Apache-2.0

/**
 * Values in the browser's storage, as JSON under upstream's names, so that thumbnails,
 * preferences and a running login are kept when a gateway is replaced by this one.
 */

export const storageKeys = {
  token: 'GUAC_AUTH_TOKEN',
  history: 'GUAC_HISTORY',
  preferences: 'GUAC_PREFERENCES',
} as const;

export class JsonStorage {
  private readonly backing: Storage;

  constructor(backing: Storage) {
    this.backing = backing;
  }

  /** The stored value, or undefined where there is none or it does not read. */
  get(key: string): unknown {
    const text = this.backing.getItem(key);
    if (text === null) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  /** Stores a value. Says whether there was room: thumbnails may not fit. */
  set(key: string, value: unknown): boolean {
    try {
      this.backing.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  remove(key: string): void {
    this.backing.removeItem(key);
  }
}
