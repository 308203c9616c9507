// SPDX-License-Identifier: Apache-2.0

/** guacamole-common-js, the client library of upstream, against our gateway. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Rest } from './rest';
import { type Colour, drawQuarters, eventually, gateway, hostFile, launch, ssh, vnc } from './world';

let browser: Browser;
let page: Page;
let rest: Rest;

let shell: string;
let desktop: string;

beforeAll(async () => {
  rest = await Rest.firstAdministrator();
  shell = await rest.connection('Shell', 'ssh', {
    hostname: '127.0.0.1',
    port: ssh.port,
    username: ssh.username,
    password: ssh.password,
  });
  desktop = await rest.connection('Desktop', 'vnc', { hostname: '127.0.0.1', port: vnc.port, password: vnc.password });

  ({ browser, page } = await launch());
  // A page of the gateway's origin that has nothing but the library.
  const library = readFileSync(createRequire(import.meta.url).resolve('@glokon/guacamole-common-js'), 'utf8');
  await page.route('**/guacamole/interop', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><div id="display"></div><script>
        const module = { exports: {} }, exports = module.exports;
        ${library.replaceAll('</script', '<\\/script')}
        window.Guacamole = module.exports.default ?? module.exports;</script>`,
    }),
  );
});
afterAll(async () => {
  await browser?.close();
});

type Guac = {
  Client: new (
    tunnel: unknown,
  ) => {
    connect(data: string): void;
    disconnect(): void;
    sendKeyEvent(pressed: number, keysym: number): void;
    onerror: ((status: { code: number; message: string }) => void) | null;
    onstatechange: ((state: number) => void) | null;
    getDisplay(): { getElement(): HTMLElement; flatten(): HTMLCanvasElement };
  };
  WebSocketTunnel: new (url: string) => unknown;
  HTTPTunnel: new (url: string) => unknown;
};
type Connected = { client: InstanceType<Guac['Client']>; state: number; error: string };
declare global {
  interface Window {
    Guacamole: Guac;
    connected: Connected;
  }
}

/** Opens a connection in a fresh page, with the given kind of tunnel. */
async function open(tunnel: 'WebSocketTunnel' | 'HTTPTunnel', id: string) {
  await page.goto(new URL('interop', gateway).href);
  await page.evaluate(
    ({ tunnel, data }) => {
      const { Client, WebSocketTunnel, HTTPTunnel } = window.Guacamole;
      const client = new Client(
        tunnel === 'HTTPTunnel' ? new HTTPTunnel('tunnel') : new WebSocketTunnel('websocket-tunnel'),
      );
      const connected: Connected = { client, state: 0, error: '' };
      client.onstatechange = (state) => {
        connected.state = state;
      };
      client.onerror = (status) => {
        connected.error = `${status.code} ${status.message}`;
      };
      window.connected = connected;
      document.getElementById('display')?.append(client.getDisplay().getElement());
      client.connect(data);
    },
    {
      tunnel,
      data: new URLSearchParams([
        ['token', rest.token],
        ['GUAC_DATA_SOURCE', 'sqlite'],
        ['GUAC_ID', id],
        ['GUAC_TYPE', 'c'],
        ['GUAC_WIDTH', '800'],
        ['GUAC_HEIGHT', '600'],
        ['GUAC_DPI', '96'],
        ['GUAC_IMAGE', 'image/png'],
        ['GUAC_IMAGE', 'image/jpeg'],
      ]).toString(),
    },
  );
  const connectedState = 3;
  await eventually('the state CONNECTED', async () => {
    const { state, error } = await page.evaluate(() => ({
      state: window.connected.state,
      error: window.connected.error,
    }));
    if (error) throw new Error(error);
    return state === connectedState ? true : undefined;
  });
}

async function type(text: string) {
  await page.evaluate((text) => {
    for (const character of text) {
      const keysym = character === '\n' ? 0xff0d : character.charCodeAt(0);
      window.connected.client.sendKeyEvent(1, keysym);
      window.connected.client.sendKeyEvent(0, keysym);
    }
  }, text);
}

/** The colour at a fraction of the display's size. */
async function colour(x: number, y: number): Promise<Colour> {
  const pixel = await page.evaluate(
    ({ x, y }) => {
      const canvas = window.connected.client.getDisplay().flatten();
      const drawing = canvas.getContext('2d');
      return [...(drawing?.getImageData(Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1).data ?? [])];
    },
    { x, y },
  );
  return [pixel[0] ?? -1, pixel[1] ?? -1, pixel[2] ?? -1];
}

describe.each(['WebSocketTunnel', 'HTTPTunnel'] as const)('guacamole-common-js through our %s', (tunnel) => {
  test('opens SSH, and what is typed reaches the host', async () => {
    // Features: DIS-16, DIS-17, DIS-18, DIS-19
    await open(tunnel, shell);
    await type(`echo through ${tunnel} > interop-typed\n`);
    expect(await hostFile('interop-typed')).toBe(`through ${tunnel}\n`);
    await page.evaluate(() => window.connected.client.disconnect());
  });

  test('opens VNC, and shows what the host draws', async () => {
    // Features: DIS-05
    drawQuarters(['#c03028', '#28a048', '#3058c0', '#e0c030']);
    await open(tunnel, desktop);
    const quarters: [number, number, Colour][] = [
      [0.25, 0.25, [0xc0, 0x30, 0x28]],
      [0.75, 0.25, [0x28, 0xa0, 0x48]],
    ];
    for (const [x, y, want] of quarters) {
      await eventually(`colour ${want}`, async () => {
        const got = await colour(x, y);
        if (got.every((value, i) => Math.abs(value - (want[i] ?? 0)) <= 2)) return true;
        throw new Error(`it is ${got}`);
      });
    }
    await page.evaluate(() => window.connected.client.disconnect());
  });

  test('leaves no session behind', async () => {
    await eventually('no active connection', async () => {
      const active = (await (await rest.request('session/data/sqlite/activeConnections')).json()) as Record<
        string,
        unknown
      >;
      return Object.keys(active).length === 0 ? true : undefined;
    });
  });
});
