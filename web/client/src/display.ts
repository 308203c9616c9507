// SPDX-License-Identifier: Apache-2.0

import { type Disposable, Emitter, toDisposable } from './lifecycle';
import { MAX_CSS_CURSOR_SIDE } from './limits';
import { type HostListener, LocalHost, type RendererHost } from './render/host';
import type { CursorImage, RendererListener } from './render/renderer';
import { canDrawInWorker, WorkerHost } from './render/worker-host';

/** The shape of the remote pointer, as an element that must not be changed. */
export type CursorShape = {
  readonly hotspotX: number;
  readonly hotspotY: number;
  readonly canvas: HTMLCanvasElement;
  /** Whether the pointer is to be seen at all. */
  readonly visible: boolean;
};

export type DisplayEvents = {
  resize: [width: number, height: number];
  cursor: [cursor: CursorShape];
};

/** Where drawing happens: in a worker if the browser can, or always on the main thread. */
export type WorkerMode = 'auto' | 'never';

/** What a display passes on to its client. */
export type DisplayHooks = Pick<RendererListener, 'instructions' | 'painted' | 'refused' | 'failed'>;

/**
 * The picture of a connection on the page: an element with the canvas and, above it, the pointer.
 *
 * The remote pointer is shown as the CSS cursor of the element. Only where that cannot be (a very large pointer, the
 * pointer of another user) it is drawn.
 */
export class Display extends Emitter<DisplayEvents> {
  readonly element: HTMLElement;
  private readonly host: RendererHost;
  private readonly pointer: HTMLCanvasElement;
  private canvas: HTMLCanvasElement;
  private size = { width: 0, height: 0 };
  private currentScale = 1;
  private shape: CursorShape | undefined;
  private cursorURL: Disposable | undefined;
  private cursorSerial = 0;
  private softwareCursor = false;
  private position = { x: 0, y: 0 };

  /** A display is made by its client. */
  constructor(mode: WorkerMode, hooks: DisplayHooks) {
    super();
    this.element = document.createElement('div');
    this.element.className = 'palta-display';
    this.element.style.position = 'relative';
    this.element.style.overflow = 'hidden';
    this.element.style.touchAction = 'none';
    this.pointer = document.createElement('canvas');
    Object.assign(this.pointer.style, { position: 'absolute', left: '0', top: '0', pointerEvents: 'none' });
    this.pointer.hidden = true;
    const listener: HostListener = {
      ...hooks,
      resized: (width, height) => this.resized(width, height),
      cursor: (cursor) => this.changeCursor(cursor),
      canvasChanged: (canvas) => this.show(canvas),
    };
    this.host = mode === 'auto' && canDrawInWorker() ? new WorkerHost(listener) : new LocalHost(listener);
    this.register(this.host);
    this.canvas = this.host.canvas;
    this.show(this.canvas);
  }

  /** The width of the remote display in its own pixels. */
  get width(): number {
    return this.size.width;
  }

  /** The height of the remote display in its own pixels. */
  get height(): number {
    return this.size.height;
  }

  /** Whether drawing happens in a worker. */
  get inWorker(): boolean {
    return this.host.inWorker;
  }

  /** CSS pixels per remote pixel. On a screen of density 2, 0.5 shows every remote pixel as one of the screen. */
  get scale(): number {
    return this.currentScale;
  }

  set scale(scale: number) {
    if (scale > 0 && scale !== this.currentScale) {
      this.currentScale = scale;
      this.layOut();
    }
  }

  /** The remote pointer, once it is known. */
  get cursor(): CursorShape | undefined {
    return this.shape;
  }

  /** Converts a place on the page (`clientX`, `clientY`) to remote pixels, within the display. */
  toRemote<T extends { readonly x: number; readonly y: number }>(place: T): T {
    const box = this.element.getBoundingClientRect();
    // The box also reflects transforms of elements around this one.
    const factorX = box.width > 0 ? this.width / box.width : 1 / this.scale;
    const factorY = box.height > 0 ? this.height / box.height : 1 / this.scale;
    return {
      ...place,
      x: clamp(Math.floor((place.x - box.left) * factorX), this.width),
      y: clamp(Math.floor((place.y - box.top) * factorY), this.height),
    };
  }

  /** Shows or hides the drawn pointer. */
  showCursor(shown: boolean): void {
    this.pointer.hidden = !(shown && this.shape?.visible === true);
  }

