// SPDX-License-Identifier: Apache-2.0

/** How large a display is shown in the room it has, and how large the remote side should make it. */

import type { Display } from '@palta/client';

/** The largest zoom, unless fitting the room takes more (CLI-29). */
const maxZoom = 3;

/** A window that is being dragged by its edge asks for one size, not for each on the way. */
const settleTime = 200;

export class Viewport {
  autoFit = $state(true);
  /** 1 shows a remote pixel as one of the screen. */
  zoom = $state(1);
  room = { width: 0, height: 0 };

  private readonly display: Display;
  private readonly sendSize: (width: number, height: number) => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The size that the remote side was asked for last. */
  private requested = '';

  constructor(display: Display, sendSize: (width: number, height: number) => void) {
    this.display = display;
    this.sendSize = sendSize;
    display.on('resize', () => this.fit());
  }

  /** Follows the size of an element; says when there is one. */
  watch(element: HTMLElement, sized: () => void): () => void {
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width === 0 || height === 0) return;
      const changed = width !== this.room.width || height !== this.room.height;
      this.room = { width, height };
      if (changed) this.requestSize();
      this.fit();
      sized();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      clearTimeout(this.timer);
    };
  }

  /** The size in CSS pixels with which to connect. */
  takeSize(): { width: number; height: number } {
    this.requested = this.size().join();
    return this.room;
  }

  setAutoFit(fit: boolean): void {
    this.autoFit = fit;
    if (!fit) this.zoom = 1;
    this.fit();
  }

  zoomTo(zoom: number): void {
    const smallest = this.fittingZoom();
    this.autoFit = false;
    this.zoom = Math.min(Math.max(zoom, smallest), Math.max(smallest, maxZoom));
    this.fit();
  }

  private fittingZoom(): number {
    const { width, height } = this.display;
    if (width === 0 || height === 0 || this.room.width === 0) return 1;
    return Math.min(this.room.width / width, this.room.height / height) * window.devicePixelRatio;
  }

  private fit(): void {
    if (this.autoFit) this.zoom = this.fittingZoom();
    this.display.scale = this.zoom / window.devicePixelRatio;
  }

  private requestSize(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const [width, height] = this.size();
      if (`${width},${height}` === this.requested) return;
      this.requested = `${width},${height}`;
      this.sendSize(width, height);
    }, settleTime);
  }

  private size(): [width: number, height: number] {
    const ratio = window.devicePixelRatio;
    return [Math.floor(this.room.width * ratio), Math.floor(this.room.height * ratio)];
  }
}
