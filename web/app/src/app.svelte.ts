// SPDX-License-Identifier: Apache-2.0

/**
 * The application's state outside of any screen: who is logged in, what is shown, what is
 * preferred. One instance is made in main.ts and handed down by context.
 */

import { getContext, setContext } from 'svelte';
import { Api, ApiError } from './api/api';
import type { AuthenticationResult, Field, User } from './api/types';
import type { ClientManager } from './client/manager.svelte';
import type { Catalogue, Variables } from './i18n/catalogue';
import { RecentConnections } from './lib/history';
import { loginFields } from './lib/login';
import { Rights } from './lib/permissions';
import { loadPreferences, type Preferences, savePreferences } from './lib/preferences';
import { formatHash, type Location, parseHash, type Route } from './lib/router';
import { JsonStorage, storageKeys } from './lib/storage';

/** How often a session without a running connection is asked whether it still exists (LOG-09). */
const recheckInterval = 15_000;

/** How long a message stays in a corner of the window. */
const toastLifetime = 6_000;

export type Session = {
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

export type Confirmation = {
  title: string;
  text: string;
  action: string;
  danger?: boolean;
};

export type Toast = { id: number; text: string; kind: 'info' | 'error' };

export type AppConfig = {
  base: string;
  catalogue: Catalogue;
  storage: Storage;
};

export class App {
  readonly api: Api;
  readonly storage: JsonStorage;
  readonly recent: RecentConnections;
  readonly catalogue: Catalogue;
  readonly base: string;

  phase = $state<Phase>('starting');
  session = $state.raw<Session | null>(null);
  prompt = $state.raw<LoginPrompt>({ fields: [], help: '', error: '', continuation: false });
  location = $state.raw<Location>({ route: { page: 'home' }, query: {} });
  preferences = $state<Preferences>() as Preferences;
  confirmation = $state.raw<(Confirmation & { answer: (yes: boolean) => void }) | null>(null);
  toasts = $state.raw<Toast[]>([]);
  /** The connections of this tab, once the first has been opened. */
  clients = $state.raw<ClientManager | null>(null);
  /** The title that the shown screen wants. */
  title = $state('');

  private entered: Record<string, string> = {};
  /** The address parameters of the last login, which are not sent again. */
  private sent = '';
  private toastCount = 0;
  /** The first screen of a login may be skipped by who has a single connection (HOM-06). */
  private arriving = true;

  constructor(config: AppConfig) {
    this.base = config.base;
    this.catalogue = config.catalogue;
    this.storage = new JsonStorage(config.storage);
    this.recent = new RecentConnections(this.storage);
    this.preferences = loadPreferences(this.storage);
    this.api = new Api({
      base: config.base,
      token: () => this.token,
      onUnauthorized: (token) => {
        if (token === this.token) this.expire();
      },
    });
  }

  t = (key: string, variables?: Variables): string => this.catalogue.text(key, variables);

  get token(): string | null {
    const token = this.storage.get(storageKeys.token);
    return typeof token === 'string' && token !== '' ? token : null;
  }

  get route(): Route {
    return this.location.route;
  }

  /** Watches the address and the other tabs, then logs in as far as that goes without asking. */
  start(): () => void {
    const changed = () => this.addressChanged();
    const stored = (event: StorageEvent) => this.storageChanged(event);
    addEventListener('hashchange', changed);
    addEventListener('storage', stored);
    const timer = setInterval(() => void this.recheck(), recheckInterval);
    this.location = parseHash(location.hash);
    void this.enter();
    return () => {
      removeEventListener('hashchange', changed);
      removeEventListener('storage', stored);
      clearInterval(timer);
    };
  }

  navigate(route: Route, query?: Record<string, string>): void {
    location.hash = formatHash(route, query);
  }

  /** Changes the address without a step in the browser's history. */
  replace(route: Route, query?: Record<string, string>): void {
    history.replaceState(null, '', formatHash(route, query));
    this.location = parseHash(location.hash);
  }

  /** Logs in with what is known already: the stored token and the parameters in the address. */
  async enter(): Promise<void> {
    if (this.route.page === 'setup') {
      this.phase = 'setup';
      return;
    }
    const query = this.location.query;
    const token = this.token;
    this.sent = JSON.stringify(query);
    try {
      await this.authenticated(await this.api.login({ ...(token ? { token } : {}), ...query }));
      this.dropCredentials();
    } catch (error) {
      await this.refused(error, Object.keys(query).length > 0);
    }
  }

  /** Logs in with what the user typed, together with what earlier steps asked for. */
  async login(values: Record<string, string>): Promise<void> {
    const parameters = { ...this.location.query, ...this.entered, ...values };
    try {
      const result = await this.api.login(parameters);
      this.entered = {};
      await this.authenticated(result);
      this.dropCredentials();
    } catch (error) {
      this.loginFailed(error, parameters);
    }
  }

  /** Creates the first administrator and logs in as such. */
  async setup(token: string, username: string, password: string): Promise<void> {
    await this.api.setup(token, username, password);
    this.replace({ page: 'home' });
    await this.login({ username, password });
  }

  async logout(): Promise<void> {
    this.clients?.closeAll();
    try {
      await this.api.logout();
    } catch {
      // The session may have ended by itself; the token is dropped either way.
    }
    this.forget();
    this.phase = 'loggedOut';
    this.replace({ page: 'home' });
  }

  /** Shows the login form again after the logged-out page. */
  async again(): Promise<void> {
    this.phase = 'starting';
    await this.enter();
  }

  async reloadRights(): Promise<void> {
    const session = this.session;
    if (session) this.session = { ...session, ...(await this.loadRights(session.dataSources, session.username)) };
  }

  /** Says once per login whether a lone connection may be opened in place of the home page. */
  takeArrival(): boolean {
    const arriving = this.arriving;
    this.arriving = false;
    return arriving;
  }

  /** The data sources in which the user may do something, own source first. */
  sources(allowed: (rights: Rights) => boolean): string[] {
    const session = this.session;
    if (!session) return [];
    return session.dataSources.filter((source) => {
      const rights = session.rights.get(source);
      return rights !== undefined && allowed(rights);
    });
  }

  rights(source: string): Rights | undefined {
    return this.session?.rights.get(source);
  }

  confirm(confirmation: Confirmation): Promise<boolean> {
    return new Promise((resolve) => {
      this.confirmation = {
        ...confirmation,
        answer: (yes) => {
          this.confirmation = null;
          resolve(yes);
        },
      };
    });
  }

  toast(text: string, kind: Toast['kind'] = 'info'): void {
    const id = ++this.toastCount;
    this.toasts = [...this.toasts.slice(-2), { id, text, kind }];
    setTimeout(() => this.dismiss(id), toastLifetime);
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  /** What to tell the user about a failed request. */
  describe(error: unknown): string {
    if (!(error instanceof ApiError)) return String(error);
    if (error.status === 0) return this.t('APP.ERROR_UNREACHABLE');
    const { key = '', variables } = error.translatable ?? {};
    if (key !== 'APP.TEXT_UNTRANSLATED' && this.catalogue.has(key)) return this.t(key, variables ?? {});
    return variables?.MESSAGE ?? error.message;
  }

  savePreferences(): void {
    savePreferences(this.storage, $state.snapshot(this.preferences));
  }

  private async authenticated(result: AuthenticationResult): Promise<void> {
    this.storage.set(storageKeys.token, result.authToken);
    const loaded = await this.loadRights(result.availableDataSources, result.username);
    this.session = {
      username: result.username,
      dataSource: result.dataSource,
      dataSources: result.availableDataSources,
      ...loaded,
    };
    this.phase = 'ready';
  }

  private async loadRights(sources: string[], username: string): Promise<Pick<Session, 'rights' | 'self'>> {
    const rights = new Map<string, Rights>();
    let self: User | null = null;
    await Promise.all(
      sources.map(async (source) => {
        const data = this.api.data(source);
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
    const asksMore = error.type === 'INSUFFICIENT_CREDENTIALS';
    this.prompt = {
      fields: loginFields(error.expected),
      help: asksMore ? this.describe(error) : '',
      error: withParameters && !asksMore ? this.t('LOGIN.ERROR_LINK_REFUSED') : '',
      continuation: asksMore,
    };
    this.phase = 'login';
  }

  private async needsSetup(): Promise<boolean> {
    try {
      return (await this.api.setupRequired()).required;
    } catch {
      return false;
    }
  }

  private loginFailed(error: unknown, parameters: Record<string, string>): void {
    const prompt = this.prompt;
    if (error instanceof ApiError && error.type === 'INSUFFICIENT_CREDENTIALS' && error.expected) {
      this.entered = parameters;
      this.prompt = {
        fields: loginFields(error.expected),
        help: this.describe(error),
        error: '',
        continuation: true,
      };
    } else if (error instanceof ApiError && error.type === 'INVALID_CREDENTIALS') {
      this.entered = {};
      this.prompt = {
        fields: loginFields(error.expected),
        help: '',
        error: this.t('LOGIN.ERROR_INVALID_LOGIN'),
        continuation: false,
      };
    } else {
      this.prompt = { ...prompt, error: this.describe(error) };
    }
    this.phase = 'login';
  }

  // Passwords and one-time values do not stay in the address bar. A share key does: it may be
  // needed again, and the address is the link itself.
  private dropCredentials(): void {
    const { key } = this.location.query;
    const names = Object.keys(this.location.query);
    if (names.some((name) => name !== 'key')) this.replace(this.route, key === undefined ? {} : { key });
    this.sent = JSON.stringify(this.location.query);
  }

  private addressChanged(): void {
    this.location = parseHash(location.hash);
    const { page } = this.route;
    const carriesLogin = page === 'home' || page === 'client';
    const { query } = this.location;
    if (carriesLogin && Object.keys(query).length > 0 && JSON.stringify(query) !== this.sent) void this.enter();
    if (page === 'setup') this.phase = 'setup';
  }

  // Another tab logged in or out.
  private storageChanged(event: StorageEvent): void {
    if (event.key !== storageKeys.token) return;
    if (!this.token && this.phase === 'ready') this.expire();
    if (this.token && this.phase === 'login') void this.enter();
  }

  /** Asks whether the session still exists; an open tunnel keeps it alive by itself. */
  async recheck(): Promise<void> {
    const token = this.token;
    if (this.phase !== 'ready' || !token || this.clients?.busy) return;
    if (!(await this.api.isValid(token)) && token === this.token) this.expire();
  }

  /** The server ended the session: ask for the login again and come back to the same place. */
  private expire(): void {
    if (this.phase !== 'ready') return;
    this.clients?.closeAll();
    this.forget();
    this.prompt = {
      fields: loginFields(null),
      help: this.t('LOGIN.INFO_SESSION_ENDED'),
      error: '',
      continuation: false,
    };
    this.phase = 'login';
  }

  private forget(): void {
    this.storage.remove(storageKeys.token);
    this.session = null;
    this.entered = {};
    this.arriving = true;
  }
}

const contextKey = Symbol('app');

export function provideApp(app: App): App {
  return setContext(contextKey, app);
}

export function useApp(): App {
  return getContext<App>(contextKey);
}
