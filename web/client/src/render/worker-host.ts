// SPDX-License-Identifier: Apache-2.0

import { Status, StatusCode } from '@palta/guac';
import { DisposableStore, listen } from '../lifecycle';
import { type HostListener, LocalHost, type RendererHost } from './host';
import type { FromWorker, ToWorker } from './messages';

type Pending = { resolve: (value: Blob | ImageData) => void; reject: (reason: Error) => void };

/** Whether this browser can draw in a worker. */
export function canDrawInWorker(): boolean {
  return (
    typeof Worker !== 'undefined' &&
    typeof OffscreenCanvas !== 'undefined' &&
    typeof HTMLCanvasElement.prototype.transferControlToOffscreen === 'function'
  );
}

/**
 * Draws in a worker, so that neither parsing nor painting delays input. Should the worker not start (a strict content
 * security policy, an old browser), a local host takes over with what has been received so far.
 */
export class WorkerHost implements RendererHost {
  private readonly listener: HostListener;
  private readonly bound = new DisposableStore();
  private readonly pending = new Map<number, Pending>();
  private element: HTMLCanvasElement;
  private worker: Worker | undefined;
  private substitute: LocalHost | undefined;
  /** Until the worker is known to work, what it was told. */
  private unconfirmed: string[] | undefined = [];
  private epoch = 0;
  private lastId = 0;

  constructor(listener: HostListener) {
    this.listener = listener;
    this.element = document.createElement('canvas');
    this.start();
  }

  get canvas(): HTMLCanvasElement {
    return this.element;
  }

  get inWorker(): boolean {
    return this.substitute === undefined;
  }

  receive(text: string): void {
    this.unconfirmed?.push(text);
    if (this.substitute === undefined) {
      this.post({ type: 'data', text });
    } else {
      this.substitute.receive(text);
    }
  }

  reset(): void {
    this.epoch++;
    this.substitute?.reset();
    if (this.unconfirmed !== undefined) {
      this.unconfirmed = [];
    }
    this.post({ type: 'reset', epoch: this.epoch });
  }

  async encode(mimetype: string, width: number, height: number): Promise<Blob> {
    if (this.substitute !== undefined) {
      return this.substitute.encode(mimetype, width, height);
    }
    return (await this.ask((id) => ({ type: 'encode', id, mimetype, width, height }))) as Blob;
  }

  async read(x: number, y: number, width: number, height: number): Promise<ImageData> {
    if (this.substitute !== undefined) {
      return this.substitute.read(x, y, width, height);
    }
    return (await this.ask((id) => ({ type: 'read', id, x, y, width, height }))) as ImageData;
  }

  caughtUp(done: () => void): void {
    if (this.substitute !== undefined) {
      done();
      return;
    }
    // The worker answers in order, and what it told before is handled before.
    this.read(0, 0, 1, 1).then(done, done);
  }

  dispose(): void {
    this.stop('the display was closed');
    this.substitute?.dispose();
  }

  private start(): void {
    try {
      this.worker = new Worker(new URL('./display-worker.ts', import.meta.url), { type: 'module' });
      this.bound.add(listen<ErrorEvent>(this.worker, 'error', (event) => this.workerFailed(event)));
      this.bound.add(listen<MessageEvent<FromWorker>>(this.worker, 'message', (event) => this.handle(event.data)));
      const canvas = this.element.transferControlToOffscreen();
      this.post({ type: 'start', canvas }, [canvas]);
    } catch {
      this.takeOver();
    }
  }

  private stop(reason: string): void {
    this.bound.clear();
    this.worker?.terminate();
    this.worker = undefined;
    for (const { reject } of this.pending.values()) {
      reject(new Error(reason));
    }
    this.pending.clear();
  }

  private workerFailed(event: ErrorEvent): void {
    if (this.unconfirmed !== undefined) {
      this.takeOver();
      return;
    }
    this.listener.failed(new Status(StatusCode.SERVER_ERROR, `display worker: ${event.message}`));
  }

  /** Goes on without a worker. */
  private takeOver(): void {
    const received = this.unconfirmed ?? [];
    this.unconfirmed = undefined;
    this.stop('the display worker cannot be started');
    this.substitute = new LocalHost(this.listener);
    this.element = this.substitute.canvas;
    this.listener.canvasChanged(this.element);
    for (const text of received) {
      this.substitute.receive(text);
    }
  }

  private post(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker?.postMessage(message, transfer);
  }

  private ask(message: (id: number) => ToWorker): Promise<Blob | ImageData> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      if (this.worker === undefined) {
        reject(new Error('the display was closed'));
        return;
      }
      this.pending.set(id, { resolve, reject });
      this.post(message(id));
    });
  }

  private handle(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.unconfirmed = undefined;
        return;
      case 'answer':
        this.pending.get(message.id)?.resolve(message.value);
        this.pending.delete(message.id);
        return;
      case 'refusal':
        this.pending.get(message.id)?.reject(new Error(message.reason));
        this.pending.delete(message.id);
        return;
      default:
        // What was on its way from an earlier connection is of no interest.
        if (message.epoch === this.epoch) {
          this.report(message);
        }
    }
  }

  private report(message: Extract<FromWorker, { epoch: number }>): void {
    switch (message.type) {
      case 'instructions':
        this.listener.instructions(message.instructions);
        break;
      case 'painted':
        this.listener.painted(message.timestamp, message.frames);
        break;
      case 'refused':
        this.listener.refused(message.stream, message.message, message.code);
        break;
      case 'resized':
        this.listener.resized(message.width, message.height);
        break;
      case 'cursor':
        this.listener.cursor(message.cursor);
        break;
      case 'failed':
        this.listener.failed(new Status(message.code, message.message));
        break;
    }
  }
}
