// SPDX-License-Identifier: Apache-2.0

/** Who else is in a session (SHA-09). One person may have joined more than once. */

import { SvelteMap } from 'svelte/reactivity';

export type Person = { name: string; count: number };

export class People {
  private readonly names = new SvelteMap<string, string>();

  joined(id: string, name: string): void {
    this.names.set(id, name);
  }

  left(id: string): void {
    this.names.delete(id);
  }

  get count(): number {
    return this.names.size;
  }

  list(): Person[] {
    const counts = new Map<string, number>();
    for (const name of this.names.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].map(([name, count]) => ({ name, count }));
  }

  /** All of them, in words. */
  get text(): string {
    return this.list()
      .map(({ name, count }) => (count > 1 ? `${name} (${count})` : name))
      .join(', ');
  }

  clear(): void {
    this.names.clear();
  }
}
