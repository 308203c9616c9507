// SPDX-License-Identifier: Apache-2.0

import { encodeBase64, STREAM_INDEX_MIMETYPE, Status, StatusCode } from '@palta/guac';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Client } from '../src/client';
import type { RemoteFilesystem } from '../src/stream/remote-filesystem';
import { FakeSurfaces, FakeTunnel } from './fakes';

let tunnel: FakeTunnel;
let client: Client;
let log: string[];

const base64 = (text: string) => encodeBase64(new TextEncoder().encode(text));

beforeEach(() => {
  const surfaces = new FakeSurfaces();
  vi.stubGlobal('OffscreenCanvas', undefined);
  HTMLCanvasElement.prototype.getContext = (() => surfaces.create(1, 1).getContext('2d')) as never;
  tunnel = new FakeTunnel();
  client = new Client(tunnel, { worker: 'never' });
  log = [];
  client.on('state', (state) => log.push(state));
  client.on('error', (status, origin) => log.push(`error ${status.name} ${origin}`));
});

afterEach(() => {
  client.dispose();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function connect(): void {
  client.connect(new URLSearchParams({ token: 't' }));
  tunnel.open();
}

describe('connection', () => {
  test('goes from connecting by waiting to connected with the first frame', () => {
    connect();
    expect(tunnel.data).toBe('token=t');
    tunnel.deliver(['size', 0, 8, 6], ['sync', 77]);
    expect(log).toEqual(['connecting', 'waiting', 'connected']);
    expect(tunnel.sent).toEqual(['sync 77']);
    expect([client.display.width, client.display.height]).toEqual([8, 6]);
  });

  test('an error instruction is told and ends the connection', () => {
    // Features: COM-14
    connect();
    tunnel.deliver(['error', 'no such host', 519]);
    expect(log).toEqual(['connecting', 'waiting', 'error UPSTREAM_NOT_FOUND client', 'disconnecting', 'disconnected']);
  });

  test('an error of the tunnel is told as such', () => {
    connect();
    tunnel.fail(new Status(StatusCode.CLIENT_FORBIDDEN));
    expect(log.slice(2)).toEqual(['error CLIENT_FORBIDDEN tunnel', 'disconnected']);
  });

  test('malformed input is an error of the server, not an exception', () => {
    connect();
    tunnel.deliverText('nonsense');
    expect(log.slice(2)).toEqual(['error SERVER_ERROR client', 'disconnecting', 'disconnected']);
  });

  test('can be made again', () => {
    connect();
    tunnel.deliver(['sync', 1]);
    client.disconnect();
    connect();
    tunnel.deliver(['sync', 1]);
    expect(log.slice(-3)).toEqual(['connecting', 'waiting', 'connected']);
    expect(tunnel.sent).toEqual(['sync 1', 'disconnect', 'sync 1']);
  });

  test('tells the server now and then that it is there, and leaves no timer behind', () => {
    vi.useFakeTimers();
    connect();
    vi.advanceTimersByTime(10_000);
    expect(tunnel.sent).toEqual(['nop', 'nop']);
    client.dispose();
    expect(vi.getTimerCount()).toBe(0);
    expect(tunnel.disposed).toBe(true);
  });

  test('tells when the tunnel is unstable', () => {
    // Features: CLI-06
    const seen: boolean[] = [];
    client.on('unstable', (unstable) => seen.push(unstable));
    connect();
    tunnel.change('unstable');
    tunnel.change('open');
    expect(seen).toEqual([true, false]);
  });
});

describe('input', () => {
  test('keys, mouse, touches and size', () => {
    connect();
    client.sendKey(true, 65);
    client.sendMouse({ x: 3.7, y: 4, left: true, middle: false, right: true, up: false, down: true });
    client.sendTouch({ id: 1, x: 2.5, y: 3, radiusX: 4.2, radiusY: 5, angle: 0, force: 0.5 });
    client.sendSize(800, 600);
    expect(tunnel.sent).toEqual(['key 65 1', 'mouse 3 4 21', 'touch 1 2 3 4 5 0 0.5', 'size 800 600']);
  });

  test('nothing is sent before the connection is open', () => {
    client.sendKey(true, 65);
    client.sendClipboard('x');
    expect(tunnel.sent).toEqual([]);
  });
});

describe('messages', () => {
  test('users who join and leave, names, required parameters, touch support', () => {
    // Features: COM-08, COM-09, DIS-10
    const seen: unknown[] = [];
    client.on('join', (...args) => seen.push(['join', ...args]));
    client.on('leave', (...args) => seen.push(['leave', ...args]));
    client.on('name', (...args) => seen.push(['name', ...args]));
    client.on('required', (...args) => seen.push(['required', ...args]));
    client.on('multitouch', (...args) => seen.push(['multitouch', ...args]));
    connect();
    tunnel.deliver(
      ['msg', 1, 'u1', 'ada'],
      ['msg', 2, 'u1', 'ada'],
      ['name', 'desk'],
      ['required', 'username', 'password'],
    );
    tunnel.deliver(['set', 0, 'multi-touch', 10]);
    client.sendArgument('password', 'x');
    expect(seen).toEqual([
      ['join', 'u1', 'ada'],
      ['leave', 'u1', 'ada'],
      ['name', 'desk'],
      ['required', ['username', 'password']],
      ['multitouch', 0, 10],
    ]);
    expect(tunnel.sent).toEqual(['argv 0 text/plain password', `blob 0 ${base64('x')}`, 'end 0']);
  });
});

describe('streams from the server', () => {
  test.each([
    ['clipboard', ['clipboard', 3, 'text/plain']],
    ['file', ['file', 3, 'text/plain', 'a.txt']],
    ['pipe', ['pipe', 3, 'text/plain', 'p']],
    ['argv', ['argv', 3, 'text/plain', 'font-size']],
  ])('%s is refused if nobody listens', (_, instruction) => {
    connect();
    tunnel.deliver(instruction);
    expect(tunnel.sent).toEqual(['ack 3 unsupported 256']);
  });

  test('video and unknown sound are refused as of a bad type', () => {
    connect();
    tunnel.deliver(['video', 1, 0, 'video/x'], ['audio', 2, 'audio/ogg']);
    expect(tunnel.sent.map((line) => line.split(' ').at(-1))).toEqual(['783', '783']);
  });

  test('text of the clipboard, cut within a character, with every blob acknowledged', async () => {
    // Features: COM-04
    const text = new Promise<string>((resolve) =>
      client.on('clipboard', async (stream) => resolve(await stream.text())),
    );
    connect();
    const data = new TextEncoder().encode('grün 😀');
    tunnel.deliver(['clipboard', 0, 'text/plain']);
    for (const part of [data.subarray(0, 3), data.subarray(3, 8), data.subarray(8)]) {
      tunnel.deliver(['blob', 0, encodeBase64(part)]);
    }
    tunnel.deliver(['end', 0]);
    expect(await text).toBe('grün 😀');
    expect(tunnel.sent).toEqual(Array.from({ length: 4 }, () => 'ack 0 OK 0'));
  });

  test('a file that the gateway hands out is not accepted here, but its empty blobs are acknowledged', async () => {
    // Features: DIS-20
    const done = new Promise<void>((resolve) => client.on('file', async (stream) => resolve(await stream.relayed())));
    connect();
    tunnel.deliver(['file', 5, 'text/plain', 'a.txt']);
    expect(tunnel.sent).toEqual([]);
    tunnel.deliver(['blob', 5, '']);
    expect(tunnel.sent).toEqual(['ack 5 OK 0']);
    tunnel.deliver(['end', 5]);
    await done;
  });

  test('a stream that is cut off by the end of the connection fails', async () => {
    const failure = new Promise<string>((resolve) => {
      client.on('file', (stream) => {
        stream.blob().catch((error: Error) => resolve(error.message));
      });
    });
    connect();
    tunnel.deliver(['file', 5, 'text/plain', 'a.txt'], ['blob', 5, 'AAAA']);
    client.disconnect();
    expect(await failure).toContain('RESOURCE_CLOSED');
  });
});

describe('uploads', () => {
  test('send blobs of 6048 bytes, a few ahead of their acknowledgement', async () => {
    // Features: COM-12, DIS-22
    connect();
    const blobs = () => tunnel.sent.filter((line) => line.startsWith('blob'));
    const file = new Blob([new Uint8Array(6048 * 20 + 1)]);
    const done = client.sendFile(file, 'big.bin');
    expect(tunnel.sent).toEqual(['file 0 application/octet-stream big.bin']);
    tunnel.deliver(['ack', 0, 'OK', 0]);
    await vi.waitFor(() => expect(blobs()).toHaveLength(8));
    for (let acknowledged = 0; acknowledged < 21; acknowledged++) {
      await vi.waitFor(() => expect(blobs()).toHaveLength(Math.min(21, acknowledged + 8)));
      tunnel.deliver(['ack', 0, 'OK', 0]);
    }
    await done;
    expect(blobs()[0]).toHaveLength('blob 0 '.length + 8064);
    expect(tunnel.sent.at(-1)).toBe('end 0');
  });

  test('end with the status by which the server refuses them', async () => {
    connect();
    const done = client.sendFile(new Blob(['x']), 'a');
    tunnel.deliver(['ack', 0, 'no', 771]);
    await expect(done).rejects.toThrow('CLIENT_FORBIDDEN: no');
    expect(tunnel.sent).toHaveLength(1);
  });

  test('numbers of ended streams are used again', () => {
    connect();
    client.sendClipboard('a');
    client.createPipeStream('text/plain', 'p');
    expect(client.createPipeStream('text/plain', 'q').index).toBe(1);
  });
});

describe('filesystems', () => {
  function filesystem(): RemoteFilesystem {
    let found: RemoteFilesystem | undefined;
    client.on('filesystem', (one) => {
      found = one;
    });
    connect();
    tunnel.deliver(['filesystem', 2, 'Home']);
    if (found === undefined) {
      throw new Error('no filesystem');
    }
    return found;
  }

  test('list a directory, directories first', async () => {
    // Features: COM-06
    const home = filesystem();
    const listing = home.list();
    expect(tunnel.sent).toEqual(['get 2 /']);
    const index = JSON.stringify({ '/b.txt': 'text/plain', '/z': STREAM_INDEX_MIMETYPE, '/a': 'text/plain' });
    tunnel.deliver(['body', 2, 7, STREAM_INDEX_MIMETYPE, '/']);
    // The stream is read once the promise of its body has settled.
    await Promise.resolve();
    tunnel.deliver(['blob', 7, base64(index)], ['end', 7]);
    expect((await listing).map(({ path, name, directory }) => [path, name, directory])).toEqual([
      ['/z', 'z', true],
      ['/a', 'a', false],
      ['/b.txt', 'b.txt', false],
    ]);
  });

  test.each([
    ['[1', 'malformed'],
    ['null', 'malformed'],
  ])('a listing of %s is an error', async (json, want) => {
    const listing = filesystem().list();
    tunnel.deliver(['body', 2, 7, STREAM_INDEX_MIMETYPE, '/'], ['blob', 7, base64(json)], ['end', 7]);
    await expect(listing).rejects.toThrow(want);
  });

  test('a body that nobody has asked for is refused', () => {
    filesystem();
    tunnel.deliver(['body', 2, 7, 'text/plain', '/x'], ['body', 9, 8, 'text/plain', '/x']);
    expect(tunnel.sent).toEqual(['ack 7 unsupported 256', 'ack 8 unsupported 256']);
  });

  test('write by put, and end with undefine', async () => {
    const home = filesystem();
    home.create('/new.txt', 'text/plain');
    expect(tunnel.sent).toEqual(['put 2 0 text/plain /new.txt']);
    const listing = home.list('/');
    tunnel.deliver(['undefine', 2]);
    await expect(listing).rejects.toThrow('RESOURCE_CLOSED');
  });
});
