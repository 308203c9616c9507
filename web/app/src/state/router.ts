// SPDX-License-Identifier: Apache-2.0

/**
 * The hash routes. They equal upstream's, so bookmarks, deep links and redirects of
 * signed URLs keep working: `#/`, `#/client/ID`, `#/settings/...`, `#/manage/...`.
 */

export const settingsPages = ['sessions', 'history', 'users', 'userGroups', 'connections', 'preferences'] as const;
export type SettingsPage = (typeof settingsPages)[number];

export const manageKinds = ['users', 'userGroups', 'connections', 'connectionGroups', 'sharingProfiles'] as const;
export type ManageKind = (typeof manageKinds)[number];

export type Route =
  | { page: 'home' }
  | { page: 'setup' }
  | { page: 'client'; ids: string[] }
  | { page: 'settings'; settings: SettingsPage; source?: string }
  | { page: 'manage'; kind: ManageKind; source: string; id?: string };

export type Location = {
  route: Route;
  /** What follows the question mark inside the hash. */
  query: Record<string, string>;
};

/** Reads a hash. What names no page is the home page, as upstream has it. */
export function parseHash(hash: string): Location {
  const text = hash.replace(/^#!?/, '');
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const query = mark < 0 ? {} : Object.fromEntries(new URLSearchParams(text.slice(mark + 1)));
  return { route: parsePath(path.split('/').filter((part) => part !== '')), query };
}

function parsePath(parts: string[]): Route {
  const [page, ...rest] = parts.map(decode);
  switch (page) {
    case 'setup':
      return { page: 'setup' };
    case 'client': {
      const ids = (rest[0] ?? '').split('.').filter((id) => id !== '');
      return ids.length > 0 ? { page: 'client', ids } : { page: 'home' };
    }
    case 'settings':
      return parseSettings(rest);
    case 'manage':
      return parseManage(rest);
    default:
      return { page: 'home' };
  }
}

function parseSettings(parts: string[]): Route {
  const name = parts.length > 1 ? parts[1] : parts[0];
  const source = parts.length > 1 ? parts[0] : undefined;
  const settings = settingsPages.find((page) => page === name) ?? 'preferences';
  return { page: 'settings', settings, source };
}

function parseManage(parts: string[]): Route {
  const [source, name, id] = parts;
  const kind = manageKinds.find((kind) => kind === name);
  return source && kind ? { page: 'manage', kind, source, id } : { page: 'home' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The hash of a route; the inverse of parseHash. */
export function formatHash(route: Route, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${formatPath(route)}${search ? `?${search}` : ''}`;
}

function formatPath(route: Route): string {
  switch (route.page) {
    case 'home':
      return '';
    case 'setup':
      return 'setup';
    case 'client':
      return `client/${route.ids.map(encodeURIComponent).join('.')}`;
    case 'settings':
      return ['settings', ...(route.source ? [encodeURIComponent(route.source)] : []), route.settings].join('/');
    case 'manage':
      return `manage/${encodeURIComponent(route.source)}/${route.kind}/${encodeURIComponent(route.id ?? '')}`;
  }
}
