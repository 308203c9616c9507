// SPDX-License-Identifier: Apache-2.0

/**
 * The login session: who is logged in and what he may do, the way in (stored token, address,
 * form, further factors) and the ways out (logout, another tab, the server).
 */

import { type Api, ApiError } from '../api/api';
import type { AuthenticationResult, Field, User } from '../api/types';
import type { Catalogue } from '../i18n/catalogue';
import { describeError } from '../i18n/errors';
import { loginFields } from './login-fields';
import type { Navigation } from './navigation.svelte';
import { Rights } from './rights';
import type { RunningConnections } from './running';
import { type JsonStorage, storageKeys } from './storage';

/** How often a session without a running connection is asked whether it still exists (LOG-09). */
const recheckInterval = 15_000;

export type Account = {
  username: string;
  dataSource: string;
  dataSources: string[];
  rights: Map<string, Rights>;
  self: User | null;
};

export type Phase = 'starting' | 'setup' | 'login' | 'loggedOut' | 'ready' | 'unreachable';

export type LoginPrompt = {
  fields: Field[];
  /** What the server says about further fields. */
  help: string;
  error: string;
  /** Another factor follows: the first fields have been accepted. */
  continuation: boolean;
};

type Surroundings = {
  api: Api;
  catalogue: Catalogue;
  navigation: Navigation;
  storage: JsonStorage;
  running: () => RunningConnections | null;
};

export class LoginSession {
  phase = $state<Phase>('starting');
  account = $state.raw<Account | null>(null);
  prompt = $state.raw<LoginPrompt>({ fields: [], help: '', error: '', continuation: false });

  private readonly surroundings: Surroundings;
  private entered: Record<string, string> = {};
  /** The address parameters of the last login, which are not sent again. */
  private sent = '';
  /** The first screen of a login may be skipped by who has a single connection (HOM-06). */
  private arriving = true;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  get token(): string | null {
    const token = this.surroundings.storage.get(storageKeys.token);
    return typeof token === 'string' && token !== '' ? token : null;
  }

  /** Logs in as far as that goes without asking; then follows the address, the other tabs and the server. */
  start(): () => void {
    const stored = (event: StorageEvent) => this.storageChanged(event);
    addEventListener('storage', stored);
    const timer = setInterval(() => void this.recheck(), recheckInterval);
    const unsubscribe = this.surroundings.navigation.on(() => this.addressChanged());
    void this.enter();
    return () => {
      removeEventListener('storage', stored);
      clearInterval(timer);
      unsubscribe();
    };
  }

  /** Logs in with what is known already: the stored token and the parameters in the address. */
  async enter(): Promise<void> {
    const { api, navigation } = this.surroundings;
    if (navigation.route.page === 'setup') {
      this.phase = 'setup';
      return;
    }
    const { query } = navigation.location;
    const token = this.token;
    this.sent = JSON.stringify(query);
    try {
      await this.authenticated(await api.login({ ...(token ? { token } : {}), ...query }));
      this.dropCredentials();
    } catch (error) {
      await this.refused(error, Object.keys(query).length > 0);
    }
  }

  /** Logs in with what the user typed, together with what earlier steps asked for. */
  async submit(values: Record<string, string>): Promise<void> {
    const parameters = { ...this.surroundings.navigation.location.query, ...this.entered, ...values };
    try {
      const result = await this.surroundings.api.login(parameters);
      this.entered = {};
      await this.authenticated(result);
      this.dropCredentials();
    } catch (error) {
      this.failed(error, parameters);
    }
  }

  /** Creates the first administrator and logs in as such. */
  async setup(token: string, username: string, password: string): Promise<void> {
    await this.surroundings.api.setup(token, username, password);
    this.surroundings.navigation.replace({ page: 'home' });
    await this.submit({ username, password });
  }

  async logout(): Promise<void> {
    const { api, navigation, running } = this.surroundings;
    if (!(await navigation.mayLeave())) return;
    running()?.closeAll();
    try {
      await api.logout();
    } catch {
      // The session may have ended by itself; the token is dropped either way.
    }
    this.forget();
    this.phase = 'loggedOut';
    navigation.replace({ page: 'home' });
  }

  /** Shows the login form again after the logged-out page. */
  async again(): Promise<void> {
    this.phase = 'starting';
    await this.enter();
  }

  /** Says once per login whether a lone connection may be opened in place of the home page. */
  takeArrival(): boolean {
    const arriving = this.arriving;
    this.arriving = false;
    return arriving;
  }

  rights(source: string): Rights | undefined {
    return this.account?.rights.get(source);
  }

  /** The data sources in which the user may do something, own source first. */
  sources(allowed: (rights: Rights) => boolean): string[] {
    const account = this.account;
    if (!account) return [];
    return account.dataSources.filter((source) => {
      const rights = account.rights.get(source);
      return rights !== undefined && allowed(rights);
    });
  }

