// SPDX-License-Identifier: Apache-2.0

import { decodeBase64, INTERNAL_OPCODE, type Instruction, InstructionParser, Status, StatusCode } from '@palta/guac';
import { MAX_IMAGE_BYTES, MAX_IMAGE_STREAMS, MAX_NESTED_PARSERS } from '../limits';
import { Composition } from './composition';
import { drawingHandlers, numberAt, textAt } from './drawing';
import { RenderError } from './layer';
import { PaintQueue } from './paint-queue';
import type { Surface, SurfaceFactory } from './surface';
import { VideoStreams } from './video';

/** The shape of the remote pointer. The image is undefined for one that is not to be seen. */
export type CursorImage = {
  readonly hotspotX: number;
  readonly hotspotY: number;
  readonly image: ImageBitmap | HTMLCanvasElement | undefined;
};

/** Hears what a renderer finds in the instruction stream. */
export interface RendererListener {
  /** Instructions that are not about drawing, in their order. */
  instructions(instructions: Instruction[]): void;
  /** A frame has been painted. */
  painted(timestamp: string, frames: number): void;
  /** A stream cannot be shown, which the server is to be told. */
  refused(stream: number, message: string, code: StatusCode): void;
  resized(width: number, height: number): void;
  cursor(cursor: CursorImage): void;
  failed(status: Status): void;
}

type ImageStream = {
  readonly mask: number;
  readonly layer: number;
  readonly mimetype: string;
  readonly x: number;
  readonly y: number;
  readonly parts: Uint8Array<ArrayBuffer>[];
};

/**
 * Reads the instruction stream and draws what it says. It runs in a worker or on the main thread alike.
 *
 * Text comes in by `receive`. Drawing instructions become steps of a queue, so that those behind a picture that is
 * still being decoded wait for it; all others are handed on at once. Malformed input ends in `failed`.
 */
export class Renderer {
  private readonly composition: Composition;
  private readonly factory: SurfaceFactory;
  private readonly listener: RendererListener;
  private readonly queue: PaintQueue;
  private readonly video: VideoStreams;
  private parser: InstructionParser;
  private nested = new Map<number, InstructionParser>();
  private images = new Map<number, ImageStream>();
  private imageBytes = 0;
  private others: Instruction[] = [];
  private shown = { width: 0, height: 0 };
  private broken = false;

  constructor(output: Surface, factory: SurfaceFactory, listener: RendererListener, budget?: number) {
    this.composition = new Composition(output, factory);
    this.factory = factory;
    this.listener = listener;
    this.queue = new PaintQueue({
      onError: (error) => this.fail(error),
      ...(budget === undefined ? {} : { budget }),
    });
    this.video = new VideoStreams(this.queue, this.composition, (stream, message, code) =>
      listener.refused(stream, message, code),
    );
    this.parser = this.newParser();
  }

  receive(text: string): void {
    if (this.broken) {
      return;
    }
    const error = this.parser.receive(text);
    const others = this.others;
    this.others = [];
    if (others.length > 0) {
      this.listener.instructions(others);
    }
    if (error !== undefined) {
      this.breakOff(error);
    }
  }

  /** Makes ready for a new connection; the last picture stays until that has one of its own. */
  reset(): void {
    this.queue.clear();
    this.video.reset();
    this.composition.reset();
    this.parser = this.newParser();
    this.nested.clear();
    this.images.clear();
    this.imageBytes = 0;
    this.others = [];
    this.broken = false;
  }

  encode(type: string, maxWidth: number, maxHeight: number): Promise<Blob> {
    return this.composition.encode(type, maxWidth, maxHeight);
  }

  read(x: number, y: number, width: number, height: number): ImageData {
    return this.composition.read(x, y, width, height);
  }

  private newParser(): InstructionParser {
    return new InstructionParser((instruction) => this.dispatch(instruction));
  }

