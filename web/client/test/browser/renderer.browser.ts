// SPDX-License-Identifier: Apache-2.0

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The renderer in a real Chromium, in its worker and on the main thread, under a strict content security policy.
// CHROMIUM names the browser's executable; without the browser the tests fail.

let server: ViteDevServer;
let profile: string;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  server = await createServer({
    configFile: false,
    root: import.meta.dirname,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, hmr: false, fs: { strict: false } },
  });
  await server.listen();
  profile = await mkdtemp(join(tmpdir(), 'palta-browser-'));
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'].concat([
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ]),
  });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(server.resolvedUrls?.local[0] ?? '');
  await page.waitForFunction('typeof draw === "function"');
}, 60_000);

afterAll(async () => {
  await context?.close();
  await server?.close();
  await rm(profile, { recursive: true, force: true });
});

type Outcome = { pixels: number[]; sent: string[][]; inWorker: boolean; cursor: string };

async function draw(mode: string, instructions: (string | number)[][], places: number[][] = []): Promise<Outcome> {
  return page.evaluate(`draw(${JSON.stringify(mode)}, ${JSON.stringify(instructions)}, ${JSON.stringify(places)})`);
}

/** A picture of 2x2 pixels: red, green above blue, white. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEklEQVR4nGP4z8DAAMIM/4EAAB/uBfsL2WiLAAAAAElFTkSuQmCC';

const red = [255, 0, 0, 255];
const green = [0, 255, 0, 255];
const blue = [0, 0, 255, 255];
const white = [255, 255, 255, 255];
const nothing = [0, 0, 0, 0];
const size = (layer: number, width = 10, height = 10) => ['size', layer, width, height];
const fill = (layer: number, x: number, y: number, w: number, h: number, colour: number[], mask = 14) => [
  ['rect', layer, x, y, w, h],
  ['cfill', mask, layer, ...colour],
];
const sync = ['sync', 1];

describe.each(['auto', 'never'])('drawing, worker: %s', (mode) => {
  test('runs where it was asked to', async () => {
    const { inWorker, sent } = await draw(mode, [size(0), sync]);
    expect(inWorker).toBe(mode === 'auto');
    expect(sent).toEqual([['sync', '1'], ['disconnect'], ['thumbnail', '5', '5']]);
    expect(complaints).toEqual([]);
  });

  test('rectangles, copies and operators', async () => {
    // Features: DIS-08
    const instructions = [
      size(0),
      ...fill(0, 0, 0, 10, 10, white),
      ...fill(0, 0, 0, 2, 2, red),
      ['copy', 0, 0, 0, 2, 2, 14, 0, 1, 1],
      ...fill(-1, 0, 0, 4, 4, blue),
      ['copy', -1, 0, 0, 2, 2, 12, 0, 6, 6],
      ...fill(0, 8, 0, 2, 2, [0, 0, 0, 0], 12),
      sync,
    ];
    const { pixels } = await draw(mode, instructions, [
      [0, 0],
      [2, 2],
      [3, 3],
      [7, 7],
      [8, 8],
      [9, 1],
      [7, 1],
    ]);
    expect(pixels).toEqual([red, red, white, blue, white, nothing, white].flat());
  });

  test('pictures come in the order of the instructions', async () => {
    const instructions = [
      size(0),
      ['img', 1, 14, 0, 'image/png', 4, 4],
      ['blob', 1, picture.slice(0, 40)],
      ['blob', 1, picture.slice(40)],
      ['end', 1],
      ...fill(0, 5, 4, 1, 1, [9, 9, 9, 255]),
      ['png', 14, 0, 0, 0, picture],
      sync,
    ];
    const { pixels } = await draw(mode, instructions, [
      [4, 4],
      [5, 4],
      [4, 5],
      [5, 5],
      [0, 0],
      [1, 0],
    ]);
    expect(pixels).toEqual([red, [9, 9, 9, 255], blue, white, red, green].flat());
  });

  test('layers lie on one another, with opacity, order and end', async () => {
    // Features: DIS-07
    const instructions = [
      size(0),
      ...fill(0, 0, 0, 10, 10, [0, 0, 0, 255]),
      size(1, 4, 4),
      ...fill(1, 0, 0, 4, 4, red),
      size(2, 4, 4),
      ...fill(2, 0, 0, 4, 4, blue),
      ['move', 1, 0, 1, 1, 2],
      ['move', 2, 0, 3, 3, 1],
      ['shade', 1, 51],
      size(3, 9, 9),
      ...fill(3, 0, 0, 9, 9, green),
      ['dispose', 3],
      sync,
    ];
    const { pixels } = await draw(mode, instructions, [
      [0, 0],
      [1, 1],
      [3, 3],
      [6, 6],
      [7, 7],
    ]);
    const want = [[0, 0, 0, 255], [51, 0, 0, 255], [51, 0, 204, 255], blue, [0, 0, 0, 255]].flat();
    // Blending may round either way.
    expect(pixels.map((value, i) => Math.abs(value - (want[i] ?? 0))).filter((difference) => difference > 1)).toEqual(
      [],
    );
  });

  test('paths, clips, transforms and raster operations', async () => {
    // Features: DIS-08
    const instructions = [
      size(0),
      ['start', 0, 0, 0],
      ['line', 0, 4, 0],
      ['line', 0, 4, 4],
      ['line', 0, 0, 4],
      ['close', 0],
      ['cfill', 14, 0, ...red],
      ['push', 0],
      ['rect', 0, 6, 0, 1, 10],
      ['clip', 0],
      ...fill(0, 5, 0, 5, 1, green),
      ['pop', 0],
      ['transform', 0, 1, 0, 0, 1, 5, 5],
      ...fill(0, 0, 0, 1, 1, blue),
      ['identity', 0],
      ...fill(-2, 0, 0, 2, 2, white),
      ['transfer', -2, 0, 0, 1, 1, 6, 0, 0, 0],
      ['transfer', -2, 0, 0, 1, 1, 3, 0, 9, 9],
      ['arc', 0, 2, 8, 1.5, 0, 6.3, 0],
      ['lfill', 14, 0, -2],
      sync,
    ];
    const { pixels } = await draw(mode, instructions, [
      [1, 1],
      [5, 0],
      [6, 0],
      [7, 0],
      [5, 5],
      [0, 0],
      [9, 9],
      [2, 8],
    ]);
    expect(pixels).toEqual([red, nothing, green, nothing, blue, [0, 255, 255, 255], white, white].flat());
  });

  test('the remote pointer becomes the CSS cursor', async () => {
    // Features: DIS-09
    const instructions = [size(0), ...fill(-1, 0, 0, 8, 8, red), ['cursor', 2, 3, -1, 0, 0, 8, 8], sync];
    const { cursor } = await draw(mode, instructions);
    expect(cursor).toMatch(/^url\("blob:.*"\) 2 3, default$/);
    expect(complaints).toEqual([]);
  });

  test('a malformed instruction is told as a status', async () => {
    await expect(draw(mode, [size(0), ['size', 0, 'x', 1], sync])).rejects.toThrow(
      'SERVER_ERROR: malformed instruction',
    );
  });
});

test('where a policy forbids workers, the main thread takes over with all that was received', async () => {
  await page.goto(new URL('no-worker.html', server.resolvedUrls?.local[0]).href);
  await page.waitForFunction('typeof draw === "function"');
  const { pixels, inWorker } = await draw('auto', [size(0), ...fill(0, 0, 0, 10, 10, red), sync], [[5, 5]]);
  expect(inWorker).toBe(false);
  expect(pixels).toEqual(red);
});
