// SPDX-License-Identifier: Apache-2.0

/** The small picture of a connection, for the home page and the panel of what runs (CLI-41). */

import type { Display } from '@palta/client';

/** Pictures are taken this often at most. */
const interval = 5_000;
/** Milliseconds from the first picture to its thumbnail: the first frame of many hosts is black. */
const delay = 700;
const size = { width: 320, height: 240 };

export class Thumbnail {
  /** A data: address, or empty while there is none. */
  address = $state('');

  private readonly display: Display;
  private readonly keep: (address: string) => void;
  private last = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(display: Display, keep: (address: string) => void) {
    this.display = display;
    this.keep = keep;
  }

  /** Sees to it that a thumbnail follows each picture, also the last one before a pause. */
  painted(): void {
    if (this.timer !== undefined) return;
    const wait = Math.max(delay, this.last + interval - Date.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.take();
    }, wait);
  }

  async take(): Promise<void> {
    if (this.display.width === 0) return;
    this.last = Date.now();
    try {
      this.address = await dataAddress(await this.display.thumbnail(size.width, size.height, 'image/webp'));
      this.keep(this.address);
    } catch {
      // Without a picture the last one stays.
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}

function dataAddress(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
