// SPDX-License-Identifier: Apache-2.0

/** A login that leads through an identity provider's page; test/browser has that page and the login provider. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { gateway, launch, shot, unanswered } from './world';

let browser: Browser;
let page: Page;

beforeAll(async () => {
  ({ browser, page } = await launch());
});
afterAll(async () => {
  await browser?.close();
});
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await shot(page, 'failure-redirect');
});

describe('a login by redirect', () => {
  test('leads to the identity provider by itself, and back into the web client', async () => {
    // Features: LOG-04, LOG-07
    await page.goto(gateway);
    await page.getByLabel('Who are you?').fill('alice');
    expect(new URL(page.url()).origin).not.toBe(new URL(gateway).origin);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'box' }).first().waitFor();
    expect(page.url()).toBe(`${gateway}#/`);
    await page.getByRole('button', { name: 'alice' }).waitFor();
  });

  test('goes on after a reload, without the identity provider', async () => {
    await page.reload();
    await page.getByRole('link', { name: 'box' }).first().waitFor();
    expect(page.url()).toBe(`${gateway}#/`);
  });

  test('says so if what came back was used before, and leads there again on a click', async () => {
    // Features: LOG-06
    await page.evaluate(() => localStorage.clear());
    await page.goto('about:blank');
    await page.goto(`${gateway}#/?state=USED`);
    await page.getByText('no longer valid').waitFor();
    await page.getByRole('link', { name: 'Continue to your identity provider' }).click();
    await page.getByLabel('Who are you?').fill('bob');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'bob' }).waitFor();
  });

  test('everything asked for was there', () => {
    expect(unanswered).toEqual([]);
  });
});
