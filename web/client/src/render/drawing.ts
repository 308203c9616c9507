// SPDX-License-Identifier: Apache-2.0

import type { Composition } from './composition';
import { RenderError } from './layer';

/** What a drawing instruction does once it is its turn. */
export type DrawingStep = (composition: Composition) => void;

/** Checks the arguments of a drawing instruction and returns what it does. */
type DrawingHandler = (args: readonly string[]) => DrawingStep;

/** Returns an argument as a finite number. */
export function numberAt(args: readonly string[], index: number): number {
  const text = args[index];
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) {
    throw new RenderError(`malformed instruction: argument ${index + 1} is no number`);
  }
  return value;
}

/** Returns an argument that must be there. */
export function textAt(args: readonly string[], index: number): string {
  const text = args[index];
  if (text === undefined) {
    throw new RenderError(`malformed instruction: argument ${index + 1} is missing`);
  }
  return text;
}

/** Makes a handler of one that takes numbers only. */
function numeric(count: number, draw: (composition: Composition, ...values: number[]) => void): DrawingHandler {
  return (args) => {
    const values = Array.from({ length: count }, (_, index) => numberAt(args, index));
    return (composition) => draw(composition, ...values);
  };
}

/** A colour of the four components that `cfill` and `cstroke` end with. */
function colour(red = 0, green = 0, blue = 0, alpha = 0): string {
  return `rgba(${red},${green},${blue},${alpha / 255})`;
}

/** Every instruction that only draws, by opcode. */
export const drawingHandlers: ReadonlyMap<string, DrawingHandler> = new Map<string, DrawingHandler>([
  [
    'arc',
    numeric(7, (c, layer = 0, x = 0, y = 0, radius = 0, start = 0, end = 0, negative = 0) => {
      c.layer(layer).arc(x, y, radius, start, end, negative !== 0);
    }),
  ],
  ['cfill', numeric(6, (c, mask = 0, layer = 0, ...rgba) => c.layer(layer).fill(mask, colour(...rgba)))],
  ['clip', numeric(1, (c, layer = 0) => c.layer(layer).clip())],
  ['close', numeric(1, (c, layer = 0) => c.layer(layer).closePath())],
  [
    'copy',
    numeric(9, (c, source = 0, x = 0, y = 0, width = 0, height = 0, mask = 0, layer = 0, toX = 0, toY = 0) => {
      c.layer(layer).copyFrom(mask, c.layer(source), { x, y, width, height }, toX, toY);
    }),
  ],
  [
    'cstroke',
    numeric(9, (c, mask = 0, layer = 0, cap = 0, join = 0, thickness = 0, ...rgba) => {
      c.layer(layer).stroke(mask, colour(...rgba), { cap, join, thickness });
    }),
  ],
  [
    'curve',
    numeric(7, (c, layer = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0, x = 0, y = 0) => {
      c.layer(layer).curveTo(x1, y1, x2, y2, x, y);
    }),
  ],
  ['dispose', numeric(1, (c, layer = 0) => c.remove(layer))],
  [
    'distort',
    numeric(7, (c, layer = 0, m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0, m5 = 0) => {
      c.distort(layer, [m0, m1, m2, m3, m4, m5]);
    }),
  ],
  ['identity', numeric(1, (c, layer = 0) => c.layer(layer).setIdentity())],
  ['lfill', numeric(3, (c, mask = 0, layer = 0, source = 0) => c.layer(layer).fill(mask, c.layer(source)))],
  ['line', numeric(3, (c, layer = 0, x = 0, y = 0) => c.layer(layer).lineTo(x, y))],
  [
    'lstroke',
    numeric(6, (c, mask = 0, layer = 0, cap = 0, join = 0, thickness = 0, source = 0) => {
      c.layer(layer).stroke(mask, c.layer(source), { cap, join, thickness });
    }),
  ],
  ['move', numeric(5, (c, layer = 0, parent = 0, x = 0, y = 0, z = 0) => c.move(layer, parent, x, y, z))],
  ['pop', numeric(1, (c, layer = 0) => c.layer(layer).pop())],
  ['push', numeric(1, (c, layer = 0) => c.layer(layer).push())],
  ['rect', numeric(5, (c, layer = 0, x = 0, y = 0, width = 0, height = 0) => c.layer(layer).rect(x, y, width, height))],
  ['reset', numeric(1, (c, layer = 0) => c.layer(layer).reset())],
  ['shade', numeric(2, (c, layer = 0, opacity = 0) => c.shade(layer, opacity))],
  [
    'size',
    numeric(3, (c, layer = 0, width = 0, height = 0) => {
      c.layer(layer).resize(Math.trunc(width), Math.trunc(height));
      if (layer >= 0) {
        c.damageAll();
      }
    }),
  ],
  ['start', numeric(3, (c, layer = 0, x = 0, y = 0) => c.layer(layer).moveTo(x, y))],
  [
    'transfer',
    numeric(9, (c, source = 0, x = 0, y = 0, width = 0, height = 0, operation = 0, layer = 0, toX = 0, toY = 0) => {
      c.layer(layer).transferFrom(operation, c.layer(source), { x, y, width, height }, toX, toY);
    }),
  ],
  [
    'transform',
    numeric(7, (c, layer = 0, m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0, m5 = 0) => {
      c.layer(layer).transform([m0, m1, m2, m3, m4, m5]);
    }),
  ],
]);
