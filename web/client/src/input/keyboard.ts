// SPDX-License-Identifier: Apache-2.0

import { after, type Disposable, Emitter, listen } from '../lifecycle';
import { isTextField, SINK_LABEL } from './input-sink';
import { isCharacter, isModifier, Keysym, keysymOf, keysymsOfText } from './keysyms';
import { detectPlatform, type Platform } from './platform';

/** What keyboard, mouse and touch events tell about the modifiers. */
export type ModifierFlags = {
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  getModifierState?(key: string): boolean;
};

export type KeyboardOptions = {
  /** Default is what the browser says. */
  readonly platform?: Platform;
  /** Whether Ctrl+Alt+End stands for Ctrl+Alt+Delete, which browsers never see; default is true. */
  readonly ctrlAltEnd?: boolean;
};

type Modifier = {
  readonly flag: 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey';
  readonly keysyms: readonly [left: number, right: number];
};

const modifiers: readonly Modifier[] = [
  { flag: 'shiftKey', keysyms: [Keysym.SHIFT_LEFT, Keysym.SHIFT_RIGHT] },
  { flag: 'ctrlKey', keysyms: [Keysym.CONTROL_LEFT, Keysym.CONTROL_RIGHT] },
  { flag: 'altKey', keysyms: [Keysym.ALT_LEFT, Keysym.ALT_RIGHT] },
  { flag: 'metaKey', keysyms: [Keysym.META_LEFT, Keysym.META_RIGHT] },
];

const controlKeysyms = [Keysym.CONTROL_LEFT, Keysym.CONTROL_RIGHT];
const altKeysyms = [Keysym.ALT_LEFT, Keysym.ALT_RIGHT];

/** Keys of which some systems tell only that they were pressed. */
const withoutKeyup = new Set([
  'HangulMode',
  'HanjaMode',
  'Hankaku',
  'Zenkaku',
  'ZenkakuHankaku',
  'Eisu',
  'Alphanumeric',
  'Hiragana',
  'Katakana',
  'HiraganaKatakana',
  'KanaMode',
  'Romaji',
]);

/** The time in which Windows sends both events of AltGr, in milliseconds; and how long the first may wait for the other. */
const ALTGR_EVENTS_APART = 50;
const ALTGR_WAIT = 100;

/** The keycode of events that belong to an input method. */
const KEYCODE_INPUT_METHOD = 229;

/**
 * Turns the keyboard events of a page into keys of a remote desktop, by X11 keysym.
 *
 * Every key is remembered by its place (`code`) with the keysym it was pressed as, so it is released as the same one
 * even if Shift was released before. What browsers do not tell is made up for: modifiers are compared with the flags of
 * every event, keys whose release is not reported are released at once, and all are released when the page loses the
 * focus.
 *
 * A listener of `key` that returns false leaves the key to the browser.
 */
export class Keyboard extends Emitter<{ key: [pressed: boolean, keysym: number] }> {
  private readonly platform: Platform;
  private readonly ctrlAltEnd: boolean;
  /** The keysyms that are down, by the key that holds them. */
  private readonly held = new Map<string, number>();
  private isEnabled = true;
  /** A left Control of Windows that may turn out to be the first half of AltGr. */
  private undecided: { readonly time: number; readonly timer: Disposable } | undefined;

  constructor(target: EventTarget, options: KeyboardOptions = {}) {
    super();
    this.platform = options.platform ?? detectPlatform();
    this.ctrlAltEnd = options.ctrlAltEnd ?? true;
    const capture = { capture: true };
    this.register(listen<KeyboardEvent>(target, 'keydown', (event) => this.keydown(event), capture));
    this.register(listen<KeyboardEvent>(target, 'keyup', (event) => this.keyup(event), capture));
    this.register(listen<InputEvent>(target, 'input', (event) => this.input(event), capture));
    this.register(listen<CompositionEvent>(target, 'compositionend', (event) => this.composed(event), capture));
    this.register(listen(window, 'blur', () => this.releaseAll()));
    this.register(
      listen(document, 'visibilitychange', () => {
        if (document.hidden) {
          this.releaseAll();
        }
      }),
    );
  }

  /** Whether keys are caught. */
  get enabled(): boolean {
    return this.isEnabled;
  }

  set enabled(enabled: boolean) {
    if (!enabled) {
      this.releaseAll();
    }
    this.isEnabled = enabled;
  }

  /** The keysyms that are down. */
  get pressed(): ReadonlySet<number> {
    return new Set(this.held.values());
  }

  /** Presses a key that is not on the keyboard, until `release`. */
  press(keysym: number): void {
    this.hold(`virtual ${keysym}`, keysym);
  }

