// SPDX-License-Identifier: Apache-2.0

import { encodeInstruction } from '@palta/guac';
import { Emitter } from '../src/lifecycle';
import type { Context, Surface, SurfaceFactory } from '../src/render/surface';
import type { Tunnel, TunnelEvents, TunnelState } from '../src/tunnel/tunnel';

/** Instructions as text, one array each. */
export function text(...instructions: (string | number)[][]): string {
  return instructions.map(([opcode, ...args]) => encodeInstruction(String(opcode), ...args)).join('');
}

/** A tunnel whose far end is the test. */
export class FakeTunnel extends Emitter<TunnelEvents> implements Tunnel {
  state: TunnelState = 'closed';
  uuid = '';
  answered = false;
  data = '';
  readonly sent: string[] = [];
  disposed = false;

  connect(data: string): void {
    this.data = data;
    this.change('connecting');
  }

  disconnect(): void {
    if (this.state !== 'closed') {
      this.change('closed');
    }
  }

  send(opcode: string, ...args: (string | number)[]): void {
    this.sent.push([opcode, ...args].join(' '));
  }

  override dispose(): void {
    this.disposed = true;
    super.dispose();
  }

  change(state: TunnelState): void {
    this.state = state;
    this.emit('state', state);
  }

  open(uuid = 'an-id'): void {
    this.uuid = uuid;
    this.change('open');
    this.emit('uuid', uuid);
  }

  deliver(...instructions: (string | number)[][]): void {
    this.emit('data', text(...instructions));
  }

  deliverText(data: string): void {
    this.emit('data', data);
  }

  fail(status: TunnelEvents['error'][0]): void {
    this.state = 'closed';
    this.emit('error', status);
    this.emit('state', 'closed');
  }
}

/** A WebSocket whose far end is the test. */
export class FakeWebSocket extends EventTarget {
  static readonly OPEN = 1;
  static instances: FakeWebSocket[] = [];
  readyState = 1;
  readonly sent: string[] = [];
  closed = false;
  readonly url: string;
  readonly protocol: string;

  constructor(url: string, protocol: string) {
    super();
    this.url = url;
    this.protocol = protocol;
    FakeWebSocket.instances.push(this);
  }

  static get last(): FakeWebSocket {
    const last = FakeWebSocket.instances.at(-1);
    if (last === undefined) {
      throw new Error('no WebSocket was opened');
    }
    return last;
  }

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
    this.readyState = 3;
  }

  message(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }

  end(code: number, reason = ''): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason }));
  }
}

/** A picture that is decoded when the test says so. */
export type FakePicture = { readonly type: string; resolve(): void; reject(): void };

/**
 * Bitmaps that write down what is done to them, in one log for all: `3x2.fillRect 0,0,1,1`. Pixels are checked in real
 * browsers.
 */
export class FakeSurfaces implements SurfaceFactory {
  readonly log: string[] = [];
  readonly pictures: FakePicture[] = [];

  create(width: number, height: number): Surface {
    const surface = { width, height, getContext: () => context, transferToImageBitmap: () => surface };
    const context = new Proxy({} as Record<string, unknown>, {
      get: (target, name: string) => {
        if (name in target) {
          return target[name];
        }
        return (...args: unknown[]) => {
          const shown = args.map((arg) => (typeof arg === 'object' ? '#' : String(arg))).join(',');
          this.log.push(`${surface.width}x${surface.height}.${name} ${shown}`);
          if (name === 'getImageData') {
            return { data: new Uint8ClampedArray(4 * Number(args[2]) * Number(args[3])) };
          }
          return undefined;
        };
      },
    }) as unknown as Context;
    return surface as unknown as Surface;
  }

  decode(picture: Blob): Promise<ImageBitmap> {
    return new Promise((resolve, reject) => {
      this.pictures.push({
        type: picture.type,
        resolve: () => resolve({ width: 2, height: 2, close: () => {} } as ImageBitmap),
        reject: () => reject(new Error('broken picture')),
      });
    });
  }

  /** What was drawn with one method. */
  calls(method: string): string[] {
    return this.log.filter((line) => line.includes(`.${method} `));
  }
}

/** Lets promises that are settled take effect. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await Promise.resolve();
  }
}
