// SPDX-License-Identifier: Apache-2.0

// @vitest-environment happy-dom

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Patcher, parsePatches } from './patches';

let root: HTMLElement;
let stop = () => {};

beforeEach(() => {
  document.body.innerHTML = '<div id="app"><div class="box"><p class="text">own</p></div></div>';
  root = document.getElementById('app') as HTMLElement;
});
afterEach(() => stop());

/** Applies patch files, and returns the page without what they have hidden. */
function patched(...files: string[]): string {
  stop = new Patcher(root, parsePatches(files), (key) => `[${key}]`).start();
  return shown();
}

function shown(): string {
  const copy = root.cloneNode(true) as HTMLElement;
  for (const hidden of copy.querySelectorAll('[data-replaced]')) hidden.remove();
  return copy.innerHTML;
}

/** Lets the page see what was changed. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

const meta = (name: string, selector: string) => `<meta name="${name}" content="${selector}">`;

describe('an HTML patch', () => {
  it.each([
    ['before', '<div class="box"><i></i><p class="text">own</p></div>'],
    ['after', '<div class="box"><p class="text">own</p><i></i></div>'],
    ['replace', '<div class="box"><i></i></div>'],
    ['before-children', '<div class="box"><p class="text"><i></i>own</p></div>'],
    ['after-children', '<div class="box"><p class="text">own<i></i></p></div>'],
    ['replace-children', '<div class="box"><p class="text"><i></i></p></div>'],
  ])('puts its content %s', (operation, want) => {
    expect(patched(`${meta(operation, '.box .text')}<i></i>`)).toBe(want);
  });

  it('has several operations for the same content', () => {
    expect(patched(`${meta('before', '.text')}${meta('after-children', '.box')}<i></i>`)).toBe(
      '<div class="box"><i></i><p class="text">own</p><i></i></div>',
    );
  });

  it('keeps a meta that is none of the operations', () => {
    expect(patched(`${meta('after', '.text')}<meta name="author" content="Ada">`)).toContain('<meta name="author"');
  });

  it('is applied to every match, each once', async () => {
    root.innerHTML = '<p></p><p></p>';
    expect(patched(`${meta('after', 'p')}<i></i>`)).toBe('<p></p><i></i><p></p><i></i>');
    root.append(document.createElement('b'));
    await settled();
    expect(shown()).toBe('<p></p><i></i><p></p><i></i><b></b>');
  });

  it('is applied to what is drawn later, and again to what is drawn again', async () => {
    // Part of: BRA-03
    patched(`${meta('after', '.late')}<i></i>`);
    for (const tag of ['section', 'div']) {
      const late = document.createElement(tag);
      late.className = 'late';
      root.replaceChildren(late);
      await settled();
      expect(shown()).toBe(`<${tag} class="late"></${tag}><i></i>`);
    }
  });

  it('goes with the element that it stands beside', async () => {
    patched(
      `${meta('before', '.text')}<i></i>`,
      `${meta('after', '.text')}<b></b>`,
      `${meta('replace', '.text')}<u></u>`,
    );
    expect(shown()).toBe('<div class="box"><i></i><u></u><b></b></div>');
    root.querySelector('.text')?.remove();
    await settled();
    expect(root.innerHTML).toBe('<div class="box"></div>');
  });

  it('sees what earlier patches made, and neither its own content nor what was replaced', async () => {
    // Part of: BRA-03
    expect(
      patched(
        `${meta('replace', '.text')}<p class="text new">new</p>`,
        `${meta('after-children', '.text')}<b class="text">more</b>`,
        `${meta('before', '.nowhere')}<u class="text"></u>`,
      ),
    ).toBe('<div class="box"><p class="text new">new<b class="text">more</b></p></div>');
    root.append(document.createElement('hr'));
    await settled();
    expect(shown()).toBe('<div class="box"><p class="text new">new<b class="text">more</b></p></div><hr>');
  });

  it('leaves replaced elements in the page, where the application can go on changing them', () => {
    const text = root.querySelector('.text');
    const own = text?.firstChild;
    patched(`${meta('replace-children', '.text')}<i></i>`);
    expect(own?.isConnected).toBe(true);
    if (own) own.nodeValue = 'changed';
    expect(shown()).toBe('<div class="box"><p class="text"><i></i></p></div>');
  });

  it('may have a selector that is not CSS, and the others count', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(patched(`${meta('after', 'p:::x(')}<i></i>`, `${meta('after', '.text')}<b></b>`)).toContain('<b></b>');
    expect(warn.mock.calls[0]?.[0]).toContain('p:::x(');
    warn.mockRestore();
  });

  it('has translated texts', () => {
    expect(patched(`${meta('replace', '.text')}<a title="{{ 'A.B' | translate }}">{{"C.D"|translate}} {{x}}</a>`)).toBe(
      '<div class="box"><a title="[A.B]">[C.D] {{x}}</a></div>',
    );
  });
});
