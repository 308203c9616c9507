// SPDX-License-Identifier: Apache-2.0

import { StatusCode, VIDEO_H264, VideoParser, type VideoUnit, videoCodec } from '@palta/guac';
import { MAX_VIDEO_BYTES, MAX_VIDEO_RESTARTS, MAX_VIDEO_STREAMS, MAX_VIDEO_WAITING, VIDEO_PATIENCE } from '../limits';
import type { Composition } from './composition';
import type { PaintQueue } from './paint-queue';

/** Tells the server that a stream is not taken: see `VideoStreams`. */
export type Refuse = (stream: number, message: string, code: StatusCode) => void;

/** The colours of a stream that describes none: RDP's. Not every decoder heeds it. */
const colorSpace = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: true } as const;

function configuration(codec: string): VideoDecoderConfig {
  return { codec, colorSpace, optimizeForLatency: true };
}

/** What a decoder must take for the type to be announced: the simplest and the richest profile that hosts send. */
const required = ['avc1.42E01F', 'avc1.640033'];

/** Returns the types of video that this browser shows, for the handshake (`GUAC_VIDEO`). */
export async function supportedVideo(): Promise<string[]> {
  if (typeof VideoDecoder === 'undefined') {
    return []; // also where the page is not from a secure origin
  }
  try {
    const answers = await Promise.all(required.map((codec) => VideoDecoder.isConfigSupported(configuration(codec))));
    return answers.every(({ supported }) => supported === true) ? [VIDEO_H264] : [];
  } catch {
    return [];
  }
}

/**
 * The video streams of a connection. Each has a decoder; its pictures become steps of the paint queue, so that they
 * are painted in the order of all drawing and a frame is answered only once they are.
 *
 * A stream whose decoder fails is refused: as RESOURCE_CLOSED, which has the server begin again with a key frame, or,
 * if that does not help, as CLIENT_BAD_TYPE, which has it send pictures instead. What still comes of a refused stream
 * is passed over.
 */
export class VideoStreams {
  private readonly queue: PaintQueue;
  private readonly composition: Composition;
  private readonly refuse: Refuse;
  private readonly streams = new Map<number, VideoStream>();
  /** Streams that have ended and are not all painted. */
  private readonly ending = new Set<VideoStream>();
  private restarts = 0;

  constructor(queue: PaintQueue, composition: Composition, refuse: Refuse) {
    this.queue = queue;
    this.composition = composition;
    this.refuse = refuse;
  }

  /** Begins a stream, in the place of an older one of that number. Returns false for another type of video. */
  open(index: number, layer: number, mimetype: string): boolean {
    const codec = videoCodec(mimetype);
    if (codec === undefined) {
      return false;
    }
    this.end(index);
    if (this.streams.size >= MAX_VIDEO_STREAMS) {
      this.refuse(index, 'too many video streams', StatusCode.CLIENT_BAD_TYPE);
      return true;
    }
    const stream = new VideoStream(layer, (message, code) => {
      const again = code === StatusCode.RESOURCE_CLOSED && this.restarts++ < MAX_VIDEO_RESTARTS;
      this.refuse(index, message, again ? code : StatusCode.CLIENT_BAD_TYPE);
    });
    this.streams.set(index, stream);
    stream.configure(codec);
    return true;
  }

  /** Takes data of a stream. Returns false if that is none of video. */
  receive(index: number, data: Uint8Array): boolean {
    const stream = this.streams.get(index);
    if (stream === undefined) {
      return false;
    }
    for (const unit of stream.parse(data)) {
      const { x, y, regions } = unit;
      this.queue.pushAfter(stream.decode(unit), (frame) => {
        if (frame !== undefined) {
          this.composition.layer(stream.layer).drawVideo(frame, x, y, regions);
          stream.painted(frame);
        }
      });
    }
    return true;
  }

  has(index: number): boolean {
    return this.streams.has(index);
  }

  /** Ends a stream. What has come of it is still painted. Returns false if there is none. */
  end(index: number): boolean {
    const stream = this.streams.get(index);
    if (stream === undefined) {
      return false;
    }
    this.streams.delete(index);
    this.ending.add(stream);
    this.queue.pushAfter(stream.finish(), () => this.ending.delete(stream));
    return true;
  }

  /** Forgets everything, painted or not. */
  reset(): void {
    for (const stream of [...this.streams.values(), ...this.ending]) {
      stream.close();
    }
    this.streams.clear();
    this.ending.clear();
    this.restarts = 0;
  }
}

