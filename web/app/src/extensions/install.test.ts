// SPDX-License-Identifier: Apache-2.0

// @vitest-environment happy-dom

import { afterEach, expect, it, vi } from 'vitest';
import { Catalogue } from '../i18n/catalogue';
import { App } from '../state/app.svelte';
import { install } from './install';

afterEach(() => vi.unstubAllGlobals());

/** An application whose gateway gives these answers, and fails for all else. */
function appWith(answers: Record<string, unknown>): { app: App; root: HTMLElement } {
  const asked = (url: string) => {
    const path = url.replace('http://gateway/', '');
    return Promise.resolve(path in answers ? Response.json(answers[path]) : new Response('', { status: 503 }));
  };
  vi.stubGlobal('fetch', asked);
  const catalogue = new Catalogue('en').add({ T: { A: 'own' } });
  const root = document.createElement('div');
  document.body.replaceChildren(root);
  return { app: new App({ base: 'http://gateway/', catalogue, storage: localStorage }), root };
}

const patch = '<meta name="after-children" content="p"><b>{{"T.A" | translate}}</b>';

it('shows patches with the texts of extensions', async () => {
  const { app, root } = appWith({
    'api/patches': [patch],
    'api/languages': { en: 'English' },
    'translations/en.json': { T: { A: 'theirs' } },
  });
  await install(app, root, 'patches texts');
  root.innerHTML = '<p></p>';
  await vi.waitFor(() => expect(root.innerHTML).toBe('<p><b>theirs</b></p>'));
});

it('goes on without what cannot be had, and says so in the console', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { app, root } = appWith({ 'api/patches': [patch] });
  await install(app, root, 'patches texts');
  root.innerHTML = '<p></p>';
  await vi.waitFor(() => expect(root.innerHTML).toBe('<p><b>own</b></p>'));
  expect(error).toHaveBeenCalledOnce();
  error.mockRestore();
});
