// SPDX-License-Identifier: Apache-2.0

/** The short journey in Firefox, through WebDriver BiDi. */

import { type Browser, launch as launchFirefox, type Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { admin, hostFile, setupLink, ssh } from './world';

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchFirefox({ browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true });
  page = await browser.newPage();
  page.on('console', (message) => console.log(`browser: ${message.text()}`));
  await page.setViewport({ width: 1200, height: 800 });
});
afterEach(async (context) => {
  const folder = process.env.PALTA_SCREENSHOTS;
  if (folder && context.task.result?.state === 'fail') await page.screenshot({ path: `${folder}/failure-firefox.png` });
});
afterAll(async () => {
  await browser?.close();
});

/** An element by its accessible name. */
const named = (name: string, role?: string) =>
  page.locator(`::-p-aria([name="${name}"]${role ? `[role="${role}"]` : ''})`);

describe('Firefox', () => {
  test('creates the administrator, opens SSH, and types', async () => {
    await page.goto(setupLink);
    await named('User name', 'textbox').fill(admin.username);
    await page.locator('input[autocomplete="new-password"]').fill(admin.password);
    const repeat = (await page.$$('input[autocomplete="new-password"]'))[1];
    await repeat?.type(admin.password);
    await named('Create administrator', 'button').click();
    await named('Add your first connection', 'link').click();
    await named('Name', 'textbox').fill('Shell');
    for (const [field, value] of Object.entries({
      hostname: '127.0.0.1',
      port: ssh.port,
      username: ssh.username,
      password: ssh.password,
    })) {
      await page.locator(`.labeled-field-${field} input`).fill(value);
    }
    await named('Save and connect', 'button').click();
    await named('Display of Shell', 'application').setVisibility('visible').wait();
    await page.keyboard.type('echo from Firefox > firefox-typed');
    await page.keyboard.press('Enter');
    expect(await hostFile('firefox-typed')).toBe('from Firefox\n');
  });
});
