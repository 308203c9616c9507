// SPDX-License-Identifier: Apache-2.0

import { type Status, StatusCode } from '@palta/guac';
import type { Client } from '../client';
import type { Disposable } from '../lifecycle';
import type { OutputStream } from '../stream/output-stream';
import { encodeRaw } from './raw-format';

const RATE = 44100;
const CHANNELS = 2;
const MIMETYPE = `audio/L16;rate=${RATE},channels=${CHANNELS}`;

/** Samples of each channel that are sent in one blob at least. */
const BLOCK = 1024;

type Microphone = { readonly context: AudioContext; readonly media: MediaStream; readonly node: AudioWorkletNode };

/**
 * Sends the microphone to the remote desktop. The stream is offered at once, but the microphone is opened only when the
 * remote wants it; when the remote closes it, a new stream is offered for the next time.
 */
export class AudioRecorder implements Disposable {
  private readonly client: Client;
  private stream: OutputStream | undefined;
  private microphone: Microphone | undefined;
  private samples: Float32Array[][] = [];
  private buffered = 0;

  constructor(client: Client) {
    this.client = client;
  }

  /** Offers the microphone to the remote. */
  start(): void {
    this.stop();
    const stream = this.client.createAudioStream(MIMETYPE);
    this.stream = stream;
    stream.on('ack', (status) => void this.answered(stream, status));
  }

  stop(): void {
    this.closeMicrophone();
    this.stream?.end();
    this.stream?.dispose();
    this.stream = undefined;
  }

  dispose(): void {
    this.stop();
  }

  private async answered(stream: OutputStream, status: Status): Promise<void> {
    if (stream !== this.stream) {
      return;
    }
    if (!status.isError) {
      await this.openMicrophone(stream);
      return;
    }
    this.closeMicrophone();
    this.stream = undefined;
    if (status.code === StatusCode.RESOURCE_CLOSED && this.client.state === 'connected') {
      this.start();
    }
  }

  private async openMicrophone(stream: OutputStream): Promise<void> {
    if (this.microphone !== undefined) {
      return;
    }
    try {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true });
      const context = new AudioContext({ sampleRate: RATE });
      await context.audioWorklet.addModule(new URL('./recorder-worklet.js', import.meta.url));
      const options = { channelCount: CHANNELS, channelCountMode: 'explicit', numberOfOutputs: 0 } as const;
      const node = new AudioWorkletNode(context, 'palta-recorder', options);
      this.microphone = { context, media, node };
      if (stream !== this.stream) {
        this.closeMicrophone();
        return;
      }
      node.port.onmessage = (event: MessageEvent<Float32Array[]>) => this.record(event.data);
      context.createMediaStreamSource(media).connect(node);
    } catch {
      // The user has refused, or there is no microphone.
      if (stream === this.stream) {
        this.stop();
      }
    }
  }

  private closeMicrophone(): void {
    const { microphone } = this;
    this.microphone = undefined;
    this.samples = [];
    this.buffered = 0;
    if (microphone !== undefined) {
      microphone.node.port.onmessage = null;
      for (const track of microphone.media.getTracks()) {
        track.stop();
      }
      void microphone.context.close();
    }
  }

  private record(channels: Float32Array[]): void {
    this.samples.push(channels);
    this.buffered += channels[0]?.length ?? 0;
    if (this.buffered >= BLOCK) {
      for (const block of this.samples) {
        this.stream?.write(encodeRaw(block));
      }
      this.samples = [];
      this.buffered = 0;
    }
  }
}
