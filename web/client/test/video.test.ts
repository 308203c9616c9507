// SPDX-License-Identifier: Apache-2.0

import { encodeBase64, StatusCode, VIDEO_H264 } from '@palta/guac';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { supportedVideo } from '../src/index';
import { MAX_VIDEO_RESTARTS, MAX_VIDEO_STREAMS, MAX_VIDEO_WAITING, VIDEO_PATIENCE } from '../src/limits';
import { Renderer } from '../src/render/renderer';
import { FakeSurfaces, settle, text } from './fakes';

/** A picture that tells whether it is still held. */
type FakeFrame = { readonly timestamp: number; closed: boolean; close(): void };

/** A decoder whose pictures come when the test says so. */
class FakeDecoder {
  static all: FakeDecoder[] = [];
  static supported = true;
  static isConfigSupported = async () => ({ supported: FakeDecoder.supported });
  state = 'unconfigured';
  codec = '';
  readonly chunks: string[] = [];
  readonly frames: FakeFrame[] = [];
  private given = 0;
  private readonly init: VideoDecoderInit;

  constructor(init: VideoDecoderInit) {
    this.init = init;
    FakeDecoder.all.push(this);
  }

  static get last(): FakeDecoder {
    return FakeDecoder.all.at(-1) as FakeDecoder;
  }

  configure(config: VideoDecoderConfig): void {
    this.state = 'configured';
    this.codec = config.codec;
    expect(config.colorSpace).toMatchObject({ matrix: 'bt709', fullRange: true });
  }

  decode(chunk: { type: string; data: Uint8Array }): void {
    if (this.state !== 'configured') {
      throw new Error('not configured');
    }
    this.chunks.push(`${chunk.type} ${[...chunk.data]}`);
  }

  async flush(): Promise<void> {
    while (this.state === 'configured' && this.given < this.chunks.length) {
      this.give();
    }
  }

  close(): void {
    this.state = 'closed';
  }

  /** Hands out the next picture. */
  give(): FakeFrame {
    const frame: FakeFrame = {
      timestamp: this.given++,
      closed: false,
      close() {
        expect(frame.closed).toBe(false);
        frame.closed = true;
      },
    };
    this.frames.push(frame);
    this.init.output(frame as unknown as VideoFrame);
    return frame;
  }

  fail(): void {
    this.state = 'closed';
    this.init.error(new DOMException('broken'));
  }
}

let surfaces: FakeSurfaces;
let events: string[];
let refusals: string[];
let renderer: Renderer;

