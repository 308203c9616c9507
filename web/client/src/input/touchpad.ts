// SPDX-License-Identifier: Apache-2.0

import { after, type Disposable, Emitter, listen } from '../lifecycle';
import { type MouseState, mouseAt } from './mouse';
import { CLICK_HOLD, MOVE_THRESHOLD } from './touchscreen';

/** How long fingers may be down for a tap, in milliseconds. */
const TAP_TIME = 250;

/** How far two fingers move for one click of the wheel, in CSS pixels. */
const WHEEL_STEP = 20;

/** The factor of movement grows by this much for each CSS pixel per millisecond of speed, up to a limit. */
const ACCELERATION = 1;
const MAX_FACTOR = 4;

const buttonsByFingers = [undefined, 'left', 'right', 'middle'] as const;

type Button = 'left' | 'right' | 'middle';

/**
 * Makes a mouse of a touch screen the way a laptop's touch pad does: fingers move the pointer from where it is; a tap
 * with one, two or three fingers is the left, right or middle button; a tap and a drag drags; two fingers turn the
 * wheel.
 *
 * The pointer's place is kept relative to the element, so it stays where it is on the remote when the view scrolls.
 */
export class Touchpad extends Emitter<{ state: [state: MouseState] }> {
  private readonly element: HTMLElement;
  private fractionX = 0.5;
  private fractionY = 0.5;
  private last = { x: 0, y: 0, time: 0 };
  private started = 0;
  private travelled = 0;
  private fingers = 0;
  private wheel = 0;
  private button: Button | undefined;
  private click: Disposable | undefined;

  constructor(element: HTMLElement) {
    super();
    this.element = element;
    const options = { passive: false };
    this.register(listen<TouchEvent>(element, 'touchstart', (event) => this.touched(event), options));
    this.register(listen<TouchEvent>(element, 'touchmove', (event) => this.moved(event), options));
    this.register(listen<TouchEvent>(element, 'touchend', (event) => this.lifted(event), options));
    this.register(listen<TouchEvent>(element, 'touchcancel', (event) => this.lifted(event), options));
  }

  override dispose(): void {
    this.releaseButton();
    super.dispose();
  }

  private touched(event: TouchEvent): void {
    event.preventDefault();
    if (event.touches.length === event.changedTouches.length) {
      this.started = event.timeStamp;
      this.travelled = 0;
      this.fingers = 0;
      // A touch soon after a tap goes on with the button down.
      this.click?.dispose();
      this.click = undefined;
    }
    this.fingers = Math.max(this.fingers, event.touches.length);
    this.last = { ...centreOf(event.touches), time: event.timeStamp };
  }

  private moved(event: TouchEvent): void {
    event.preventDefault();
    const centre = centreOf(event.touches);
    const deltaX = centre.x - this.last.x;
    const deltaY = centre.y - this.last.y;
    const way = Math.hypot(deltaX, deltaY);
    const speed = way / Math.max(1, event.timeStamp - this.last.time);
    this.travelled += way;
    this.last = { ...centre, time: event.timeStamp };
    if (this.fingers === 1) {
      const factor = Math.min(MAX_FACTOR, 1 + ACCELERATION * speed);
      this.movePointer(deltaX * factor, deltaY * factor);
    } else if (this.fingers === 2) {
      this.turnWheel(deltaY);
    }
  }

  private lifted(event: TouchEvent): void {
    event.preventDefault();
    if (event.touches.length > 0) {
      this.last = { ...centreOf(event.touches), time: event.timeStamp };
      return;
    }
    const wasTap = event.timeStamp - this.started <= TAP_TIME && this.travelled <= MOVE_THRESHOLD;
    const button = buttonsByFingers[this.fingers];
    this.releaseButton();
    if (wasTap && button !== undefined && event.type === 'touchend') {
      this.button = button;
      this.tell();
      this.click = after(CLICK_HOLD, () => this.releaseButton());
    }
  }

  private movePointer(deltaX: number, deltaY: number): void {
    const box = this.element.getBoundingClientRect();
    this.fractionX = clamp(this.fractionX + deltaX / Math.max(1, box.width));
    this.fractionY = clamp(this.fractionY + deltaY / Math.max(1, box.height));
    this.tell();
  }

  private turnWheel(way: number): void {
    this.wheel += way;
    while (Math.abs(this.wheel) >= WHEEL_STEP) {
      // The contents follow the fingers: down shows what is above.
      const direction = this.wheel > 0 ? { up: true } : { down: true };
      this.wheel -= Math.sign(this.wheel) * WHEEL_STEP;
      this.tell(direction);
      this.tell();
    }
  }

  private releaseButton(): void {
    this.click?.dispose();
    this.click = undefined;
    if (this.button !== undefined) {
      this.button = undefined;
      this.tell();
    }
  }

  private tell(extra: Partial<MouseState> = {}): void {
    const box = this.element.getBoundingClientRect();
    const pressed = this.button === undefined ? extra : { ...extra, [this.button]: true };
    this.emit('state', mouseAt(box.left + this.fractionX * box.width, box.top + this.fractionY * box.height, pressed));
  }
}

function centreOf(touches: TouchList): { x: number; y: number } {
  const points = Array.from(touches);
  const count = Math.max(1, points.length);
  return {
    x: points.reduce((sum, touch) => sum + touch.clientX, 0) / count,
    y: points.reduce((sum, touch) => sum + touch.clientY, 0) / count,
  };
}

function clamp(fraction: number): number {
  return Math.max(0, Math.min(fraction, 0.9999));
}
