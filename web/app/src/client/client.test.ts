// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { breadcrumbs, formatSize, joinPath } from './files';
import { gridRows, selectTiles } from './grid';
import { charactersTyped } from './keyboard';
import { keysyms } from './keysyms';
import { connectParameters } from './parameters';
import { People } from './people.svelte';
import { describeProblem } from './problem';
import { MenuShortcut } from './shortcut';

describe('connect parameters', () => {
  it('tells the size in device pixels, and what the browser can show', () => {
    // Features: CLI-30, SET-04
    const data = new URLSearchParams(
      connectParameters({
        token: 'T',
        target: { id: '4', type: 'c', dataSource: 'sqlite' },
        width: 1000.4,
        height: 700,
        pixelRatio: 1.5,
        timezone: 'Europe/Berlin',
        abilities: { audio: ['audio/L16'], video: [], image: ['image/png', 'image/jpeg'] },
      }),
    );
    expect([...data]).toEqual([
      ['token', 'T'],
      ['GUAC_DATA_SOURCE', 'sqlite'],
      ['GUAC_ID', '4'],
      ['GUAC_TYPE', 'c'],
      ['GUAC_WIDTH', '1500'],
      ['GUAC_HEIGHT', '1050'],
      ['GUAC_DPI', '144'],
      ['GUAC_TIMEZONE', 'Europe/Berlin'],
      ['GUAC_AUDIO', 'audio/L16'],
      ['GUAC_IMAGE', 'image/png'],
      ['GUAC_IMAGE', 'image/jpeg'],
    ]);
  });
});

describe('grid', () => {
  it.each([
    [1, [1]],
    [2, [2]],
    [3, [2, 1]],
    [4, [2, 2]],
    [5, [3, 2]],
    [10, [4, 4, 2]],
  ])('%d tiles stand in rows of %j', (count, want) => {
    // Features: CLI-37
    expect(gridRows(Array.from({ length: count })).map((row) => row.length)).toEqual(want);
  });

  it('focuses one, some or a rectangle', () => {
    // Features: CLI-38
    const tiles = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    const click = (clicked: string, modifier: 'none' | 'toggle' | 'range', last = 'a') =>
      [...selectTiles(tiles, new Set(['a']), last, clicked, { modifier })].sort().join('');
    expect(click('e', 'none')).toBe('e');
    expect(click('e', 'toggle')).toBe('ae');
    expect(click('a', 'toggle')).toBe('');
    expect(click('e', 'range')).toBe('abde');
    expect(click('d', 'range', 'c')).toBe('abcdef');
  });
});

describe('files', () => {
  it('finds its way in paths', () => {
    // Features: CLI-34
    expect(joinPath('/', 'a')).toBe('/a');
    expect(joinPath('/a', 'b')).toBe('/a/b');
    expect(breadcrumbs('/a/b')).toEqual([
      { name: 'a', path: '/a' },
      { name: 'b', path: '/a/b' },
    ]);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 KB'],
    [123_456_789, '123 MB'],
    [5_000_000_000_000_000, '5000 TB'],
  ])('writes %d bytes as %s', (bytes, want) => {
    // Features: CLI-35
    expect(formatSize(bytes)).toBe(want);
  });
});

describe('problems', () => {
  it.each([
    ['tunnel', 0x0207, 'CLIENT.ERROR_TUNNEL_207', true],
    ['tunnel', 0x0301, 'CLIENT.ERROR_TUNNEL_301', false],
    ['client', 0x0301, 'CLIENT.ERROR_CLIENT_301', true],
    ['client', 0x020b, 'CLIENT.ERROR_CLIENT_20B', false],
    ['tunnel', 0x020b, 'CLIENT.ERROR_TUNNEL_DEFAULT', false],
    ['client', 0x0200, 'CLIENT.ERROR_CLIENT_DEFAULT', true],
    ['client', 0x1234, 'CLIENT.ERROR_CLIENT_DEFAULT', false],
  ] as const)('%s %i says %s and tries again: %s', (source, code, text, retries) => {
    // Part of: CLI-03, CLI-05
    expect(describeProblem(source, code)).toMatchObject({ text, retries });
  });
});

describe('menu shortcut', () => {
  /** Plays keys, `+` for a press and `-` for a release, with the flags that a browser sets. */
  const play = (...keys: string[]) => {
    const shortcut = new MenuShortcut();
    const down = new Set<string>();
    return keys.map((each) => {
      const key = each.slice(1);
      if (each.startsWith('+')) down.add(key);
      else down.delete(key);
      return shortcut.key(each.startsWith('+'), {
        key,
        ctrlKey: down.has('Control'),
        altKey: down.has('Alt'),
        shiftKey: down.has('Shift'),
        metaKey: down.has('Meta'),
      });
    });
  };
  const three = ['+Control', '+Alt', '+Shift'];

  it('is Ctrl+Alt+Shift alone, at the first release', () => {
    // Part of: CLI-08
    const done = [false, false, false, true, false, false];
    expect(play(...three, '-Alt', '-Control', '-Shift')).toEqual(done);
  });

  it('is not part of a longer one', () => {
    expect(play(...three, '+a', '-a', '-Shift', '-Alt', '-Control')).not.toContain(true);
    expect(play('+Control', '+c', '-c', '+Alt', '+Shift', '-Shift')).not.toContain(true);
  });

  it('works again afterwards, also after keys whose release was not seen', () => {
    expect(play('+a', '-a', '+Shift', '+Control', '+Alt', '-Shift').at(-1)).toBe(true);
    expect(play(...three, '-Shift', '-Alt', '-Control', '+Escape', '+x', '-x', ...three, '-Shift').at(-1)).toBe(true);
  });
});

describe('text field', () => {
  it('tells what was typed and deleted by the text alone', () => {
    // Part of: CLI-23
    expect(charactersTyped('..', '..hi')).toEqual([0x68, 0x69]);
    expect(charactersTyped('..', '.')).toEqual([keysyms.backspace]);
    expect(charactersTyped('..', '.é')).toEqual([keysyms.backspace, 0xe9]);
    expect(charactersTyped('..', '..€\n')).toEqual([0x010020ac, keysyms.enter]);
  });
});

describe('people', () => {
  it('counts a person who is there twice', () => {
    // Part of: SHA-09
    const people = new People();
    people.joined('1', 'bob');
    people.joined('2', 'bob');
    people.joined('3', '');
    people.left('3');
    expect(people.list()).toEqual([{ name: 'bob', count: 2 }]);
    expect(people.count).toBe(2);
  });
});
