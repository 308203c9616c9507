// SPDX-License-Identifier: Apache-2.0

import { MAX_LAYERS, MAX_TOTAL_PIXELS } from '../limits';
import { Damage, type Rectangle } from './geometry';
import { Layer, type LayerOwner, type Matrix, RenderError } from './layer';
import { type Context, contextOf, encodeSurface, type Surface, type SurfaceFactory } from './surface';

/** Where a visible layer is. */
type Placement = {
  parent: number;
  x: number;
  y: number;
  z: number;
  /** 0 to 255. */
  opacity: number;
  distortion: Matrix | undefined;
};

/**
 * All layers of a connection and the picture they make together. Layers are drawn on at any time; the visible picture
 * changes only by `present`, so a frame is seen whole or not at all.
 *
 * Layer 0 is the default layer, whose size is that of the display. Positive layers lie on it or on one another,
 * negative ones are buffers and never seen.
 */
export class Composition implements LayerOwner {
  private readonly output: Surface;
  /** That of the output, opened once: Firefox refuses to give it out again in a worker. */
  private context: Context | undefined;
  private readonly factory: SurfaceFactory;
  private readonly layers = new Map<number, Layer>();
  private readonly placements = new Map<number, Placement>();
  private readonly damage = new Damage();
  private pixels = 0;

  constructor(output: Surface, factory: SurfaceFactory) {
    this.output = output;
    this.factory = factory;
  }

  get width(): number {
    return this.layers.get(0)?.width ?? 0;
  }

  get height(): number {
    return this.layers.get(0)?.height ?? 0;
  }

  /** Returns a layer, which comes into being by being named. */
  layer(index: number): Layer {
    const known = this.layers.get(index);
    if (known !== undefined) {
      return known;
    }
    if (this.layers.size >= MAX_LAYERS) {
      throw new RenderError('too many layers');
    }
    const layer = new Layer(index, this, this.factory);
    this.layers.set(index, layer);
    if (index > 0) {
      this.placements.set(index, { parent: 0, x: 0, y: 0, z: 0, opacity: 255, distortion: undefined });
      layer.resize(this.width, this.height);
    }
    return layer;
  }

  /** Ends a layer and all layers on it. The default layer cannot end. */
  remove(index: number): void {
    if (index === 0) {
      return;
    }
    for (const [child, placement] of [...this.placements]) {
      if (index > 0 && placement.parent === index) {
        this.remove(child);
      }
    }
    this.layers.get(index)?.free();
    this.layers.delete(index);
    if (this.placements.delete(index)) {
      this.damageAll();
    }
  }

  move(index: number, parent: number, x: number, y: number, z: number): void {
    const placement = this.placementOf(index);
    if (placement === undefined || parent < 0) {
      return;
    }
    this.layer(parent);
    if (this.isWithin(parent, index)) {
      throw new RenderError(`layer ${index} cannot be moved into itself`);
    }
    Object.assign(placement, { parent, x, y, z });
    this.damageAll();
  }

  shade(index: number, opacity: number): void {
    const placement = this.placementOf(index);
    if (placement !== undefined) {
      placement.opacity = Math.min(255, Math.max(0, opacity));
      this.damageAll();
    }
  }

  distort(index: number, matrix: Matrix): void {
    const placement = this.placementOf(index);
    if (placement !== undefined) {
      placement.distortion = matrix;
      this.damageAll();
    }
  }

  /** Forgets everything but the picture that is shown. */
  reset(): void {
    for (const layer of this.layers.values()) {
      layer.free();
    }
    this.layers.clear();
    this.placements.clear();
    this.pixels = 0;
    this.damageAll();
  }

  allocate(pixels: number): void {
    if (this.pixels + pixels > MAX_TOTAL_PIXELS) {
      throw new RenderError('layers have too many pixels');
    }
    this.pixels += pixels;
  }

  damaged(layer: Layer, rectangle: Rectangle): void {
    if (layer.index < 0) {
      return;
    }
    let { x, y } = rectangle;
    for (let index = layer.index; index > 0; ) {
      const placement = this.placements.get(index);
      if (placement === undefined || placement.distortion !== undefined) {
        this.damageAll();
        return;
      }
      x += placement.x;
      y += placement.y;
      index = placement.parent;
    }
    this.damage.add({ ...rectangle, x, y });
  }

  damageAll(): void {
    this.damage.add({ x: 0, y: 0, width: Math.max(1, this.width), height: Math.max(1, this.height) });
  }

  /** Makes the picture visible as the layers have it now. */
  present(): void {
    const { width, height } = this;
    if (width === 0 || height === 0) {
      return;
    }
    if (this.output.width !== width || this.output.height !== height) {
      this.output.width = width;
      this.output.height = height;
      this.damageAll();
    }
    this.context ??= contextOf(this.output);
    const { context } = this;
    context.imageSmoothingEnabled = false; // a new size resets it
    for (const part of this.damage.take({ x: 0, y: 0, width, height })) {
      context.save();
      context.beginPath();
      context.rect(part.x, part.y, part.width, part.height);
      context.clip();
      context.clearRect(part.x, part.y, part.width, part.height);
      this.draw(context, 0, part);
      context.restore();
    }
  }

  /** Encodes the picture last presented, scaled down to fit if it is larger. */
  encode(type: string, maxWidth: number, maxHeight: number): Promise<Blob> {
    const scale = Math.min(1, maxWidth / this.output.width, maxHeight / this.output.height);
    const width = Math.max(1, Math.round(this.output.width * scale));
    const height = Math.max(1, Math.round(this.output.height * scale));
    const copy = this.factory.create(width, height);
    const context = contextOf(copy);
    context.imageSmoothingEnabled = scale < 1;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.output, 0, 0, width, height);
    return encodeSurface(copy, type);
  }

  /** Reads pixels of the picture last presented. */
  read(x: number, y: number, width: number, height: number): ImageData {
    const copy = this.factory.create(width, height);
    const context = contextOf(copy);
    context.drawImage(this.output, -x, -y);
    return context.getImageData(0, 0, width, height);
  }

  private placementOf(index: number): Placement | undefined {
    if (index <= 0) {
      return undefined;
    }
    this.layer(index);
    return this.placements.get(index);
  }

  private isWithin(index: number, ancestor: number): boolean {
    for (let at: number | undefined = index; at !== undefined && at > 0; at = this.placements.get(at)?.parent) {
      if (at === ancestor) {
        return true;
      }
    }
    return false;
  }

  /** Draws a layer and those on it, in their order. Layers are clipped to the one they lie on. */
  private draw(context: Context, index: number, part: Rectangle | undefined): void {
    const layer = this.layers.get(index);
    if (layer?.surface === undefined) {
      return;
    }
    if (part === undefined) {
      context.drawImage(layer.surface, 0, 0);
    } else {
      const { x, y, width, height } = part;
      context.drawImage(layer.surface, x, y, width, height, x, y, width, height);
    }
    for (const [child, placement] of this.childrenOf(index)) {
      context.save();
      context.globalAlpha *= placement.opacity / 255;
      context.beginPath();
      context.rect(0, 0, layer.width, layer.height);
      context.clip();
      context.translate(placement.x, placement.y);
      if (placement.distortion !== undefined) {
        context.transform(...placement.distortion);
      }
      this.draw(context, child, undefined);
      context.restore();
    }
  }

  private childrenOf(index: number): [number, Placement][] {
    const children = [...this.placements].filter(([, p]) => p.parent === index && p.opacity > 0);
    return children.sort(([, a], [, b]) => a.z - b.z);
  }
}
