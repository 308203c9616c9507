// SPDX-License-Identifier: Apache-2.0

/** What a user may do in one data source, derived from the effective permissions. */

import type { ObjectPermission, ObjectPermissions, PermissionSet, SystemPermission } from '../api/types';
import type { SettingsPage } from './router';

export class Rights {
  private readonly set: PermissionSet;
  private readonly username: string;

  constructor(set: PermissionSet, username: string) {
    this.set = set;
    this.username = username;
  }

  get administrator(): boolean {
    return this.set.systemPermissions.includes('ADMINISTER');
  }

  system(permission: SystemPermission): boolean {
    return this.administrator || this.set.systemPermissions.includes(permission);
  }

  connection(id: string | undefined, permission: ObjectPermission): boolean {
    return this.has(this.set.connectionPermissions, id, permission);
  }

  connectionGroup(id: string | undefined, permission: ObjectPermission): boolean {
    return this.has(this.set.connectionGroupPermissions, id, permission);
  }

  sharingProfile(id: string | undefined, permission: ObjectPermission): boolean {
    return this.has(this.set.sharingProfilePermissions, id, permission);
  }

  user(name: string | undefined, permission: ObjectPermission): boolean {
    return this.has(this.set.userPermissions, name, permission);
  }

  userGroup(name: string | undefined, permission: ObjectPermission): boolean {
    return this.has(this.set.userGroupPermissions, name, permission);
  }

  /** Whether the password may be changed by its owner (SET-06). */
  get changesOwnPassword(): boolean {
    return this.user(this.username, 'UPDATE');
  }

  /** Whether a settings page has anything to offer (ADM-23). */
  page(page: SettingsPage): boolean {
    switch (page) {
      case 'sessions':
      case 'preferences':
        return true;
      case 'history':
        return this.system('AUDIT');
      case 'users':
        return this.system('CREATE_USER') || this.managesAny(this.set.userPermissions, this.username);
      case 'userGroups':
        return this.system('CREATE_USER_GROUP') || this.managesAny(this.set.userGroupPermissions);
      case 'connections':
        return (
          this.system('CREATE_CONNECTION') ||
          this.system('CREATE_CONNECTION_GROUP') ||
          this.managesAny(this.set.connectionPermissions) ||
          this.managesAny(this.set.connectionGroupPermissions)
        );
    }
  }

  private has(permissions: ObjectPermissions, id: string | undefined, permission: ObjectPermission): boolean {
    if (this.administrator) return true;
    return id !== undefined && (permissions[id]?.includes(permission) ?? false);
  }

  // The right to change oneself makes nobody a manager of users.
  private managesAny(permissions: ObjectPermissions, except?: string): boolean {
    return Object.entries(permissions).some(([id, held]) =>
      held.some((permission) => permission !== 'READ' && !(id === except && permission === 'UPDATE')),
    );
  }
}
