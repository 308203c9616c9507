// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from 'vitest';
import { MAX_VIDEO_REGIONS, MAX_VIDEO_UNIT, VideoParser, type VideoUnit, videoCodec } from '../src/index';
import { Random } from './random';

/** Writes a unit as the server does. */
function encode({ key, x, y, regions, data }: VideoUnit): Uint8Array {
  const out = new Uint8Array(16 + 8 * regions.length + data.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, key ? 1 : 0);
  view.setUint16(2, regions.length);
  view.setInt32(4, x);
  view.setInt32(8, y);
  view.setUint32(12, data.length);
  for (const [i, region] of regions.entries()) {
    for (const [j, value] of [region.x, region.y, region.width, region.height].entries()) {
      view.setUint16(16 + 8 * i + 2 * j, value);
    }
  }
  out.set(data, 16 + 8 * regions.length);
  return out;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('the parser of video streams', () => {
  test('finds units wherever blobs are cut', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed);
      const units = Array.from({ length: 1 + random.below(5) }, () => ({
        key: random.below(2) === 1,
        x: random.below(1 << 16) - (1 << 15),
        y: random.below(1 << 31) - (1 << 30),
        regions: Array.from({ length: random.below(5) }, () => ({
          x: random.below(1 << 16),
          y: random.below(1 << 16),
          width: random.below(1 << 16),
          height: random.below(1 << 16),
        })),
        data: random.bytes(1 + random.below(200)),
      }));
      const stream = concat(units.map(encode));
      const parser = new VideoParser();
      const found: VideoUnit[] = [];
      for (let at = 0; at < stream.length; ) {
        const end = at + random.below(60);
        found.push(...parser.receive(stream.subarray(at, end)));
        at = end;
      }
      expect(found, `seed ${seed}`).toEqual(units);
    }
  });

  test('reads the example of the Go side', () => {
    const hex = '01000002fffffffd000001000000000500000000001000200010000000010002';
    const header = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    const [unit] = new VideoParser().receive(concat([header, new Uint8Array(5)]));
    expect(unit).toMatchObject({ key: true, x: -3, y: 256 });
    expect(unit?.regions).toEqual([
      { x: 0, y: 0, width: 16, height: 32 },
      { x: 16, y: 0, width: 1, height: 2 },
    ]);
  });

  test.each([
    ['an unknown flag', '02000000000000000000000000000001'],
    ['an unknown view', '00010000000000000000000000000001'],
    ['too many regions', '00001001000000000000000000000001'],
    ['an empty unit', '00000000000000000000000000000000'],
    ['a unit that is too long', '00000000000000000000000000800001'],
  ])('refuses %s before more comes', (_, hex) => {
    const header = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    expect(() => new VideoParser().receive(header)).toThrow('bad header');
  });

  test('of nonsense, it refuses or finds units within the bounds', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const random = new Random(seed);
      const parser = new VideoParser();
      const nonsense = random.bytes(16 + random.below(400));
      nonsense.set([random.below(3), 0, 0, random.below(4)]);
      nonsense.set([0, 0, 0, random.below(60)], 12);
      try {
        for (const { data, regions } of parser.receive(nonsense)) {
          expect(data.length).toBeGreaterThan(0);
          expect(data.length).toBeLessThanOrEqual(MAX_VIDEO_UNIT);
          expect(regions.length).toBeLessThanOrEqual(MAX_VIDEO_REGIONS);
        }
      } catch (error) {
        expect(String(error)).toContain('bad header');
      }
    }
  });
});

test('the codec is read from the type, and nothing else is taken', () => {
  expect(videoCodec('video/vnd.palta.h264;codecs=avc1.42C01E')).toBe('avc1.42C01E');
  expect(videoCodec('video/vnd.palta.h264; a=b; codecs=avc1.640033')).toBe('avc1.640033');
  for (const other of [
    'video/vnd.palta.h264',
    'video/mp4;codecs=avc1.42C01E',
    'video/vnd.palta.h264;codecs=vp8',
    'video/vnd.palta.h264;codecs=avc1.42C01E0',
  ]) {
    expect(videoCodec(other), other).toBeUndefined();
  }
});
