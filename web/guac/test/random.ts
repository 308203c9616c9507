// SPDX-License-Identifier: Apache-2.0

/** A small reproducible generator (mulberry32), so that a failing case can be run again from its seed. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A number in [0, below). */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  text(maxLength: number): string {
    const alphabet = ['a', 'Z', '0', '9', '.', ',', ';', ' ', '\0', 'ä', '€', '漢', '😀', '𝒳', '\u{10ffff}', '\ufeff'];
    let out = '';
    for (let i = this.below(maxLength + 1); i > 0; i--) {
      out += this.pick(alphabet);
    }
    return out;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
