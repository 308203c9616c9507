// SPDX-License-Identifier: Apache-2.0

/** One message of the protocol. The opcode is empty for what concerns only the tunnel. */
export type Instruction = {
  readonly opcode: string;
  readonly args: readonly string[];
};

const surrogate = /[\ud800-\udfff]/;

/** The length of a text as the protocol counts it: in code points. */
export function codePointLength(text: string): number {
  if (!surrogate.test(text)) {
    return text.length;
  }
  let pairs = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (isHighSurrogate(text.charCodeAt(i)) && isLowSurrogate(text.charCodeAt(i + 1))) {
      pairs++;
      i++;
    }
  }
  return text.length - pairs;
}

/** Writes one instruction as it goes over the wire: `6.opcode,3.arg,…;`. Numbers are written in decimal. */
export function encodeInstruction(opcode: string, ...args: readonly (string | number)[]): string {
  let out = encodeElement(opcode);
  for (const arg of args) {
    out += `,${encodeElement(typeof arg === 'number' ? String(arg) : arg)}`;
  }
  return `${out};`;
}

/** Whether a code unit begins a surrogate pair. */
export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Whether a code unit ends a surrogate pair. */
export function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function encodeElement(text: string): string {
  return `${codePointLength(text)}.${text}`;
}
