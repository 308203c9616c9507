// SPDX-License-Identifier: Apache-2.0

/**
 * The anchors of upstream's pages that themes and HTML patches select: those of what exists here
 * must be found on their screens, those of what does not exist here are named with the reason.
 */

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Rest } from './rest';
import { display, eventually, gateway, launch, shot, ssh, vnc } from './world';

let browser: Browser;
let page: Page;
/** One who has a profile. */
const ada = { username: 'ada', password: 'four other words here' };
const ids: Record<string, string> = {};
const checked = new Set<string>();

beforeAll(async () => {
  const rest = await Rest.firstAdministrator();
  const object = (name: string, more: object) => ({ name, parentIdentifier: 'ROOT', attributes: {}, ...more });
  const group = await rest.create('connectionGroups', object('Folder', { type: 'ORGANIZATIONAL' }));
  await rest.create('connectionGroups', object('Farm', { type: 'BALANCING' }));
  const parameters = { hostname: '127.0.0.1', port: ssh.port, username: ssh.username, password: ssh.password };
  ids.shell = await rest.connection('Shell', 'ssh', { ...parameters, 'enable-sftp': 'true' });
  ids.desktop = await rest.connection('Desktop', 'vnc', {
    hostname: '127.0.0.1',
    port: vnc.port,
    password: vnc.password,
  });
  ids.wrong = await rest.connection('Wrong', 'ssh', { ...parameters, port: '1' });
  await rest.create('connections', object('Inside', { protocol: 'ssh', parentIdentifier: group, parameters: {} }));
  ids.profile = await rest.create('sharingProfiles', {
    name: 'Look',
    primaryConnectionIdentifier: ids.shell,
    parameters: { 'read-only': 'true' },
    attributes: {},
  });
  await rest.create('users', { username: 'alice', password: 'pw', attributes: {}, disabled: true });
  await rest.create('userGroups', { identifier: 'team', attributes: {} });
  await rest.create('users', { ...ada, attributes: { 'guac-full-name': 'Ada Admin' } });
  await rest.request('session/data/sqlite/users/ada/permissions', {
    method: 'PATCH',
    body: JSON.stringify([{ op: 'add', path: '/systemPermissions', value: 'ADMINISTER' }]),
  });
  ids.group = group;
  ({ browser, page } = await launch());
  await page.goto(gateway);
});
afterAll(async () => {
  await browser?.close();
});
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await shot(page, 'failure-anchors');
});

/** Waits until every selector finds something. */
async function hold(...selectors: string[]): Promise<void> {
  for (const selector of selectors) checked.add(selector);
  await eventually('the anchors', async () => {
    const missing = await page.evaluate((all) => all.filter((each) => !document.querySelector(each)), selectors);
    if (missing.length > 0) throw new Error(`nothing matches ${missing.join(' | ')}`);
    return true;
  });
}

const clientId = (id = '', type = 'c') => Buffer.from(`${id}\0${type}\0sqlite`).toString('base64url');
const go = (hash: string) => page.goto(`${gateway}#${hash}`);
const openMenu = async () => {
  await page.keyboard.press('Control+Alt+Shift');
  await page.locator('#guac-menu .menu-body').waitFor();
};

