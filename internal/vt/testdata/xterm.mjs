// SPDX-License-Identifier: Apache-2.0

// Replays cases on xterm.js without a display. Input: a JSON array of {cols, rows, scrollback, steps}, where a step is
// {data: base64} or {cols, rows}. Output: a JSON array of {screen: [row], scrollback: [row], x, y, replies},
// or {error} where xterm.js threw an exception. A row is its
// text with {style} before each change of style, without trailing blanks in the default style.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.argv[2] + '/');
const { Terminal } = require('@xterm/headless');

function color(mode, value) {
  if (mode === 0) return '';
  return mode === 0x3000000 ? '#' + value.toString(16).padStart(6, '0') : 'p' + value;
}

function style(cell) {
  let s = '';
  if (cell.isBold()) s += 'B';
  if (cell.isDim()) s += 'F';
  if (cell.isItalic()) s += 'I';
  if (cell.isUnderline()) s += 'U';
  if (cell.isBlink()) s += 'K';
  if (cell.isInverse()) s += 'R';
  if (cell.isInvisible()) s += 'H';
  if (cell.isStrikethrough()) s += 'S';
  if (cell.isOverline()) s += 'O';
  return s + ';' + color(cell.getFgColorMode(), cell.getFgColor()) + ';' + color(cell.getBgColorMode(), cell.getBgColor());
}

function row(line, cols, cell) {
  let out = '';
  let end = 0;
  let last = ';;';
  for (let x = 0; x < cols; x++) {
    line.getCell(x, cell);
    if (cell.getWidth() === 0) continue;
    const s = style(cell);
    if (s !== last) {
      out += '{' + s + '}';
      last = s;
    }
    const chars = cell.getChars() || ' ';
    out += chars;
    if (s !== ';;' || chars !== ' ') end = out.length;
  }
  return out.slice(0, end);
}

// xterm.js parses in a timer, so its exceptions surface here; a case that makes it throw has {error} as its result.
let fail = () => {};
process.on('uncaughtException', (e) => fail(e));

async function run(c) {
  const terminal = new Terminal({
    cols: c.cols, rows: c.rows, scrollback: c.scrollback, allowProposedApi: true, reflowCursorLine: true,
  });
  let replies = '';
  terminal.onData((s) => { replies += s; });
  for (const step of c.steps) {
    if (step.data === undefined) terminal.resize(step.cols, step.rows);
    else {
      const error = await new Promise((done) => {
        fail = done;
        terminal.write(Buffer.from(step.data, 'base64'), () => done(undefined));
      });
      if (error) return { error: String(error) };
    }
  }
  const buffer = terminal.buffer.active;
  const cell = buffer.getNullCell();
  const result = { screen: [], scrollback: [], x: Math.min(buffer.cursorX, terminal.cols - 1), y: buffer.cursorY, replies };
  for (let y = 0; y < terminal.rows; y++) result.screen.push(row(buffer.getLine(buffer.baseY + y), terminal.cols, cell));
  for (let y = 0; y < buffer.baseY; y++) result.scrollback.push(row(buffer.getLine(y), terminal.cols, cell));
  terminal.dispose();
  return result;
}

const results = [];
for (const c of JSON.parse(readFileSync(0, 'utf8'))) results.push(await run(c));
process.stdout.write(JSON.stringify(results));
