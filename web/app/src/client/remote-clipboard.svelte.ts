// SPDX-License-Identifier: Apache-2.0

/** The clipboard of the remote side, and its exchange with the one of this device (CLI-32). */

import type { Client, InputStream } from '@palta/client';
import { readDeviceClipboard, writeDeviceClipboard } from './device-clipboard';

export class RemoteClipboard {
  /** The text that the remote side has. */
  text = $state('');

  private readonly client: Client;
  private readonly shown: () => boolean;
  /** What was exchanged with this device last, which is not sent back. */
  private exchanged: string | Blob | undefined;

  constructor(client: Client, shown: () => boolean) {
    this.client = client;
    this.shown = shown;
    client.on('clipboard', (stream) => void this.receive(stream));
  }

  /** A new connection knows nothing of what the last one was given. */
  reset(): void {
    this.exchanged = undefined;
  }

  /** Takes a text that the user wrote into both clipboards. */
  edit(text: string): void {
    this.send(text);
    void writeDeviceClipboard(text);
  }

  send(text: string): void {
    this.text = text;
    this.exchanged = text;
    this.client.sendClipboard(text);
  }

  /** Sends what this device has, unless it came from there or is there already. */
  offer(data: string | Blob): void {
    if (typeof data === 'string') {
      if (data !== '' && data !== this.exchanged) this.send(data);
      return;
    }
    const known = this.exchanged instanceof Blob && this.exchanged.size === data.size;
    if (known) return;
    this.exchanged = data;
    this.client.sendClipboard(data);
  }

  async offerDevice(): Promise<void> {
    const data = await readDeviceClipboard();
    if (data !== undefined) this.offer(data);
  }

  private async receive(stream: InputStream): Promise<void> {
    try {
      const isText = stream.mimetype.startsWith('text/');
      const data = isText ? await stream.text() : await stream.blob();
      if (typeof data === 'string') this.text = data;
      this.exchanged = data;
      if (this.shown() && document.hasFocus()) await writeDeviceClipboard(data);
    } catch {
      // A clipboard that ends half-way is no clipboard.
    }
  }
}