beforeEach(() => {
  FakeDecoder.all = [];
  FakeDecoder.supported = true;
  vi.stubGlobal('VideoDecoder', FakeDecoder);
  vi.stubGlobal(
    'EncodedVideoChunk',
    class {
      constructor(init: object) {
        Object.assign(this, init);
      }
    },
  );
  surfaces = new FakeSurfaces();
  events = [];
  refusals = [];
  renderer = new Renderer(surfaces.create(1, 1), surfaces, {
    instructions: (instructions) => events.push(...instructions.map(({ opcode, args }) => `${opcode} ${args}`)),
    painted: (timestamp) => events.push(`painted ${timestamp}`),
    refused: (stream, message, code) => refusals.push(`${stream} ${code} ${message}`),
    resized: () => {},
    cursor: () => {},
    failed: (status) => events.push(`failed ${status}`),
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const type = `${VIDEO_H264};codecs=avc1.42C01E`;

/** A blob with a whole unit whose picture has its corner at 5,7 and one region. */
function unit(key: boolean, data: number[], stream = 509): (string | number)[] {
  const header = [key ? 1 : 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, data.length, 0, 1, 0, 2, 0, 3, 0, 4];
  return ['blob', stream, encodeBase64(Uint8Array.from([...header, ...data]))];
}

function begin(...more: (string | number)[][]): void {
  renderer.receive(text(['size', 0, 20, 20], ['video', 509, 0, type], ...more));
}

describe('video', () => {
  test('is painted in the order of all drawing, and the frame is answered then', async () => {
    // Part of: DIS-13
    begin(unit(true, [1, 2]), ['rect', 0, 0, 0, 1, 1], ['cfill', 14, 0, 1, 2, 3, 255], ['sync', 1]);
    renderer.receive(text(unit(false, [3]), ['sync', 2]));
    await settle();
    expect(FakeDecoder.last.codec).toBe('avc1.42C01E');
    expect(FakeDecoder.last.chunks).toEqual(['key 1,2', 'delta 3']);
    expect(surfaces.calls('fillRect')).toEqual([]);
    expect(events).toEqual([]);
    const first = FakeDecoder.last.give();
    await settle();
    expect(surfaces.calls('drawImage')[0]).toBe('20x20.drawImage #,1,2,3,4,6,9,3,4');
    expect(first.closed).toBe(true);
    expect(events).toEqual(['painted 1']);
    FakeDecoder.last.give();
    await settle();
    expect(events).toEqual(['painted 1', 'painted 2']);
    expect(refusals).toEqual([]);
  });

  test('a decoder that fails is replaced with the next stream, and what it left is passed over', async () => {
    begin(unit(true, [1]), ['sync', 1]);
    FakeDecoder.last.give();
    renderer.receive(text(unit(false, [2]), ['sync', 2]));
    FakeDecoder.last.fail();
    renderer.receive(text(unit(false, [3]), ['sync', 3]));
    await settle();
    expect(events).toEqual(['painted 1', 'painted 2', 'painted 3']);
    expect(refusals).toEqual([`509 ${StatusCode.RESOURCE_CLOSED} broken`]);
    renderer.receive(text(['video', 509, 0, type], unit(true, [4]), ['sync', 4]));
    expect(FakeDecoder.all.length).toBe(2);
    FakeDecoder.last.give();
    await settle();
    expect(events).toEqual(['painted 1', 'painted 2', 'painted 3', 'painted 4']);
  });

  test('a decoder that never shows anything is given up, and so is one that fails again and again', async () => {
    begin(unit(true, [1]), ['sync', 1]);
    FakeDecoder.last.fail();
    await settle();
    expect(refusals).toEqual([`509 ${StatusCode.CLIENT_BAD_TYPE} broken`]);
    for (let i = 0; i <= MAX_VIDEO_RESTARTS; i++) {
      renderer.receive(text(['video', 509, 0, type], unit(true, [1])));
      FakeDecoder.last.give();
      FakeDecoder.last.fail();
    }
    expect(refusals.filter((line) => line.includes(String(StatusCode.RESOURCE_CLOSED))).length).toBe(
      MAX_VIDEO_RESTARTS,
    );
    expect(refusals.at(-1)).toBe(`509 ${StatusCode.CLIENT_BAD_TYPE} broken`);
  });

  test('a decoder that keeps pictures back does not hold up the frame for ever', async () => {
    vi.useFakeTimers();
    begin(unit(true, [1]), ['sync', 1]);
    await vi.advanceTimersByTimeAsync(VIDEO_PATIENCE - 1);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual(['painted 1']);
    expect(refusals).toEqual([`509 ${StatusCode.CLIENT_BAD_TYPE} decoder keeps pictures back`]);
  });

  test('a stream that is replaced or ended is painted to its end', async () => {
    begin(unit(true, [1]), ['video', 509, 0, type], unit(true, [2]), ['end', 509], ['sync', 1]);
    await settle();
    expect(surfaces.calls('drawImage').filter((line) => line.includes('#,1,2,3,4')).length).toBe(2);
    expect(FakeDecoder.all.map((decoder) => decoder.state)).toEqual(['closed', 'closed']);
    expect(FakeDecoder.all.flatMap((decoder) => decoder.frames).every((frame) => frame.closed)).toBe(true);
    expect(events).toEqual(['painted 1']);
    renderer.receive(text(unit(false, [3])));
    expect(events[1]).toMatch(/^blob 509/); // no stream of this renderer's
  });

  test('after a reset nothing is held', async () => {
    begin(['png', 14, 0, 0, 0, 'AAAA'], unit(true, [1]), unit(false, [2]), ['sync', 1]);
    const frame = FakeDecoder.last.give();
    await settle();
    expect(frame.closed).toBe(false); // a picture before it is not decoded yet
    renderer.reset();
    expect(frame.closed).toBe(true);
    expect(FakeDecoder.last.state).toBe('closed');
    expect(FakeDecoder.last.give().closed).toBe(true);
    await settle();
    expect(events).toEqual([]);
  });

  test('streams, units and bytes are bounded', async () => {
    for (let i = 0; i <= MAX_VIDEO_STREAMS; i++) {
      renderer.receive(text(['video', 2 * i + 1, 0, type]));
    }
    expect(refusals).toEqual([`33 ${StatusCode.CLIENT_BAD_TYPE} too many video streams`]);
    for (let i = 0; i <= MAX_VIDEO_WAITING; i++) {
      renderer.receive(text(unit(i === 0, [i % 256], 1)));
    }
    expect(refusals[1]).toMatch(/^1 .* video comes faster/);
    renderer.receive(text(['blob', 3, encodeBase64(Uint8Array.from({ length: 16 }, () => 255))]));
    expect(refusals[2]).toMatch(new RegExp(`^3 ${StatusCode.CLIENT_BAD_TYPE} Error: bad header`));
  });

  test('another kind of video is not taken here, nor is any without a decoder', () => {
    renderer.receive(text(['video', 1, 0, 'video/mp4']));
    expect(events).toEqual(['video 1,0,video/mp4']);
    vi.stubGlobal('VideoDecoder', undefined);
    renderer.receive(text(['video', 509, 0, type]));
    expect(refusals[0]).toMatch(new RegExp(`^509 ${StatusCode.CLIENT_BAD_TYPE} `));
  });
});

test('the type is announced only where the decoder takes what hosts send', async () => {
  expect(await supportedVideo()).toEqual([VIDEO_H264]);
  FakeDecoder.supported = false;
  expect(await supportedVideo()).toEqual([]);
  FakeDecoder.isConfigSupported = () => Promise.reject(new TypeError('bad codec'));
  expect(await supportedVideo()).toEqual([]);
  vi.stubGlobal('VideoDecoder', undefined);
  expect(await supportedVideo()).toEqual([]);
});
