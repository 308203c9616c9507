// SPDX-License-Identifier: Apache-2.0

/** Permissions while they are edited: what was there, what is wanted, and the difference. */

import type { ObjectPermission, PermissionPatch, PermissionSet, SystemPermission } from '../api/types';
import type { TreeItem } from '../connections/tree';

type Category = Exclude<keyof PermissionSet, 'systemPermissions'>;

export class Grants {
  private readonly before: Set<string>;
  private readonly wanted: Set<string>;

  constructor(set?: PermissionSet) {
    this.before = new Set(set ? flatten(set) : []);
    this.wanted = new Set(this.before);
  }

  has(category: Category, id: string, permission: ObjectPermission): boolean {
    return this.wanted.has(entry(`/${category}/${id}`, permission));
  }

  set(category: Category, id: string, permission: ObjectPermission, granted: boolean): void {
    this.change(entry(`/${category}/${id}`, permission), granted);
  }

  hasSystem(permission: SystemPermission): boolean {
    return this.wanted.has(entry('/systemPermissions', permission));
  }

  setSystem(permission: SystemPermission, granted: boolean): void {
    this.change(entry('/systemPermissions', permission), granted);
  }

  hasItem(item: TreeItem): boolean {
    return this.has(categories[item.kind], item.object.identifier ?? '', 'READ');
  }

  /**
   * Grants or withdraws READ on an item. Nobody sees a connection inside a group that he cannot
   * read, so the groups above are granted with it.
   */
  setItem(item: TreeItem, above: TreeItem[], granted: boolean): void {
    for (const each of granted ? [...above, item] : [item]) {
      this.set(categories[each.kind], each.object.identifier ?? '', 'READ', granted);
    }
  }

  /** What to send so that the wanted permissions hold. */
  patches(): PermissionPatch[] {
    return difference(this.before, this.wanted, (key) => {
      const [path = '', value = ''] = key.split('\0');
      return { path, value };
    });
  }

  private change(key: string, granted: boolean): void {
    if (granted) this.wanted.add(key);
    else this.wanted.delete(key);
  }
}

const categories: Record<TreeItem['kind'], Category> = {
  connection: 'connectionPermissions',
  group: 'connectionGroupPermissions',
  sharingProfile: 'sharingProfilePermissions',
};

/** The patches that turn one list of members into another. */
export function memberPatches(before: Iterable<string>, wanted: Iterable<string>): PermissionPatch[] {
  return difference(new Set(before), new Set(wanted), (value) => ({ path: '/', value }));
}

function difference(
  before: Set<string>,
  wanted: Set<string>,
  read: (key: string) => Omit<PermissionPatch, 'op'>,
): PermissionPatch[] {
  const added = [...wanted].filter((key) => !before.has(key)).map((key) => ({ op: 'add' as const, ...read(key) }));
  const removed = [...before].filter((key) => !wanted.has(key)).map((key) => ({ op: 'remove' as const, ...read(key) }));
  return [...added, ...removed];
}

function entry(path: string, permission: string): string {
  return `${path}\0${permission}`;
}

function flatten(set: PermissionSet): string[] {
  const { systemPermissions, ...objects } = set;
  const entries = systemPermissions.map((permission) => entry('/systemPermissions', permission));
  for (const [category, permissions] of Object.entries(objects)) {
    // Rights on running sessions are computed by the server and cannot be granted.
    if (category === 'activeConnectionPermissions') continue;
    for (const [id, held] of Object.entries(permissions)) {
      entries.push(...held.map((permission) => entry(`/${category}/${id}`, permission)));
    }
  }
  return entries;
}
