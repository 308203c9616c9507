// SPDX-License-Identifier: Apache-2.0

/**
 * What extensions bring beside their style sheets and scripts, which the page loads by itself.
 * The gateway names it in a meta element of the page; without extensions this is not loaded.
 */

import type { App } from '../state/app.svelte';
import { Patcher, parsePatches } from './patches';

/** Installs what the page names. Without what cannot be had the application goes on. */
export async function install(app: App, root: Element, named: string): Promise<void> {
  const parts = named.split(' ');
  const tasks: Promise<void>[] = [];
  if (parts.includes('texts')) tasks.push(app.languages.start([app.preferences.language, ...navigator.languages]));
  if (parts.includes('patches')) {
    tasks.push(app.api.patches().then((files) => void new Patcher(root, parsePatches(files), app.t).start()));
  }
  for (const result of await Promise.allSettled(tasks)) {
    if (result.status === 'rejected') console.error(`extension: ${String(result.reason)}`);
  }
}
