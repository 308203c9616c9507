// SPDX-License-Identifier: Apache-2.0

import { MAX_VIDEO_REGIONS, MAX_VIDEO_UNIT } from './limits';

// The content of video streams; docs/adr/0011-video.md has the format.

/** The type of H.264 that a server may send to a client that names it in the handshake. */
export const VIDEO_H264 = 'video/vnd.palta.h264';

/** A rectangle of a picture. */
export type VideoRegion = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** An access unit, and where which parts of its picture are drawn. */
export type VideoUnit = {
  /** Whether a decoder can begin here. */
  readonly key: boolean;
  /** Where on the layer the picture has its upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly regions: readonly VideoRegion[];
  /** H.264, annex B. */
  readonly data: Uint8Array<ArrayBuffer>;
};

const HEADER_SIZE = 16;
const REGION_SIZE = 8;

/** Returns the codec's name of a server's mimetype, or undefined if that is not the type of this file. */
export function videoCodec(mimetype: string): string | undefined {
  const [type, ...parameters] = mimetype.split(';');
  const codecs = parameters.map((parameter) => /^codecs=(avc1\.[0-9a-f]{6})$/i.exec(parameter.trim())?.[1]);
  return type === VIDEO_H264 ? codecs.find((codec) => codec !== undefined) : undefined;
}

/** Finds the access units in a stream's blobs, wherever those are cut. */
export class VideoParser {
  private part: 'header' | 'regions' | 'data' = 'header';
  private target = new Uint8Array(HEADER_SIZE);
  private filled = 0;
  private header = { key: false, count: 0, x: 0, y: 0, length: 0 };
  private regions: VideoRegion[] = [];

  /** Takes a blob and returns the units that are complete. Throws at what is not of this format. */
  receive(data: Uint8Array): VideoUnit[] {
    const units: VideoUnit[] = [];
    for (let at = 0; at < data.length; ) {
      const length = Math.min(this.target.length - this.filled, data.length - at);
      this.target.set(data.subarray(at, at + length), this.filled);
      this.filled += length;
      at += length;
      if (this.filled === this.target.length) {
        this.complete(units);
      }
    }
    return units;
  }

  private expect(part: 'header' | 'regions' | 'data', length: number): void {
    this.part = part;
    this.target = new Uint8Array(length);
    this.filled = 0;
  }

  /** Goes on to the next part after the one that is complete. */
  private complete(units: VideoUnit[]): void {
    switch (this.part) {
      case 'header':
        this.readHeader();
        this.regions = [];
        if (this.header.count > 0) {
          this.expect('regions', this.header.count * REGION_SIZE);
        } else {
          this.expect('data', this.header.length);
        }
        break;
      case 'regions':
        this.readRegions();
        this.expect('data', this.header.length);
        break;
      case 'data': {
        const { key, x, y } = this.header;
        units.push({ key, x, y, regions: this.regions, data: this.target });
        this.expect('header', HEADER_SIZE);
        break;
      }
    }
  }

  private readHeader(): void {
    const view = new DataView(this.target.buffer);
    const flags = view.getUint8(0);
    const count = view.getUint16(2);
    const length = view.getUint32(12);
    if (flags > 1 || view.getUint8(1) !== 0 || count > MAX_VIDEO_REGIONS || length === 0 || length > MAX_VIDEO_UNIT) {
      throw new Error('bad header of an access unit');
    }
    this.header = { key: flags === 1, count, x: view.getInt32(4), y: view.getInt32(8), length };
  }

  private readRegions(): void {
    const view = new DataView(this.target.buffer);
    for (let at = 0; at < view.byteLength; at += REGION_SIZE) {
      const [x, y] = [view.getUint16(at), view.getUint16(at + 2)];
      this.regions.push({ x, y, width: view.getUint16(at + 4), height: view.getUint16(at + 6) });
    }
  }
}
