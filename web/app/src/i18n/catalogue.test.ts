// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { en as admin } from '../admin/en';
import { en as client } from '../client/en';
import { Catalogue, canonical, flatten, type Translations } from './catalogue';
import { en } from './en';
import { humanize } from './humanize';
import { upstreamKeys, withOwnKeys } from './upstream-keys';

describe('catalogue', () => {
  const catalogue = new Catalogue('en').add({
    APP: { NAME: 'Palta', AGAIN: '@:APP.NAME', LOOP: '@:APP.LOOP' },
    T: {
      HELLO: 'Hello {NAME}, {N, plural, =0{nothing} one{# thing} other{# things}}',
      WHO: '{WHO, select, admin{Boss {NAME}} other{You}}',
      BROKEN: 'half {NAME',
    },
  });

  it('keeps the first translation of a key', () => {
    expect(
      new Catalogue('en')
        .add({ A: { B: 'first' } })
        .add({ A: { B: 'second' } })
        .text('A.B'),
    ).toBe('first');
  });

  it('has what extensions say before what it says itself, also for references and in parts that come later', () => {
    // Part of: BRA-05
    const branded = new Catalogue('en').add({ APP: { NAME: 'Palta', AGAIN: '@:APP.NAME', ONLY: 'own' } });
    branded.override([
      { language: 'pl', messages: new Map([['T.N', '{N, plural, one{#} few{few #} other{other #}}']]) },
      { language: 'en', messages: flatten({ APP: { NAME: 'Branded' }, T: { N: 'English', DEEP: { ER: 'deep' } } }) },
    ]);
    branded.add({ T: { N: 'later', OWN: '{N, plural, one{#} few{few #} other{other #}}' } });
    expect(branded.text('APP.NAME')).toBe('Branded');
    expect(branded.text('APP.AGAIN')).toBe('Branded');
    expect(branded.text('APP.ONLY')).toBe('own');
    expect(branded.text('T.DEEP.ER')).toBe('deep');
    expect([branded.text('T.N', { N: 3 }), branded.text('T.OWN', { N: 3 })]).toEqual(['few 3', 'other 3']);
    expect(branded.language).toBe('pl');
    branded.override([]);
    expect(branded.language).toBe('en');
    expect(branded.text('APP.NAME')).toBe('Palta');
  });

  it.each([
    ['T.HELLO', { NAME: 'Ada', N: 0 }, 'Hello Ada, nothing'],
    ['T.HELLO', { NAME: 'Ada', N: 1 }, 'Hello Ada, 1 thing'],
    ['T.HELLO', { NAME: '{N}', N: '7' }, 'Hello {N}, 7 things'],
    ['T.HELLO', {}, 'Hello , nothing'],
    ['T.WHO', { WHO: 'admin', NAME: 'Ada' }, 'Boss Ada'],
    ['T.WHO', { WHO: 'x' }, 'You'],
    ['T.BROKEN', { NAME: 'x' }, 'half {NAME'],
  ])('formats %s with %o', (key, variables, want) => {
    expect(catalogue.text(key, variables)).toBe(want);
  });

  it('shows a missing key and does not follow a loop for ever', () => {
    expect(catalogue.text('NO.SUCH')).toBe('NO.SUCH');
    expect(catalogue.text('APP.LOOP')).toBe('@:APP.LOOP');
  });

  it('makes keys of names as upstream does', () => {
    expect(canonical('guac-full-name')).toBe('GUAC_FULL_NAME');
  });

  it.each([
    ['hostname', 'Host name'],
    ['wol-mac-addr', 'Wake-on-LAN MAC address'],
    ['sftp-server-alive-interval', 'SFTP server alive interval'],
    ['guac-totp-disabled', 'TOTP disabled'],
  ])('reads %s aloud as %s', (name, want) => {
    expect(humanize(name)).toBe(want);
  });
});

describe('English', () => {
  const sources = import.meta.glob<string>(
    ['../**/*.svelte', '../**/*.ts', '!../**/*.test.ts', '!../**/en.ts', '!../**/upstream-keys.ts'],
    {
      query: '?raw',
      import: 'default',
      eager: true,
    },
  );
  const catalogue = new Catalogue('en').add(en).add(admin).add(client);

  it('has every key that the source names in full', () => {
    const missing = Object.values(sources).flatMap((source) =>
      [...source.matchAll(/'([A-Z][A-Z_0-9]+\.[A-Z][A-Z_0-9]+)'/g)].flatMap(([, key = '']) =>
        catalogue.has(key) || key === 'APP.TEXT_UNTRANSLATED' ? [] : [key],
      ),
    );
    expect(missing).toEqual([]);
  });

  it('takes texts with the keys of upstream for its own', () => {
    // Part of: BRA-05
    const got = withOwnKeys(
      flatten({
        APP: { ACTION_LOGIN: 'Enter', ACTION_LOGOUT: 'Leave', FIELD_PLACEHOLDER_FILTER: 'Sieve' },
        USER_MENU: { ACTION_LOGOUT: 'Leave the menu' },
        HOME: { FIELD_PLACEHOLDER_FILTER: 'Sieve connections' },
      }),
    );
    expect(Object.fromEntries(got)).toMatchObject({
      'LOGIN.ACTION_LOGIN': 'Enter',
      'APP.ACTION_LOGOUT': 'Leave',
      'HOME.FIELD_PLACEHOLDER_FILTER': 'Sieve connections',
      'LIST.FIELD_PLACEHOLDER_FILTER': 'Sieve',
    });
  });

  it('has every key that stands for one of upstream, which is another', () => {
    const wrong = Object.entries(upstreamKeys).filter(
      ([own, theirs]) => !catalogue.has(own) || theirs.length === 0 || theirs.includes(own),
    );
    expect(wrong).toEqual([]);
  });

  it('does not define a key twice', () => {
    const keys = (translations: Translations) =>
      Object.entries(translations).flatMap(([namespace, entries]) =>
        typeof entries === 'string' ? [namespace] : Object.keys(entries).map((key) => `${namespace}.${key}`),
      );
    const all = [en, admin, client].flatMap(keys);
    expect(all.filter((key, index) => all.indexOf(key) !== index)).toEqual([]);
  });
});
