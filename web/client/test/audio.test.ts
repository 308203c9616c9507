// SPDX-License-Identifier: Apache-2.0

import { expect, test } from 'vitest';
import { decodeRaw, encodeRaw, parseRawFormat } from '../src/audio/raw-format';

test.each([
  ['audio/L16;rate=44100,channels=2', { bytesPerSample: 2, rate: 44100, channels: 2 }],
  ['audio/L8;rate=8000', { bytesPerSample: 1, rate: 8000, channels: 1 }],
  ['audio/L16; channels=1; rate=22050', { bytesPerSample: 2, rate: 22050, channels: 1 }],
  ['audio/L16', undefined],
  ['audio/L16;rate=0', undefined],
  ['audio/L16;rate=44100,channels=1000000', undefined],
  ['audio/ogg;rate=44100', undefined],
])('%s', (mimetype, want) => {
  // Part of: COM-10
  expect(parseRawFormat(mimetype)).toEqual(want);
});

test('raw sound of 16 bit is little endian with its channels interleaved', () => {
  const samples = decodeRaw({ bytesPerSample: 2, rate: 8000, channels: 2 }, Uint8Array.of(0, 0x40, 0, 0x80, 0, 0, 1));
  expect(samples.map((channel) => [...channel])).toEqual([[0.5], [-1]]);
});

test('raw sound of 8 bit is signed', () => {
  const [samples] = decodeRaw({ bytesPerSample: 1, rate: 8000, channels: 1 }, Uint8Array.of(0x40, 0x80));
  expect([...(samples ?? [])]).toEqual([0.5, -1]);
});

test('recorded sound is cut to its range', () => {
  expect([...encodeRaw([Float32Array.of(2), Float32Array.of(-2)])]).toEqual([0xff, 0x7f, 0x01, 0x80]);
});
