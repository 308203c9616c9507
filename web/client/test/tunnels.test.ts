// SPDX-License-Identifier: Apache-2.0

import { Status, StatusCode } from '@palta/guac';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ChainedTunnel } from '../src/tunnel/chained-tunnel';
import { HTTPTunnel, StaticTunnel } from '../src/tunnel/http-tunnel';
import type { Tunnel } from '../src/tunnel/tunnel';
import { WebSocketTunnel } from '../src/tunnel/websocket-tunnel';
import { FakeTunnel, FakeWebSocket, text } from './fakes';

/** Writes down all that a tunnel tells. */
function watch(tunnel: Tunnel): string[] {
  const log: string[] = [];
  tunnel.on('state', (state) => log.push(state));
  tunnel.on('uuid', (uuid) => log.push(`uuid ${uuid}`));
  tunnel.on('data', (data) => log.push(`data ${data}`));
  tunnel.on('error', (status) => log.push(`error ${status.name}`));
  return log;
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.instances = [];
  vi.stubGlobal('WebSocket', FakeWebSocket);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('WebSocket tunnel', () => {
  function opened(): { tunnel: WebSocketTunnel; socket: FakeWebSocket; log: string[] } {
    const tunnel = new WebSocketTunnel('http://gateway.test/guacamole/websocket-tunnel');
    const log = watch(tunnel);
    tunnel.connect('token=t&GUAC_ID=1');
    const socket = FakeWebSocket.last;
    socket.message(text(['', 'the-id']));
    return { tunnel, socket, log };
  }

  test('offers its subprotocol, learns its identity and carries instructions', () => {
    // Features: DIS-16, DIS-19
    const { tunnel, socket, log } = opened();
    expect(socket.url).toBe('ws://gateway.test/guacamole/websocket-tunnel?token=t&GUAC_ID=1');
    expect(socket.protocol).toBe('guacamole');
    socket.message('3.nop;4.sync,1.1;');
    tunnel.send('key', 65, 1);
    expect(log).toEqual(['connecting', 'open', 'uuid the-id', 'data 3.nop;4.sync,1.1;']);
    expect(tunnel.uuid).toBe('the-id');
    expect(socket.sent).toEqual(['3.key,2.65,1.1;']);
  });

  test('instructions in the message of the identity are not lost', () => {
    const tunnel = new WebSocketTunnel('ws://gateway.test/');
    const log = watch(tunnel);
    tunnel.connect('');
    FakeWebSocket.last.message(text(['', 'the-id'], ['nop']));
    expect(log).toEqual(['connecting', 'open', 'uuid the-id', 'data 3.nop;']);
  });

  test('asks for a sign of life, becomes unstable, recovers, and closes', () => {
    // Features: DIS-18
    const { tunnel, socket, log } = opened();
    vi.advanceTimersByTime(1000);
    expect(socket.sent[0]).toMatch(/^0\.,4\.ping,\d+\.\d+;$/);
    vi.advanceTimersByTime(500);
    expect(tunnel.state).toBe('unstable');
    socket.message(text(['', 'ping', 1]));
    expect(tunnel.state).toBe('open');
    vi.advanceTimersByTime(15_000);
    expect(log.slice(-3)).toEqual(['unstable', 'error UPSTREAM_TIMEOUT', 'closed']);
    expect(socket.closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a page that was asleep does not take its own silence for that of the server', () => {
    const { tunnel } = opened();
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(500);
    expect(tunnel.state).toBe('open');
  });

  test.each([
    [1000, '0', undefined],
    [1000, '', undefined],
    [1008, '769', 'CLIENT_UNAUTHORIZED'],
    [1002, '516', 'RESOURCE_NOT_FOUND'],
    [1006, '', 'UPSTREAM_NOT_FOUND'],
    [1001, '', 'UPSTREAM_UNAVAILABLE'],
    [1011, '', 'SERVER_ERROR'],
  ])('close frame %i "%s"', (code, reason, want) => {
    const { socket, log } = opened();
    socket.end(code, reason);
    expect(log.slice(3)).toEqual(want === undefined ? ['closed'] : [`error ${want}`, 'closed']);
  });

  test.each([
    ['nonsense', '0.nonsense'],
    ['binary', new ArrayBuffer(3)],
  ])('%s is an error, not an exception', (_, data) => {
    const { tunnel, socket, log } = opened();
    socket.message(data);
    expect(log.slice(3)).toEqual(['error SERVER_ERROR', 'closed']);
    tunnel.send('nop');
    expect(socket.sent).toEqual([]);
  });

  test('can be connected again', () => {
    const { tunnel, socket } = opened();
    socket.end(1006);
    tunnel.connect('');
    FakeWebSocket.last.message(text(['', 'another']));
    expect(tunnel.uuid).toBe('another');
    tunnel.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** An HTTP server of one tunnel, driven by the test. */
class FakeServer {
  readonly requests: { url: string; body: string; token: string | null }[] = [];
  readonly reads: ((response: Response) => void)[] = [];
  connect = () => new Response('the-id', { headers: { 'Guacamole-Tunnel-Token': 'secret' } });
  write = () => new Response('');

  readonly fetch = (url: string, init: RequestInit = {}): Promise<Response> => {
    const token = new Headers(init.headers).get('Guacamole-Tunnel-Token');
    this.requests.push({ url, body: String(init.body ?? ''), token });
    if (url.includes('?connect')) {
      return Promise.resolve(this.connect());
    }
    if (url.includes('?write:')) {
      return Promise.resolve(this.write());
    }
    return new Promise((resolve, reject) => {
      this.reads.push(resolve);
      init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
  };
}

function bytes(data: string): Response {
  const all = new TextEncoder().encode(data);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of all) {
        controller.enqueue(Uint8Array.of(byte));
      }
      controller.close();
    },
  });
  return new Response(body);
}

/** Waits until a condition holds, whatever the number of steps it takes. */
async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 1000, interval: 1 });
}

describe('HTTP tunnel', () => {
  function connected(server: FakeServer): { tunnel: HTTPTunnel; log: string[] } {
    vi.useRealTimers();
    vi.stubGlobal('fetch', server.fetch);
    const tunnel = new HTTPTunnel('tunnel', { headers: { 'X-Extra': '1' } });
    const log = watch(tunnel);
    tunnel.connect('token=t');
    return { tunnel, log };
  }

  test('keeps two reads alive and hands their data on in order, byte by byte', async () => {
    // Features: DIS-17
    const server = new FakeServer();
    const { tunnel, log } = connected(server);
    await until(() => server.reads.length === 1);
    expect(server.requests[0]).toMatchObject({ url: 'tunnel?connect', body: 'token=t' });
    expect(server.requests[1]).toMatchObject({ url: 'tunnel?read:the-id:0', token: 'secret' });
    server.reads[0]?.(bytes('4.name,1.ä;0.;'));
    await until(() => server.reads.length === 2);
    server.reads[1]?.(bytes('3.nop;0.;'));
    await until(() => log.join('').replaceAll('data ', '').endsWith('4.name,1.ä;0.;3.nop;0.;'));
    tunnel.dispose();
  });

  test('writes one request at a time and gathers what comes meanwhile', async () => {
    const server = new FakeServer();
    const { tunnel } = connected(server);
    await until(() => server.reads.length === 1);
    tunnel.send('key', 1, 1);
    tunnel.send('key', 1, 0);
    tunnel.send('key', 2, 1);
    await until(() => server.requests.filter(({ url }) => url.includes('write')).length === 2);
    const writes = server.requests.filter(({ url }) => url === 'tunnel?write:the-id');
    expect(writes.map(({ body }) => body)).toEqual(['3.key,1.1,1.1;', '3.key,1.1,1.0;3.key,1.2,1.1;']);
    tunnel.dispose();
  });

  test('an unknown tunnel on a read is the normal end', async () => {
    const server = new FakeServer();
    const { log } = connected(server);
    await until(() => server.reads.length === 1);
    server.reads[0]?.(bytes('0.;'));
    await until(() => server.reads.length === 2);
    server.reads[1]?.(new Response('', { status: 404, headers: { 'Guacamole-Status-Code': '516' } }));
    await until(() => log.includes('closed'));
    expect(log.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  test('the status of a refused connection comes from its header', async () => {
    const server = new FakeServer();
    server.connect = () => new Response('', { status: 403, headers: { 'Guacamole-Status-Code': '769' } });
    const { log } = connected(server);
    await until(() => log.includes('closed'));
    expect(log).toEqual(['connecting', 'error CLIENT_UNAUTHORIZED', 'closed']);
  });

  test('what is left to send when it is closed still goes out', async () => {
    const server = new FakeServer();
    const { tunnel, log } = connected(server);
    await until(() => server.reads.length === 1);
    tunnel.send('nop');
    tunnel.send('disconnect');
    tunnel.disconnect();
    expect(server.requests.at(-1)?.body).toBe('10.disconnect;');
    expect(log.at(-1)).toBe('closed');
  });
});

test('a static tunnel plays what a URL has', async () => {
  vi.useRealTimers();
  vi.stubGlobal('fetch', () => Promise.resolve(bytes('3.nop;')));
  const tunnel = new StaticTunnel('recording');
  const log = watch(tunnel);
  tunnel.connect('');
  await until(() => log.includes('closed'));
  expect(log.join('').replaceAll('data ', '')).toBe('connectingopen' + 'uuid ' + '3.nop;closed');
});

describe('chained tunnel', () => {
  function chain(): { first: FakeTunnel; second: FakeTunnel; tunnel: ChainedTunnel; log: string[] } {
    const first = new FakeTunnel();
    const second = new FakeTunnel();
    const tunnel = new ChainedTunnel(first, second);
    const log = watch(tunnel);
    tunnel.connect('token=t');
    return { first, second, tunnel, log };
  }

  test('goes on with the next tunnel if the first never got an answer', () => {
    const { first, second, tunnel, log } = chain();
    first.fail(new Status(StatusCode.UPSTREAM_NOT_FOUND));
    expect(second.data).toBe('token=t');
    second.open();
    second.deliver(['nop']);
    tunnel.send('nop');
    expect(second.sent).toEqual(['nop']);
    expect(log).toEqual(['connecting', 'open', 'uuid an-id', 'data 3.nop;']);
  });

  test('a refusal is final', () => {
    const { first, second, log } = chain();
    first.answered = true;
    first.fail(new Status(StatusCode.CLIENT_FORBIDDEN));
    expect(second.data).toBe('');
    expect(log).toEqual(['connecting', 'error CLIENT_FORBIDDEN', 'closed']);
  });

  test('a timeout of the remote host is final', () => {
    const { first, second, log } = chain();
    first.fail(new Status(StatusCode.UPSTREAM_TIMEOUT));
    expect(second.data).toBe('');
    expect(log.at(-1)).toBe('closed');
  });

  test('the last failure is the one that is told', () => {
    const { first, second, log } = chain();
    first.fail(new Status(StatusCode.UPSTREAM_NOT_FOUND));
    second.fail(new Status(StatusCode.SERVER_BUSY));
    expect(log).toEqual(['connecting', 'error SERVER_BUSY', 'closed']);
  });
});
