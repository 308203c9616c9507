// SPDX-License-Identifier: Apache-2.0

/**
 * The application's state outside of any screen. One instance is made in main.ts and handed down
 * by context. Its parts, by subject: the login session, where the user is, what is said and
 * asked, what is preferred. They know each other only through what they are given here.
 */

import { getContext, setContext } from 'svelte';
import { Api } from '../api/api';
import type { Catalogue, Variables } from '../i18n/catalogue';
import { describeError } from '../i18n/errors';
import { Languages } from '../i18n/languages.svelte';
import { LoginSession } from './login-session.svelte';
import { Navigation } from './navigation.svelte';
import { Notices } from './notices.svelte';
import { loadPreferences, type Preferences } from './preferences';
import { RecentConnections } from './recent';
import type { RunningConnections } from './running';
import { JsonStorage } from './storage';

export type AppConfig = {
  base: string;
  catalogue: Catalogue;
  storage: Storage;
};

export class App {
  readonly base: string;
  readonly api: Api;
  readonly catalogue: Catalogue;
  readonly languages: Languages;
  readonly storage: JsonStorage;
  readonly navigation: Navigation;
  readonly notices = new Notices();
  readonly recent: RecentConnections;
  readonly login: LoginSession;

  preferences = $state<Preferences>() as Preferences;
  /** The connections of this tab, once the first has been opened. */
  running = $state.raw<RunningConnections | null>(null);
  /** The title that the shown screen wants. */
  title = $state('');

  constructor(config: AppConfig) {
    this.base = config.base;
    this.catalogue = config.catalogue;
    this.storage = new JsonStorage(config.storage);
    this.recent = new RecentConnections(this.storage);
    this.preferences = loadPreferences(this.storage);
    this.navigation = new Navigation(() =>
      this.notices.confirm({
        title: this.t('APP.DIALOG_HEADER_UNSAVED'),
        text: this.t('APP.TEXT_UNSAVED'),
        action: this.t('APP.ACTION_DISCARD'),
        danger: true,
      }),
    );
    this.api = new Api({
      base: config.base,
      token: () => this.login.token,
      onUnauthorized: (token) => this.login.expire(token),
    });
    this.languages = new Languages(this.catalogue, this.api);
    const { api, catalogue, navigation, storage } = this;
    this.login = new LoginSession({ api, catalogue, navigation, storage, running: () => this.running });
  }

  /** Watches the address and the other tabs, then logs in as far as that goes without asking. */
  start(): () => void {
    const stops = [this.navigation.start(), this.login.start()];
    return () => {
      for (const stop of stops) stop();
    };
  }

  t = (key: string, variables?: Variables): string => this.catalogue.text(key, variables);

  /** What to tell the user about a failed request. */
  describe(error: unknown): string {
    return describeError(this.catalogue, error);
  }
}

const contextKey = Symbol('app');

export function provideApp(app: App): App {
  return setContext(contextKey, app);
}

export function useApp(): App {
  return getContext<App>(contextKey);
}
