// SPDX-License-Identifier: Apache-2.0

import { type Disposable, DisposableStore, listen } from '../lifecycle';
import { MAX_AUDIO_LATENCY } from '../limits';
import { decodeRaw, type RawFormat } from './raw-format';

/** What a user may do that allows a page to make sound. */
const gestures = ['pointerdown', 'keydown', 'touchend'] as const;

/** The one output of sound of a client. It begins to play with the user's first gesture, as browsers demand. */
export class AudioOutput implements Disposable {
  private readonly bound = new DisposableStore();
  private opened: AudioContext | undefined;

  /** Whether this browser plays sound. */
  static get supported(): boolean {
    return typeof AudioContext !== 'undefined';
  }

  get context(): AudioContext {
    if (this.opened === undefined) {
      const context = new AudioContext({ latencyHint: 'interactive' });
      this.opened = context;
      const resume = () => {
        void context.resume();
        this.bound.clear();
      };
      if (context.state === 'suspended') {
        for (const gesture of gestures) {
          this.bound.add(listen(window, gesture, resume, { capture: true }));
        }
      }
    }
    return this.opened;
  }

  dispose(): void {
    this.bound.dispose();
    void this.opened?.close();
    this.opened = undefined;
  }
}

/** Plays one raw sound stream, packet after packet, close behind its arrival. */
export class AudioPlayer {
  private readonly output: AudioOutput;
  private readonly format: RawFormat;
  /** When the next packet is due, on the clock of the audio context. */
  private next = 0;

  constructor(output: AudioOutput, format: RawFormat) {
    this.output = output;
    this.format = format;
  }

  /** Schedules a packet. One that would play too late is left out, so that sound does not fall behind the picture. */
  play(data: Uint8Array): void {
    const { context } = this.output;
    const channels = decodeRaw(this.format, data);
    const frames = channels[0]?.length ?? 0;
    const now = context.currentTime;
    if (frames === 0 || context.state !== 'running' || this.next > now + MAX_AUDIO_LATENCY) {
      return;
    }
    const buffer = context.createBuffer(channels.length, frames, this.format.rate);
    for (const [index, samples] of channels.entries()) {
      buffer.copyToChannel(samples, index);
    }
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    const start = Math.max(now, this.next);
    source.start(start);
    this.next = start + buffer.duration;
  }
}
