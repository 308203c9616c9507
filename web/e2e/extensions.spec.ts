// SPDX-License-Identifier: Apache-2.0

/** A theme's archive (test/browser/testdata/theme) in Chromium. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { admin, eventually, gateway, launch, setupLink, shot, ssh } from './world';

let browser: Browser;
let page: Page;
let policy: string | null | undefined;

/** What the Content-Security-Policy has forbidden. */
const violations: string[] = [];

const style = (selector: string, property: string) =>
  page.locator(selector).evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);

beforeAll(async () => {
  const token = new URLSearchParams(new URL(setupLink).hash.split('?')[1]).get('token');
  const made = await fetch(new URL('api/palta/setup', gateway), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token, ...admin }),
  });
  expect(made.status).toBe(204);
  ({ browser, page } = await launch());
  await page.exposeFunction('reportViolation', (what: string) => violations.push(what));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      (window as unknown as { reportViolation(what: string): void }).reportViolation(
        `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`,
      );
    });
  });
  policy = (await page.goto(gateway))?.headers()['content-security-policy'];
  await page.getByLabel('User name').waitFor();
});
afterAll(async () => {
  await browser?.close();
});
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await shot(page, 'failure-extensions');
});

describe('a theme on the login page', () => {
  test('changes a colour', async () => {
    // Features: BRA-02
    expect(await style('.login-ui .login-dialog', 'background-color')).toBe('rgb(1, 2, 3)');
    // Its script ran before anything was drawn.
    expect(await page.locator('html').getAttribute('data-theme-script')).toBe('0');
  });

  test('changes texts, by the keys of upstream', async () => {
    // Part of: BRA-05
    await page.getByRole('button', { name: 'Enter' }).waitFor();
    expect(await page.title()).toBe('Example desktops');
    expect(await page.locator('.app-name').textContent()).toBe('Example desktops');
  });

  test('adds a node with its style, and replaces another by a picture', async () => {
    // Features: BRA-04, BRA-06
    const notice = page.locator('.version ~ .theme-notice');
    expect(await notice.textContent()).toBe('For members of the example only.');
    expect(await style('.theme-notice', 'color')).toBe('rgb(7, 8, 9)');
    expect(await style('.theme-notice', 'font-style')).toBe('italic');
    expect(await page.locator('.login-dialog .logo').isVisible()).toBe(false);
    const logo = page.getByRole('img', { name: 'Example' });
    await eventually('the picture', async () =>
      (await logo.evaluate((image) => (image as HTMLImageElement).naturalWidth)) === 48 ? true : undefined,
    );
    expect(await page.locator('link[rel=icon]').getAttribute('href')).toBe('images/logo-64.png');
    await shot(page, 'theme');
  });
});

describe('a theme behind the login', () => {
  test('leaves nothing of the login page behind', async () => {
    // Part of: BRA-03
    await page.getByLabel('User name').fill(admin.username);
    await page.getByLabel('Password', { exact: true }).fill(admin.password);
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByRole('link', { name: 'Add your first connection' }).waitFor();
    expect(await page.locator('.theme-notice, .theme-logo').count()).toBe(0);
  });

  test('patches and styles screens that are loaded later, and its handlers run', async () => {
    // Features: BRA-02
    // Part of: BRA-03
    await page.getByRole('link', { name: 'Add your first connection' }).click();
    await page.getByLabel('Name', { exact: true }).first().fill('Shell');
    for (const [field, value] of [
      ['hostname', '127.0.0.1'],
      ['port', ssh.port],
      ['username', ssh.username],
      ['password', ssh.password],
    ]) {
      await page.locator(`.labeled-field-${field} input`).fill(value ?? '');
    }
    await page.getByRole('button', { name: 'Save and connect' }).click();
    const help = page.locator('.client-view > .client-view-content + #theme-help');
    await help.waitFor();
    // The web client's own style sheet of this screen came after the theme's.
    expect(await style('body', 'background-color')).toBe('rgb(4, 5, 6)');
    await help.click();
    expect(await style('#theme-help', 'height')).toBe('0px');
  });

  test('has each kind of patch in a menu, which is drawn when it is opened', async () => {
    // Features: BRA-03
    const section = page.locator('#clipboard-settings');
    for (const _time of ['first', 'again']) {
      await page.keyboard.press('Control+Alt+Shift');
      await page.locator('.theme-menu + #clipboard-settings').waitFor();
      expect(await section.locator('> :first-child').textContent()).toBe('Copied text');
      expect(await section.locator('> :last-child').textContent()).toBe('Copied text');
      // What was replaced is not read out either.
      await section.getByRole('heading', { name: 'Copied text', exact: true }).waitFor();
      expect(await page.locator('.theme-menu').count()).toBe(4);
      await page.keyboard.press('Escape');
      await section.waitFor({ state: 'detached' });
      await eventually('no patch without its place', async () =>
        (await page.locator('.theme-menu').count()) === 0 ? true : undefined,
      );
    }
  });

  test('offers another language, which is shown at once', async () => {
    // Features: BRA-05
    // Part of: SET-02
    await page.goto(`${gateway}#/settings/preferences`);
    await page.getByLabel('Language', { exact: true }).selectOption({ label: 'Deutsch' });
    await page.getByRole('heading', { name: 'Aussehen' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    // What the language lacks is in English, as the theme says it.
    expect(await page.title()).toContain('Example desktops');
    await page.reload();
    await page.getByRole('heading', { name: 'Aussehen' }).waitFor();
  });
});

test('the policy is strict, and forbids what no extension has', async () => {
  expect(violations).toEqual([]);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self' 'sha256-/);
  expect(policy).not.toContain('unsafe-inline');
  await page.evaluate(() => {
    const stranger = document.createElement('div');
    stranger.setAttribute('onclick', 'document.title = "stranger"');
    document.body.append(stranger);
    stranger.click();
  });
  await eventually('a report', () => violations.find((what) => what.startsWith('script-src-attr')));
  expect(await page.title()).not.toBe('stranger');
});
