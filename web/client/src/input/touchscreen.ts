// SPDX-License-Identifier: Apache-2.0

import { after, type Disposable, Emitter, listen } from '../lifecycle';
import { type MouseState, mouseAt } from './mouse';

/** How long the button stays down after a tap; a touch within that time drags. In milliseconds. */
export const CLICK_HOLD = 250;

/** How long a finger rests for the right button. */
export const LONG_PRESS = 500;

/** How far a finger moves before that counts, in CSS pixels. */
export const MOVE_THRESHOLD = 10;

export type TouchscreenEvents = {
  state: [state: MouseState];
  /** The view is dragged by so many CSS pixels. */
  scroll: [deltaX: number, deltaY: number];
  /** Two fingers have changed their distance by this factor, around this place of the page. */
  zoom: [factor: number, x: number, y: number];
};

/** Two fingers: where their middle is, and how far they are apart. */
type Pinch = { readonly x: number; readonly y: number; readonly distance: number };

type Point = { readonly x: number; readonly y: number };

type Gesture =
  | { readonly kind: 'none' }
  | { readonly kind: 'touch'; readonly start: Point; readonly longPress: Disposable }
  | { readonly kind: 'drag'; readonly button: 'left' | 'right' }
  | { readonly kind: 'scroll'; readonly last: Point }
  | { readonly kind: 'pinch'; readonly last: Pinch };

/**
 * Makes a mouse of a touch screen, where the pointer is under the finger: a tap is a click, a tap and a drag drags, a
 * long press is the right button, a drag moves the view and two fingers zoom it.
 */
export class Touchscreen extends Emitter<TouchscreenEvents> {
  private gesture: Gesture = { kind: 'none' };
  /** The left button after a tap, before it is released. */
  private click: { readonly at: Point; readonly timer: Disposable } | undefined;

  constructor(element: HTMLElement) {
    super();
    const options = { passive: false };
    this.register(listen<TouchEvent>(element, 'touchstart', (event) => this.started(event), options));
    this.register(listen<TouchEvent>(element, 'touchmove', (event) => this.moved(event), options));
    this.register(listen<TouchEvent>(element, 'touchend', (event) => this.ended(event), options));
    this.register(listen<TouchEvent>(element, 'touchcancel', (event) => this.ended(event), options));
  }

  override dispose(): void {
    this.stop();
    this.releaseClick();
    super.dispose();
  }

  private started(event: TouchEvent): void {
    event.preventDefault();
    const [first, second] = pointsOf(event);
    if (first !== undefined && second !== undefined) {
      this.stop();
      this.releaseClick();
      this.gesture = { kind: 'pinch', last: pinchOf(first, second) };
      return;
    }
    if (first === undefined) {
      return;
    }
    if (this.click !== undefined && distance(first, this.click.at) <= 2 * MOVE_THRESHOLD) {
      this.click.timer.dispose();
      this.click = undefined;
      this.gesture = { kind: 'drag', button: 'left' };
      return;
    }
    this.releaseClick();
    this.gesture = { kind: 'touch', start: first, longPress: after(LONG_PRESS, () => this.pressRight(first)) };
  }

  private moved(event: TouchEvent): void {
    event.preventDefault();
    const [first, second] = pointsOf(event);
    const { gesture } = this;
    if (first === undefined) {
      return;
    }
    switch (gesture.kind) {
      case 'touch':
        if (distance(first, gesture.start) > MOVE_THRESHOLD) {
          gesture.longPress.dispose();
          this.gesture = { kind: 'scroll', last: first };
        }
        break;
      case 'drag':
        this.emit('state', mouseAt(first.x, first.y, { [gesture.button]: true }));
        break;
      case 'scroll':
        this.emit('scroll', first.x - gesture.last.x, first.y - gesture.last.y);
        this.gesture = { kind: 'scroll', last: first };
        break;
      case 'pinch':
        if (second !== undefined) {
          this.pinch(gesture.last, pinchOf(first, second));
        }
        break;
    }
  }

  private ended(event: TouchEvent): void {
    event.preventDefault();
    const { gesture } = this;
    const [last] = Array.from(event.changedTouches, pointOf);
    if (gesture.kind === 'touch' && event.type === 'touchend') {
      gesture.longPress.dispose();
      this.tap(gesture.start);
    } else if (gesture.kind === 'drag' && last !== undefined) {
      this.emit('state', mouseAt(last.x, last.y));
    }
    if (event.touches.length === 0 || gesture.kind === 'pinch') {
      this.stop();
    }
  }

  private stop(): void {
    if (this.gesture.kind === 'touch') {
      this.gesture.longPress.dispose();
    }
    this.gesture = { kind: 'none' };
  }

  private tap(at: Point): void {
    this.emit('state', mouseAt(at.x, at.y));
    this.emit('state', mouseAt(at.x, at.y, { left: true }));
    this.click = { at, timer: after(CLICK_HOLD, () => this.releaseClick()) };
  }

  private releaseClick(): void {
    const { click } = this;
    this.click = undefined;
    if (click !== undefined) {
      click.timer.dispose();
      this.emit('state', mouseAt(click.at.x, click.at.y));
    }
  }

  private pressRight(at: Point): void {
    this.gesture = { kind: 'drag', button: 'right' };
    this.emit('state', mouseAt(at.x, at.y));
    this.emit('state', mouseAt(at.x, at.y, { right: true }));
  }

  private pinch(from: Pinch, to: Pinch): void {
    this.gesture = { kind: 'pinch', last: to };
    this.emit('scroll', to.x - from.x, to.y - from.y);
    if (from.distance > 0 && to.distance > 0 && to.distance !== from.distance) {
      this.emit('zoom', to.distance / from.distance, to.x, to.y);
    }
  }
}

function pointOf(touch: Touch): Point {
  return { x: touch.clientX, y: touch.clientY };
}

function pointsOf(event: TouchEvent): Point[] {
  return Array.from(event.touches, pointOf);
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function pinchOf(a: Point, b: Point): Pinch {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance: distance(a, b) };
}
