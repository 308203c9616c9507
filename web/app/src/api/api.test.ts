// SPDX-License-Identifier: Apache-2.0

import { describe, expect, it, vi } from 'vitest';
import { Api, ApiError } from './api';

type Call = { method: string; url: string; headers: Record<string, string>; body?: string };

function gateway(answers: (call: Call) => { status: number; body?: unknown }, token: string | null = 'T') {
  const calls: Call[] = [];
  const onUnauthorized = vi.fn();
  const api = new Api({
    base: 'https://example.net/guacamole/',
    token: () => token,
    onUnauthorized,
    fetch: async (input, init) => {
      const call: Call = {
        method: init?.method ?? 'GET',
        url: String(input),
        headers: init?.headers as Record<string, string>,
        body: init?.body as string | undefined,
      };
      calls.push(call);
      const { status, body } = answers(call);
      return new Response(body === undefined ? null : JSON.stringify(body), { status });
    },
  });
  return { api, calls, onUnauthorized };
}

describe('API client', () => {
  it('stays below the page and sends the token in the header only', async () => {
    // Features: LOG-08, DEP-05
    const { api, calls } = gateway(() => ({ status: 200, body: {} }));
    await api.data('my source').connections.get('a/b');
    expect(calls).toEqual([
      expect.objectContaining({
        method: 'GET',
        url: 'https://example.net/guacamole/api/session/data/my%20source/connections/a%2Fb',
        headers: { Accept: 'application/json', 'Guacamole-Token': 'T' },
      }),
    ]);
  });

  it('logs in with a form', async () => {
    const { api, calls } = gateway(() => ({ status: 200, body: { authToken: 'X' } }), null);
    await api.login({ username: 'a b', password: '+&é' });
    expect(calls[0]).toMatchObject({
      method: 'POST',
      url: 'https://example.net/guacamole/api/tokens',
      body: 'username=a+b&password=%2B%26%C3%A9',
    });
    expect(calls[0]?.headers).toMatchObject({ 'Content-Type': 'application/x-www-form-urlencoded' });
  });

  it('repeats query parameters and leaves out what is not given', async () => {
    const { api, calls } = gateway(() => ({ status: 200, body: [] }));
    await api.data('s').connectionHistory(['web', '2025-03'], '-startDate');
    await api.data('s').tree();
    expect(calls.map((call) => new URL(call.url).search)).toEqual([
      '?contains=web&contains=2025-03&order=-startDate',
      '',
    ]);
  });

  it('answers nothing for 204', async () => {
    const { api } = gateway(() => ({ status: 204 }));
    await expect(api.logout()).resolves.toBeUndefined();
  });

  it('hands on the error object', async () => {
    // Features: LOG-02
    const expected = [{ name: 'guac-totp', type: 'GUAC_TOTP_CODE' }];
    const { api } = gateway(() => ({
      status: 403,
      body: {
        message: 'x',
        translatableMessage: { key: 'TOTP.INFO_CODE_REQUIRED', variables: null },
        expected,
        type: 'INSUFFICIENT_CREDENTIALS',
      },
    }));
    const error = await api.login({}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 403, type: 'INSUFFICIENT_CREDENTIALS', expected });
  });

  it('survives the error page of a proxy, and no answer at all', async () => {
    const api = new Api({
      base: 'https://example.net/',
      token: () => null,
      fetch: async () => new Response('<html>', { status: 502 }),
    });
    await expect(api.setupRequired()).rejects.toMatchObject({ status: 502, type: 'INTERNAL_ERROR' });
    const offline = new Api({
      base: 'https://example.net/',
      token: () => null,
      fetch: () => Promise.reject(new TypeError('offline')),
    });
    await expect(offline.setupRequired()).rejects.toMatchObject({ status: 0 });
  });

  it.each([
    [204, false],
    [403, true],
  ])('on a denial asks whether the session lives: %d ends it: %s', async (status, ended) => {
    // Features: LOG-09
    const { api, onUnauthorized } = gateway((call) =>
      call.method === 'HEAD'
        ? { status }
        : { status: 403, body: { type: 'PERMISSION_DENIED', message: 'Permission denied.' } },
    );
    await expect(api.data('s').users.list()).rejects.toThrow('Permission denied.');
    expect(onUnauthorized).toHaveBeenCalledTimes(ended ? 1 : 0);
  });

  it('builds stream addresses for the browser, with the token', () => {
    // Features: CLI-36
    const { api } = gateway(() => ({ status: 200 }));
    expect(api.streamAddress('u-1', 3, '../a b/c.txt', 'text/plain')).toBe(
      'https://example.net/guacamole/api/session/tunnels/u-1/streams/3/.._a%20b_c.txt?token=T&type=text%2Fplain',
    );
  });

  it('ends several sessions at once', async () => {
    // Features: LIM-08
    // Part of: SET-11
    const { api, calls } = gateway(() => ({ status: 200, body: { patches: [] } }));
    await api.data('s').kill(['a', 'b']);
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual([
      { op: 'remove', path: '/a' },
      { op: 'remove', path: '/b' },
    ]);
  });
});
