// SPDX-License-Identifier: Apache-2.0

/** The layout of raw sound: signed PCM, little endian, channels interleaved. */
export type RawFormat = {
  readonly bytesPerSample: 1 | 2;
  readonly rate: number;
  readonly channels: number;
};

/** Parses a mimetype such as `audio/L16;rate=44100,channels=2`. Returns undefined for other kinds of sound. */
export function parseRawFormat(mimetype: string): RawFormat | undefined {
  const match = /^audio\/L(8|16)\s*;(.*)$/i.exec(mimetype);
  if (match === null) {
    return undefined;
  }
  const parameters = new Map<string, number>();
  for (const parameter of (match[2] ?? '').split(/[,;]/)) {
    const [name = '', value = ''] = parameter.split('=');
    parameters.set(name.trim().toLowerCase(), Number(value));
  }
  const rate = parameters.get('rate') ?? 0;
  const channels = parameters.get('channels') ?? 1;
  const valid = rate >= 3000 && rate <= 384_000 && Number.isInteger(channels) && channels >= 1 && channels <= 32;
  return valid ? { bytesPerSample: match[1] === '8' ? 1 : 2, rate, channels } : undefined;
}

/** Splits raw sound into its channels, as numbers from -1 to 1. An incomplete sample at the end is left out. */
export function decodeRaw(format: RawFormat, data: Uint8Array): Float32Array<ArrayBuffer>[] {
  const { bytesPerSample, channels } = format;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const frames = Math.floor(data.length / (bytesPerSample * channels));
  const out = Array.from({ length: channels }, () => new Float32Array(frames));
  for (const [channel, samples] of out.entries()) {
    for (let frame = 0; frame < frames; frame++) {
      const at = (frame * channels + channel) * bytesPerSample;
      samples[frame] = bytesPerSample === 1 ? view.getInt8(at) / 128 : view.getInt16(at, true) / 32768;
    }
  }
  return out;
}

/** Joins channels into raw sound of 16 bit. */
export function encodeRaw(channels: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const frames = channels[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(frames * channels.length * 2));
  for (const [channel, samples] of channels.entries()) {
    for (let frame = 0; frame < frames; frame++) {
      const sample = Math.max(-1, Math.min(1, samples[frame] ?? 0));
      view.setInt16((frame * channels.length + channel) * 2, Math.round(sample * 32767), true);
    }
  }
  return new Uint8Array(view.buffer);
}
