// SPDX-License-Identifier: Apache-2.0

/** Coded video on its way from an engine to what browsers show: test/videoengine plays the film. */

import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, eventually, gateway, launch, setupLink } from './world';

type Probe = { X: number; Y: number; Color: [number, number, number] };
type Film = { Width: number; Height: number; Pictures: Probe[][] };

const film = JSON.parse(readFileSync(process.env.FILM ?? '', 'utf8')) as Film;
/** The levels by which decoders and the conversion of their colours may differ. */
const TOLERANCE = 6;

let browser: Browser;
let context: BrowserContext;
let page: Page;
let token: string;

async function api<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(new URL(`api/session/data/sqlite/${path}`, gateway), {
    method: body ? 'POST' : 'GET',
    headers: { 'Content-Type': 'application/json', 'Guacamole-Token': token },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function addConnection(name: string, parameters: Record<string, string>): Promise<string> {
  const body = { name, protocol: 'film', parentIdentifier: 'ROOT', parameters, attributes: {} };
  return (await api<{ identifier: string }>('connections', body)).identifier;
}

function address(id: string, type: 'c' | 'a'): string {
  return new URL(`#/client/${Buffer.from(`${id}\0${type}\0sqlite`).toString('base64url')}`, gateway).href;
}

beforeAll(async () => {
  ({ browser, context, page } = await launch());
  await page.goto(setupLink);
  await page.getByLabel('User name').fill(admin.username);
  await page.getByLabel('Password', { exact: true }).fill(admin.password);
  await page.getByLabel('Repeat password', { exact: true }).fill(admin.password);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.getByRole('heading', { name: 'Nothing to connect to yet' }).waitFor();
  const login = await fetch(new URL('api/tokens', gateway), { method: 'POST', body: new URLSearchParams(admin) });
  token = ((await login.json()) as { authToken: string }).authToken;
});
afterAll(async () => {
  await browser?.close();
});

/** Opens a tunnel's page, and notes which kinds of streams the gateway sends. */
async function open(target: string, prepare?: (page: Page) => Promise<unknown>) {
  const tab = await context.newPage();
  const seen = { video: 0, pictures: 0, announced: false };
  tab.on('websocket', (socket) => {
    seen.announced ||= new URL(socket.url()).searchParams.getAll('GUAC_VIDEO').length > 0;
    socket.on('framereceived', ({ payload }) => {
      seen.video += String(payload).split('5.video,').length - 1;
      seen.pictures += String(payload).split('3.img,').length - 1;
    });
  });
  await prepare?.(tab);
  await tab.goto(target);
  await tab.getByRole('application').waitFor();
  return { tab, seen };
}

/** Waits until a page shows a picture of the film, or a part of it from `left` on. */
async function waitPicture(tab: Page, number: number, left = 0, width = film.Width): Promise<void> {
  const probes = (film.Pictures[number] ?? []).filter(({ X }) => X >= left && X < left + width);
  expect(probes.length).toBeGreaterThan(2);
  await eventually(`picture ${number}`, async () => {
    const png = await tab.getByRole('application').locator('canvas').first().screenshot();
    const colours = await tab.evaluate(
      async ({ data, places }) => {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const drawing = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        drawing?.drawImage(bitmap, 0, 0);
        return places.map(([x = 0, y = 0]) => [
          ...(drawing?.getImageData(Math.floor(x * bitmap.width), Math.floor(y * bitmap.height), 1, 1).data ?? []),
        ]);
      },
      {
        data: png.toString('base64'),
        places: probes.map(({ X, Y }) => [(X - left + 0.5) / width, (Y + 0.5) / film.Height]),
      },
    );
    for (const [i, { X, Y, Color }] of probes.entries()) {
      const got = colours[i] ?? [];
      if (Color.some((value, channel) => Math.abs(value - (got[channel] ?? 999)) > TOLERANCE)) {
        throw new Error(`${X},${Y} is ${got}, want ${Color}`);
      }
    }
    return true;
  });
}

async function next(tab: Page): Promise<void> {
  await tab.bringToFront();
  await tab.keyboard.press('n');
}

test('coded video is shown, to a user who comes late too, and as pictures where there is no decoder', async () => {
  // Features: DIS-13
  const first = await open(address(await addConnection('Film', {}), 'c'));
  await waitPicture(first.tab, 0);
  for (let number = 1; number < 4; number++) {
    await next(first.tab);
    await waitPicture(first.tab, number);
  }
  expect(first.seen).toEqual({ video: 1, pictures: 0, announced: true });

  const active = await api<Record<string, { identifier: string }>>('activeConnections');
  const late = await open(address(Object.keys(active)[0] ?? '', 'a'));
  await waitPicture(late.tab, 0); // the film begins again for the sake of who came late
  await waitPicture(first.tab, 0);
  for (let number = 1; number < 4; number++) {
    await next(first.tab);
    await waitPicture(first.tab, number);
    await waitPicture(late.tab, number);
  }
  expect(late.seen).toEqual({ video: 1, pictures: 0, announced: true });
  expect(first.seen.pictures).toBe(0);

  const blind = await open(address(Object.keys(active)[0] ?? '', 'a'), (tab) =>
    tab.addInitScript('delete globalThis.VideoDecoder'),
  );
  for (const { tab } of [blind, late, first]) await waitPicture(tab, 3);
  await next(first.tab);
  for (const { tab } of [blind, late, first]) await waitPicture(tab, 4);
  expect(blind.seen).toMatchObject({ video: 0, announced: false });

  await blind.tab.close();
  for (const { tab } of [late, first]) await waitPicture(tab, 0);
  const { pictures } = first.seen;
  await next(first.tab);
  for (const { tab } of [late, first]) await waitPicture(tab, 1);
  expect(first.seen.pictures).toBe(pictures);
  for (const { tab } of [late, first]) await tab.close();
});

test('a user may watch one screen of two', async () => {
  // Part of: DIS-12
  const right = await open(address(await addConnection('Right half of the film', { screen: '2' }), 'c'));
  const half = film.Width / 2;
  await waitPicture(right.tab, 0, half, half);
  await next(right.tab);
  await waitPicture(right.tab, 1, half, half);
  await right.tab.close();
});

test('a decoder that fails is replaced, and one that goes on failing gives way to pictures', async () => {
  const id = await addConnection('Film with broken decoders', {});
  // Drawing on the main thread, where the decoders can be had.
  const { tab, seen } = await open(address(id, 'c'), (tab) =>
    tab.addInitScript(() => {
      Reflect.deleteProperty(globalThis, 'Worker');
      const decoders: VideoDecoderInit[] = [];
      const Original = VideoDecoder;
      Object.assign(globalThis, { decoders });
      globalThis.VideoDecoder = class extends Original {
        constructor(init: VideoDecoderInit) {
          super(init);
          decoders.push(init);
          if ('broken' in globalThis) init.error(new DOMException('broken'));
        }
      };
    }),
  );
  await waitPicture(tab, 0);
  await next(tab);
  await waitPicture(tab, 1);
  await tab.evaluate('decoders.at(-1).error(new DOMException("lost"))');
  await eventually('another stream', () => (seen.video === 2 ? true : undefined));
  await waitPicture(tab, 0);
  expect(seen.pictures).toBe(0);
  await tab.evaluate('globalThis.broken = true; decoders.at(-1).error(new DOMException("lost"))');
  await eventually('pictures', () => (seen.pictures > 0 ? true : undefined));
  await next(tab);
  await waitPicture(tab, 1);
  await tab.close();
});
