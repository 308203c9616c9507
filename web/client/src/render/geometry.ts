// SPDX-License-Identifier: Apache-2.0

import { MAX_DAMAGE_RECTANGLES } from '../limits';

export type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** Returns what two rectangles share, or undefined if that is nothing. */
export function intersect(a: Rectangle, b: Rectangle): Rectangle | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

/** Returns the smallest rectangle that holds both. */
export function union(a: Rectangle, b: Rectangle): Rectangle {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** The parts of the picture that have changed since the last frame. */
export class Damage {
  private rectangles: Rectangle[] = [];

  add(rectangle: Rectangle): void {
    for (const [i, known] of this.rectangles.entries()) {
      const both = union(known, rectangle);
      // Neighbours that fill their common rectangle are one.
      if (area(both) <= area(known) + area(rectangle)) {
        this.rectangles[i] = both;
        return;
      }
    }
    this.rectangles.push(rectangle);
    if (this.rectangles.length > MAX_DAMAGE_RECTANGLES) {
      this.rectangles = [this.rectangles.reduce(union)];
    }
  }

  /** Returns the damage within the bounds, in whole pixels, and forgets it. */
  take(bounds: Rectangle): Rectangle[] {
    const taken: Rectangle[] = [];
    for (const rectangle of this.rectangles) {
      const part = intersect(outward(rectangle), bounds);
      if (part !== undefined) {
        taken.push(part);
      }
    }
    this.rectangles = [];
    return taken;
  }
}

function area(rectangle: Rectangle): number {
  return rectangle.width * rectangle.height;
}

function outward(rectangle: Rectangle): Rectangle {
  const x = Math.floor(rectangle.x);
  const y = Math.floor(rectangle.y);
  return {
    x,
    y,
    width: Math.ceil(rectangle.x + rectangle.width) - x,
    height: Math.ceil(rectangle.y + rectangle.height) - y,
  };
}
