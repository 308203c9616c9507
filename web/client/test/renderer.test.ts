// SPDX-License-Identifier: Apache-2.0

import { type Instruction, type Status, StatusCode } from '@palta/guac';
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_LAYER_SIDE, MAX_LAYERS, MAX_PUSH_DEPTH } from '../src/limits';
import { Renderer } from '../src/render/renderer';
import { FakeSurfaces, settle, text } from './fakes';

let surfaces: FakeSurfaces;
let events: string[];
let others: Instruction[];
let failure: Status | undefined;
let renderer: Renderer;

beforeEach(() => {
  globalThis.Path2D = class {
    rect(): void {}
  } as unknown as typeof Path2D;
  surfaces = new FakeSurfaces();
  events = [];
  others = [];
  failure = undefined;
  renderer = new Renderer(surfaces.create(1, 1), surfaces, {
    instructions: (instructions) => others.push(...instructions),
    painted: (timestamp, frames) => events.push(`painted ${timestamp} ${frames}`),
    refused: (stream) => events.push(`refused ${stream}`),
    resized: (width, height) => events.push(`resized ${width}x${height}`),
    cursor: (cursor) => events.push(`cursor ${cursor.hotspotX},${cursor.hotspotY} ${cursor.image?.width ?? 'hidden'}`),
    failed: (status) => {
      failure = status;
    },
  });
});

describe('frames', () => {
  test('a frame is answered once it is painted, and tells a new size', () => {
    // Features: DIS-05
    renderer.receive(
      text(['size', 0, 30, 20], ['rect', 0, 1, 2, 3, 4], ['cfill', 14, 0, 255, 0, 0, 255], ['sync', 7, 2]),
    );
    expect(events).toEqual(['resized 30x20', 'painted 7 2']);
    expect(surfaces.calls('fillRect')).toEqual(['30x20.fillRect 1,2,3,4']);
    renderer.receive(text(['sync', 8]));
    expect(events).toEqual(['resized 30x20', 'painted 7 2', 'painted 8 0']);
  });

  test('only what has changed is composed', () => {
    renderer.receive(text(['size', 0, 30, 20], ['sync', 1]));
    surfaces.log.length = 0;
    renderer.receive(text(['rect', 0, 5, 6, 2, 3], ['cfill', 14, 0, 0, 0, 0, 255], ['sync', 2]));
    expect(surfaces.calls('drawImage')).toEqual(['30x20.drawImage #,5,6,2,3,5,6,2,3']);
  });

  test('what is behind a picture waits until that is decoded, and the frame too', async () => {
    renderer.receive(text(['size', 0, 10, 10], ['img', 1, 14, 0, 'image/png', 3, 4], ['blob', 1, 'AAAA'], ['end', 1]));
    renderer.receive(text(['img', 2, 14, 0, 'image/jpeg', 5, 6], ['blob', 2, 'AAAA'], ['end', 2], ['sync', 9]));
    expect(surfaces.pictures.map((picture) => picture.type)).toEqual(['image/png', 'image/jpeg']);
    surfaces.pictures[1]?.resolve();
    await settle();
    expect(surfaces.calls('drawImage')).toEqual([]);
    expect(events).toEqual([]);
    surfaces.pictures[0]?.resolve();
    await settle();
    expect(surfaces.calls('drawImage').slice(0, 2)).toEqual(['10x10.drawImage #,3,4', '10x10.drawImage #,5,6']);
    expect(events).toEqual(['resized 10x10', 'painted 9 0']);
  });

  test('a picture that cannot be decoded is left out', async () => {
    renderer.receive(text(['size', 0, 10, 10], ['png', 14, 0, 0, 0, 'AAAA'], ['sync', 1]));
    surfaces.pictures[0]?.reject();
    await settle();
    expect(events).toEqual(['resized 10x10', 'painted 1 0']);
    expect(failure).toBeUndefined();
  });

  test('the input may come one character at a time', () => {
    for (const character of text(['size', 0, 4, 4], ['name', '😀'], ['sync', 1])) {
      renderer.receive(character);
    }
    expect(events).toEqual(['resized 4x4', 'painted 1 0']);
    expect(others).toEqual([{ opcode: 'name', args: ['😀'] }]);
  });

  test('nested streams are read as instructions of their own', () => {
    const inner = text(['size', 0, 5, 5], ['sync', 3]);
    renderer.receive(text(['nest', 1, inner.slice(0, 9)], ['nest', 1, inner.slice(9)]));
    expect(events).toEqual(['resized 5x5', 'painted 3 0']);
  });

  test('after a reset nothing of the earlier connection is drawn', async () => {
    renderer.receive(text(['size', 0, 10, 10], ['png', 14, 0, 0, 0, 'AAAA'], ['sync', 1]));
    renderer.reset();
    surfaces.pictures[0]?.resolve();
    await settle();
    expect(events).toEqual([]);
    renderer.receive(text(['size', 0, 6, 6], ['sync', 2]));
    expect(events).toEqual(['resized 6x6', 'painted 2 0']);
  });
});

