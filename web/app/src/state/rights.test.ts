// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import type { PermissionSet } from '../api/types';
import { Rights } from './rights';
import { settingsPages } from './router';

function set(changes: Partial<PermissionSet> = {}): PermissionSet {
  return {
    connectionPermissions: {},
    connectionGroupPermissions: {},
    sharingProfilePermissions: {},
    activeConnectionPermissions: {},
    userPermissions: {},
    userGroupPermissions: {},
    systemPermissions: [],
    ...changes,
  };
}

const pages = (rights: Rights) => settingsPages.filter((page) => rights.page(page));

describe('rights', () => {
  it('lets an administrator do everything', () => {
    // Features: ADM-10
    const rights = new Rights(set({ systemPermissions: ['ADMINISTER'] }), 'root');
    expect(rights.connection('7', 'DELETE')).toBe(true);
    expect(rights.system('CREATE_USER')).toBe(true);
    expect(pages(rights)).toEqual([...settingsPages]);
  });

  it('shows a plain user sessions and preferences only', () => {
    // Part of: ADM-23, SET-01
    const rights = new Rights(set({ connectionPermissions: { '1': ['READ'] } }), 'alice');
    expect(pages(rights)).toEqual(['sessions', 'preferences']);
    expect(rights.connection('1', 'READ')).toBe(true);
    expect(rights.connection('1', 'UPDATE')).toBe(false);
    expect(rights.connection('2', 'READ')).toBe(false);
  });

  it('does not take the right to change oneself for user administration', () => {
    // Part of: ADM-23, SET-06
    const rights = new Rights(set({ userPermissions: { alice: ['READ', 'UPDATE'] } }), 'alice');
    expect(rights.page('users')).toBe(false);
    expect(rights.changesOwnPassword).toBe(true);
    expect(new Rights(set({ userPermissions: { bob: ['READ', 'UPDATE'] } }), 'alice').page('users')).toBe(true);
  });

  it('shows auditors the history', () => {
    // Features: ADM-13
    // Part of: ADM-23
    expect(pages(new Rights(set({ systemPermissions: ['AUDIT'] }), 'eve'))).toEqual([
      'sessions',
      'history',
      'preferences',
    ]);
  });
});
