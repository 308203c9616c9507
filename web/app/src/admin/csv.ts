// SPDX-License-Identifier: Apache-2.0

/** A comma-separated file of RFC 4180 that a spreadsheet opens without running anything in it. */

export function toCsv(rows: (string | number | null)[][]): string {
  return rows
    .map((row) => row.map(cell).join(','))
    .join('\r\n')
    .concat('\r\n');
}

function cell(value: string | number | null): string {
  if (typeof value === 'number') return String(value);
  // A spreadsheet would take these first characters for a formula.
  const text = (value ?? '').replace(/^[=+\-@\t\r]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
