// SPDX-License-Identifier: Apache-2.0

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { InputSink } from '../src/input/input-sink';
import { Keyboard, type KeyboardOptions } from '../src/input/keyboard';
import { keysymOf, keysymsOfText } from '../src/input/keysyms';
import { detectPlatform } from '../src/input/platform';

type Fields = Partial<KeyboardEvent> & { altGraph?: boolean };

let keyboard: Keyboard;
let log: string[];

const names = new Map<number, string>([
  [0xffe1, 'Shift'],
  [0xffe3, 'Ctrl'],
  [0xffe7, 'Meta'],
  [0xffe9, 'Alt'],
  [0xfe03, 'AltGr'],
  [0xffe5, 'Caps'],
  [0xffff, 'Delete'],
  [0xff57, 'End'],
  [0xff08, 'BackSpace'],
  [0xff0d, 'Return'],
  [0xff61, 'Print'],
]);

function start(options: KeyboardOptions = {}): void {
  keyboard = new Keyboard(window, options);
  keyboard.on('key', (pressed, keysym) => {
    log.push(`${pressed ? '+' : '-'}${names.get(keysym) ?? String.fromCodePoint(keysym & 0xffffff)}`);
  });
}

/** Sends an event the way a browser does; returns whether its default was prevented. */
function send(
  type: string,
  key: string,
  code: string,
  fields: Fields = {},
  target: EventTarget = document.body,
): boolean {
  const event = new Event(type, { bubbles: true, cancelable: true });
  const { altGraph = false, ...rest } = fields;
  const usual = { key, code, location: 0, repeat: false, isComposing: false, keyCode: 0 };
  const flags = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
  const getModifierState = (name: string) => name === 'AltGraph' && altGraph;
  for (const [name, value] of Object.entries({ ...usual, ...flags, getModifierState, ...rest })) {
    Object.defineProperty(event, name, { value });
  }
  target.dispatchEvent(event);
  return event.defaultPrevented;
}

const down = (key: string, code: string, fields?: Fields) => send('keydown', key, code, fields);
const up = (key: string, code: string, fields?: Fields) => send('keyup', key, code, fields);

beforeEach(() => {
  vi.useFakeTimers();
  log = [];
});

