// SPDX-License-Identifier: Apache-2.0

/**
 * Where the user is: the address as a route, and the ways to another one. Whoever holds changes
 * that would be lost keeps the user where he is until he has said that they may.
 */

import { formatHash, type Location, parseHash, type Route } from './router';

export class Navigation {
  location = $state.raw<Location>({ route: { page: 'home' }, query: {} });

  private readonly ask: () => Promise<boolean>;
  private readonly listeners = new Set<() => void>();
  private readonly holders = new Set<() => boolean>();
  /** The address of what is shown. */
  private shown = '';
  private asking = false;

  /** `ask` asks whether unsaved changes may be lost. */
  constructor(ask: () => Promise<boolean>) {
    this.ask = ask;
  }

  get route(): Route {
    return this.location.route;
  }

  /** Follows the address until the returned function is called. */
  start(): () => void {
    const changed = () => void this.changed();
    const unload = (event: BeforeUnloadEvent) => {
      if (this.held) event.preventDefault();
    };
    addEventListener('hashchange', changed);
    addEventListener('beforeunload', unload);
    this.follow();
    return () => {
      removeEventListener('hashchange', changed);
      removeEventListener('beforeunload', unload);
    };
  }

  /** Calls a listener whenever the user has gone to another address. The result ends that. */
  on(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asks before the user leaves, as long as `unsaved` says so. The result ends that. */
  hold(unsaved: () => boolean): () => void {
    this.holders.add(unsaved);
    return () => this.holders.delete(unsaved);
  }

  /** Whether the user may leave what is shown: nothing would be lost, or he does not mind. */
  async mayLeave(): Promise<boolean> {
    if (!this.held) return true;
    if (this.asking) return false;
    this.asking = true;
    try {
      return await this.ask();
    } finally {
      this.asking = false;
    }
  }

  go(route: Route, query?: Record<string, string>): void {
    location.hash = formatHash(route, query);
  }

  /** Changes the address without a step in the browser's history. */
  replace(route: Route, query?: Record<string, string>): void {
    history.replaceState(null, '', formatHash(route, query));
    this.follow();
  }

  private get held(): boolean {
    return [...this.holders].some((unsaved) => unsaved());
  }

  private async changed(): Promise<void> {
    const wanted = location.hash || '#/';
    if (wanted === this.shown) return;
    if (this.held) {
      // While the question stands, the address is that of what is shown.
      history.replaceState(null, '', this.shown);
      if (!(await this.mayLeave())) return;
      history.replaceState(null, '', wanted);
    }
    this.follow();
    for (const listener of this.listeners) listener();
  }

  private follow(): void {
    this.shown = location.hash || '#/';
    this.location = parseHash(location.hash);
  }
}
