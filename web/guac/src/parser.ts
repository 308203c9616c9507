// SPDX-License-Identifier: Apache-2.0

import { type Instruction, isHighSurrogate, isLowSurrogate } from './instruction';
import { MAX_ELEMENT_LENGTH, MAX_ELEMENTS, MAX_INSTRUCTION_LENGTH, MAX_LENGTH_DIGITS } from './limits';
import { Status, StatusCode } from './status';

/** Bounds of what a parser accepts; each has a default in `limits.ts`. */
export type ParserLimits = {
  readonly maxElements: number;
  readonly maxElementLength: number;
  readonly maxInstructionLength: number;
};

const defaultLimits: ParserLimits = {
  maxElements: MAX_ELEMENTS,
  maxElementLength: MAX_ELEMENT_LENGTH,
  maxInstructionLength: MAX_INSTRUCTION_LENGTH,
};

const DOT = 0x2e;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const ZERO = 0x30;
const surrogate = /[\ud800-\udfff]/;

/**
 * Cuts a stream of text or UTF-8 bytes, delivered in pieces of any size, into instructions.
 *
 * A parser that has met malformed input is spent: it stays in error and ignores what follows, because nothing tells
 * where the next instruction would begin.
 *
 * Input is buffered as a list of pieces and joined only when enough has arrived for a step, so that a long element
 * costs the same however it is split.
 */
export class InstructionParser {
  private readonly onInstruction: (instruction: Instruction) => void;
  private readonly limits: ParserLimits;
  private decoder: TextDecoder | undefined;
  private pieces: string[] = [];
  private pending = 0;
  /** Code units that must be buffered before the next step can succeed. */
  private needed = 1;
  private buffer = '';
  private offset = 0;
  private hasSurrogates = false;
  private elements: string[] = [];
  private instructionLength = 0;
  /** Code points of the current element, or -1 before its length is known. */
  private elementLength = -1;
  /** How far the search for the end of the current element has come: code units and code points from its start. */
  private scannedUnits = 0;
  private scannedPoints = 0;
  private failure: Status | undefined;

  constructor(onInstruction: (instruction: Instruction) => void, limits: Partial<ParserLimits> = {}) {
    this.onInstruction = onInstruction;
    this.limits = { ...defaultLimits, ...limits };
  }

  /** Why the parser stopped, if it did. */
  get error(): Status | undefined {
    return this.failure;
  }

  /** Whether the input so far ends in the middle of an instruction. */
  get incomplete(): boolean {
    return this.pending > 0 || this.elements.length > 0 || this.elementLength >= 0;
  }

  /** Takes the next piece of input and reports every instruction that it completes. Returns the error, if there is one. */
  receive(chunk: string | Uint8Array): Status | undefined {
    if (this.failure !== undefined) {
      return this.failure;
    }
    const text = typeof chunk === 'string' ? chunk : this.decode(chunk);
    if (text === undefined) {
      return this.fail('invalid UTF-8');
    }
    if (text === '') {
      return undefined;
    }
    this.pieces.push(text);
    this.pending += text.length;
    if (this.pending < this.needed) {
      return undefined;
    }
    this.join();
    while (this.failure === undefined && this.step()) {
      // Each step consumes a length or an element.
    }
    this.keepRest();
    return this.failure;
  }

  private decode(chunk: Uint8Array): string | undefined {
    this.decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    try {
      return this.decoder.decode(chunk, { stream: true });
    } catch {
      return undefined;
    }
  }

  private join(): void {
    this.buffer = this.pieces.length === 1 ? (this.pieces[0] ?? '') : this.pieces.join('');
    this.pieces = [];
    this.offset = 0;
    this.hasSurrogates = surrogate.test(this.buffer);
    this.needed = 1;
  }

  private keepRest(): void {
    const rest = this.failure === undefined ? this.buffer.slice(this.offset) : '';
    this.pieces = rest === '' ? [] : [rest];
    this.pending = rest.length;
    this.buffer = '';
  }

  private step(): boolean {
    return this.elementLength < 0 ? this.readLength() : this.readElement();
  }

  private readLength(): boolean {
    let length = 0;
    const limit = Math.min(this.buffer.length, this.offset + MAX_LENGTH_DIGITS + 1);
    for (let i = this.offset; i < limit; i++) {
      const unit = this.buffer.charCodeAt(i);
      if (unit === DOT && i > this.offset) {
        return this.beginElement(length, i + 1);
      }
      const digit = unit - ZERO;
      if (digit < 0 || digit > 9) {
        this.fail('element length is not a number');
        return false;
      }
      length = length * 10 + digit;
    }
    if (limit === this.offset + MAX_LENGTH_DIGITS + 1) {
      this.fail('element length has too many digits');
      return false;
    }
    this.needed = this.buffer.length - this.offset + 1;
    return false;
  }

  private beginElement(length: number, start: number): boolean {
    this.instructionLength += length;
    if (length > this.limits.maxElementLength || this.instructionLength > this.limits.maxInstructionLength) {
      this.fail(`element of ${length} characters is longer than allowed`);
      return false;
    }
    if (this.elements.length >= this.limits.maxElements) {
      this.fail(`instruction has more than ${this.limits.maxElements} elements`);
      return false;
    }
    this.elementLength = length;
    this.scannedUnits = 0;
    this.scannedPoints = 0;
    this.offset = start;
    return true;
  }

  private readElement(): boolean {
    const end = this.findEnd();
    if (end >= this.buffer.length) {
      this.needed = end - this.offset + 1;
      return false;
    }
    const delimiter = this.buffer.charCodeAt(end);
    if (delimiter !== COMMA && delimiter !== SEMICOLON) {
      this.fail('element does not end where its length says');
      return false;
    }
    this.elements.push(this.buffer.slice(this.offset, end));
    this.offset = end + 1;
    this.elementLength = -1;
    if (delimiter === SEMICOLON) {
      this.finish();
    }
    return true;
  }

  /** Returns where the current element ends, or the least place where it can end if that is not in the buffer yet. */
  private findEnd(): number {
    if (!this.hasSurrogates) {
      return this.offset + this.elementLength;
    }
    let at = this.offset + this.scannedUnits;
    while (this.scannedPoints < this.elementLength && at < this.buffer.length) {
      let size = 1;
      if (isHighSurrogate(this.buffer.charCodeAt(at))) {
        if (at + 1 === this.buffer.length) {
          break;
        }
        size = isLowSurrogate(this.buffer.charCodeAt(at + 1)) ? 2 : 1;
      }
      at += size;
      this.scannedPoints++;
    }
    this.scannedUnits = at - this.offset;
    return Math.max(at + this.elementLength - this.scannedPoints, at);
  }

  private finish(): void {
    const [opcode = '', ...args] = this.elements;
    this.elements = [];
    this.instructionLength = 0;
    this.onInstruction({ opcode, args });
  }

  private fail(reason: string): Status {
    this.failure = new Status(StatusCode.SERVER_ERROR, `malformed instruction: ${reason}`);
    this.elements = [];
    return this.failure;
  }
}

/** Parses a text that holds whole instructions only. Returns undefined for anything else. */
export function parseInstructions(text: string): Instruction[] | undefined {
  const instructions: Instruction[] = [];
  const parser = new InstructionParser((instruction) => instructions.push(instruction));
  return parser.receive(text) === undefined && !parser.incomplete ? instructions : undefined;
}
