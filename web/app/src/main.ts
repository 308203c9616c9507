// SPDX-License-Identifier: Apache-2.0

/**
 * Entry of the web application. It mounts App.svelte with one instance of App, which holds
 * all state outside of the screens. Screens that a login does not need (the client view and
 * the administration) are loaded when first shown.
 */

import { mount } from 'svelte';
import Root from './App.svelte';
import { Catalogue } from './i18n/catalogue';
import { en } from './i18n/en';
import { App } from './state/app.svelte';
import './styles/index.css';

const target = document.getElementById('app');
if (!target) throw new Error('app: the page has no element to mount in');

const app = new App({
  base: new URL('.', document.baseURI.replace(/#.*$/, '')).href,
  catalogue: new Catalogue('en').add(en),
  storage: localStorage,
});

function draw(target: Element) {
  mount(Root, { target, props: { app } });
  app.start();
}

// Extensions are there before anything is drawn. Waiting for them at the top level would split the build into more files.
const extensions = document.querySelector<HTMLMetaElement>('meta[name="palta-extensions"]');
if (extensions) {
  void import('./extensions/install')
    .then(({ install }) => install(app, target, extensions.content))
    .finally(() => draw(target));
} else {
  draw(target);
}
