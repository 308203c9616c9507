// SPDX-License-Identifier: Apache-2.0

/** Recognises Ctrl+Alt+Shift, pressed alone, among the keys for the remote side (CLI-08). */

import { Keysym } from '@palta/client';

const control: number[] = [Keysym.CONTROL_LEFT, Keysym.CONTROL_RIGHT];
const alt: number[] = [Keysym.ALT_LEFT, Keysym.ALT_RIGHT, Keysym.META_LEFT, Keysym.META_RIGHT];
const shift: number[] = [Keysym.SHIFT_LEFT, Keysym.SHIFT_RIGHT];
const all = [...control, ...alt, ...shift];

export class MenuShortcut {
  private readonly down = new Set<number>();
  private complete = false;
  private spoiled = false;

  /** Takes a key. Says whether the shortcut is now done: all three were down, nothing else, and one is released. */
  key(pressed: boolean, keysym: number): boolean {
    if (pressed) {
      this.press(keysym);
      return false;
    }
    this.down.delete(keysym);
    const done = this.complete && !this.spoiled;
    this.complete = false;
    if (this.down.size === 0) this.spoiled = false;
    return done;
  }

  private press(keysym: number): void {
    if (!all.includes(keysym)) {
      this.spoiled = true;
      this.complete = false;
    }
    this.down.add(keysym);
    const held = (keysyms: number[]) => keysyms.some((each) => this.down.has(each));
    if (!this.spoiled && held(control) && held(alt) && held(shift)) this.complete = true;
  }
}
