// SPDX-License-Identifier: Apache-2.0

/** Editors of objects: what is typed is not lost by accident, and what is wrong is shown. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Rest } from './rest';
import { admin, eventually, gateway, launch, shot } from './world';

let browser: Browser;
let page: Page;

beforeAll(async () => {
  const rest = await Rest.firstAdministrator();
  await rest.connection('Host', 'ssh', { hostname: '127.0.0.1' });
  ({ browser, page } = await launch());
  await page.goto(`${gateway}#/?${new URLSearchParams(admin)}`);
  await page.getByRole('link', { name: 'New connection' }).waitFor();
});
afterAll(async () => {
  await browser?.close();
});
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await shot(page, 'failure-editors');
});

const question = () => page.getByRole('alertdialog', { name: 'Leave without saving?' });
const hash = () => page.evaluate(() => location.hash);
const nameField = () => page.getByLabel('Name', { exact: true });

async function openEditor() {
  await page.goto(`${gateway}#/settings/connections`);
  await page.getByRole('link', { name: 'Host', exact: true }).click();
  await eventually('the editor', async () => ((await nameField().inputValue()) === 'Host' ? true : undefined));
}

describe('an editor with changes', () => {
  test('asks before a link is followed, and stays with what was typed', async () => {
    await openEditor();
    const address = await hash();
    await nameField().fill('Changed');
    await page.getByRole('link', { name: 'Users' }).click();
    await question().waitFor();
    expect(await hash()).toBe(address);
    await question().getByRole('button', { name: 'Cancel' }).click();
    expect(await nameField().inputValue()).toBe('Changed');
    await page.getByRole('link', { name: 'Users' }).click();
    await question().getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('heading', { name: 'Users' }).waitFor();
    expect(await hash()).toBe('#/settings/users');
  });

  test('asks before going back in the history, and before logging out', async () => {
    await openEditor();
    const address = await hash();
    await nameField().fill('Changed');
    await page.evaluate(() => history.back());
    await question().getByRole('button', { name: 'Cancel' }).click();
    expect(await hash()).toBe(address);
    await page.getByRole('button', { name: `Menu of ${admin.username}` }).click();
    await page.getByRole('link', { name: 'Log out' }).click();
    await question().getByRole('button', { name: 'Cancel' }).click();
    expect(await nameField().inputValue()).toBe('Changed');
    await nameField().fill('Host');
  });

  test('asks before the tab is closed', async () => {
    await openEditor();
    await nameField().fill('Changed');
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await nameField().fill('Host');
  });

  test('lets go when the changes were taken back or saved', async () => {
    await openEditor();
    await nameField().fill('Changed');
    await nameField().fill('Host');
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('heading', { name: 'Users' }).waitFor();
    await openEditor();
    await nameField().fill('Renamed');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('link', { name: 'Renamed', exact: true }).waitFor();
  });
});

test('saving with a wrong field in a closed section opens the section', async () => {
  await page.goto(`${gateway}#/manage/sqlite/connections/`);
  await page.getByLabel('Host name or address').fill('127.0.0.1');
  const section = page.locator('details.form', { has: page.locator('.labeled-field-scrollback') });
  await section.locator('summary').click();
  await section.locator('.labeled-field-scrollback input').fill('many');
  await section.locator('summary').click();
  expect(await section.getAttribute('open')).toBeNull();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await eventually('the wrong field in the focus', async () =>
    (await section.locator('.labeled-field-scrollback input').evaluate((field) => field === document.activeElement))
      ? true
      : undefined,
  );
});
