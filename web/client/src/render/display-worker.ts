// SPDX-License-Identifier: Apache-2.0

import type { FromWorker, ToWorker } from './messages';
import { Renderer } from './renderer';
import { offscreenFactory } from './surface';

// The worker's side of `worker-host.ts`: a renderer that draws on the canvas that it is given.

/** The part of a worker's global scope that is used here; the library's `lib` is that of a page. */
type WorkerScope = {
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
};

const scope = globalThis as unknown as WorkerScope;
let renderer: Renderer | undefined;
let epoch = 0;

function post(message: FromWorker, transfer: Transferable[] = []): void {
  scope.postMessage(message, transfer);
}

function start(canvas: OffscreenCanvas): Renderer {
  return new Renderer(canvas, offscreenFactory, {
    instructions: (instructions) => post({ type: 'instructions', epoch, instructions }),
    painted: (timestamp, frames) => post({ type: 'painted', epoch, timestamp, frames }),
    refused: (stream, message, code) => post({ type: 'refused', epoch, stream, message, code }),
    resized: (width, height) => post({ type: 'resized', epoch, width, height }),
    cursor: (cursor) =>
      post({ type: 'cursor', epoch, cursor }, cursor.image instanceof ImageBitmap ? [cursor.image] : []),
    failed: ({ code, message }) => post({ type: 'failed', epoch, code, message }),
  });
}

async function answer(id: number, value: () => Promise<Blob> | ImageData | undefined): Promise<void> {
  try {
    const result = await value();
    if (result === undefined) {
      throw new Error('the display has not started');
    }
    post({ type: 'answer', id, value: result });
  } catch (error) {
    post({ type: 'refusal', id, reason: String(error) });
  }
}

scope.addEventListener('message', ({ data: message }) => {
  switch (message.type) {
    case 'start':
      renderer = start(message.canvas);
      break;
    case 'data':
      renderer?.receive(message.text);
      break;
    case 'reset':
      epoch = message.epoch;
      renderer?.reset();
      break;
    case 'encode':
      void answer(message.id, () => renderer?.encode(message.mimetype, message.width, message.height));
      break;
    case 'read':
      void answer(message.id, () => renderer?.read(message.x, message.y, message.width, message.height));
      break;
  }
});

post({ type: 'ready' });
