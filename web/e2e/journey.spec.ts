// SPDX-License-Identifier: Apache-2.0

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  admin,
  type Colour,
  display,
  drawQuarters,
  eventually,
  gateway,
  hostFile,
  launch,
  onDisplay,
  setupLink,
  shot,
  ssh,
  unanswered,
  vnc,
  waitColour,
} from './world';

let browser: Browser;
let page: Page;

beforeAll(async () => {
  ({ browser, page } = await launch());
});
afterAll(async () => {
  await browser?.close();
});

afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await shot(page, 'failure');
});

async function fillConnection(values: Record<string, string>) {
  for (const [label, value] of Object.entries(values)) {
    await page.getByLabel(label, { exact: true }).first().fill(value);
  }
}

async function type(text: string) {
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

async function openMenu() {
  await page.keyboard.press('Control+Alt+Shift');
  await page.getByRole('complementary', { name: 'Menu of the connection' }).waitFor();
}

async function closeMenu() {
  await page.keyboard.press('Escape');
  await page.getByRole('complementary', { name: 'Menu of the connection' }).waitFor({ state: 'detached' });
}

/** What the menu shows as the clipboard. */
async function clipboard(): Promise<string> {
  await openMenu();
  await page.getByRole('button', { name: 'Show contents' }).click();
  const text = await page.getByRole('textbox', { name: 'Clipboard' }).inputValue();
  await closeMenu();
  return text;
}

async function waitTerminal() {
  // The prompt is there when a command has its effect.
  await type('echo ready > journey-ready');
  expect(await hostFile('journey-ready')).toBe('ready\n');
}

describe('the journey of a new administrator', () => {
  test('the first start leads through a one-time link to an account', async () => {
    // Features: LOG-01, LOG-07
    await page.goto(setupLink);
    await page.getByLabel('User name').fill(admin.username);
    await page.getByLabel('Password', { exact: true }).fill(admin.password);
    await page.getByLabel('Repeat password', { exact: true }).fill(admin.password);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByRole('heading', { name: 'Nothing to connect to yet' }).waitFor();
  });

  test('an SSH connection is added and opened, and typing reaches the host', async () => {
    // Features: CLI-01, CLI-18, SSH-01, SSH-05, ADM-04
    await page.getByRole('link', { name: 'Add your first connection' }).click();
    await fillConnection({
      Name: 'Shell',
      'Host name or address': '127.0.0.1',
      Port: ssh.port,
      'User name': ssh.username,
      Password: ssh.password,
    });
    await page.getByText('File transfer (SFTP)').click();
    await page.getByLabel('File transfer by SFTP').check();
    await page.getByRole('button', { name: 'Save and connect' }).click();
    await display(page, 'Shell').waitFor();
    await waitTerminal();
    await type("printf 'h%sllo, wörld €\\n' e > journey-typed");
    expect(await hostFile('journey-typed')).toBe('hello, wörld €\n');
  });

  test('the terminal follows the size of the window', async () => {
    // Features: CLI-31, SSH-11
    const size = async () => {
      await type('stty size > journey-size');
      return (await hostFile('journey-size')).trim().split(' ').map(Number);
    };
    const [rows = 0, columns = 0] = await size();
    await page.setViewportSize({ width: 900, height: 600 });
    const [fewer = 0, narrower = 0] = await eventually('a smaller terminal', async () => {
      const now = await size();
      return (now[0] ?? 0) < rows ? now : undefined;
    });
    expect(fewer / rows).toBeCloseTo(600 / 800, 1);
    expect(narrower / columns).toBeCloseTo(900 / 1280, 1);
    await page.setViewportSize({ width: 1280, height: 800 });
    await eventually('the former size', async () => ((await size())[0] === rows ? true : undefined));
  });

  test('text selected in the terminal is copied to the clipboard', async () => {
    // Features: TERM-14, COM-04
    // Part of: CLI-12, CLI-32
    await type("clear; printf 'copied %s out: åß 漢字\\n' text");
    const box = await display(page, 'Shell').boundingBox();
    if (!box) throw new Error('the display is not seen');
    await eventually('the text in the clipboard', async () => {
      await page.mouse.click(box.x + 60, box.y + 8, { clickCount: 3, delay: 20 });
      return (await clipboard()).includes('copied text out: åß 漢字') ? true : undefined;
    });
    await eventually('the text in the clipboard of the device', async () =>
      (await page.evaluate(() => navigator.clipboard.readText())).includes('copied text out: åß 漢字')
        ? true
        : undefined,
    );
    await type('clear; ls -l --color /usr; echo; uname -sr; echo shown > journey-shown');
    await hostFile('journey-shown');
    await shot(page, 'terminal');
  });

  test('text is pasted into the terminal', async () => {
    // Features: TERM-15, CLI-12
    await type('cat > journey-pasted');
    await openMenu();
    await page.getByRole('button', { name: 'Show contents' }).click();
    const editor = page.getByRole('textbox', { name: 'Clipboard' });
    await editor.fill('pasted in: é 漢字');
    await editor.blur();
    await shot(page, 'menu');
    await closeMenu();
    await page.keyboard.press('Control+Shift+V');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+D');
    expect(await hostFile('journey-pasted')).toBe('pasted in: é 漢字\n');
  });

  test('files dropped on the terminal are uploaded', async () => {
    // Features: CLI-33, CLI-35, SSH-14, COM-12
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['dropped: é 漢字\n'], 'journey-dropped-ü.txt'));
      transfer.items.add(new File([new Uint8Array(3 << 20).fill(7)], 'journey-dropped.bin'));
      return transfer;
    });
    for (const event of ['dragover', 'drop']) {
      await display(page, 'Shell').dispatchEvent(event, { dataTransfer: dropped });
    }
    await eventually('two transfers that have ended', async () =>
      (await page.getByRole('region', { name: 'File transfers' }).getByText('Uploaded.').count()) === 2
        ? true
        : undefined,
    );
    await shot(page, 'transfers');
    expect(await hostFile('journey-dropped-ü.txt')).toBe('dropped: é 漢字\n');
    expect(await hostFile('journey-dropped.bin', 3 << 20)).toBe('\x07'.repeat(3 << 20));
    await page.getByRole('button', { name: 'Clear finished' }).click();
  });

  test('the file browser shows folders, downloads and uploads', async () => {
    // Features: CLI-13, CLI-33, CLI-34, SSH-13, COM-12
    await page.keyboard.press('Control+C');
    await type('mkdir -p journey-folder && head -c 2000000 /dev/urandom > journey-folder/random.bin');
    await type('sha256sum < journey-folder/random.bin > journey-sum');
    const sum = (await hostFile('journey-sum')).split(' ')[0];
    await openMenu();
    await page.getByRole('region', { name: 'Files' }).getByRole('button').first().click();
    const browser = page.getByRole('dialog');
    for (const folder of [...ssh.home.split('/').filter(Boolean), 'journey-folder']) {
      await browser.getByRole('button', { name: folder, exact: true }).last().click();
    }
    await browser.getByRole('button', { name: 'random.bin' }).waitFor();
    await shot(page, 'files');
    const started = page.waitForEvent('download');
    await browser.getByRole('button', { name: 'random.bin' }).click();
    const download = await started;
    expect(download.suggestedFilename()).toBe('random.bin');
    expect(
      createHash('sha256')
        .update(readFileSync(await download.path()))
        .digest('hex'),
    ).toBe(sum);
    await browser.locator('input[type=file]').setInputFiles({
      name: 'picked.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('picked\n'),
    });
    await browser.getByRole('button', { name: 'picked.txt' }).waitFor();
    expect(await hostFile('journey-folder/picked.txt')).toBe('picked\n');
    await browser.getByRole('button', { name: 'Close', exact: true }).last().click();
  });

  test('the page fills the screen', async () => {
    // Features: CLI-22
    await openMenu();
    await page.getByRole('button', { name: 'Full screen' }).click();
    await eventually('full screen', async () =>
      (await page.evaluate(() => document.fullscreenElement?.tagName)) === 'HTML' ? true : undefined,
    );
    await openMenu();
    await page.getByRole('button', { name: 'Leave full screen' }).waitFor();
    await page.getByRole('link', { name: 'Home, and keep it running' }).click();
    await page.getByRole('link', { name: 'New connection' }).waitFor();
    await eventually('a page that leaves full screen with the display', async () =>
      (await page.evaluate(() => document.fullscreenElement === null)) ? true : undefined,
    );
  });

  test('a VNC desktop is added and shows what the host draws', async () => {
    // Features: VNC-01, CLI-04, CLI-44
    // Part of: VNC-02
    await page.getByRole('link', { name: 'New connection' }).click();
    await page.getByRole('radio', { name: 'VNC' }).check({ force: true });
    await fillConnection({
      Name: 'Desktop',
      'Host name or address': '127.0.0.1',
      Port: vnc.port,
      Password: vnc.password,
    });
    drawQuarters(['#c03028', '#28a048', '#3058c0', '#e0c030']);
    await page.getByRole('button', { name: 'Save and connect' }).click();
    const desktop = display(page, 'Desktop');
    await desktop.waitFor();
    const quarters: [number, number, Colour][] = [
      [0.25, 0.25, [0xc0, 0x30, 0x28]],
      [0.75, 0.25, [0x28, 0xa0, 0x48]],
    ];
    for (const [x, y, colour] of quarters) await waitColour(page, desktop, x, y, colour);
    await shot(page, 'vnc');
  });

  test('keyboard and mouse reach the desktop', async () => {
    // Features: VNC-17, VNC-18, CLI-25
    onDisplay(
      'sh',
      '-c',
      'xterm -geometry 60x10+40+40 -e sh -c "cat > $1" sh "$1" >/dev/null 2>&1 &',
      'sh',
      `${ssh.home}/journey-vnc`,
    );
    onDisplay('xdotool', 'search', '--sync', '--onlyvisible', '--class', 'xterm');
    const box = await display(page, 'Desktop').boundingBox();
    if (!box) throw new Error('the display is not seen');
    await page.mouse.move(box.x + 120, box.y + 90);
    await page.mouse.click(box.x + 120, box.y + 90);
    await type('typed in the desktop');
    await page.keyboard.press('Control+D');
    expect(await hostFile('journey-vnc')).toBe('typed in the desktop\n');
  });

  test('a second connection opens beside the first', async () => {
    // Features: CLI-09, CLI-37, CLI-38, CLI-39
    await openMenu();
    await page.getByText('Open another connection').click();
    await page.getByRole('checkbox', { name: 'Show Shell beside' }).check();
    await closeMenu();
    await display(page, 'Shell').waitFor();
    await display(page, 'Desktop').waitFor();
    expect(await page.getByTestId('client-tile').count()).toBe(2);
    await display(page, 'Shell').click();
    await type('echo beside > journey-beside');
    expect(await hostFile('journey-beside')).toBe('beside\n');
    await shot(page, 'tiles');
  });

  test('leaving keeps connections running, and coming back shows them', async () => {
    // Features: CLI-44, HOM-08
    // Part of: HOM-01
    await type('echo $$ > journey-pid');
    const pid = await hostFile('journey-pid');
    await openMenu();
    await page.getByRole('link', { name: 'Home, and keep it running' }).click();
    await page.getByRole('region', { name: 'Running connections' }).waitFor();
    await shot(page, 'home');
    await page
      .getByRole('region', { name: 'Running connections' })
      .getByRole('link', { name: /Shell/ })
      .first()
      .click();
    await display(page, 'Shell').waitFor();
    await type('echo $$ > journey-pid');
    expect(await hostFile('journey-pid')).toBe(pid);
  });

  test('logging out ends the sessions and leads to the login', async () => {
    // Features: LOG-10, LOG-11, HOM-07
    await openMenu();
    await page.getByRole('link', { name: 'Home, and keep it running' }).click();
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('button', { name: `Menu of ${admin.username}` }).click();
    await page.getByRole('link', { name: 'Log out' }).click();
    await page.getByText('You are logged out.').waitFor();
    await page.goto(gateway);
    await page.getByLabel('User name').waitFor();
    await shot(page, 'login');
    await page.getByLabel('User name').fill(admin.username);
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('User name or password is wrong.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(admin.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('link', { name: /Shell/ }).first().waitFor();
    expect(unanswered).toEqual([]);
  });
});
