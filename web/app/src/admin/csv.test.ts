// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { toCsv } from './csv';

describe('CSV', () => {
  it('quotes, and disarms what a spreadsheet would run', () => {
    // Part of: SET-13
    expect(
      toCsv([
        ['a', 1],
        ['say "hi", you', '=1+1'],
        [null, '@x'],
      ]),
    ).toBe('a,1\r\n"say ""hi"", you",\'=1+1\r\n,\'@x\r\n');
  });
});
