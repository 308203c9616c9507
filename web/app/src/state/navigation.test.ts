// SPDX-License-Identifier: Apache-2.0

// @vitest-environment happy-dom

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Navigation } from './navigation.svelte';

describe('navigation while something is not saved', () => {
  let unsaved: boolean;
  let answer: (yes: boolean) => void;
  let asked: number;
  let navigation: Navigation;
  let stop: () => void;
  let release: () => void;

  beforeEach(() => {
    location.hash = '#/settings/users';
    unsaved = false;
    asked = 0;
    navigation = new Navigation(() => {
      asked++;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    stop = navigation.start();
    release = navigation.hold(() => unsaved);
  });

  afterEach(() => stop());

  const went = (hash: string) => {
    location.hash = hash;
    dispatchEvent(new Event('hashchange'));
  };

  it('asks nothing when nothing would be lost', () => {
    went('#/settings/connections');
    expect(asked).toBe(0);
    expect(navigation.route).toMatchObject({ page: 'settings', settings: 'connections' });
  });

  it('stays, with the address of what is shown, until the user lets the changes go', async () => {
    unsaved = true;
    const followed = vi.fn();
    navigation.on(followed);
    went('#/');
    expect(asked).toBe(1);
    expect(location.hash).toBe('#/settings/users');
    expect(navigation.route.page).toBe('settings');
    answer(true);
    await vi.waitFor(() => expect(navigation.route.page).toBe('home'));
    expect(location.hash).toBe('#/');
    expect(followed).toHaveBeenCalledOnce();
  });

  it('stays for good when the user wants to go on editing', async () => {
    unsaved = true;
    went('#/');
    const staying = navigation.mayLeave();
    answer(false);
    expect(await staying).toBe(false);
    expect(location.hash).toBe('#/settings/users');
    expect(navigation.route.page).toBe('settings');
  });

  it('asks one question at a time, and none for a form that is gone', async () => {
    unsaved = true;
    went('#/');
    went('#/settings/history');
    expect(asked).toBe(1);
    expect(location.hash).toBe('#/settings/users');
    answer(false);
    release();
    await vi.waitFor(async () => expect(await navigation.mayLeave()).toBe(true));
    went('#/');
    expect(navigation.route.page).toBe('home');
  });

  it('lets the browser ask before the tab is closed', () => {
    const close = () => !dispatchEvent(new Event('beforeunload', { cancelable: true }));
    expect(close()).toBe(false);
    unsaved = true;
    expect(close()).toBe(true);
  });
});
