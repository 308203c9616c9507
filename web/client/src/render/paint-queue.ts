// SPDX-License-Identifier: Apache-2.0

import { MAX_QUEUED_STEPS } from '../limits';

type Step = { ready: boolean; run: () => void };

/** Options of a queue. */
export type PaintQueueOptions = {
  /** How long steps run before others get their turn, in milliseconds; default is without limit. */
  readonly budget?: number;
  /** Called with what a step has thrown; the queue is cleared before. */
  readonly onError: (error: unknown) => void;
};

/**
 * Runs drawing steps strictly in their order, although some have to wait for a picture to be decoded.
 * Decoding itself begins at once, so pictures of one frame decode side by side.
 */
export class PaintQueue {
  private readonly budget: number;
  private readonly onError: (error: unknown) => void;
  private steps: Step[] = [];
  private head = 0;
  private running = false;
  private resting = false;
  private generation = 0;

  constructor(options: PaintQueueOptions) {
    this.budget = options.budget ?? Number.POSITIVE_INFINITY;
    this.onError = options.onError;
  }

  /** Runs a step after all before it: now, if nothing is waiting. */
  push(run: () => void): void {
    this.append({ ready: true, run });
  }

  /** Runs a step after all before it and once the promise has settled; a rejected one yields undefined. */
  pushAfter<T>(promise: Promise<T>, run: (value: T | undefined) => void): void {
    const step: Step = { ready: false, run: () => {} };
    const generation = this.generation;
    const settle = (value: T | undefined) => {
      step.run = () => run(value);
      step.ready = true;
      if (generation === this.generation) {
        this.drain();
      }
    };
    promise.then(settle, () => settle(undefined));
    this.append(step);
  }

  /** Forgets all waiting steps. */
  clear(): void {
    this.steps = [];
    this.head = 0;
    this.generation++;
  }

  private append(step: Step): void {
    if (this.steps.length - this.head >= MAX_QUEUED_STEPS) {
      this.clear();
      this.onError(new Error('too many drawing steps are waiting'));
      return;
    }
    this.steps.push(step);
    this.drain();
  }

  private drain(): void {
    if (this.running || this.resting) {
      return;
    }
    this.running = true;
    const deadline = this.budget === Number.POSITIVE_INFINITY ? this.budget : performance.now() + this.budget;
    try {
      this.runSteps(deadline);
    } catch (error) {
      this.clear();
      this.onError(error);
    } finally {
      this.running = false;
    }
  }

  private runSteps(deadline: number): void {
    for (let step = this.steps[this.head]; step?.ready; step = this.steps[this.head]) {
      this.head++;
      step.run();
      if (this.head >= this.steps.length) {
        this.steps = [];
        this.head = 0;
        return;
      }
      if (performance.now() > deadline) {
        this.rest();
        return;
      }
    }
    if (this.head > 1024) {
      this.steps = this.steps.slice(this.head);
      this.head = 0;
    }
  }

  private rest(): void {
    this.resting = true;
    setTimeout(() => {
      this.resting = false;
      this.drain();
    }, 0);
  }
}