describe('anchors', () => {
  // Part of: BRA-03

  test('of the login', async () => {
    await page.getByLabel('User name').fill(ada.username);
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await hold(
      'body.home guac-login div.login-ui.initial',
      '.login-ui.error p.login-error',
      '.login-ui > p.login-error',
      '.login-ui > .login-dialog-middle > .login-dialog.notification > form.login-form',
      '.login-ui .login-dialog .logo',
      '.login-ui .login-dialog .version .app-name',
      '.version > .version-number',
      '.login-dialog .login-fields input',
      '.login-fields > guac-form > .form-group > .form > .fields > guac-form-field > .labeled-field',
      '.labeled-field-username .field-header label[for]',
      '.labeled-field-username .form-field .username-field input[type=text]',
      '.labeled-field-password.empty .password-field input[type=password]',
      '.password-field .icon.toggle-password',
      '.login-dialog .buttons input.login[type=submit][name=login]',
    );
    await page.getByLabel('Password', { exact: true }).fill(ada.password);
    await page.getByRole('button', { name: 'Log in' }).click();
  });

  test('of the home page and the user menu', async () => {
    await page.getByRole('button', { name: 'Menu of ada' }).click();
    await hold(
      'body.home #content .home-view.view > .connection-list-ui > .header > h2#section-header-all-connections',
      'guac-group-list-filter .filter.group-list-filter input.search-string',
      '.all-connections > guac-group-list .group-list > .group-list-page > .list-item',
      '.list-item > .connection .home-connection > .icon.type.ssh',
      '.connection a.home-connection > span.name',
      '.list-item > .connection-group.balancer a.home-connection-group > .icon.type.balancer',
      '.list-item > .connection-group.expandable .icon.expand',
      '.connection-group.expandable.expanded + .children > .list-item',
      'guac-user-menu > .user-menu > guac-menu > .menu-dropdown.open > .menu-title .menu-indicator',
      '.menu-dropdown.open > .menu-contents > .profile > .full-name',
      '.menu-contents .profile > .organizational-role',
      '.menu-contents .profile > .organization',
      '.menu-contents guac-page-list > .page-list > ul.page-list-level > li > a.home',
      '.menu-contents ul.action-list > li > a.logout',
      '.header .button, a.button',
    );
  });

  test('of a running connection and its menu', async () => {
    await go(`/client/${clientId(ids.shell)}`);
    await display(page, 'Shell').waitFor();
    await openMenu();
    await page.getByRole('button', { name: 'Show contents' }).click();
    await hold(
      'body.client guac-viewport > div.viewport > div.client-view > .client-view-content > div.client-body',
      '.client-body > guac-tiled-clients > .tiled-client-grid > .tiled-client-row > .tiled-client-cell > .client-tile',
      '.client-tile > guac-client > div.client-main.main > .displayOuter > .displayMiddle > .display.software-cursor',
      '.client-view ~ #guac-menu.menu.open > .menu-content > .header > h2',
      '#guac-menu .menu-content > .menu-body > .menu-section',
      '#guac-menu guac-user-menu',
      '.menu-body > .menu-section#clipboard-settings h3',
      '#clipboard-settings .content p.description',
      '#clipboard-settings .clipboard-editor > textarea.clipboard',
      '.menu-body > .menu-section#devices .device.filesystem',
      '#share-links .share-menu',
      '.menu-body > .menu-section#keyboard-settings .choice-row',
      '#keyboard-settings input#ime-none[name=input-method]',
      '#keyboard-settings input#ime-text[name=input-method]',
      '.menu-body > .menu-section#display-settings #zoom-settings > .client-zoom > .client-zoom-editor',
      '.client-zoom-editor > .client-zoom-out#zoom-out',
      '.client-zoom-editor > .client-zoom-state',
      '.client-zoom-editor > .client-zoom-in#zoom-in',
      '.client-zoom-autofit input#auto-fit',
      '.connection-select-menu',
    );
    await page.getByText('Open another connection').click();
    await hold('.connection-select-menu-connection', '.connection-select-menu-connection-group');
  });

  test('of the text field, the files and the transfers', async () => {
    await page.locator('#ime-text').check();
    await hold(
      '.client-view-content > .client-bottom > .text-input-container > .text-input textarea.text-input-field.target',
    );
    await hold('.text-input button.key.sticky');
    await page.locator('.device.filesystem').click();
    await hold(
      '#filesystem-menu.menu.open > .menu-content > .header.breadcrumbs > .breadcrumb.root',
      '#filesystem-menu .menu-body > guac-file-browser .file-browser-file.list-item.directory > .caption > .icon',
    );
    await page
      .getByRole('dialog')
      .locator('input[type=file]')
      .setInputFiles({
        name: 'anchors.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('anchors'),
      });
    await hold(
      '#file-transfer-dialog > guac-file-transfer-manager > .transfer-manager .transfer > .transfer-status > .filename',
      '#file-transfer-dialog .transfer.error .error-text',
    );
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
  });

  test('of tiles and of a mouse', async () => {
    await go(`/client/${clientId(ids.desktop)}.${clientId(ids.shell)}`);
    await display(page, 'Desktop').waitFor();
    await hold(
      '.client-tile.focused > h3.client-tile-header > span.client-tile-name',
      '.client-tile-header .client-tile-disconnect',
    );
    await openMenu();
    await hold('#mouse-settings input#absolute[name=mouse-mode]', '#mouse-settings input#relative[name=mouse-mode]');
    await page.keyboard.press('Escape');
  });

  test('of a problem, and of what runs in the background', async () => {
    await go(`/client/${clientId(ids.wrong)}`);
    await hold(
      'guac-client-notification > .client-status-modal.shown > guac-modal > .modal-contents .notification.error',
      '.notification > .title-bar > .title',
      '.notification > .body > p.text',
      '.notification > .buttons > button.reconnect',
      '.notification > .buttons > button.home',
      '#other-connections > .client-panel.has-clients.hidden > .client-panel-handle',
    );
    await go('/');
    await hold(
      '#other-connections > .client-panel.has-clients .client-panel-connection-list > .client-panel-connection',
      '.client-panel-connection .close-other-connection',
      '#section-header-recent-connections',
      'guac-recent-connections > .recent-connections > .connection > a > .thumbnail',
      '.recent-connections .connection .caption > .icon',
      '.recent-connections .connection .caption > span.name',
      '.recent-connections .remove-recent',
    );
  });

  test.each<[string, string[]]>([
    [
      '/settings/users',
      [
        'body.settings .settings-view.view .page-tabs a.current',
        '.settings.section.users .toolbar .action-buttons > a.add-user.button',
        'table.sorted.user-list th.username',
        'table.user-list th.full-name',
        'table.user-list th.organization',
        'table.user-list th.last-active',
        'tr.user.disabled > td.username .icon.user',
        'tr.user td.username span.name',
        '.user a',
      ],
    ],
    [
      '/settings/userGroups',
      ['.settings.section.user-groups a.add-user-group.button', 'table.user-group-list tr.user-group', '.user-group a'],
    ],
    [
      '/settings/connections',
      [
        '.settings.section.connections a.add-connection.button',
        '.settings.section.connections a.add-connection-group.button',
        '.connections .connection-list a.settings-connection',
        '.connection-list a.settings-connection-group',
        '.connection-list a.settings-sharing-profile',
        '.connection-list a.new-connection',
      ],
    ],
    [
      '/settings/sessions',
      ['.settings.section.sessions button.delete-sessions.danger', 'table.session-list tr.session td.select-session'],
    ],
    [
      '/settings/history',
      [
        '.settings.section.connectionHistory form.filter .search-button',
        '.connectionHistory .results table.history-list tr.history',
      ],
    ],
    [
      '/settings/preferences',
      [
        '.preferences .locale',
        '.preferences .appearance',
        '.preferences .update-password button.change-password',
        '.preferences .input-method',
        '.preferences .mouse-mode',
      ],
    ],
    [
      '/manage/sqlite/users/alice',
      [
        'body.manage .manage-user.view > .header',
        '.manage-user .attributes',
        '.manage-user .system-permissions',
        '.manage-user .connection-permissions',
        '.manage-user .related-objects',
        '.manage-user .action-buttons > button.save',
        '.manage-user .action-buttons > .cancel',
        '.manage-user .action-buttons > button.danger.delete',
        '.attributes .date-field input',
        '.attributes .time-field input',
        '.attributes .email-field input, .attributes .text-field input',
      ],
    ],
    ['/manage/sqlite/userGroups/team', ['.manage-user-group.view .related-objects']],
    [
      '/manage/sqlite/connections/SHELL',
      [
        '.manage-connection.view .location-chooser',
        '.manage-connection .connection-parameters .form.form-sftp .form-header',
        '.manage-connection .connection-parameters .select-field select',
        '.connection-parameters .checkbox-field input',
        '.connection-parameters .number-field input',
        '.connection-parameters .text-area-field textarea',
        '.connection-parameters .terminal-color-scheme-field',
        '.manage-connection .history.section',
        '.manage-connection button.clone',
      ],
    ],
    ['/manage/sqlite/connectionGroups/GROUP', ['.manage-connection-group.view .location-chooser']],
    ['/manage/sqlite/sharingProfiles/PROFILE', ['.manage-sharing-profile.view .connection-parameters']],
  ])('of %s', async (path, anchors) => {
    const names: Record<string, string | undefined> = { SHELL: ids.shell, GROUP: ids.group, PROFILE: ids.profile };
    await go(path.replace(/[A-Z]+$/, (name) => names[name] ?? name));
    await hold(...anchors);
  });

  test('of a question, and of the page after logging out', async () => {
    await go('/manage/sqlite/users/alice');
    await page.getByRole('button', { name: 'Delete' }).click();
    await hold(
      'guac-modal.global-status-modal > .modal-contents > form.notification > .title-bar > .title',
      'form.notification > .body > p.text',
      'form.notification > .buttons > button.danger',
      'form.notification > .buttons > button.cancel',
    );
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Menu of ada' }).click();
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('link', { name: 'Log out' }).click();
    await hold(
      'div.logged-out-modal > guac-modal > div.modal-contents > .notification > p > button',
      'div.logged-out-modal .notification p',
    );
  });
});

