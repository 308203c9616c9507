// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { formatSpan } from './times';

describe('span of time', () => {
  it.each([
    [0, '0 s'],
    [999, '1 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [3_661_000, '1 h 1 min'],
    [90_000_000, '1 d 1 h'],
    [86_405_000, '1 d'],
    [-5, '0 s'],
  ])('%d ms is %s', (milliseconds, want) => {
    expect(formatSpan(milliseconds)).toBe(want);
  });
});
