// SPDX-License-Identifier: Apache-2.0

/** Each screen, light and dark, by the rules of axe for WCAG 2.2, levels A and AA. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Rest } from './rest';
import { admin, display, gateway, launch, ssh } from './world';

type Result = { violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] };

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
let browser: Browser;
let page: Page;
let shell: string;

beforeAll(async () => {
  const rest = await Rest.firstAdministrator();
  shell = await rest.connection('Shell', 'ssh', {
    hostname: '127.0.0.1',
    port: ssh.port,
    username: ssh.username,
    password: ssh.password,
    'enable-sftp': 'true',
  });
  await rest.create('users', { username: 'alice', password: 'pw', attributes: {} });
  await rest.create('userGroups', { identifier: 'team', attributes: {} });
});

/** What axe finds on the page as it is, in one line each. */
async function findings(): Promise<string[]> {
  const { violations } = (await page.evaluate(
    `${axe}; axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations'] })`,
  )) as Result;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} (${failureSummary?.split('\n')[1]?.trim()})`),
  );
}

const go = (hash: string) => page.goto(`${gateway}#${hash}`);
const heading = (name: string) => page.locator('h1', { hasText: name }).waitFor();

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  beforeAll(async () => {
    ({ browser, page } = await launch());
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  });
  afterAll(async () => {
    await browser?.close();
  });

  test('the login', async () => {
    await page.goto(gateway);
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('User name or password is wrong.').waitFor();
    expect(await findings()).toEqual([]);
    await page.getByLabel('User name').fill(admin.username);
    await page.getByLabel('Password', { exact: true }).fill(admin.password);
    await page.getByRole('button', { name: 'Log in' }).click();
  });

  test('the home page with its menu', async () => {
    await page.getByRole('button', { name: `Menu of ${admin.username}` }).click();
    expect(await findings()).toEqual([]);
    await page.keyboard.press('Escape');
  });

  test.each([
    ['/settings/sessions', 'Active sessions'],
    ['/settings/history', 'History'],
    ['/settings/users', 'Users'],
    ['/settings/userGroups', 'Groups'],
    ['/settings/connections', 'Connections'],
    ['/settings/preferences', 'Preferences'],
    ['/manage/sqlite/users/alice', 'alice'],
    ['/manage/sqlite/userGroups/team', 'team'],
    ['/manage/sqlite/connections/1', 'Shell'],
    ['/manage/sqlite/connectionGroups/', 'New connection group'],
  ])('%s', async (path, name) => {
    await go(path);
    await heading(name);
    await page.evaluate(() => {
      for (const section of document.querySelectorAll('details')) section.open = true;
    });
    expect(await findings()).toEqual([]);
  });

  test('a question', async () => {
    await go('/manage/sqlite/users/alice');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').waitFor();
    expect(await findings()).toEqual([]);
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  test('a terminal, its menu and its files', async () => {
    await go(`/client/${Buffer.from(`${shell}\0c\0sqlite`).toString('base64url')}`);
    await display(page, 'Shell').waitFor();
    await page.locator('.client-status-modal').waitFor({ state: 'detached' });
    expect(await findings()).toEqual([]);
    await page.getByRole('button', { name: 'Open menu' }).click();
    await page.getByRole('region', { name: 'Files' }).waitFor();
    expect(await findings()).toEqual([]);
    await page.getByRole('region', { name: 'Files' }).getByRole('button').first().click();
    await page.locator('.file-browser-file').first().waitFor();
    expect(await findings()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
  });

  test('a fault would be found', async () => {
    await page.evaluate(() => document.body.append(document.createElement('img')));
    expect((await findings()).join()).toContain('image-alt');
  });
});