/** What has no anchor, because it is not here (yet), or is another thing here. */
const absent: Record<string, string> = {
  '.keyboard-container > guac-osk > .osk': 'there is no on-screen keyboard',
  '#ime-osk': 'there is no on-screen keyboard',
  '.menu-section#connection-settings': 'parameters are not changed while a connection runs',
  '.clipboard-service-target': 'the clipboard needs no hidden field',
  'select.time-zone-region': 'a time zone is one field with suggestions',
  'table.properties': 'fields stand in a grid, each as a .labeled-field',
  '.pager .page-numbers': 'pages are turned one by one',
  '.import.view': 'connections are not imported from a file',
  'a.import-connections': 'connections are not imported from a file',
  'guac-viewport.connectionHistoryPlayer': 'recordings are not played',
  'a.history-session-recording': 'recordings are not played',
  '.header.tabbed': 'pages stand in a column of their own',
  '.user-item': 'users of a connection are counted, not listed',
  '.automatic-login-rejected-modal': 'a refused login by an identity provider is told on the login page',
};

test('are in one of the two lists', async () => {
  const found = await page.evaluate((all) => all.filter((each) => document.querySelector(each)), Object.keys(absent));
  expect(found).toEqual([]);
  const total = checked.size + Object.keys(absent).length;
  console.log(`anchors: ${checked.size} of ${total} selectors hold; without: ${Object.keys(absent).join(' | ')}`);
});
