// SPDX-License-Identifier: Apache-2.0

import { encodeInstruction } from '@palta/guac';
import { Client, Emitter, type Tunnel, type TunnelEvents, type TunnelState, type WorkerMode } from '../../src/index';

/** A tunnel whose far end is the test, by way of the page. */
class PageTunnel extends Emitter<TunnelEvents> implements Tunnel {
  state: TunnelState = 'closed';
  readonly uuid = 'page';
  readonly answered = true;
  readonly sent: string[][] = [];

  connect(): void {
    this.state = 'open';
    this.emit('state', 'open');
  }

  disconnect(): void {
    this.state = 'closed';
    this.emit('state', 'closed');
  }

  send(...elements: (string | number)[]): void {
    this.sent.push(elements.map(String));
  }

  deliver(text: string): void {
    this.emit('data', text);
  }
}

type Outcome = {
  readonly pixels: number[];
  readonly sent: string[][];
  readonly inWorker: boolean;
  readonly cursor: string;
};

/** Draws a frame, waits until it is answered, and returns the pixels at the given places. */
async function draw(worker: WorkerMode, instructions: (string | number)[][], places: number[][]): Promise<Outcome> {
  const tunnel = new PageTunnel();
  const client = new Client(tunnel, { worker });
  document.body.append(client.display.element);
  client.connect();
  const painted = new Promise<void>((resolve, reject) => {
    client.on('sync', () => resolve());
    client.on('error', (status) => reject(new Error(status.toString())));
  });
  const cursor = new Promise<void>((resolve) => {
    client.display.on('cursor', () => resolve());
  });
  tunnel.deliver(instructions.map(([opcode, ...args]) => encodeInstruction(String(opcode), ...args)).join(''));
  await painted;
  const pixels: number[] = [];
  for (const [x = 0, y = 0] of places) {
    pixels.push(...(await client.display.readPixels(x, y, 1, 1)).data);
  }
  if (instructions.some(([opcode]) => opcode === 'cursor')) {
    await cursor;
    // The pointer's picture is encoded after the event.
    for (let i = 0; i < 100 && !client.display.element.style.cursor.startsWith('url'); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  const outcome = {
    pixels,
    sent: tunnel.sent,
    inWorker: client.display.inWorker,
    cursor: client.display.element.style.cursor,
  };
  const thumbnail = await createImageBitmap(await client.display.thumbnail(5, 5));
  const { width, height } = thumbnail;
  client.dispose();
  return { ...outcome, sent: [...outcome.sent, ['thumbnail', String(width), String(height)]] };
}

Object.assign(window, { draw });