  /** Releases a key, whatever holds it. */
  release(keysym: number): void {
    for (const [id, held] of [...this.held]) {
      if (held === keysym) {
        this.held.delete(id);
      }
    }
    this.emit('key', false, keysym);
  }

  /** Types a text, key by key. */
  type(text: string): void {
    for (const keysym of keysymsOfText(text)) {
      this.tap(keysym);
    }
  }

  /** Releases everything that is down. */
  releaseAll(): void {
    this.forgetUndecided();
    for (const keysym of this.pressed) {
      this.release(keysym);
    }
  }

  /** Corrects the modifiers by what an event tells about them. To be called for mouse and touch events as well. */
  syncModifiers(event: ModifierFlags): void {
    this.decideControl();
    this.correctModifiers(event, undefined);
  }

  override dispose(): void {
    this.releaseAll();
    super.dispose();
  }

  private keydown(event: KeyboardEvent): void {
    if (!this.concerns(event)) {
      return;
    }
    if (isComposition(event)) {
      this.decideControl();
      return;
    }
    if (this.mayBeAltGr(event)) {
      const timer = after(ALTGR_WAIT, () => this.decideControl());
      this.undecided = { time: event.timeStamp, timer };
      event.preventDefault();
      return;
    }
    const keysym = this.completesAltGr(event) ? Keysym.LEVEL3_SHIFT : keysymOf(event);
    this.decideControl();
    if (keysym === undefined) {
      return;
    }
    this.correctModifiers(event, keysym);
    if (this.pressKey(event, keysym)) {
      event.preventDefault();
    }
  }

  private keyup(event: KeyboardEvent): void {
    if (!this.concerns(event)) {
      return;
    }
    this.decideControl();
    const id = idOf(event);
    const keysym = this.held.get(id);
    if (keysym !== undefined) {
      this.release(keysym);
      event.preventDefault();
    } else if (event.key === 'PrintScreen') {
      // Windows keeps the press for itself.
      this.tap(Keysym.PRINT);
    } else if (event.key === 'CapsLock' && this.tellsCapsLockOnce) {
      this.tap(Keysym.CAPS_LOCK);
    }
    this.correctModifiers(event, keysym ?? keysymOf(event));
  }

  /** Takes what a field has received without a key event: the keyboards of phones, emoji pickers, dictation. */
  private input(event: InputEvent): void {
    if (!this.concerns(event) || event.isComposing) {
      return;
    }
    switch (event.inputType) {
      case 'insertText':
      case 'insertReplacementText':
        this.type(event.data ?? '');
        break;
      case 'insertLineBreak':
      case 'insertParagraph':
        this.tap(Keysym.RETURN);
        break;
      case 'deleteContentBackward':
        this.tap(Keysym.BACKSPACE);
        break;
      case 'deleteContentForward':
        this.tap(Keysym.DELETE);
        break;
    }
  }

  private composed(event: CompositionEvent): void {
    if (this.concerns(event)) {
      this.type(event.data);
    }
  }

  /** Whether an event is for the remote: not if the user types into a field of the page. */
  private concerns(event: Event): boolean {
    const { target } = event;
    const local = target instanceof Element && isTextField(target) && target.ariaLabel !== SINK_LABEL;
    return this.isEnabled && !local && !event.defaultPrevented;
  }

  /** Presses a key the way its platform demands. Returns whether somebody wanted it. */
  private pressKey(event: KeyboardEvent, keysym: number): boolean {
    const id = idOf(event);
    const known = this.held.get(id);
    if (event.repeat && known !== undefined) {
      return this.emit('key', true, known) !== 'declined';
    }
    const suspended = this.modifiersOfCharacter(event, keysym);
    if (suspended.length > 0) {
      return this.tapWithout(suspended, keysym);
    }
    if (this.releaseIsUnreliable(event, keysym)) {
      return this.tap(keysym);
    }
    const both = this.isDown(controlKeysyms) && this.isDown(altKeysyms);
    return this.hold(id, this.ctrlAltEnd && both && keysym === Keysym.END ? Keysym.DELETE : keysym);
  }

  /**
   * The modifiers that are down only to reach the character that is typed: Option on a Mac, and Ctrl+Alt in place of
   * AltGr on Windows. The remote gets the character without them.
   */
  private modifiersOfCharacter(event: KeyboardEvent, keysym: number): number[] {
    if (!isCharacter(keysym)) {
      return [];
    }
    const isMac = this.platform === 'mac' || this.platform === 'ios';
    if (isMac && event.altKey && !event.ctrlKey && !event.metaKey) {
      return this.downOf(altKeysyms);
    }
    if (this.platform === 'windows' && event.getModifierState('AltGraph') && !this.isDown([Keysym.LEVEL3_SHIFT])) {
      return this.downOf([...controlKeysyms, ...altKeysyms]);
    }
    return [];
  }

