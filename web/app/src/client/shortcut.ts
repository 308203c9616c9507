// SPDX-License-Identifier: Apache-2.0

/** What the shortcut looks at of a keyboard event. */
export type KeyFlags = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>;

const modifiers = ['Control', 'Alt', 'AltGraph', 'Meta', 'Shift'];

/**
 * Recognises Ctrl+Alt+Shift, pressed alone (CLI-08), whether the keys go to the remote side or to
 * the page. It goes by the flags of each event, so no missed release can confuse it.
 */
export class MenuShortcut {
  private complete = false;
  private spoiled = false;

  /** Takes a key. Says whether the shortcut is now done: all three were down, nothing else, and one is released. */
  key(pressed: boolean, event: KeyFlags): boolean {
    const isModifier = modifiers.includes(event.key);
    const held = [event.ctrlKey, event.altKey || event.metaKey, event.shiftKey];
    if (!pressed) {
      const done = isModifier && this.complete && !this.spoiled;
      if (isModifier) this.complete = false;
      if (held.every((flag) => !flag)) this.spoiled = false;
      return done;
    }
    if (!isModifier) {
      this.spoiled = held.some((flag) => flag);
      this.complete = false;
    } else if (held.every((flag) => flag)) {
      this.complete = true;
    }
    return false;
  }
}