  async reloadRights(): Promise<void> {
    const account = this.account;
    if (account) this.account = { ...account, ...(await this.loadRights(account.dataSources, account.username)) };
  }

  /** Asks whether the session still exists; an open tunnel keeps it alive by itself. */
  async recheck(): Promise<void> {
    const { api, running } = this.surroundings;
    const token = this.token;
    if (this.phase !== 'ready' || !token || running()?.busy) return;
    if (!(await api.isValid(token))) this.expire(token);
  }

  /** The server no longer knows a token: ask for the login again and come back to the same place. */
  expire(token: string | null): void {
    if (this.phase !== 'ready' || token !== this.token) return;
    this.surroundings.running()?.closeAll();
    this.forget();
    const help = this.surroundings.catalogue.text('LOGIN.INFO_SESSION_ENDED');
    this.ask({ fields: loginFields(null), help });
  }

  private async authenticated(result: AuthenticationResult): Promise<void> {
    this.surroundings.storage.set(storageKeys.token, result.authToken);
    const loaded = await this.loadRights(result.availableDataSources, result.username);
    this.account = {
      username: result.username,
      dataSource: result.dataSource,
      dataSources: result.availableDataSources,
      ...loaded,
    };
    this.phase = 'ready';
  }

  private async loadRights(sources: string[], username: string): Promise<Pick<Account, 'rights' | 'self'>> {
    const rights = new Map<string, Rights>();
    let self: User | null = null;
    await Promise.all(
      sources.map(async (source) => {
        const data = this.surroundings.api.data(source);
        const [permissions, user] = await Promise.allSettled([data.effectivePermissions(), data.self()]);
        if (permissions.status === 'fulfilled') rights.set(source, new Rights(permissions.value, username));
        if (user.status === 'fulfilled' && user.value) self ??= user.value;
      }),
    );
    return { rights, self };
  }

  private async refused(error: unknown, withParameters: boolean): Promise<void> {
    if (!(error instanceof ApiError) || error.status === 0) {
      this.phase = 'unreachable';
      return;
    }
    if (!withParameters && error.status === 403 && (await this.needsSetup())) {
      this.phase = 'setup';
      return;
    }
    this.forget();
    const { catalogue } = this.surroundings;
    const fields = loginFields(error.expected);
    if (error.type === 'INSUFFICIENT_CREDENTIALS') {
      this.ask({ fields, help: describeError(catalogue, error), continuation: true });
    } else {
      this.ask({ fields, error: withParameters ? catalogue.text('LOGIN.ERROR_LINK_REFUSED') : '' });
    }
  }

  private async needsSetup(): Promise<boolean> {
    try {
      return (await this.surroundings.api.setupRequired()).required;
    } catch {
      return false;
    }
  }

  private failed(error: unknown, parameters: Record<string, string>): void {
    const { catalogue } = this.surroundings;
    if (error instanceof ApiError && error.type === 'INSUFFICIENT_CREDENTIALS' && error.expected) {
      this.entered = parameters;
      this.ask({ fields: loginFields(error.expected), help: describeError(catalogue, error), continuation: true });
    } else if (error instanceof ApiError && error.type === 'INVALID_CREDENTIALS') {
      this.entered = {};
      this.ask({ fields: loginFields(error.expected), error: catalogue.text('LOGIN.ERROR_INVALID_LOGIN') });
    } else {
      this.ask({ ...this.prompt, error: describeError(catalogue, error) });
    }
  }

  private ask(prompt: Partial<LoginPrompt> & Pick<LoginPrompt, 'fields'>): void {
    this.prompt = { help: '', error: '', continuation: false, ...prompt };
    this.phase = 'login';
  }

  // Passwords and one-time values do not stay in the address bar. A share key does: it may be
  // needed again, and the address is the link itself.
  private dropCredentials(): void {
    const { navigation } = this.surroundings;
    const { key } = navigation.location.query;
    const names = Object.keys(navigation.location.query);
    if (names.some((name) => name !== 'key')) navigation.replace(navigation.route, key === undefined ? {} : { key });
    this.sent = JSON.stringify(navigation.location.query);
  }

  private addressChanged(): void {
    const { route, query } = this.surroundings.navigation.location;
    const carriesLogin = route.page === 'home' || route.page === 'client';
    if (carriesLogin && Object.keys(query).length > 0 && JSON.stringify(query) !== this.sent) void this.enter();
    if (route.page === 'setup') this.phase = 'setup';
  }

  // Another tab logged in or out.
  private storageChanged(event: StorageEvent): void {
    if (event.key !== storageKeys.token) return;
    if (!this.token) this.expire(null);
    else if (this.phase === 'login') void this.enter();
  }

  private forget(): void {
    this.surroundings.storage.remove(storageKeys.token);
    this.account = null;
    this.entered = {};
    this.arriving = true;
  }
}
