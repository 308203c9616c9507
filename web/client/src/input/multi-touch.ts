// SPDX-License-Identifier: Apache-2.0

import { Emitter, listen } from '../lifecycle';

/** One finger on the screen. A force of 0 means that it was lifted. */
export type TouchState = {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly radiusX: number;
  readonly radiusY: number;
  readonly angle: number;
  readonly force: number;
};

/** The force of a touch where the screen does not measure it. */
const DEFAULT_FORCE = 1;

/**
 * Tells every touch on an element in page coordinates, for servers that take touches as such. While it is used, the
 * element must have no `Touchscreen` or `Touchpad`.
 */
export class MultiTouch extends Emitter<{ touch: [touch: TouchState] }> {
  constructor(element: HTMLElement) {
    super();
    const options = { passive: false };
    for (const type of ['touchstart', 'touchmove']) {
      this.register(listen<TouchEvent>(element, type, (event) => this.tell(event, false), options));
    }
    for (const type of ['touchend', 'touchcancel']) {
      this.register(listen<TouchEvent>(element, type, (event) => this.tell(event, true), options));
    }
  }

  private tell(event: TouchEvent, lifted: boolean): void {
    event.preventDefault();
    for (const touch of Array.from(event.changedTouches)) {
      this.emit('touch', {
        id: touch.identifier,
        x: touch.clientX,
        y: touch.clientY,
        radiusX: touch.radiusX,
        radiusY: touch.radiusY,
        angle: touch.rotationAngle,
        force: lifted ? 0 : touch.force || DEFAULT_FORCE,
      });
    }
  }
}
