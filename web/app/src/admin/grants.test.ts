// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import type { PermissionSet } from '../api/types';
import { allItems, buildTree } from '../connections/tree';
import { Grants, memberPatches } from './grants';

const before: PermissionSet = {
  connectionPermissions: { '10': ['READ', 'UPDATE'] },
  connectionGroupPermissions: {},
  sharingProfilePermissions: {},
  activeConnectionPermissions: { abc: ['READ'] },
  userPermissions: { bob: ['READ'] },
  userGroupPermissions: {},
  systemPermissions: ['CREATE_USER'],
};

describe('grants', () => {
  it('changes nothing when nothing is changed', () => {
    expect(new Grants(before).patches()).toEqual([]);
  });

  it('sends the difference only', () => {
    // Features: ADM-10, ADM-11
    // Part of: ADM-08
    const grants = new Grants(before);
    grants.setSystem('AUDIT', true);
    grants.setSystem('CREATE_USER', false);
    grants.set('connectionPermissions', '10', 'READ', false);
    grants.set('connectionPermissions', '10', 'READ', true);
    grants.set('connectionPermissions', '11', 'READ', true);
    expect(grants.patches()).toEqual([
      { op: 'add', path: '/systemPermissions', value: 'AUDIT' },
      { op: 'add', path: '/connectionPermissions/11', value: 'READ' },
      { op: 'remove', path: '/systemPermissions', value: 'CREATE_USER' },
    ]);
  });

  it('grants the groups above a connection with it, and takes back only itself', () => {
    const root = {
      name: 'ROOT',
      type: 'ORGANIZATIONAL' as const,
      attributes: {},
      childConnectionGroups: [
        {
          identifier: '1',
          name: 'Lab',
          type: 'ORGANIZATIONAL' as const,
          attributes: {},
          childConnections: [{ identifier: '5', name: 'pod', protocol: 'ssh', attributes: {} }],
        },
      ],
    };
    const [lab, pod] = allItems(buildTree(new Map([['sqlite', root]])));
    if (!lab || !pod) throw new Error('the tree has two items');
    const grants = new Grants();
    grants.setItem(pod, [lab], true);
    expect(grants.hasItem(lab)).toBe(true);
    grants.setItem(pod, [lab], false);
    expect(grants.patches()).toEqual([{ op: 'add', path: '/connectionGroupPermissions/1', value: 'READ' }]);
  });

  it('turns one list of members into another', () => {
    // Part of: ADM-22
    expect(memberPatches(['a', 'b'], ['b', 'c'])).toEqual([
      { op: 'add', path: '/', value: 'c' },
      { op: 'remove', path: '/', value: 'a' },
    ]);
  });
});