/** A unit that is being decoded: its size, and who is told of its picture, or of nothing. */
type Waiting = { readonly bytes: number; readonly take: (frame: VideoFrame | undefined) => void };

/** One stream: its parser, its decoder, and the pictures between decoder and paint queue. */
class VideoStream {
  readonly layer: number;
  private readonly failed: (message: string, code: StatusCode) => void;
  private readonly parser = new VideoParser();
  private decoder: VideoDecoder | undefined;
  /** By the timestamp of the chunk, which is its number. */
  private readonly waiting = new Map<number, Waiting>();
  private readonly frames = new Set<VideoFrame>();
  private bytes = 0;
  private chunks = 0;
  private hasDecoded = false;
  private isEnding = false;
  private isOver = false;
  private patience: ReturnType<typeof setTimeout> | undefined;

  constructor(layer: number, failed: (message: string, code: StatusCode) => void) {
    this.layer = layer;
    this.failed = failed;
  }

  configure(codec: string): void {
    this.attempt(() => {
      this.decoder = new VideoDecoder({
        output: (frame) => this.decoded(frame),
        error: (error) => this.fail(error.message),
      });
      this.decoder.configure(configuration(codec));
    });
  }

  /** Returns the units that a blob completes; none once the stream has failed. */
  parse(data: Uint8Array): VideoUnit[] {
    let units: VideoUnit[] = [];
    if (!this.isOver) {
      try {
        units = this.parser.receive(data);
      } catch (error) {
        this.fail(String(error), StatusCode.CLIENT_BAD_TYPE);
      }
    }
    return units;
  }

  /** Decodes a unit. The picture is for whoever waits for it, who tells when it is painted. */
  decode({ key, data }: VideoUnit): Promise<VideoFrame | undefined> {
    return new Promise((resolve) => {
      if (this.isOver) {
        resolve(undefined);
        return;
      }
      const timestamp = this.chunks++;
      this.waiting.set(timestamp, { bytes: data.length, take: resolve });
      this.bytes += data.length;
      this.patience ??= this.watch();
      const type = key ? 'key' : 'delta';
      this.attempt(() => this.decoder?.decode(new EncodedVideoChunk({ type, timestamp, data })));
      if (this.waiting.size + this.frames.size > MAX_VIDEO_WAITING || this.bytes > MAX_VIDEO_BYTES) {
        this.fail('video comes faster than it is painted');
      }
    });
  }

  /** Takes note that a picture is on its layer. */
  painted(frame: VideoFrame): void {
    frame.close();
    this.frames.delete(frame);
  }

  /** Decodes what has come, and closes the decoder. */
  async finish(): Promise<void> {
    this.isEnding = true;
    try {
      await this.decoder?.flush();
    } catch {
      // It has failed, which was told.
    }
    this.stop();
  }

  /** Closes the decoder and all pictures at once. */
  close(): void {
    this.stop();
    for (const frame of this.frames) {
      frame.close();
    }
    this.frames.clear();
  }

  private decoded(frame: VideoFrame): void {
    const waiting = this.waiting.get(frame.timestamp);
    if (waiting === undefined) {
      frame.close();
      return;
    }
    this.waiting.delete(frame.timestamp);
    this.bytes -= waiting.bytes;
    this.frames.add(frame);
    this.hasDecoded = true;
    clearTimeout(this.patience);
    this.patience = this.waiting.size > 0 ? this.watch() : undefined;
    waiting.take(frame);
  }

  /** A decoder that keeps a picture back would hold up everything behind it. */
  private watch(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.fail('decoder keeps pictures back', StatusCode.CLIENT_BAD_TYPE), VIDEO_PATIENCE);
  }

  private attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
    }
  }

  private fail(message: string, code?: StatusCode): void {
    if (this.isOver) {
      return;
    }
    this.stop();
    if (this.isEnding) {
      return; // the number of the stream may be another's by now
    }
    this.failed(message, code ?? (this.hasDecoded ? StatusCode.RESOURCE_CLOSED : StatusCode.CLIENT_BAD_TYPE));
  }

  /** Closes the decoder; what it has not decoded is left out. */
  private stop(): void {
    this.isOver = true;
    clearTimeout(this.patience);
    this.patience = undefined;
    if (this.decoder !== undefined && this.decoder.state !== 'closed') {
      this.decoder.close();
    }
    for (const { take } of this.waiting.values()) {
      take(undefined);
    }
    this.waiting.clear();
  }
}
