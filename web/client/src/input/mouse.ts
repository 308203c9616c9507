// SPDX-License-Identifier: Apache-2.0

import { Emitter, listen } from '../lifecycle';

/** Where the mouse is and which buttons are down. `up` and `down` are the wheel's, pressed once a notch. */
export type MouseState = {
  readonly x: number;
  readonly y: number;
  readonly left: boolean;
  readonly middle: boolean;
  readonly right: boolean;
  readonly up: boolean;
  readonly down: boolean;
};

/** The bits of `MouseEvent.buttons`. */
const LEFT = 1;
const RIGHT = 2;
const MIDDLE = 4;

/** The way the wheel has to go for one click, in pixels. */
export const WHEEL_THRESHOLD = 53;

/** Pixels that a wheel event in lines or pages stands for. */
const PIXELS_PER_LINE = 18;
const PIXELS_PER_PAGE = PIXELS_PER_LINE * 16;

/** Clicks of one wheel event that are passed on at most. */
const MAX_WHEEL_CLICKS = 20;

/** A mouse state without buttons. */
export function mouseAt(x: number, y: number, pressed: Partial<MouseState> = {}): MouseState {
  return { left: false, middle: false, right: false, up: false, down: false, ...pressed, x, y };
}

/**
 * Follows the mouse over an element and tells its state in page coordinates (`clientX`, `clientY`). While a button is
 * held, it is followed outside as well. Pens count as mice, fingers do not.
 */
export class Mouse extends Emitter<{ state: [state: MouseState, event: MouseEvent]; leave: [] }> {
  private readonly element: HTMLElement;
  private wheel = 0;

  constructor(element: HTMLElement) {
    super();
    this.element = element;
    this.register(listen<PointerEvent>(element, 'pointerdown', (event) => this.pressed(event)));
    this.register(listen<PointerEvent>(element, 'pointermove', (event) => this.moved(event)));
    this.register(listen<PointerEvent>(element, 'pointerup', (event) => this.moved(event)));
    this.register(listen<PointerEvent>(element, 'pointercancel', (event) => this.moved(event)));
    this.register(listen<PointerEvent>(element, 'pointerleave', (event) => this.left(event)));
    this.register(listen<WheelEvent>(element, 'wheel', (event) => this.turned(event), { passive: false }));
    for (const type of ['contextmenu', 'dragstart', 'selectstart', 'auxclick']) {
      this.register(listen(element, type, (event) => event.preventDefault()));
    }
    // Without this the middle button would begin to scroll the page, and a click take the focus from the keyboard.
    this.register(listen(element, 'mousedown', (event) => event.preventDefault()));
  }

  private pressed(event: PointerEvent): void {
    if (event.pointerType !== 'touch') {
      this.element.setPointerCapture(event.pointerId);
      this.moved(event);
    }
  }

  private moved(event: PointerEvent): void {
    if (event.pointerType !== 'touch') {
      this.emit('state', stateOf(event), event);
    }
  }

  private left(event: PointerEvent): void {
    if (event.pointerType !== 'touch') {
      this.emit('leave');
    }
  }

  private turned(event: WheelEvent): void {
    event.preventDefault();
    const distance = event.deltaY * pixelsPerUnit(event.deltaMode);
    if (distance * this.wheel < 0) {
      this.wheel = 0;
    }
    this.wheel += distance;
    const clicks = Math.min(MAX_WHEEL_CLICKS, Math.floor(Math.abs(this.wheel) / WHEEL_THRESHOLD));
    const direction = this.wheel < 0 ? { up: true } : { down: true };
    this.wheel %= WHEEL_THRESHOLD;
    const state = stateOf(event);
    for (let i = 0; i < clicks; i++) {
      this.emit('state', { ...state, ...direction }, event);
      this.emit('state', state, event);
    }
  }
}

function stateOf(event: MouseEvent): MouseState {
  const { buttons } = event;
  const left = (buttons & LEFT) !== 0;
  const middle = (buttons & MIDDLE) !== 0;
  const right = (buttons & RIGHT) !== 0;
  return mouseAt(event.clientX, event.clientY, { left, middle, right });
}

function pixelsPerUnit(mode: number): number {
  if (mode === WheelEvent.DOM_DELTA_LINE) {
    return PIXELS_PER_LINE;
  }
  return mode === WheelEvent.DOM_DELTA_PAGE ? PIXELS_PER_PAGE : 1;
}
