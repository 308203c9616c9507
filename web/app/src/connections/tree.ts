// SPDX-License-Identifier: Apache-2.0

/** The tree of groups and connections as lists show it: merged, filtered, flattened. */

import type { Connection, ConnectionGroup, SharingProfile } from '../api/types';
import type { Predicate } from '../ui/filter';
import { type ClientTarget, clientTypes, encodeClientIdentifier } from './identifier';

export type TreeItem = {
  /** Unique among all data sources. */
  key: string;
  dataSource: string;
  name: string;
  depth: number;
  /** What opens it in a client; undefined for groups that only sort. */
  target?: ClientTarget;
  children: TreeItem[];
} & (
  | { kind: 'connection'; object: Connection }
  | { kind: 'group'; object: ConnectionGroup }
  | { kind: 'sharingProfile'; object: SharingProfile }
);

export type Usage = { active: number; available?: { free: number; total: number } };

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Turns the root groups of the data sources into one list of top-level items, sorted. */
export function buildTree(roots: Map<string, ConnectionGroup>): TreeItem[] {
  const items: TreeItem[] = [];
  for (const [dataSource, root] of roots) items.push(...children(dataSource, root, 0));
  return sort(items);
}

function children(dataSource: string, group: ConnectionGroup, depth: number): TreeItem[] {
  const groups = (group.childConnectionGroups ?? []).map((child) => groupItem(dataSource, child, depth));
  const connections = (group.childConnections ?? []).map((child) => connectionItem(dataSource, child, depth));
  return sort([...groups, ...connections]);
}

function groupItem(dataSource: string, group: ConnectionGroup, depth: number): TreeItem {
  const id = group.identifier ?? '';
  const balancing = group.type === 'BALANCING';
  return {
    kind: 'group',
    key: `${dataSource}/g/${id}`,
    dataSource,
    name: group.name,
    depth,
    target: balancing ? { id, type: clientTypes.connectionGroup, dataSource } : undefined,
    object: group,
    children: children(dataSource, group, depth + 1),
  };
}

function connectionItem(dataSource: string, connection: Connection, depth: number): TreeItem {
  const id = connection.identifier ?? '';
  return {
    kind: 'connection',
    key: `${dataSource}/c/${id}`,
    dataSource,
    name: connection.name,
    depth,
    target: { id, type: clientTypes.connection, dataSource },
    object: connection,
    children: (connection.sharingProfiles ?? []).map((profile) => ({
      kind: 'sharingProfile',
      key: `${dataSource}/s/${profile.identifier}`,
      dataSource,
      name: profile.name,
      depth: depth + 1,
      object: profile,
      children: [],
    })),
  };
}

// Groups stand before connections, as folders before files.
function sort(items: TreeItem[]): TreeItem[] {
  const rank = (item: TreeItem) => (item.kind === 'group' ? 0 : 1);
  return items.sort((a, b) => rank(a) - rank(b) || collator.compare(a.name, b.name));
}

/** Keeps what matches, everything below a matching group, and the groups above a match. */
export function filterTree(items: TreeItem[], matches: Predicate): TreeItem[] {
  const kept: TreeItem[] = [];
  for (const item of items) {
    if (matches(searchText(item))) {
      kept.push(item);
      continue;
    }
    const below = filterTree(item.children, matches);
    if (below.length > 0) kept.push({ ...item, children: below });
  }
  return kept;
}

function searchText(item: TreeItem): string {
  return item.kind === 'connection' ? `${item.name} ${item.object.protocol}` : item.name;
}

/** The items in the order in which they stand on the screen; closed groups hide their children. */
export function visibleItems(items: TreeItem[], expanded: (item: TreeItem) => boolean): TreeItem[] {
  return items.flatMap((item) => [
    item,
    ...(item.children.length > 0 && expanded(item) ? visibleItems(item.children, expanded) : []),
  ]);
}

/** Every item of the tree, parents first. */
export function allItems(items: TreeItem[]): TreeItem[] {
  return visibleItems(items, () => true);
}

/** Finds what a client identifier names. */
export function findTarget(items: TreeItem[], identifier: string): TreeItem | undefined {
  return allItems(items).find((item) => item.target && encodeClientIdentifier(item.target) === identifier);
}

/** How busy an item is (HOM-04). A balancing group with limits on all members knows its free seats. */
export function usage(item: TreeItem): Usage {
  if (item.kind === 'sharingProfile') return { active: 0 };
  const active = item.object.activeConnections ?? 0;
  if (item.kind !== 'group' || item.object.type !== 'BALANCING') return { active };
  const total = seats(item.object);
  return total === undefined ? { active } : { active, available: { free: Math.max(0, total - active), total } };
}

function seats(group: ConnectionGroup): number | undefined {
  const own = limit(group.attributes['max-connections']);
  let members: number | undefined = 0;
  for (const connection of group.childConnections ?? []) {
    const each = limit(connection.attributes['max-connections']);
    members = members === undefined || each === undefined ? undefined : members + each;
  }
  if (own === undefined || members === undefined) return own ?? (members || undefined);
  return Math.min(own, members || own);
}

// Zero and nothing both mean: no limit.
function limit(value: string | null | undefined): number | undefined {
  const number = Number(value ?? '');
  return number > 0 ? number : undefined;
}
