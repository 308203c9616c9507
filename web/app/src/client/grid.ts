// SPDX-License-Identifier: Apache-2.0

/** Tiles in a grid as square as possible (CLI-37). */

export function gridRows<T>(tiles: readonly T[]): T[][] {
  const columns = Math.ceil(Math.sqrt(tiles.length));
  const rows: T[][] = [];
  for (let i = 0; i < tiles.length; i += columns) rows.push(tiles.slice(i, i + columns));
  return rows;
}

export type Selection = { modifier: 'none' | 'toggle' | 'range' };

/**
 * The tiles that have the focus after a click on one: alone, together with the others, or all in
 * the rectangle between it and the last one clicked (CLI-38).
 */
export function selectTiles(
  tiles: readonly string[],
  focused: ReadonlySet<string>,
  last: string | undefined,
  clicked: string,
  { modifier }: Selection,
): Set<string> {
  if (modifier === 'toggle') {
    const next = new Set(focused);
    if (!next.delete(clicked)) next.add(clicked);
    return next;
  }
  const from = last === undefined ? -1 : tiles.indexOf(last);
  if (modifier === 'none' || from < 0) return new Set([clicked]);
  const columns = Math.ceil(Math.sqrt(tiles.length));
  const place = (index: number) => ({ row: Math.floor(index / columns), column: index % columns });
  const a = place(from);
  const b = place(tiles.indexOf(clicked));
  const between = (value: number, one: number, other: number) =>
    value >= Math.min(one, other) && value <= Math.max(one, other);
  return new Set(
    tiles.filter((_, index) => {
      const { row, column } = place(index);
      return between(row, a.row, b.row) && between(column, a.column, b.column);
    }),
  );
}
