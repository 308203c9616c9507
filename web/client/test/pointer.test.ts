// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Mouse, type MouseState } from '../src/input/mouse';
import { MultiTouch } from '../src/input/multi-touch';
import { Touchpad } from '../src/input/touchpad';
import { Touchscreen } from '../src/input/touchscreen';

let element: HTMLElement;
let log: string[];

function show({ x, y, left, middle, right, up, down }: MouseState): void {
  const buttons = Object.entries({ left, middle, right, up, down }).filter(([, pressed]) => pressed);
  log.push([`${Math.round(x)},${Math.round(y)}`, ...buttons.map(([name]) => name)].join(' '));
}

/** Sends an event; returns whether its default was prevented. */
function send(type: string, fields: Record<string, unknown>): boolean {
  const event = new Event(type, { bubbles: true, cancelable: true });
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(event, name, { value });
  }
  element.dispatchEvent(event);
  return event.defaultPrevented;
}

const pointer = (type: string, clientX: number, clientY: number, buttons = 0, pointerType = 'mouse') =>
  send(type, { clientX, clientY, buttons, pointerType, pointerId: 1 });

const wheel = (deltaY: number, deltaMode = 0) =>
  send('wheel', { deltaY, deltaMode, clientX: 1, clientY: 2, buttons: 0 });

type Finger = readonly [x: number, y: number];

function touch(type: string, fingers: readonly Finger[], changed: readonly Finger[] = fingers, timeStamp = 0): void {
  const touchOf = ([clientX, clientY]: Finger, identifier: number) => {
    return { identifier, clientX, clientY, radiusX: 3, radiusY: 4, rotationAngle: 0, force: 0 };
  };
  send(type, { touches: fingers.map(touchOf), changedTouches: changed.map(touchOf), timeStamp });
}

beforeEach(() => {
  vi.useFakeTimers();
  log = [];
  element = document.createElement('div');
  element.setPointerCapture = () => {};
  document.body.append(element);
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  element.remove();
});

describe('mouse', () => {
  test('buttons, wherever it moves', () => {
    // Features: CLI-25
    const mouse = new Mouse(element);
    mouse.on('state', show);
    pointer('pointerdown', 5, 6, 1);
    pointer('pointermove', 7, 6, 1 | 2);
    pointer('pointermove', 7, 6, 4);
    pointer('pointerup', 8, 9);
    expect(log).toEqual(['5,6 left', '7,6 left right', '7,6 middle', '8,9']);
    expect(send('contextmenu', {})).toBe(true);
    mouse.dispose();
    pointer('pointermove', 1, 1);
    expect(log).toHaveLength(4);
  });

  test('fingers are no mouse', () => {
    const mouse = new Mouse(element);
    mouse.on('state', show);
    pointer('pointerdown', 5, 6, 1, 'touch');
    expect(log).toEqual([]);
    mouse.dispose();
  });

  test.each([
    ['a notch of many pixels', [[106, 0]], ['1,2 down', '1,2', '1,2 down', '1,2']],
    [
      'small steps add up',
      [
        [-30, 0],
        [-30, 0],
      ],
      ['1,2 up', '1,2'],
    ],
    [
      'turning back begins anew',
      [
        [50, 0],
        [-50, 0],
      ],
      [],
    ],
    ['lines', [[3, 1]], ['1,2 down', '1,2']],
  ])('wheel: %s', (_, turns, want) => {
    const mouse = new Mouse(element);
    mouse.on('state', show);
    for (const [way = 0, mode = 0] of turns) {
      expect(wheel(way, mode)).toBe(true);
    }
    expect(log).toEqual(want);
    mouse.dispose();
  });
});

describe('touch screen', () => {
  let screen: Touchscreen;

  beforeEach(() => {
    screen = new Touchscreen(element);
    screen.on('state', show);
    screen.on('scroll', (x, y) => log.push(`scroll ${x},${y}`));
    screen.on('zoom', (factor, x, y) => log.push(`zoom ${factor} at ${x},${y}`));
  });

  afterEach(() => screen.dispose());

  test('a tap is a click that is held for a moment', () => {
    // Features: CLI-26
    touch('touchstart', [[5, 5]]);
    touch('touchend', [], [[5, 5]]);
    expect(log).toEqual(['5,5', '5,5 left']);
    vi.advanceTimersByTime(250);
    expect(log).toEqual(['5,5', '5,5 left', '5,5']);
  });

  test('a tap and a drag drags', () => {
    touch('touchstart', [[5, 5]]);
    touch('touchend', [], [[5, 5]]);
    vi.advanceTimersByTime(100);
    touch('touchstart', [[6, 6]]);
    touch('touchmove', [[40, 40]]);
    touch('touchend', [], [[41, 41]]);
    expect(log).toEqual(['5,5', '5,5 left', '40,40 left', '41,41']);
  });

  test('a long press is the right button', () => {
    touch('touchstart', [[5, 5]]);
    vi.advanceTimersByTime(500);
    touch('touchend', [], [[5, 5]]);
    expect(log).toEqual(['5,5', '5,5 right', '5,5']);
  });

  test('a drag moves the view and two fingers zoom it', () => {
    touch('touchstart', [[0, 0]]);
    touch('touchmove', [[0, 20]]);
    touch('touchmove', [[3, 25]]);
    touch(
      'touchstart',
      [
        [0, 0],
        [10, 0],
      ],
      [[10, 0]],
    );
    touch('touchmove', [
      [0, 0],
      [20, 0],
    ]);
    touch('touchend', [], [[0, 0]]);
    expect(log).toEqual(['scroll 3,5', 'scroll 5,0', 'zoom 2 at 10,0']);
  });
});

describe('touch pad', () => {
  test('taps are the buttons by the number of fingers, drags move the pointer and two fingers turn the wheel', () => {
    // Features: CLI-27
    element.getBoundingClientRect = () => ({ left: 0, top: 0, width: 100, height: 100 }) as DOMRect;
    const pad = new Touchpad(element);
    pad.on('state', show);
    touch('touchstart', [[0, 0]], undefined, 0);
    touch('touchmove', [[20, 0]], undefined, 10_000);
    touch('touchend', [], [[20, 0]], 10_001);
    touch(
      'touchstart',
      [
        [0, 0],
        [9, 0],
      ],
      undefined,
      20_000,
    );
    touch('touchend', [], [[0, 0]], 20_100);
    vi.advanceTimersByTime(250);
    touch(
      'touchstart',
      [
        [0, 0],
        [9, 0],
      ],
      undefined,
      30_000,
    );
    touch(
      'touchmove',
      [
        [0, 20],
        [9, 20],
      ],
      undefined,
      30_100,
    );
    touch('touchend', [], [[0, 20]], 30_200);
    expect(log).toEqual(['70,50', '70,50 right', '70,50', '70,50 up', '70,50']);
    pad.dispose();
  });
});

test('touches are told as such to servers that take them', () => {
  // Features: CLI-28
  const multi = new MultiTouch(element);
  multi.on('touch', ({ id, x, y, force }) => log.push(`${id} ${x},${y} ${force}`));
  touch('touchstart', [
    [1, 2],
    [3, 4],
  ]);
  touch('touchend', [], [[1, 2]]);
  expect(log).toEqual(['0 1,2 1', '1 3,4 1', '0 1,2 0']);
  multi.dispose();
});
