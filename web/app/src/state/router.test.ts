// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { formatHash, parseHash, type Route } from './router';

describe('router', () => {
  const routes: [string, Route][] = [
    ['#/', { page: 'home' }],
    ['#/setup', { page: 'setup' }],
    ['#/client/NDIAYwBwb3N0Z3Jlc3Fs', { page: 'client', ids: ['NDIAYwBwb3N0Z3Jlc3Fs'] }],
    ['#/client/YQ.Yg', { page: 'client', ids: ['YQ', 'Yg'] }],
    ['#/settings/preferences', { page: 'settings', settings: 'preferences', source: undefined }],
    ['#/settings/postgresql/history', { page: 'settings', settings: 'history', source: 'postgresql' }],
    ['#/manage/mysql/connections/12', { page: 'manage', kind: 'connections', source: 'mysql', id: '12' }],
    ['#/manage/mysql/users/a%2Fb%20c', { page: 'manage', kind: 'users', source: 'mysql', id: 'a/b c' }],
  ];

  it.each(routes)('reads and writes %s', (hash, route) => {
    // Features: CLI-01, CLI-37
    expect(parseHash(hash).route).toEqual(route);
    expect(formatHash(route)).toBe(hash);
  });

  it('opens the form of a new object without an identifier', () => {
    const { route, query } = parseHash('#/manage/mysql/connections/?parent=3');
    expect(route).toEqual({ page: 'manage', kind: 'connections', source: 'mysql', id: undefined });
    expect(query).toEqual({ parent: '3' });
    expect(formatHash(route, query)).toBe('#/manage/mysql/connections/?parent=3');
  });

  it('takes login parameters from behind the question mark', () => {
    // Features: LOG-07
    expect(parseHash('#/?key=abc%2B1&x=%C3%A9').query).toEqual({ key: 'abc+1', x: 'é' });
    expect(parseHash('#/client/YQ?token=T').query).toEqual({ token: 'T' });
  });

  it.each(['', '#', '#/nowhere', '#/client/', '#/client/.', '#/manage/mysql/nothing/1'])(
    'shows home for "%s"',
    (hash) => {
      expect(parseHash(hash).route).toEqual({ page: 'home' });
    },
  );

  it('survives a broken percent sign', () => {
    expect(parseHash('#/manage/mysql/users/100%').route).toMatchObject({ id: '100%' });
  });
});
