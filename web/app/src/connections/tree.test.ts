// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import type { Connection, ConnectionGroup } from '../api/types';
import { parseFilter } from '../ui/filter';
import { encodeClientIdentifier } from './identifier';
import { allItems, buildTree, filterTree, findTarget, type TreeItem, usage, visibleItems } from './tree';

function connection(id: string, name: string, more: Partial<Connection> = {}): Connection {
  return { identifier: id, name, protocol: 'ssh', attributes: {}, ...more };
}

function group(id: string, name: string, more: Partial<ConnectionGroup> = {}): ConnectionGroup {
  return { identifier: id, name, type: 'ORGANIZATIONAL', attributes: {}, ...more };
}

const limited = { 'max-connections': '2' };

const root = group('ROOT', 'ROOT', {
  childConnections: [connection('2', 'web-10'), connection('1', 'web-2')],
  childConnectionGroups: [
    group('9', 'Lab', { childConnections: [connection('3', 'pod', { protocol: 'kubernetes' })] }),
    group('8', 'Pool', {
      type: 'BALANCING',
      activeConnections: 3,
      childConnections: [connection('4', 'a', { attributes: limited }), connection('5', 'b', { attributes: limited })],
    }),
  ],
});

const names = (items: TreeItem[]) => items.map((item) => item.name);

describe('tree of connections', () => {
  it('puts groups first and sorts numbers as numbers', () => {
    // Features: HOM-02
    const items = buildTree(new Map([['sqlite', root]]));
    expect(names(items)).toEqual(['Lab', 'Pool', 'web-2', 'web-10']);
  });

  it('merges data sources whose identifiers collide', () => {
    // Features: LOG-17, HOM-02
    const other = group('ROOT', 'ROOT', { childConnections: [connection('1', 'another')] });
    const items = buildTree(
      new Map([
        ['sqlite', root],
        ['default', other],
      ]),
    );
    const keys = allItems(items).map((item) => item.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(names(items)).toContain('another');
  });

  it('hides what closed groups contain', () => {
    const items = buildTree(new Map([['sqlite', root]]));
    expect(names(visibleItems(items, (item) => item.name === 'Lab'))).toEqual([
      'Lab',
      'pod',
      'Pool',
      'web-2',
      'web-10',
    ]);
  });

  it('keeps the groups above a match and all below a matching group', () => {
    // Features: HOM-05
    const items = buildTree(new Map([['sqlite', root]]));
    expect(names(allItems(filterTree(items, parseFilter('pod'))))).toEqual(['Lab', 'pod']);
    expect(names(allItems(filterTree(items, parseFilter('pool'))))).toEqual(['Pool', 'a', 'b']);
    expect(names(allItems(filterTree(items, parseFilter('kubernetes'))))).toEqual(['Lab', 'pod']);
    expect(filterTree(items, parseFilter('nothing'))).toEqual([]);
  });

  it('opens connections and balancing groups, but not folders', () => {
    // Features: HOM-03
    const items = buildTree(new Map([['sqlite', root]]));
    const targets = allItems(items).flatMap((item) => (item.target ? [`${item.target.type}${item.target.id}`] : []));
    expect(targets).toEqual(['c3', 'g8', 'c4', 'c5', 'c1', 'c2']);
    const identifier = encodeClientIdentifier({ id: '8', type: 'g', dataSource: 'sqlite' });
    expect(findTarget(items, identifier)?.name).toBe('Pool');
  });

  it('counts the free seats of a balancing group with limits', () => {
    // Part of: HOM-04
    const items = buildTree(new Map([['sqlite', root]]));
    const pool = items.find((item) => item.name === 'Pool');
    expect(pool && usage(pool)).toEqual({ active: 3, available: { free: 1, total: 4 } });
  });

  it('knows no free seats where one member is unlimited', () => {
    const pool = group('8', 'Pool', {
      type: 'BALANCING',
      childConnections: [connection('4', 'a', { attributes: limited }), connection('5', 'b')],
    });
    const [item] = buildTree(new Map([['sqlite', group('ROOT', 'ROOT', { childConnectionGroups: [pool] })]]));
    expect(item && usage(item)).toEqual({ active: 0 });
  });
});