  private dispatch(instruction: Instruction): void {
    if (this.broken || instruction.opcode === INTERNAL_OPCODE) {
      return;
    }
    try {
      if (!this.handle(instruction)) {
        this.others.push(instruction);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Handles what is about the picture. Returns false for anything else. */
  private handle({ opcode, args }: Instruction): boolean {
    const draw = drawingHandlers.get(opcode);
    if (draw !== undefined) {
      const step = draw(args);
      this.queue.push(() => step(this.composition));
      return true;
    }
    switch (opcode) {
      case 'img':
        this.openImage(args);
        return true;
      case 'video':
        return this.video.open(numberAt(args, 0), numberAt(args, 1), textAt(args, 2));
      case 'blob':
        return this.receiveBlob(args);
      case 'end':
        return this.endImage(args) || this.video.end(numberAt(args, 0));
      case 'png':
      case 'jpeg':
        this.drawInline(`image/${opcode}`, args);
        return true;
      case 'cursor':
        this.changeCursor(args);
        return true;
      case 'sync':
        this.endFrame(args);
        return true;
      case 'set':
        return this.setProperty(args);
      case 'nest':
        this.receiveNested(args);
        return true;
      default:
        return false;
    }
  }

  private openImage(args: readonly string[]): void {
    const index = numberAt(args, 0);
    if (this.images.size >= MAX_IMAGE_STREAMS && !this.images.has(index)) {
      throw new RenderError('too many image streams');
    }
    this.images.set(index, {
      mask: numberAt(args, 1),
      layer: numberAt(args, 2),
      mimetype: textAt(args, 3),
      x: numberAt(args, 4),
      y: numberAt(args, 5),
      parts: [],
    });
  }

  private receiveBlob(args: readonly string[]): boolean {
    const index = numberAt(args, 0);
    const image = this.images.get(index);
    if (image === undefined && !this.video.has(index)) {
      return false;
    }
    const part = decodeBase64(textAt(args, 1));
    if (part === undefined) {
      throw new RenderError('blob is no base64');
    }
    if (image === undefined) {
      return this.video.receive(index, part);
    }
    this.countImageBytes(part.length);
    image.parts.push(part);
    return true;
  }

  private endImage(args: readonly string[]): boolean {
    const index = numberAt(args, 0);
    const image = this.images.get(index);
    if (image === undefined) {
      return false;
    }
    this.images.delete(index);
    this.drawImage(image);
    return true;
  }

  private drawInline(mimetype: string, args: readonly string[]): void {
    const part = decodeBase64(textAt(args, 4));
    if (part === undefined) {
      throw new RenderError('inline picture is no base64');
    }
    this.countImageBytes(part.length);
    const [mask, layer, x, y] = [numberAt(args, 0), numberAt(args, 1), numberAt(args, 2), numberAt(args, 3)];
    this.drawImage({ mask, layer, mimetype, x, y, parts: [part] });
  }

  /** Begins to decode a picture, and queues its drawing. One that cannot be decoded leaves no trace. */
  private drawImage(image: ImageStream): void {
    const blob = new Blob(image.parts, { type: image.mimetype });
    this.queue.pushAfter(this.factory.decode(blob), (picture) => {
      this.countImageBytes(-blob.size);
      if (picture !== undefined) {
        this.composition.layer(image.layer).drawPicture(image.mask, picture, image.x, image.y);
        picture.close();
      }
    });
  }

  private countImageBytes(bytes: number): void {
    this.imageBytes += bytes;
    if (this.imageBytes > MAX_IMAGE_BYTES) {
      throw new RenderError('too many pictures are waiting');
    }
  }

  private changeCursor(args: readonly string[]): void {
    const [hotspotX, hotspotY, source] = [numberAt(args, 0), numberAt(args, 1), numberAt(args, 2)];
    const [x, y, width, height] = [numberAt(args, 3), numberAt(args, 4), numberAt(args, 5), numberAt(args, 6)];
    this.queue.push(() => {
      if (width <= 0 || height <= 0) {
        this.listener.cursor({ hotspotX, hotspotY, image: undefined });
        return;
      }
      // A buffer of this renderer's own, outside the protocol's numbers, bounds the size like that of any layer.
      const layer = this.composition.layer(CURSOR_LAYER);
      layer.resize(0, 0);
      layer.resize(width, height);
      layer.copyFrom(0xc, this.composition.layer(source), { x, y, width, height }, 0, 0);
      const surface = layer.surface;
      this.composition.remove(CURSOR_LAYER);
      if (surface !== undefined) {
        const image = 'transferToImageBitmap' in surface ? surface.transferToImageBitmap() : surface;
        this.listener.cursor({ hotspotX, hotspotY, image });
      }
    });
  }

  private endFrame(args: readonly string[]): void {
    const timestamp = textAt(args, 0);
    const frames = args[1] === undefined ? 0 : numberAt(args, 1);
    this.queue.push(() => {
      this.composition.present();
      const { width, height } = this.composition;
      if (width !== this.shown.width || height !== this.shown.height) {
        this.shown = { width, height };
        this.listener.resized(width, height);
      }
      this.listener.painted(timestamp, frames);
    });
  }

  /** Handles the one property that concerns drawing. */
  private setProperty(args: readonly string[]): boolean {
    if (args[1] !== 'miter-limit') {
      return false;
    }
    const layer = numberAt(args, 0);
    const limit = numberAt(args, 2);
    this.queue.push(() => this.composition.layer(layer).setMiterLimit(limit));
    return true;
  }

  private receiveNested(args: readonly string[]): void {
    const index = numberAt(args, 0);
    let parser = this.nested.get(index);
    if (parser === undefined) {
      if (this.nested.size >= MAX_NESTED_PARSERS) {
        throw new RenderError('too many nested streams');
      }
      parser = this.newParser();
      this.nested.set(index, parser);
    }
    const error = parser.receive(textAt(args, 1));
    if (error !== undefined) {
      this.breakOff(error);
    }
  }

  private fail(error: unknown): void {
    this.breakOff(new Status(StatusCode.SERVER_ERROR, error instanceof Error ? error.message : String(error)));
  }

  private breakOff(status: Status): void {
    if (!this.broken) {
      this.broken = true;
      this.queue.clear();
      this.video.reset();
      this.listener.failed(status);
    }
  }
}

const CURSOR_LAYER = Number.NEGATIVE_INFINITY;
