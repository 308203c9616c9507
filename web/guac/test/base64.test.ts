// SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { decodeBase64, decodeBase64Portable, encodeBase64, encodeBase64Portable } from '../src/index';
import { Random } from './random';

// RFC 4648, section 10.
test.each([
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
])('vector %s', (plain, encoded) => {
  const bytes = new TextEncoder().encode(plain);
  expect(encodeBase64(bytes)).toBe(encoded);
  expect(encodeBase64Portable(bytes)).toBe(encoded);
  expect(decodeBase64(encoded)).toEqual(bytes);
  expect(decodeBase64Portable(encoded)).toEqual(bytes);
  expect(decodeBase64Portable(encoded.replaceAll('=', ''))).toEqual(bytes);
});

test('round trip of random bytes', () => {
  const random = new Random(1);
  for (let length = 0; length < 200; length++) {
    const bytes = random.bytes(length);
    const text = Buffer.from(bytes).toString('base64');
    expect(encodeBase64Portable(bytes)).toBe(text);
    expect(decodeBase64Portable(text)).toEqual(bytes);
  }
});

test.each(['A', 'Zg=', 'Zg===', '====', 'Z€==', 'Zm9v!', 'Zm=v', '😀aa'])('refuses %s', (text) => {
  expect(decodeBase64(text)).toBeUndefined();
  expect(decodeBase64Portable(text)).toBeUndefined();
});