afterEach(() => {
  keyboard.dispose();
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe('keysyms', () => {
  test.each([
    ['a', 'KeyA', 0, 0x61],
    ['ä', 'Quote', 0, 0xe4],
    ['€', 'KeyE', 0, 0x010020ac],
    ['😀', '', 0, 0x0101f600],
    ['Enter', 'Enter', 0, 0xff0d],
    ['Enter', 'NumpadEnter', 3, 0xff8d],
    ['5', 'Numpad5', 3, 0xffb5],
    ['End', 'Numpad1', 3, 0xff9c],
    [',', 'NumpadDecimal', 3, 0xffac],
    ['Shift', 'ShiftRight', 2, 0xffe2],
    ['F1', 'F1', 0, 0xffbe],
    ['F24', 'F24', 0, 0xffd5],
    ['Unidentified', 'KeyQ', 0, 0x71],
    ['Unidentified', 'Enter', 0, 0xff0d],
    ['', 'Space', 0, 0x20],
    ['AudioVolumeUp', 'AudioVolumeUp', 0, undefined],
    ['Unidentified', '', 0, undefined],
    ['constructor', '', 0, undefined],
  ])('%s %s at %i', (key, code, location, want) => {
    start();
    expect(keysymOf({ key, code, location, shiftKey: false })).toBe(want);
  });

  test('text', () => {
    start();
    expect(keysymsOfText('a\r\nß\t')).toEqual([0x61, 0xff0d, 0xdf, 0xff09]);
  });
});

describe('keys', () => {
  test('are told and kept from the browser', () => {
    // Features: CLI-18
    start({ platform: 'linux' });
    expect(down('a', 'KeyA')).toBe(true);
    expect(up('a', 'KeyA')).toBe(true);
    expect(log).toEqual(['+a', '-a']);
  });

  test('a listener may leave a key to the browser', () => {
    start({ platform: 'linux' });
    keyboard.on('key', () => false);
    expect(down('F5', 'F5')).toBe(false);
    expect(keyboard.pressed.size).toBe(0);
  });

  test('a key is released as what it was pressed, though Shift was released before', () => {
    start({ platform: 'linux' });
    down('Shift', 'ShiftLeft', { shiftKey: true, location: 1 });
    down('A', 'KeyA', { shiftKey: true });
    up('Shift', 'ShiftLeft', { location: 1 });
    up('a', 'KeyA');
    expect(log).toEqual(['+Shift', '+A', '-Shift', '-A']);
  });

  test('repeats are told as presses', () => {
    start({ platform: 'linux' });
    down('a', 'KeyA');
    down('a', 'KeyA', { repeat: true });
    up('a', 'KeyA');
    expect(log).toEqual(['+a', '+a', '-a']);
  });

  test('everything is released when the page loses the focus or the keyboard is switched off', () => {
    start({ platform: 'linux' });
    down('a', 'KeyA');
    window.dispatchEvent(new Event('blur'));
    down('b', 'KeyB');
    keyboard.enabled = false;
    down('c', 'KeyC');
    expect(log).toEqual(['+a', '-a', '+b', '-b']);
  });

  test('what the user types into a field of the page is not for the remote', () => {
    start({ platform: 'linux' });
    const field = document.createElement('input');
    document.body.append(field);
    expect(send('keydown', 'a', 'KeyA', {}, field)).toBe(false);
    expect(log).toEqual([]);
  });

  test('Ctrl+Alt+End stands for Ctrl+Alt+Delete', () => {
    // Features: CLI-20
    start({ platform: 'linux' });
    down('Control', 'ControlLeft', { ctrlKey: true, location: 1 });
    down('Alt', 'AltLeft', { ctrlKey: true, altKey: true, location: 1 });
    down('End', 'End', { ctrlKey: true, altKey: true });
    up('End', 'End', { ctrlKey: true, altKey: true });
    expect(log).toEqual(['+Ctrl', '+Alt', '+Delete', '-Delete']);
  });
});

describe('modifiers follow the flags of events', () => {
  // Features: CLI-19
  test('one whose release was missed is released', () => {
    start({ platform: 'linux' });
    down('Control', 'ControlLeft', { ctrlKey: true, location: 1 });
    down('c', 'KeyC');
    expect(log).toEqual(['+Ctrl', '-Ctrl', '+c']);
  });

  test('one that was pressed elsewhere is pressed by a mouse event, and released by its own key', () => {
    start({ platform: 'linux' });
    keyboard.syncModifiers({ shiftKey: true, ctrlKey: false, altKey: false, metaKey: false });
    up('Shift', 'ShiftLeft', { location: 1 });
    keyboard.syncModifiers({ shiftKey: false, ctrlKey: false, altKey: false, metaKey: false });
    expect(log).toEqual(['+Shift', '-Shift']);
  });
});

describe('Windows', () => {
  test('AltGr is one key, not Ctrl and Alt', () => {
    start({ platform: 'windows' });
    down('Control', 'ControlLeft', { ctrlKey: true, location: 1, timeStamp: 1000 });
    down('AltGraph', 'AltRight', { ctrlKey: true, altKey: true, altGraph: true, location: 2, timeStamp: 1001 });
    down('@', 'KeyQ', { ctrlKey: true, altKey: true, altGraph: true });
    up('@', 'KeyQ', { ctrlKey: true, altKey: true, altGraph: true });
    up('Control', 'ControlLeft', { altKey: true, altGraph: true, location: 1 });
    up('AltGraph', 'AltRight', { location: 2 });
    expect(log).toEqual(['+AltGr', '+@', '-@', '-AltGr']);
  });

  test('a left Control alone is told after a moment, or with the next key', () => {
    start({ platform: 'windows' });
    down('Control', 'ControlLeft', { ctrlKey: true, location: 1, timeStamp: 1000 });
    expect(log).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(log).toEqual(['+Ctrl']);
    up('Control', 'ControlLeft', { location: 1 });
    down('Control', 'ControlLeft', { ctrlKey: true, location: 1, timeStamp: 2000 });
    down('c', 'KeyC', { ctrlKey: true });
    expect(log).toEqual(['+Ctrl', '-Ctrl', '+Ctrl', '+c']);
  });

  test('a character reached by Ctrl+Alt is sent without them', () => {
    start({ platform: 'windows' });
    down('Control', 'ControlLeft', { ctrlKey: true, location: 1, timeStamp: 1000 });
    down('Alt', 'AltLeft', { ctrlKey: true, altKey: true, location: 1, timeStamp: 1500 });
    down('@', 'KeyQ', { ctrlKey: true, altKey: true, altGraph: true });
    expect(log).toEqual(['+Ctrl', '+Alt', '-Ctrl', '-Alt', '+@', '-@', '+Ctrl', '+Alt']);
  });

  test('PrintScreen, of which only the release is told', () => {
    start({ platform: 'windows' });
    up('PrintScreen', 'PrintScreen');
    expect(log).toEqual(['+Print', '-Print']);
  });

  test('a key of an input method is released at once', () => {
    start({ platform: 'windows' });
    down('Zenkaku', 'Backquote');
    expect(log.map((line) => line[0])).toEqual(['+', '-']);
  });
});

describe('macOS', () => {
  test('keys with Command are released at once, as their release is not told', () => {
    start({ platform: 'mac' });
    down('Meta', 'MetaLeft', { metaKey: true, location: 1 });
    down('c', 'KeyC', { metaKey: true });
    up('Meta', 'MetaLeft', { location: 1 });
    expect(log).toEqual(['+Meta', '+c', '-c', '-Meta']);
  });

  test('Option types characters, which are sent without Alt', () => {
    start({ platform: 'mac' });
    down('Alt', 'AltLeft', { altKey: true, location: 1 });
    down('@', 'KeyL', { altKey: true });
    down('ArrowLeft', 'ArrowLeft', { altKey: true });
    expect(log.slice(0, 5)).toEqual(['+Alt', '-Alt', '+@', '-@', '+Alt']);
    expect(log).toHaveLength(6);
  });

  test('CapsLock is told by a press or a release, and is both each time', () => {
    start({ platform: 'mac' });
    down('CapsLock', 'CapsLock');
    up('CapsLock', 'CapsLock');
    expect(log).toEqual(['+Caps', '-Caps', '+Caps', '-Caps']);
  });
});

describe('composition', () => {
  function sink(): HTMLTextAreaElement {
    const { element } = new InputSink();
    document.body.append(element);
    return element;
  }

  test('a dead key is left to the browser, and the composed character is typed', () => {
    start({ platform: 'linux' });
    const field = sink();
    expect(send('keydown', 'Dead', 'Equal', {}, field)).toBe(false);
    expect(send('keydown', 'Process', 'KeyE', { keyCode: 229 }, field)).toBe(false);
    field.dispatchEvent(Object.assign(new Event('compositionend', { bubbles: true }), { data: 'é' }));
    expect(log).toEqual(['+é', '-é']);
  });

  test('without a field, the key after a dead key has the composed character', () => {
    start({ platform: 'windows' });
    down('Dead', 'Equal');
    down('ê', 'KeyE');
    up('ê', 'KeyE');
    expect(log).toEqual(['+ê', '-ê']);
  });

  test.each([
    ['insertText', '漢字', ['+漢', '-漢', '+字', '-字']],
    ['deleteContentBackward', null, ['+BackSpace', '-BackSpace']],
    ['insertLineBreak', null, ['+Return', '-Return']],
    ['insertFromPaste', 'x', []],
  ])('keyboards of phones: %s', (inputType, data, want) => {
    start({ platform: 'android' });
    const field = sink();
    send('keydown', 'Unidentified', '', { keyCode: 229 }, field);
    field.dispatchEvent(Object.assign(new Event('input', { bubbles: true }), { inputType, data, isComposing: false }));
    expect(log).toEqual(want);
  });
});

test.each([
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 0, 'mac'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 5, 'ios'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)', 5, 'ios'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 0, 'windows'],
  ['Mozilla/5.0 (Linux; Android 15)', 5, 'android'],
  ['Mozilla/5.0 (X11; Linux x86_64)', 0, 'linux'],
])('platform of %s', (userAgent, maxTouchPoints, want) => {
  start();
  expect(detectPlatform({ userAgent, maxTouchPoints })).toBe(want);
});
