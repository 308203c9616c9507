// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { parseFilter } from './filter';

describe('filter', () => {
  it.each([
    ['', 'anything', true],
    ['web', 'Web-01', true],
    ['web 01', 'Web-01', true],
    ['web 02', 'Web-01', false],
    ['"lab web"', 'lab web', true],
    ['"lab web"', 'web lab', false],
    ['"lab we', 'lab web', true],
    ['strasse', 'Café Straße', false],
    ['cafe', 'Café Straße', true],
    ['10.1.2.3', 'db at 10.1.2.3', true],
    ['10.1.0.0/16', 'db at 10.1.2.3', true],
    ['10.2.0.0/16', 'db at 10.1.2.3', false],
    ['0.0.0.0/0', 'db at 10.1.2.3', true],
    ['10.1.0.0/33', 'db at 10.1.2.3', false],
    ['2001:db8::/32', 'host 2001:db8:0:1::5', true],
    ['2001:db8::5', 'host 2001:DB8:0:0:0:0:0:5', true],
    ['2001:db9::/32', 'host 2001:db8:0:1::5', false],
    ['10.0.0.0/8 db', 'web 10.0.0.1', false],
  ])('%s on %s is %s', (input, text, want) => {
    // Features: HOM-05
    expect(parseFilter(input)(text)).toBe(want);
  });
});
