// SPDX-License-Identifier: Apache-2.0

import { type Disposable, DisposableStore, listen } from '../lifecycle';

/** Marks the field of an InputSink, whose events are for the remote although it is a text field. */
export const SINK_LABEL = 'remote keyboard';

/**
 * A text field out of sight that takes the focus, because browsers compose characters (dead keys, input methods, the
 * keyboards of phones) only in a field. Append `element` to the page; the Keyboard hears its events.
 */
export class InputSink implements Disposable {
  readonly element: HTMLTextAreaElement;
  private readonly bound = new DisposableStore();

  constructor() {
    this.element = document.createElement('textarea');
    Object.assign(this.element.style, {
      position: 'fixed',
      left: '-10px',
      top: '-10px',
      width: '1px',
      height: '1px',
      opacity: '0',
      border: 'none',
      outline: 'none',
      resize: 'none',
      overflow: 'hidden',
    });
    this.element.autocapitalize = 'off';
    this.element.autocomplete = 'off';
    this.element.spellcheck = false;
    this.element.tabIndex = -1;
    this.element.setAttribute('autocorrect', 'off');
    this.element.ariaLabel = SINK_LABEL;
    const empty = () => {
      this.element.value = '';
    };
    this.bound.add(listen(this.element, 'compositionend', empty));
    this.bound.add(
      listen<InputEvent>(this.element, 'input', (event) => {
        if (!event.isComposing) {
          empty();
        }
      }),
    );
  }

  /** Takes the focus, unless another field that the user is typing in has it. */
  focus(): void {
    const active = document.activeElement;
    const busy = active instanceof HTMLElement && active !== this.element && isTextField(active);
    if (!busy) {
      this.element.focus({ preventScroll: true });
    }
  }

  dispose(): void {
    this.bound.dispose();
    this.element.remove();
  }
}

/** Whether the user types text into an element. */
export function isTextField(element: Element): boolean {
  return (
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLInputElement ||
    (element instanceof HTMLElement && element.isContentEditable)
  );
}