describe('layers', () => {
  test('a buffer grows to hold what is drawn on it', () => {
    // Features: DIS-07
    renderer.receive(text(['rect', -1, 0, 0, 8, 4], ['cfill', 14, -1, 1, 2, 3, 255]));
    expect(surfaces.calls('fillRect')).toEqual(['8x4.fillRect 0,0,8,4']);
  });

  test('a copy is cut to what the source has', () => {
    renderer.receive(text(['size', -1, 4, 4], ['size', 0, 9, 9], ['copy', -1, -2, 1, 9, 9, 14, 0, 3, 3]));
    expect(surfaces.calls('drawImage')).toEqual(['9x9.drawImage #,0,1,4,3,5,3,4,3']);
  });

  test('visible layers are drawn in their order and where they are', () => {
    renderer.receive(text(['size', 0, 9, 9], ['size', 1, 3, 3], ['size', 2, 2, 2]));
    renderer.receive(text(['move', 1, 0, 5, 5, 2], ['move', 2, 0, 1, 1, 1], ['shade', 1, 128], ['sync', 1]));
    expect(surfaces.calls('translate')).toEqual(['9x9.translate 1,1', '9x9.translate 5,5']);
    surfaces.log.length = 0;
    renderer.receive(text(['dispose', 1], ['sync', 2]));
    expect(surfaces.calls('translate')).toEqual(['9x9.translate 1,1']);
  });

  test('the pointer is cut out of its layer', () => {
    // Features: DIS-09
    renderer.receive(text(['size', -1, 16, 16], ['cursor', 2, 3, -1, 0, 0, 12, 16], ['cursor', 0, 0, -1, 0, 0, 0, 0]));
    expect(events).toEqual(['cursor 2,3 12', 'cursor 0,0 hidden']);
  });

  test('an operator of the whole bitmap is bounded to what is drawn', () => {
    renderer.receive(text(['size', 0, 9, 9], ['rect', 0, 1, 1, 2, 2], ['cfill', 12, 0, 1, 2, 3, 255]));
    expect(surfaces.calls('clip')).toHaveLength(1);
  });
});

describe('what is no drawing', () => {
  test('is handed on in its order', () => {
    renderer.receive(text(['clipboard', 4, 'text/plain'], ['blob', 4, 'QQ=='], ['end', 4], ['msg', 1, 'u', 'n']));
    expect(others.map(({ opcode }) => opcode)).toEqual(['clipboard', 'blob', 'end', 'msg']);
  });

  test('and internal instructions go nowhere', () => {
    renderer.receive(text(['', 'ping', 1], ['']));
    expect(others).toEqual([]);
  });
});

describe('hostile input ends in a status', () => {
  test.each([
    ['no protocol', 'GET / HTTP/1.1'],
    ['a missing argument', text(['size', 0, 5])],
    ['an argument that is no number', text(['rect', 0, 'x', 0, 1, 1])],
    ['an infinite number', text(['rect', 0, 'Infinity', 0, 1, 1])],
    ['a huge layer', text(['size', 0, MAX_LAYER_SIDE + 1, 1])],
    ['a negative size', text(['size', 0, -1, 1])],
    ['many pixels', text(...Array.from({ length: 3 }, (_, i) => ['size', -1 - i, 8192, 8192]))],
    ['many layers', text(...Array.from({ length: MAX_LAYERS + 1 }, (_, i) => ['shade', i + 1, 1]))],
    ['many pushes', text(...Array.from({ length: MAX_PUSH_DEPTH + 1 }, () => ['push', 0]))],
    ['a layer within itself', text(['move', 1, 2, 0, 0, 0], ['move', 2, 1, 0, 0, 0])],
    ['an unknown channel mask', text(['size', 0, 2, 2], ['rect', 0, 0, 0, 1, 1], ['cfill', 5, 0, 0, 0, 0, 0])],
    ['an unknown raster operation', text(['size', 0, 2, 2], ['transfer', 0, 0, 0, 1, 1, 16, 0, 0, 0])],
    ['an arc with a negative radius', text(['arc', 0, 0, 0, -1, 0, 1, 0])],
    ['base64 that is none', text(['img', 1, 14, 0, 'image/png', 0, 0], ['blob', 1, '***'])],
    ['a nested stream of nonsense', text(['nest', 0, 'nonsense'])],
  ])('%s', (_, input) => {
    renderer.receive(input);
    expect(failure?.code).toBe(StatusCode.SERVER_ERROR);
    renderer.receive(text(['name', 'ignored'], ['sync', 1]));
    expect(others).toEqual([]);
    expect(events).toEqual([]);
  });
});
