// SPDX-License-Identifier: Apache-2.0

import { ChannelMask, TransferFunction, type VideoRegion } from '@palta/guac';
import { MAX_LAYER_SIDE, MAX_PUSH_DEPTH } from '../limits';
import { intersect, type Rectangle, union } from './geometry';
import { type Context, contextOf, type Surface, type SurfaceFactory } from './surface';

/** What a server asked for cannot be done: a bound is exceeded or an argument makes no sense. */
export class RenderError extends Error {}

/** The line ends and joins of `cstroke` and `lstroke`, by number. */
const lineCaps: readonly CanvasLineCap[] = ['butt', 'round', 'square'];
const lineJoins: readonly CanvasLineJoin[] = ['bevel', 'miter', 'round'];

const operators = new Map<number, GlobalCompositeOperation>([
  [ChannelMask.RIN, 'destination-in'],
  [ChannelMask.ROUT, 'destination-out'],
  [ChannelMask.IN, 'source-in'],
  [ChannelMask.ATOP, 'source-atop'],
  [ChannelMask.OUT, 'source-out'],
  [ChannelMask.RATOP, 'destination-atop'],
  [ChannelMask.XOR, 'xor'],
  [ChannelMask.ROVER, 'destination-over'],
  [ChannelMask.SRC, 'copy'],
  [ChannelMask.OVER, 'source-over'],
  [ChannelMask.PLUS, 'lighter'],
]);

/** The operators that, by the canvas's rules, also change what the drawing does not cover. */
const unbounded = new Set<number>([
  ChannelMask.RIN,
  ChannelMask.IN,
  ChannelMask.OUT,
  ChannelMask.RATOP,
  ChannelMask.SRC,
]);

/** How a line is drawn: `cstroke` and `lstroke`. */
export type Stroke = { readonly cap: number; readonly join: number; readonly thickness: number };

/** Hears of pixels that a layer takes or gives back, and of what was drawn. */
export interface LayerOwner {
  allocate(pixels: number): void;
  damaged(layer: Layer, rectangle: Rectangle): void;
}

/**
 * One layer or buffer: a bitmap with a current path, as the drawing instructions see it. Coordinates are those of the
 * layer. A buffer grows to hold what is drawn on it, a visible layer has the size it was given.
 *
 * Drawing is always bounded to what the instruction covers, also for the operators that the canvas applies to the
 * whole bitmap.
 */
export class Layer {
  readonly index: number;
  private readonly owner: LayerOwner;
  private readonly factory: SurfaceFactory;
  private canvas: Surface | undefined;
  private drawing: Context | undefined;
  private sides: { width: number; height: number } = { width: 0, height: 0 };
  private depth = 0;
  private transformed = false;
  /** Whether the path was used, so that the next path instruction begins another. */
  private pathUsed = true;
  private pathBounds: Rectangle | undefined;
  /** A path that is nothing but this rectangle and not yet in the context, which is the usual case. */
  private lone: Rectangle | undefined;

  constructor(index: number, owner: LayerOwner, factory: SurfaceFactory) {
    this.index = index;
    this.owner = owner;
    this.factory = factory;
  }

  get width(): number {
    return this.sides.width;
  }

  get height(): number {
    return this.sides.height;
  }

  /** The bitmap, or undefined while the layer is empty. */
  get surface(): Surface | undefined {
    return this.canvas;
  }

  get bounds(): Rectangle {
    return { x: 0, y: 0, ...this.sides };
  }

