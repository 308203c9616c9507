// SPDX-License-Identifier: Apache-2.0

// @vitest-environment happy-dom

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Catalogue } from '../i18n/catalogue';
import { en } from '../i18n/en';
import { App } from './app.svelte';

type Form = Record<string, string>;
type Answer = { status: number; body?: unknown };

const success = { authToken: 'T1', username: 'alice', dataSource: 'sqlite', availableDataSources: ['sqlite'] };
const credentials = [
  { name: 'username', type: 'USERNAME' },
  { name: 'password', type: 'PASSWORD' },
];

function refusal(type: string, expected: unknown, key = 'APP.TEXT_UNTRANSLATED', status = 403): Answer {
  return { status, body: { type, expected, message: 'refused', translatableMessage: { key, variables: null } } };
}

const invalid = refusal('INVALID_CREDENTIALS', credentials);

describe('login', () => {
  let logins: Form[];
  let answerLogin: (form: Form) => Answer;
  let answerOther: (method: string, path: string) => Answer;
  let stop: () => void;

  beforeEach(() => {
    logins = [];
    answerLogin = () => invalid;
    answerOther = () => ({ status: 404, body: {} });
    localStorage.clear();
    location.hash = '';
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      const path = new URL(url).pathname.replace('/guacamole/api/', '');
      const method = init.method ?? 'GET';
      const isLogin = path === 'tokens' && method === 'POST';
      const form: Form = Object.fromEntries(new URLSearchParams(String(init.body ?? '')));
      if (isLogin) logins.push(form);
      const { status, body } = isLogin ? answerLogin(form) : answerOther(method, path);
      return new Response(body === undefined ? null : JSON.stringify(body), { status });
    });
  });

  afterEach(() => {
    stop();
    vi.unstubAllGlobals();
  });

  function start(hash = '#/'): App {
    location.hash = hash;
    const app = new App({
      base: 'https://example.net/guacamole/',
      catalogue: new Catalogue('en').add(en),
      storage: localStorage,
    });
    stop = app.start();
    return app;
  }

  const settled = (app: App) => vi.waitFor(() => expect(app.login.phase).not.toBe('starting'));

  it('asks for what the server expects', async () => {
    // Features: LOG-01
    const app = start();
    await settled(app);
    expect(app.login.phase).toBe('login');
    expect(app.login.prompt.fields).toEqual(credentials);
    expect(app.login.prompt.error).toBe('');
  });

  it('goes on with a stored token', async () => {
    // Features: LOG-08
    localStorage.setItem('GUAC_AUTH_TOKEN', '"T0"');
    answerLogin = () => ({ status: 200, body: success });
    const app = start();
    await settled(app);
    expect(app.login.phase).toBe('ready');
    expect(logins).toEqual([{ token: 'T0' }]);
    expect(localStorage.getItem('GUAC_AUTH_TOKEN')).toBe('"T1"');
  });

  it('sends the parameters of the address and takes them out of it, save for a share key', async () => {
    // Features: LOG-07
    answerLogin = () => ({ status: 200, body: success });
    const app = start('#/client/YQ?password=secret&key=K');
    await settled(app);
    expect(logins).toEqual([{ password: 'secret', key: 'K' }]);
    expect(location.hash).toBe('#/client/YQ?key=K');
  });

  it('says that a link was refused and offers the login', async () => {
    // Features: LOG-06
    const app = start('#/?key=old');
    await settled(app);
    expect(app.login.phase).toBe('login');
    expect(app.login.prompt.error).toContain('no longer valid');
  });

  it('asks for a second factor and sends it together with the first', async () => {
    // Features: LOG-02
    const totp = [{ name: 'guac-totp', type: 'GUAC_TOTP_CODE' }];
    const app = start();
    await settled(app);
    answerLogin = (form) => {
      if (!form['guac-totp']) return refusal('INSUFFICIENT_CREDENTIALS', totp, 'TOTP.INFO_CODE_REQUIRED');
      const isRight = form['guac-totp'] === '123456';
      return isRight
        ? { status: 200, body: success }
        : refusal('BAD_REQUEST', null, 'TOTP.INFO_VERIFICATION_FAILED', 400);
    };
    await app.login.submit({ username: 'alice', password: 'pw' });
    expect(app.login.prompt).toMatchObject({ fields: totp, continuation: true, error: '' });
    await app.login.submit({ 'guac-totp': '000000' });
    expect(app.login.prompt).toMatchObject({ fields: totp, continuation: true });
    expect(app.login.prompt.error).toContain('code is wrong');
    await app.login.submit({ 'guac-totp': '123456' });
    expect(app.login.phase).toBe('ready');
    expect(logins.at(-1)).toEqual({ username: 'alice', password: 'pw', 'guac-totp': '123456' });
  });

  it('says that the password is wrong and forgets the steps before', async () => {
    // Features: LOG-05
    const app = start();
    await settled(app);
    await app.login.submit({ username: 'alice', password: 'wrong' });
    expect(app.login.prompt).toMatchObject({ fields: credentials, continuation: false });
    expect(app.login.prompt.error).toContain('wrong');
    await app.login.submit({ username: 'alice', password: 'right' });
    expect(logins.at(-1)).toEqual({ username: 'alice', password: 'right' });
  });

  it('shows the first-start page on a gateway without an administrator', async () => {
    answerOther = (_method, path) =>
      path === 'palta/setup' ? { status: 200, body: { required: true } } : { status: 404 };
    const app = start();
    await settled(app);
    expect(app.login.phase).toBe('setup');
  });

  it('creates the administrator, logs in, and leaves no token in the address', async () => {
    answerOther = (method, path) => ({ status: method === 'POST' && path === 'palta/setup' ? 204 : 404 });
    answerLogin = () => ({ status: 200, body: success });
    const app = start('#/setup?token=once');
    await settled(app);
    expect(app.login.phase).toBe('setup');
    expect(logins).toEqual([]);
    await app.login.setup('once', 'alice', 'pw');
    expect(logins).toEqual([{ username: 'alice', password: 'pw' }]);
    expect(location.hash).toBe('#/');
    expect(app.login.phase).toBe('ready');
  });

  it('comes back to the login when the session is gone, and says so', async () => {
    // Features: LOG-09
    localStorage.setItem('GUAC_AUTH_TOKEN', '"T0"');
    answerLogin = () => ({ status: 200, body: success });
    const app = start('#/settings/preferences');
    await settled(app);
    answerOther = () => ({ status: 403, body: { type: 'PERMISSION_DENIED', message: 'Permission Denied.' } });
    await app.login.recheck();
    expect(app.login.phase).toBe('login');
    expect(app.login.prompt.help).toContain('has ended');
    expect(app.navigation.route).toEqual({ page: 'settings', settings: 'preferences', source: undefined });
    expect(app.login.token).toBeNull();
  });

  it('ends the session at logout', async () => {
    // Features: LOG-10
    localStorage.setItem('GUAC_AUTH_TOKEN', '"T0"');
    answerLogin = () => ({ status: 200, body: success });
    const app = start('#/client/YQ');
    await settled(app);
    const ended = vi.fn();
    answerOther = (method, path) => {
      ended(method, path);
      return { status: 204 };
    };
    await app.login.logout();
    expect(ended).toHaveBeenCalledWith('DELETE', 'session');
    expect(app.login.phase).toBe('loggedOut');
    expect(app.login.token).toBeNull();
    expect(location.hash).toBe('#/');
  });

  it('says that the gateway cannot be reached rather than ask for a password', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
    const app = start();
    await settled(app);
    expect(app.login.phase).toBe('unreachable');
  });
});
