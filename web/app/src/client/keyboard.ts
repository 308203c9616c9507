// SPDX-License-Identifier: Apache-2.0

/** The keyboard of the page, as far as it belongs to the remote side. */

import { DisposableStore, InputSink, Keyboard, keysymsOfText, listen } from '@palta/client';
import { canReadClipboard } from './device-clipboard';
import { keysyms } from './keysyms';
import type { ManagedClient } from './managed-client.svelte';
import { MenuShortcut } from './shortcut';

export type KeyboardOwner = {
  /** Whether the remote side has the keyboard at all: no menu, no dialog. */
  active: () => boolean;
  clients: () => ManagedClient[];
  toggleMenu: () => void;
  /** Where the field is put that takes the keys. */
  element: HTMLElement;
};

/** Sends keys to the focused connections until the returned function is called. */
export function captureKeyboard(owner: KeyboardOwner): () => void {
  const store = new DisposableStore();
  const sink = store.add(new InputSink());
  const shortcut = new MenuShortcut();
  owner.element.append(sink.element);
  // Before the keyboard, so that a paste can be put in front of its key.
  store.add(listen<KeyboardEvent>(window, 'keydown', (event) => holdBackPaste(event, owner), { capture: true }));
  store.add(listen<ClipboardEvent>(window, 'paste', (event) => paste(event, owner), { capture: true }));
  const keyboard = store.add(new Keyboard(window));
  const watch = (event: KeyboardEvent) => {
    if (!shortcut.key(event.type === 'keydown', event)) return;
    keyboard.releaseAll();
    owner.toggleMenu();
  };
  store.add(listen<KeyboardEvent>(window, 'keydown', watch, { capture: true }));
  store.add(listen<KeyboardEvent>(window, 'keyup', watch, { capture: true }));
  keyboard.on('key', (pressed, keysym) => {
    if (pressed && !hasKeyboard(owner)) return false;
    for (const client of owner.clients()) client.sendKey(keysym, pressed);
    return true;
  });
  // A click on a display gives it the keyboard back. Touch has the text field for that: here it
  // would bring up the keyboard of the device with every tap.
  store.add(
    listen<PointerEvent>(window, 'pointerdown', (event) => {
      const onDisplay = event.target instanceof Element && event.target.closest('.client-main .display') !== null;
      if (!onDisplay) return;
      keyboard.syncModifiers(event);
      if (event.pointerType === 'touch') return;
      blurField();
      sink.focus();
    }),
  );
  if (matchMedia('(pointer: fine)').matches) sink.focus();
  return () => store.dispose();
}

function blurField(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** Whether keys go to the remote side: not while a button or a link of the page has the focus. */
function hasKeyboard(owner: KeyboardOwner): boolean {
  return owner.active() && document.activeElement?.closest('button, a, select, summary, dialog, .notification') == null;
}

/** Ctrl+V waits for the paste it causes, where the page may not read the clipboard before. */
function holdBackPaste(event: KeyboardEvent, owner: KeyboardOwner): void {
  const isPaste = event.key.toLowerCase() === 'v' && (event.ctrlKey || event.metaKey) && !event.altKey;
  if (isPaste && hasKeyboard(owner) && !canReadClipboard()) event.stopImmediatePropagation();
}

function paste(event: ClipboardEvent, owner: KeyboardOwner): void {
  if (!hasKeyboard(owner)) return;
  const text = event.clipboardData?.getData('text/plain') ?? '';
  event.preventDefault();
  event.stopImmediatePropagation();
  for (const client of owner.clients()) {
    if (text !== '') client.clipboard.send(text);
    client.pressKey(keysyms.v);
  }
}

/** The keys that turn the field's text before into the one after, for keyboards that tell nothing but the text. */
export function charactersTyped(before: string, after: string): number[] {
  let common = 0;
  while (common < before.length && common < after.length && before[common] === after[common]) common++;
  const deleted = [...before.slice(common)].map(() => keysyms.backspace);
  return [...deleted, ...keysymsOfText(after.slice(common))];
}