  /** Changes the size and keeps the pixels. */
  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) {
      return;
    }
    if (!(width >= 0 && height >= 0 && width <= MAX_LAYER_SIDE && height <= MAX_LAYER_SIDE)) {
      throw new RenderError(`layer ${this.index} cannot have the size ${width}x${height}`);
    }
    this.owner.allocate(width * height - this.width * this.height);
    const old = this.canvas;
    const matrix = this.transformed ? this.drawing?.getTransform() : undefined;
    this.sides = { width, height };
    this.canvas = undefined;
    this.drawing = undefined;
    this.beginPath();
    this.depth = 0;
    if (width > 0 && height > 0) {
      const canvas = this.factory.create(width, height);
      const context = contextOf(canvas);
      if (old !== undefined) {
        context.drawImage(old, 0, 0);
      }
      context.save();
      if (matrix !== undefined) {
        context.setTransform(matrix);
      }
      this.canvas = canvas;
      this.drawing = context;
    }
  }

  /** Gives the pixels back. */
  free(): void {
    this.owner.allocate(-this.width * this.height);
    this.canvas = undefined;
    this.drawing = undefined;
    this.sides = { width: 0, height: 0 };
  }

  moveTo(x: number, y: number): void {
    this.pathContext({ x, y, width: 0, height: 0 })?.moveTo(x, y);
  }

  lineTo(x: number, y: number): void {
    this.pathContext({ x, y, width: 0, height: 0 })?.lineTo(x, y);
  }

  curveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    const left = Math.min(x1, x2, x);
    const top = Math.min(y1, y2, y);
    const bounds = { x: left, y: top, width: Math.max(x1, x2, x) - left, height: Math.max(y1, y2, y) - top };
    this.pathContext(bounds)?.bezierCurveTo(x1, y1, x2, y2, x, y);
  }

  arc(x: number, y: number, radius: number, start: number, end: number, negative: boolean): void {
    if (radius < 0) {
      throw new RenderError('arc with a negative radius');
    }
    const bounds = { x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius };
    this.pathContext(bounds)?.arc(x, y, radius, start, end, negative);
  }

  rect(x: number, y: number, width: number, height: number): void {
    const rectangle = { x, y, width, height };
    if (this.pathUsed) {
      this.beginPath();
      this.pathUsed = false;
      this.pathBounds = rectangle;
      this.lone = rectangle;
      this.cover(rectangle);
      return;
    }
    this.pathContext(rectangle)?.rect(x, y, width, height);
  }

  closePath(): void {
    this.pathContext(undefined)?.closePath();
    this.pathUsed = true;
  }

  clip(): void {
    this.materialise();
    this.drawing?.clip();
    this.pathUsed = true;
  }

  fill(mask: number, style: string | Layer): void {
    this.paint(mask, style, 0, (context) => {
      if (this.lone === undefined) {
        context.fill();
      } else {
        context.fillRect(this.lone.x, this.lone.y, this.lone.width, this.lone.height);
      }
    });
  }

  stroke(mask: number, style: string | Layer, stroke: Stroke): void {
    this.materialise();
    this.paint(mask, style, stroke.thickness, (context) => {
      context.lineCap = lineCaps[stroke.cap] ?? 'butt';
      context.lineJoin = lineJoins[stroke.join] ?? 'miter';
      context.lineWidth = stroke.thickness;
      context.stroke();
    });
  }

  /** Draws a whole picture with its upper left corner at the given place. */
  drawPicture(mask: number, picture: ImageBitmap, x: number, y: number): void {
    this.drawBounded(mask, { x, y, width: picture.width, height: picture.height }, (context) => {
      context.drawImage(picture, x, y);
    });
  }

  /** Draws regions of a picture that has its upper left corner at the given place. */
  drawVideo(picture: VideoFrame, x: number, y: number, regions: readonly VideoRegion[]): void {
    for (const { x: left, y: top, width, height } of regions) {
      const to = { x: x + left, y: y + top, width, height };
      this.drawBounded(ChannelMask.OVER, to, (context) => {
        context.drawImage(picture, left, top, width, height, to.x, to.y, width, height);
      });
    }
  }

  /** Draws a part of a layer, perhaps this one, with its upper left corner at the given place. */
  copyFrom(mask: number, source: Layer, part: Rectangle, x: number, y: number): void {
    const from = intersect(part, source.bounds);
    const bitmap = source.canvas;
    if (from === undefined || bitmap === undefined) {
      return;
    }
    const to = { x: x + from.x - part.x, y: y + from.y - part.y, width: from.width, height: from.height };
    this.drawBounded(mask, to, (context) => {
      context.drawImage(bitmap, from.x, from.y, from.width, from.height, to.x, to.y, to.width, to.height);
    });
  }

  /** Combines a part of a layer bit by bit with what is at the given place. */
  transferFrom(operation: number, source: Layer, part: Rectangle, x: number, y: number): void {
    if (operation === TransferFunction.DEST) {
      return;
    }
    const from = intersect(part, source.bounds);
    if (from === undefined) {
      return;
    }
    const to = { x: x + from.x - part.x, y: y + from.y - part.y, width: from.width, height: from.height };
    this.cover(to);
    const visible = intersect(to, this.bounds);
    if (visible === undefined || source.drawing === undefined || this.drawing === undefined) {
      return;
    }
    const shiftX = from.x + visible.x - to.x;
    const shiftY = from.y + visible.y - to.y;
    const input = source.drawing.getImageData(shiftX, shiftY, visible.width, visible.height);
    const output = this.drawing.getImageData(visible.x, visible.y, visible.width, visible.height);
    transferPixels(operation, input.data, output.data);
    this.drawing.putImageData(output, visible.x, visible.y);
    this.owner.damaged(this, visible);
  }

  push(): void {
    if (this.depth >= MAX_PUSH_DEPTH) {
      throw new RenderError(`layer ${this.index} is pushed too often`);
    }
    this.drawing?.save();
    this.depth++;
  }

  pop(): void {
    if (this.depth > 0) {
      this.drawing?.restore();
      this.depth--;
    }
  }

  /** Undoes all `push`, `clip` and `transform`, and forgets the path. */
  reset(): void {
    for (; this.depth > 0; this.depth--) {
      this.drawing?.restore();
    }
    this.drawing?.restore();
    this.drawing?.save();
    this.transformed = false;
    this.beginPath();
  }

  setIdentity(): void {
    this.materialise();
    this.drawing?.setTransform(1, 0, 0, 1, 0, 0);
    this.transformed = false;
  }

  transform(matrix: Matrix): void {
    this.materialise();
    this.drawing?.transform(...matrix);
    this.transformed = true;
  }

  setMiterLimit(limit: number): void {
    if (this.drawing !== undefined) {
      this.drawing.miterLimit = limit;
    }
  }

  private paint(mask: number, style: string | Layer, margin: number, draw: (context: Context) => void): void {
    const context = this.drawing;
    this.pathUsed = true;
    if (context === undefined || this.pathBounds === undefined) {
      return;
    }
    const paint = typeof style === 'string' ? style : patternOf(context, style);
    if (paint === null) {
      return;
    }
    context.globalCompositeOperation = operatorOf(mask);
    context.fillStyle = paint;
    context.strokeStyle = paint;
    const bounded = unbounded.has(mask) && margin === 0;
    if (bounded) {
      this.materialise();
      context.save();
      context.clip();
    }
    draw(context);
    if (bounded) {
      context.restore();
    }
    const { x, y, width, height } = this.pathBounds;
    this.report({ x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin });
  }

  private drawBounded(mask: number, area: Rectangle, draw: (context: Context) => void): void {
    this.cover(area);
    const context = this.drawing;
    if (context === undefined) {
      return;
    }
    context.globalCompositeOperation = operatorOf(mask);
    if (unbounded.has(mask)) {
      const clip = new Path2D();
      clip.rect(area.x, area.y, area.width, area.height);
      context.save();
      context.clip(clip);
      draw(context);
      context.restore();
    } else {
      draw(context);
    }
    this.report(area);
  }

  private report(area: Rectangle): void {
    this.owner.damaged(this, this.transformed ? this.bounds : area);
  }

  /** Takes the next piece of the current path, and returns where to put it. */
  private pathContext(bounds: Rectangle | undefined): Context | undefined {
    if (this.pathUsed && bounds !== undefined) {
      this.beginPath();
      this.pathUsed = false;
    }
    if (bounds !== undefined) {
      this.pathBounds = this.pathBounds === undefined ? bounds : union(this.pathBounds, bounds);
      this.cover(bounds);
    }
    this.materialise();
    return this.drawing;
  }

  /** Puts a lone rectangle into the context's path. */
  private materialise(): void {
    const lone = this.lone;
    this.lone = undefined;
    if (lone !== undefined) {
      this.drawing?.rect(lone.x, lone.y, lone.width, lone.height);
    }
  }

  private beginPath(): void {
    this.lone = undefined;
    this.pathBounds = undefined;
    this.pathUsed = true;
    this.drawing?.beginPath();
  }

  /** Makes a buffer large enough for what is about to be drawn. */
  private cover(area: Rectangle): void {
    const right = Math.ceil(area.x + area.width);
    const bottom = Math.ceil(area.y + area.height);
    if (this.index < 0 && (right > this.width || bottom > this.height)) {
      const { pathUsed, pathBounds, lone } = this;
      this.resize(Math.max(right, this.width), Math.max(bottom, this.height));
      Object.assign(this, { pathUsed, pathBounds, lone });
    }
  }
}

