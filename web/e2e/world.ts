// SPDX-License-Identifier: Apache-2.0

/**
 * What the specs run against: a gateway and hosts, started by test/browser and named in the
 * environment, and what they share in driving a browser.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the specs through \`make browser\``);
  return value;
}

/** The gateway, such as http://127.0.0.1:8080/guacamole/. */
export const gateway = variable('PALTA_URL');
export const admin = { username: 'admin', password: 'four unrelated words here' };

/** The SSH server and its account. */
export const ssh = {
  port: variable('SSH_PORT'),
  username: variable('SSH_USERNAME'),
  password: variable('SSH_PASSWORD'),
  home: variable('SSH_HOME'),
};

/** The VNC server and its X display. */
export const vnc = { port: variable('VNC_PORT'), password: variable('VNC_PASSWORD'), display: variable('VNC_DISPLAY') };

/** Reads the one-time link of the first start. */
export const setupLink = process.env.PALTA_SETUP_LINK ?? '';

/** Waits until `condition` returns something, and returns it. */
export async function eventually<T>(what: string, condition: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await condition();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`gave up waiting for ${what}${last ? `: ${String(last)}` : ''}`);
}

/**
 * Waits for a file in the account's home and returns what it has; the file is removed. One that is not written at once, as
 * an upload, has to be of a size before it is whole.
 */
export async function hostFile(name: string, size = 1): Promise<string> {
  const path = join(ssh.home, name);
  const text = await eventually(`the file ${name} on the host`, () => {
    const content = readFileSync(path);
    if (content.length < size) throw new Error(`it has ${content.length} bytes, not ${size}`);
    return content.toString('utf8');
  });
  rmSync(path);
  return text;
}

/** Runs a program on the X display of the VNC server and returns what it prints. */
export function onDisplay(program: string, ...args: string[]): Buffer {
  return execFileSync(program, args, {
    env: { ...process.env, DISPLAY: vnc.display },
    timeout: 20_000,
    maxBuffer: 1 << 26,
  });
}

/** Requests of the browser that the gateway could not answer. A spec expects none at its end. */
export const unanswered: string[] = [];

/** A Chromium that speaks to nobody but the gateway. */
export async function launch(): Promise<{ browser: Browser; context: BrowserContext; page: Page }> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // The library's page is made up by the spec, so Chromium cannot see that it comes from loopback too.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: false });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(gateway).origin });
  const page = await context.newPage();
  page.on('console', (message) => {
    // What was refused shows among the responses.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) console.error(`browser: ${message.text()}`);
  });
  page.on('response', (response) => {
    const { status, url } = { status: response.status(), url: response.url() };
    if (status === 404 || status >= 500) unanswered.push(`${status} of ${url}`);
  });
  page.on('pageerror', (error) => console.error(`browser: ${error.stack ?? error.message}`));
  return { browser, context, page };
}

/** Takes a picture for the documents, where a folder is named, and one on request for a person. */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.PALTA_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

/** The display of a connection. */
export function display(page: Page, name: string): Locator {
  return page.getByRole('application', { name: `Display of ${name}` });
}

export type Colour = [red: number, green: number, blue: number];

/** The colour at a place of an element as a fraction of its size, read from a screenshot. */
export async function colourAt(page: Page, element: Locator, x: number, y: number): Promise<Colour> {
  const png = await element.screenshot();
  const pixel = await page.evaluate(
    async ({ data, x, y }) => {
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const drawing = canvas.getContext('2d');
      if (!drawing) throw new Error('no drawing context');
      drawing.drawImage(bitmap, 0, 0);
      return [...drawing.getImageData(Math.floor(x * bitmap.width), Math.floor(y * bitmap.height), 1, 1).data];
    },
    { data: png.toString('base64'), x, y },
  );
  return [pixel[0] ?? -1, pixel[1] ?? -1, pixel[2] ?? -1];
}

/** Waits until a place has a colour. */
export async function waitColour(page: Page, element: Locator, x: number, y: number, want: Colour): Promise<void> {
  await eventually(`colour ${want} at ${x}, ${y}`, async () => {
    const got = await colourAt(page, element, x, y);
    if (got.every((value, i) => Math.abs(value - (want[i] ?? 0)) <= 2)) return true;
    throw new Error(`it is ${got}`);
  });
}

/** Draws four coloured quarters on the VNC server's display. */
export function drawQuarters(colours: [string, string, string, string]): void {
  const folder = mkdtempSync(join(tmpdir(), 'palta-e2e-'));
  try {
    const path = join(folder, 'quarters.png');
    const [a, b, c, d] = colours;
    execFileSync('convert', [
      '-size',
      '2x2',
      'xc:black',
      ...[a, b, c, d].flatMap((colour, i) => ['-fill', colour, '-draw', `point ${i % 2},${Math.floor(i / 2)}`]),
      '-filter',
      'point',
      '-resize',
      '1024x768!',
      path,
    ]);
    // It fails to free the root's former picture, after it has drawn the new one.
    onDisplay('sh', '-c', 'display -window root "$1" || :', 'sh', path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
