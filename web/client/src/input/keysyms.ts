// SPDX-License-Identifier: Apache-2.0

/** The keysyms that the keyboard's own rules are about. */
export const Keysym = {
  BACKSPACE: 0xff08,
  RETURN: 0xff0d,
  END: 0xff57,
  PRINT: 0xff61,
  DELETE: 0xffff,
  SHIFT_LEFT: 0xffe1,
  SHIFT_RIGHT: 0xffe2,
  CONTROL_LEFT: 0xffe3,
  CONTROL_RIGHT: 0xffe4,
  CAPS_LOCK: 0xffe5,
  META_LEFT: 0xffe7,
  META_RIGHT: 0xffe8,
  ALT_LEFT: 0xffe9,
  ALT_RIGHT: 0xffea,
  SUPER_LEFT: 0xffeb,
  SUPER_RIGHT: 0xffec,
  LEVEL3_SHIFT: 0xfe03,
} as const;

/** Which of several keys of one name was pressed: `KeyboardEvent.location`. */
const LOCATION_RIGHT = 2;
const LOCATION_NUMPAD = 3;

/** The keysyms of a named key: usual or left, right, on the numeric keypad. */
type NamedKey = readonly [usual: number, right?: number | undefined, numpad?: number];

const named: Readonly<Record<string, NamedKey>> = {
  Alt: [Keysym.ALT_LEFT, Keysym.ALT_RIGHT],
  AltGraph: [Keysym.LEVEL3_SHIFT],
  CapsLock: [Keysym.CAPS_LOCK],
  Control: [Keysym.CONTROL_LEFT, Keysym.CONTROL_RIGHT],
  Hyper: [0xffed, 0xffee],
  Meta: [Keysym.META_LEFT, Keysym.META_RIGHT],
  NumLock: [0xff7f],
  OS: [Keysym.META_LEFT, Keysym.META_RIGHT],
  ScrollLock: [0xff14],
  Shift: [Keysym.SHIFT_LEFT, Keysym.SHIFT_RIGHT],
  Super: [Keysym.SUPER_LEFT, Keysym.SUPER_RIGHT],

  ArrowDown: [0xff54, undefined, 0xff99],
  ArrowLeft: [0xff51, undefined, 0xff96],
  ArrowRight: [0xff53, undefined, 0xff98],
  ArrowUp: [0xff52, undefined, 0xff97],
  Backspace: [Keysym.BACKSPACE],
  Cancel: [0xff69],
  Clear: [0xff0b, undefined, 0xff9d],
  ContextMenu: [0xff67],
  Delete: [Keysym.DELETE, undefined, 0xff9f],
  End: [Keysym.END, undefined, 0xff9c],
  Enter: [Keysym.RETURN, undefined, 0xff8d],
  Escape: [0xff1b],
  Execute: [0xff62],
  Find: [0xff68],
  Help: [0xff6a],
  Home: [0xff50, undefined, 0xff95],
  Insert: [0xff63, undefined, 0xff9e],
  PageDown: [0xff56, undefined, 0xff9b],
  PageUp: [0xff55, undefined, 0xff9a],
  Pause: [0xff13],
  PrintScreen: [Keysym.PRINT],
  Redo: [0xff66],
  Select: [0xff60],
  Tab: [0xff09],
  Undo: [0xff65],

  AllCandidates: [0xff3d],
  Alphanumeric: [0xff30],
  CodeInput: [0xff37],
  Compose: [0xff20],
  Convert: [0xff23],
  Eisu: [0xff30],
  HangulMode: [0xff31],
  HanjaMode: [0xff34],
  Hankaku: [0xff29],
  Hiragana: [0xff25],
  HiraganaKatakana: [0xff27],
  JunjaMode: [0xff38],
  KanaMode: [0xff2d],
  KanjiMode: [0xff21],
  Katakana: [0xff26],
  ModeChange: [0xff7e],
  NonConvert: [0xff22],
  PreviousCandidate: [0xff3e],
  Romaji: [0xff24],
  SingleCandidate: [0xff3c],
  Zenkaku: [0xff28],
  ZenkakuHankaku: [0xff2a],
};