  /** Whether the browser may not tell when this key is released. */
  private releaseIsUnreliable(event: KeyboardEvent, keysym: number): boolean {
    if (withoutKeyup.has(event.key) || (keysym === Keysym.CAPS_LOCK && this.tellsCapsLockOnce)) {
      return true;
    }
    if (isModifier(keysym)) {
      return false;
    }
    // While Command is down, a Mac reports no releases; keyboards of phones and tablets never can be relied on.
    return this.platform === 'ios' || (this.platform === 'mac' && event.metaKey) || event.code === '';
  }

  /** A Mac tells that CapsLock went on by a press and that it went off by a release. */
  private get tellsCapsLockOnce(): boolean {
    return this.platform === 'mac' || this.platform === 'ios';
  }

  /** Whether this may be the first of the two events that AltGr is on Windows: left Control, then right Alt. */
  private mayBeAltGr(event: KeyboardEvent): boolean {
    const isControl = this.platform === 'windows' && event.code === 'ControlLeft';
    return isControl && !event.repeat && !this.held.has(event.code) && this.undecided === undefined;
  }

  /** Whether this is the second one. Then there was no Control. */
  private completesAltGr(event: KeyboardEvent): boolean {
    if (this.undecided === undefined || event.code !== 'AltRight') {
      return false;
    }
    const together = event.timeStamp - this.undecided.time <= ALTGR_EVENTS_APART;
    if (together) {
      this.forgetUndecided();
    }
    return together;
  }

  /** Presses the Control that was waited with. */
  private decideControl(): void {
    if (this.undecided !== undefined) {
      this.forgetUndecided();
      this.hold('ControlLeft', Keysym.CONTROL_LEFT);
    }
  }

  private forgetUndecided(): void {
    this.undecided?.timer.dispose();
    this.undecided = undefined;
  }

  /** Presses and releases modifiers until they are as the event says; `own` is the key that the event is about. */
  private correctModifiers(event: ModifierFlags, own: number | undefined): void {
    // With AltGr, browsers differ in whether Ctrl and Alt count as pressed.
    const altGr = this.isDown([Keysym.LEVEL3_SHIFT]) || event.getModifierState?.('AltGraph') === true;
    for (const { flag, keysyms } of modifiers) {
      if (altGr && (flag === 'ctrlKey' || flag === 'altKey')) {
        continue;
      }
      if (!event[flag]) {
        for (const keysym of this.downOf(keysyms.filter((each) => each !== own))) {
          this.release(keysym);
        }
      } else if (!this.isDown(keysyms) && !(own !== undefined && keysyms.includes(own))) {
        this.hold(flag, keysyms[0]);
      }
    }
  }

  private isDown(keysyms: readonly number[]): boolean {
    return this.downOf(keysyms).length > 0;
  }

  private downOf(keysyms: readonly number[]): number[] {
    const { pressed } = this;
    return keysyms.filter((keysym) => pressed.has(keysym));
  }

  private hold(id: string, keysym: number): boolean {
    const before = this.held.get(id);
    if (before !== undefined && before !== keysym) {
      this.release(before);
    }
    const wanted = this.emit('key', true, keysym) !== 'declined';
    if (wanted) {
      this.held.set(id, keysym);
    }
    return wanted;
  }

  private tap(keysym: number): boolean {
    const wanted = this.emit('key', true, keysym) !== 'declined';
    if (wanted) {
      this.emit('key', false, keysym);
    }
    return wanted;
  }

  private tapWithout(suspended: readonly number[], keysym: number): boolean {
    for (const modifier of suspended) {
      this.emit('key', false, modifier);
    }
    const wanted = this.tap(keysym);
    for (const modifier of suspended) {
      this.emit('key', true, modifier);
    }
    return wanted;
  }
}

/** Whether an event is a step towards a character that will come by composition, or by the next key. */
function isComposition(event: KeyboardEvent): boolean {
  const { key } = event;
  return event.isComposing || key === 'Process' || key === 'Dead' || event.keyCode === KEYCODE_INPUT_METHOD;
}

/** What tells one key of the keyboard from the others. */
function idOf(event: KeyboardEvent): string {
  return event.code === '' || event.code === 'Unidentified' ? `key ${event.key}` : event.code;
}
