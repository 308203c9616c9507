// SPDX-License-Identifier: Apache-2.0

/** Mouse and touch of one display. */

import { type Client, DisposableStore, listen, Mouse, MultiTouch, Touchpad, Touchscreen } from '@palta/client';

export type PointerOptions = {
  /** Whether the pointer goes to the finger, rather than being pushed by it. */
  absolute: () => boolean;
  /** How many touches the remote side takes as such. */
  touches: () => number;
  scroll: (x: number, y: number) => void;
  zoom: (factor: number) => void;
};

/** Sends what happens on the display until the returned function is called. */
export function bindPointers(client: Client, room: HTMLElement, options: PointerOptions): () => void {
  const { display } = client;
  const store = new DisposableStore();
  const touch = store.add(new DisposableStore());
  store.add(new Mouse(display.element)).on('state', (state) => client.sendMouse(display.toRemote(state)));
  store.add(listen(display.element, 'pointerleave', () => display.showCursor(false)));
  // The mode is chosen in the menu, between two touches: the first finger finds what is wanted now.
  let mode = '';
  store.add(
    listen<PointerEvent>(
      room,
      'pointerdown',
      (event) => {
        const wanted = options.touches() > 0 ? 'touches' : options.absolute() ? 'absolute' : 'relative';
        if (event.pointerType !== 'touch' || wanted === mode) return;
        mode = wanted;
        touch.clear();
        bindTouch(client, wanted, touch, options);
      },
      { capture: true },
    ),
  );
  return () => store.dispose();
}

function bindTouch(client: Client, mode: string, store: DisposableStore, options: PointerOptions): void {
  const { display } = client;
  if (mode === 'touches') {
    store.add(new MultiTouch(display.element)).on('touch', (touch) => client.sendTouch(display.toRemote(touch)));
  } else if (mode === 'absolute') {
    const screen = store.add(new Touchscreen(display.element));
    screen.on('state', (state) => client.sendMouse(display.toRemote(state)));
    screen.on('scroll', options.scroll);
    screen.on('zoom', options.zoom);
  } else {
    const pad = store.add(new Touchpad(display.element));
    pad.on('state', (state) => {
      client.sendMouse(display.toRemote(state));
      // There is no finger under this pointer, and no cursor of the browser.
      display.showCursor(true);
    });
  }
}