const numpadCharacters: Readonly<Record<string, number>> = {
  ' ': 0xff80,
  '*': 0xffaa,
  '+': 0xffab,
  ',': 0xffac,
  '-': 0xffad,
  '.': 0xffae,
  '/': 0xffaf,
  '=': 0xffbd,
};

const NUMPAD_ZERO = 0xffb0;
const FUNCTION_1 = 0xffbe;
const UNICODE = 0x0100_0000;

/** What of a keyboard event decides the keysym. */
export type KeyIdentity = Pick<KeyboardEvent, 'key' | 'code' | 'location' | 'shiftKey'>;

/** Returns the X11 keysym of a character. */
export function keysymOfCodePoint(codePoint: number): number {
  if (codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0)) {
    return 0xff00 | codePoint;
  }
  return codePoint <= 0xff ? codePoint : UNICODE | codePoint;
}

/** Returns the keysyms that type a text. */
export function keysymsOfText(text: string): number[] {
  return Array.from(text.replaceAll('\r\n', '\n'), (character) =>
    character === '\n' ? Keysym.RETURN : keysymOfCodePoint(character.codePointAt(0) ?? 0),
  );
}

/** Returns the keysym of a key event, or undefined for keys that are none of the remote's business. */
export function keysymOf(event: KeyIdentity): number | undefined {
  const { key, location } = event;
  if (key === '' || key === 'Unidentified') {
    return keysymOfCode(event);
  }
  const characters = Array.from(key);
  if (characters.length === 1) {
    return (location === LOCATION_NUMPAD ? numpadKeysym(key) : undefined) ?? keysymOfCodePoint(key.codePointAt(0) ?? 0);
  }
  const entry = Object.hasOwn(named, key) ? named[key] : undefined;
  if (entry !== undefined) {
    const [usual, right, numpad] = entry;
    return (location === LOCATION_RIGHT ? right : location === LOCATION_NUMPAD ? numpad : undefined) ?? usual;
  }
  const number = /^F([1-9]|[12]\d|3[0-5])$/.exec(key)?.[1];
  return number === undefined ? undefined : FUNCTION_1 + Number(number) - 1;
}

/** Whether a keysym stands for a character, and not for a key with a function. */
export function isCharacter(keysym: number): boolean {
  return (keysym >= 0x20 && keysym <= 0xff) || (keysym & 0xff00_0000) === UNICODE;
}

/** Whether a keysym is one of the modifiers that are held together with other keys. */
export function isModifier(keysym: number): boolean {
  return (keysym >= Keysym.SHIFT_LEFT && keysym <= 0xffee && keysym !== Keysym.CAPS_LOCK) || keysym === 0xfe03;
}

function numpadKeysym(key: string): number | undefined {
  return /^\d$/.test(key) ? NUMPAD_ZERO + Number(key) : numpadCharacters[key];
}

/** The best guess for a browser that does not say what a key means: its name or the letter on a US keyboard. */
function keysymOfCode({ code, location, shiftKey }: KeyIdentity): number | undefined {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter !== undefined) {
    return keysymOfCodePoint((shiftKey ? letter : letter.toLowerCase()).charCodeAt(0));
  }
  const digit = /^Digit(\d)$/.exec(code)?.[1];
  if (digit !== undefined) {
    return shiftKey ? undefined : keysymOfCodePoint(digit.charCodeAt(0));
  }
  const name = code === 'Space' ? ' ' : code.replace(/(Left|Right)$/, '');
  const key = name === 'Arrow' ? code : name;
  return key === '' || key === 'Unidentified' ? undefined : keysymOf({ key, code, location, shiftKey });
}
