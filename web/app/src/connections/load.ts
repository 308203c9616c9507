// SPDX-License-Identifier: Apache-2.0

import type { ConnectionGroup } from '../api/types';
import type { App } from '../state/app.svelte';
import { buildTree, type TreeItem } from './tree';

/**
 * Reads the connections of all data sources. One source that fails does not hide the others:
 * the problem is told beside them.
 */
export async function loadTree(app: App, permission?: string[]): Promise<{ items: TreeItem[]; problem: string }> {
  const sources = app.login.account?.dataSources ?? [];
  const roots = new Map<string, ConnectionGroup>();
  let problem = '';
  const answers = await Promise.allSettled(sources.map((source) => app.api.data(source).tree(permission)));
  for (const [index, answer] of answers.entries()) {
    const source = sources[index] ?? '';
    if (answer.status === 'fulfilled') roots.set(source, answer.value);
    else problem = app.describe(answer.reason);
  }
  return { items: buildTree(roots), problem };
}
