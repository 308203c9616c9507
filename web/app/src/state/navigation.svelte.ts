// SPDX-License-Identifier: Apache-2.0

/** Where the user is: the address as a route, and the ways to another one. */

import { formatHash, type Location, parseHash, type Route } from './router';

export class Navigation {
  location = $state.raw<Location>({ route: { page: 'home' }, query: {} });

  private readonly listeners = new Set<() => void>();

  get route(): Route {
    return this.location.route;
  }

  /** Follows the address until the returned function is called. */
  start(): () => void {
    const changed = () => {
      this.location = parseHash(location.hash);
      for (const listener of this.listeners) listener();
    };
    addEventListener('hashchange', changed);
    this.location = parseHash(location.hash);
    return () => removeEventListener('hashchange', changed);
  }

  /** Calls a listener whenever the user has gone to another address. The result ends that. */
  on(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  go(route: Route, query?: Record<string, string>): void {
    location.hash = formatHash(route, query);
  }

  /** Changes the address without a step in the browser's history. */
  replace(route: Route, query?: Record<string, string>): void {
    history.replaceState(null, '', formatHash(route, query));
    this.location = parseHash(location.hash);
  }
}
