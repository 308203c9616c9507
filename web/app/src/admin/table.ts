// SPDX-License-Identifier: Apache-2.0

/** Sorting and paging of tables. */

export const pageSize = 25;

export type Order<Key extends string> = { by: Key; descending: boolean };

export type Cell = string | number | null | undefined;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** The rows in order; those without a value come last either way. */
export function sortRows<Row, Key extends string>(
  rows: Row[],
  order: Order<Key>,
  cell: (row: Row, key: Key) => Cell,
): Row[] {
  const sign = order.descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const left = cell(a, order.by) ?? '';
    const right = cell(b, order.by) ?? '';
    if (left === '' || right === '') return left === right ? 0 : left === '' ? 1 : -1;
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * collator.compare(String(left), String(right));
  });
}

/** The order after a click on a column: the same column turns round. */
export function nextOrder<Key extends string>(order: Order<Key>, by: Key): Order<Key> {
  return { by, descending: order.by === by && !order.descending };
}

export function pageCount(rows: number): number {
  return Math.max(1, Math.ceil(rows / pageSize));
}

export function pageOf<Row>(rows: Row[], page: number): Row[] {
  return rows.slice(page * pageSize, (page + 1) * pageSize);
}