/** The six numbers of a two-dimensional transform, as `transform` and `distort` carry them. */
export type Matrix = readonly [number, number, number, number, number, number];

function operatorOf(mask: number): GlobalCompositeOperation {
  const operator = operators.get(mask);
  if (operator === undefined) {
    throw new RenderError(`unknown channel mask ${mask}`);
  }
  return operator;
}

function patternOf(context: Context, source: Layer): CanvasPattern | null {
  return source.surface === undefined ? null : context.createPattern(source.surface, 'repeat');
}

/** Applies a raster operation to the colours. Only the two that ignore the destination also take the alpha. */
function transferPixels(operation: number, source: Uint8ClampedArray, target: Uint8ClampedArray): void {
  const takesAlpha = operation === TransferFunction.SRC || operation === TransferFunction.NSRC;
  const combine = rasterOperation(operation);
  for (let i = 0; i < target.length; i += 4) {
    for (let c = i; c < i + 3; c++) {
      target[c] = combine(source[c] ?? 0, target[c] ?? 0) & 0xff;
    }
    if (takesAlpha) {
      target[i + 3] = source[i + 3] ?? 0;
    }
  }
}

/** The function's four bits are its truth table: where both bits are set, only the source's, only the target's, neither. */
function rasterOperation(operation: number): (source: number, target: number) => number {
  if (!(operation >= TransferFunction.BLACK && operation <= TransferFunction.WHITE)) {
    throw new RenderError(`unknown transfer function ${operation}`);
  }
  const both = operation & 1 ? 0xff : 0;
  const sourceOnly = operation & 2 ? 0xff : 0;
  const targetOnly = operation & 4 ? 0xff : 0;
  const neither = operation & 8 ? 0xff : 0;
  return (s, t) => (s & t & both) | (s & ~t & sourceOnly) | (~s & t & targetOnly) | (~s & ~t & neither);
}
