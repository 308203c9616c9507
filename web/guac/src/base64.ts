// SPDX-License-Identifier: Apache-2.0

// Base64 as blobs carry it (RFC 4648, section 4). Where the engine has it built in, that is used.

type NativeDecoder = { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
type NativeEncoder = { toBase64?: () => string };

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;
const INVALID = 0xff;

const codes = new Uint8Array(64);
const values = new Uint8Array(128).fill(INVALID);
for (let i = 0; i < 64; i++) {
  const unit = alphabet.charCodeAt(i);
  codes[i] = unit;
  values[unit] = i;
}

const asciiDecoder = new TextDecoder('utf-8');

/** Decodes base64 with or without padding. Returns undefined for what is no base64. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const native = (Uint8Array as NativeDecoder).fromBase64;
  if (native === undefined) {
    return decodeBase64Portable(text);
  }
  try {
    return native.call(Uint8Array, text);
  } catch {
    return undefined;
  }
}

/** `decodeBase64` for engines without `Uint8Array.fromBase64`. */
export function decodeBase64Portable(text: string): Uint8Array<ArrayBuffer> | undefined {
  let length = text.length;
  for (let pads = 0; pads < 2 && length > 0 && text.charCodeAt(length - 1) === PAD; pads++) {
    length--;
  }
  if (length % 4 === 1 || (length < text.length && text.length % 4 !== 0)) {
    return undefined;
  }
  const out = new Uint8Array(Math.floor((length * 3) / 4));
  let at = 0;
  let seen = 0;
  for (let i = 0; i < length; i += 4) {
    const a = valueAt(text, i, length);
    const b = valueAt(text, i + 1, length);
    const c = valueAt(text, i + 2, length);
    const d = valueAt(text, i + 3, length);
    seen |= a | b | c | d;
    const bits = (a << 18) | (b << 12) | (c << 6) | d;
    // Writes past the end of a typed array have no effect, which takes care of the last group.
    out[at++] = bits >> 16;
    out[at++] = bits >> 8;
    out[at++] = bits;
  }
  return seen > 63 ? undefined : out;
}

/** Encodes bytes as padded base64. */
export function encodeBase64(data: Uint8Array): string {
  const native = (data as NativeEncoder).toBase64;
  return native === undefined ? encodeBase64Portable(data) : native.call(data);
}

/** `encodeBase64` for engines without `Uint8Array.prototype.toBase64`. */
export function encodeBase64Portable(data: Uint8Array): string {
  const out = new Uint8Array(Math.ceil(data.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < data.length; i += 3) {
    const bits = ((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
    out[at++] = codes[bits >> 18] ?? 0;
    out[at++] = codes[(bits >> 12) & 63] ?? 0;
    out[at++] = i + 1 < data.length ? (codes[(bits >> 6) & 63] ?? 0) : PAD;
    out[at++] = i + 2 < data.length ? (codes[bits & 63] ?? 0) : PAD;
  }
  return asciiDecoder.decode(out);
}

function valueAt(text: string, index: number, length: number): number {
  if (index >= length) {
    return 0;
  }
  return values[text.charCodeAt(index)] ?? INVALID;
}
