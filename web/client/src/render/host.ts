// SPDX-License-Identifier: Apache-2.0

import type { Disposable } from '../lifecycle';
import { PAINT_BUDGET } from '../limits';
import { Renderer, type RendererListener } from './renderer';
import { elementFactory, offscreenFactory } from './surface';

/** A renderer as the page sees it, wherever it runs. */
export interface RendererHost extends Disposable {
  /** The canvas that shows the picture. It may be replaced, which `canvasChanged` of the listener tells. */
  readonly canvas: HTMLCanvasElement;
  /** Whether drawing happens in a worker. */
  readonly inWorker: boolean;
  receive(text: string): void;
  /** Calls back once the listener has heard the instructions of all that was received. */
  caughtUp(done: () => void): void;
  reset(): void;
  encode(mimetype: string, maxWidth: number, maxHeight: number): Promise<Blob>;
  read(x: number, y: number, width: number, height: number): Promise<ImageData>;
}

/** Hears a host. */
export interface HostListener extends RendererListener {
  canvasChanged(canvas: HTMLCanvasElement): void;
}

/** Draws on the main thread, a few milliseconds at a time. */
export class LocalHost implements RendererHost {
  readonly canvas: HTMLCanvasElement;
  readonly inWorker = false;
  private readonly renderer: Renderer;
  private disposed = false;

  constructor(listener: RendererListener) {
    this.canvas = document.createElement('canvas');
    const factory = typeof OffscreenCanvas === 'undefined' ? elementFactory : offscreenFactory;
    this.renderer = new Renderer(this.canvas, factory, listener, PAINT_BUDGET);
  }

  receive(text: string): void {
    if (!this.disposed) {
      this.renderer.receive(text);
    }
  }

  reset(): void {
    this.renderer.reset();
  }

  encode(mimetype: string, maxWidth: number, maxHeight: number): Promise<Blob> {
    return this.renderer.encode(mimetype, maxWidth, maxHeight);
  }

  async read(x: number, y: number, width: number, height: number): Promise<ImageData> {
    return this.renderer.read(x, y, width, height);
  }

  caughtUp(done: () => void): void {
    done();
  }

  dispose(): void {
    this.disposed = true;
    this.renderer.reset();
  }
}