  /** Moves the drawn pointer to a place in remote pixels. */
  moveCursor(x: number, y: number): void {
    this.position = { x, y };
    const left = (x - (this.shape?.hotspotX ?? 0)) * this.scale;
    const top = (y - (this.shape?.hotspotY ?? 0)) * this.scale;
    this.pointer.style.transform = `translate(${left}px,${top}px)`;
  }

  /** Notes that the user's own pointer has moved: it is drawn only where CSS cannot show it. */
  moveLocalCursor(x: number, y: number): void {
    this.showCursor(this.softwareCursor);
    this.moveCursor(x, y);
  }

  /** Encodes the picture at its full size. */
  toBlob(type = 'image/png'): Promise<Blob> {
    return this.host.encode(type, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  }

  /** Encodes the picture, scaled down to fit. */
  thumbnail(maxWidth: number, maxHeight: number, type = 'image/png'): Promise<Blob> {
    return this.host.encode(type, maxWidth, maxHeight);
  }

  /** Reads pixels of the last frame. */
  readPixels(x: number, y: number, width: number, height: number): Promise<ImageData> {
    return this.host.read(x, y, width, height);
  }

  /** Takes instructions as text. The client does this; a player of recordings may. */
  receive(text: string): void {
    this.host.receive(text);
  }

  /** Calls back once the instructions of all that was received have been handed on. */
  caughtUp(done: () => void): void {
    this.host.caughtUp(done);
  }

  /** Makes ready for another connection; the last picture stays until that has drawn. */
  reset(): void {
    this.host.reset();
    this.pointer.hidden = true;
  }

  override dispose(): void {
    super.dispose();
    this.cursorURL?.dispose();
    this.element.remove();
    this.element.replaceChildren();
  }

  private show(canvas: HTMLCanvasElement): void {
    this.canvas = canvas;
    this.canvas.style.display = 'block';
    this.canvas.style.width = '100%';
    this.canvas.style.height = '100%';
    this.element.replaceChildren(this.canvas, this.pointer);
    this.layOut();
  }

  private resized(width: number, height: number): void {
    this.size = { width, height };
    this.layOut();
    this.emit('resize', width, height);
  }

  private layOut(): void {
    const { width, height } = this.size;
    this.element.style.width = `${width * this.scale}px`;
    this.element.style.height = `${height * this.scale}px`;
    const density = this.scale * window.devicePixelRatio;
    const whole = Math.abs(density - Math.round(density)) < 0.001 && density >= 1;
    this.canvas.style.imageRendering = whole ? 'pixelated' : 'auto';
    this.pointer.style.width = `${this.pointer.width * this.scale}px`;
    this.pointer.style.height = `${this.pointer.height * this.scale}px`;
    this.moveCursor(this.position.x, this.position.y);
  }

  private changeCursor({ hotspotX, hotspotY, image }: CursorImage): void {
    this.pointer.width = image?.width ?? 1;
    this.pointer.height = image?.height ?? 1;
    if (image !== undefined) {
      this.pointer.getContext('2d')?.drawImage(image, 0, 0);
      if ('close' in image) {
        image.close();
      }
    }
    const visible = image !== undefined;
    this.shape = { hotspotX, hotspotY, canvas: this.pointer, visible };
    this.softwareCursor = visible && Math.max(this.pointer.width, this.pointer.height) > MAX_CSS_CURSOR_SIDE;
    this.pointer.hidden ||= !visible;
    this.layOut();
    this.applyCSSCursor(this.shape);
    this.emit('cursor', this.shape);
  }

  /** Shows the pointer as CSS cursor. The picture is encoded meanwhile; only the newest counts. */
  private applyCSSCursor(shape: CursorShape): void {
    const serial = ++this.cursorSerial;
    if (!shape.visible || this.softwareCursor) {
      this.setCSSCursor('none', undefined);
      return;
    }
    shape.canvas.toBlob((blob) => {
      if (blob === null || serial !== this.cursorSerial) {
        return;
      }
      const url = URL.createObjectURL(blob);
      this.setCSSCursor(`url(${url}) ${shape.hotspotX} ${shape.hotspotY}, default`, url);
    });
  }

  private setCSSCursor(value: string, url: string | undefined): void {
    const previous = this.cursorURL;
    this.cursorURL = url === undefined ? undefined : toDisposable(() => URL.revokeObjectURL(url));
    this.element.style.cursor = value;
    previous?.dispose();
  }
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(value, size - 1));
}
