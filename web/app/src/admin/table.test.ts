// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it } from 'vitest';
import { nextOrder, pageCount, pageOf, sortRows } from './table';

describe('table', () => {
  const rows = [
    { name: 'b10', at: 5 },
    { name: 'B2', at: null },
    { name: '', at: 1 },
  ];

  it('sorts either way and leaves rows without a value last', () => {
    // Part of: SET-11, SET-12
    const by = (descending: boolean) =>
      sortRows(rows, { by: 'at' as const, descending }, (row, key) => row[key]).map((row) => row.at);
    expect(by(false)).toEqual([1, 5, null]);
    expect(by(true)).toEqual([5, 1, null]);
    const names = sortRows(rows, { by: 'name' as const, descending: false }, (row, key) => row[key]);
    expect(names.map((row) => row.name)).toEqual(['B2', 'b10', '']);
  });

  it('turns the order round when its column is chosen again', () => {
    expect(nextOrder({ by: 'name', descending: false }, 'name')).toEqual({ by: 'name', descending: true });
    expect(nextOrder({ by: 'name', descending: true }, 'at')).toEqual({ by: 'at', descending: false });
  });

  it('pages by 25', () => {
    const many = Array.from({ length: 51 }, (_, index) => index);
    expect(pageCount(many.length)).toBe(3);
    expect(pageOf(many, 2)).toEqual([50]);
    expect(pageCount(0)).toBe(1);
  });
});
