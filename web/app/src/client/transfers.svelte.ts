// SPDX-License-Identifier: Apache-2.0

/** Files on their way in or out of one connection (CLI-35). */

import { type Client, type InputStream, type RemoteFilesystem, StreamError } from '@palta/client';
import { baseName } from './files';
import { describeTransfer } from './problem';

export type Transfer = {
  readonly id: number;
  readonly direction: 'upload' | 'download';
  readonly name: string;
  /** Undefined where the other side does not tell the size. */
  readonly total?: number;
  sent: number;
  state: 'running' | 'done' | 'failed';
  error: string;
  cancel?: () => void;
};

export type TransfersConfig = {
  client: Client;
  /** Text of a translation key. */
  text: (key: string) => string;
  /** The address at which the gateway hands out a stream of the session as a file. */
  streamAddress: (index: number, name: string) => string;
};

export class Transfers {
  list = $state<Transfer[]>([]);

  private readonly config: TransfersConfig;
  private count = 0;

  constructor(config: TransfersConfig) {
    this.config = config;
    config.client.on('file', (stream, name) => void this.save(stream, name));
  }

  /** Offers files to the remote side, as by a drop on the display. */
  async upload(files: File[]): Promise<void> {
    await Promise.all(files.map((file) => this.send(file)));
  }

  async uploadTo(filesystem: RemoteFilesystem, path: string, files: File[]): Promise<void> {
    for (const file of files) await this.send(file, { filesystem, path });
  }

  /** Downloads a file through the gateway, at whatever size, without holding it in memory (CLI-36). */
  async download(filesystem: RemoteFilesystem, path: string): Promise<void> {
    await this.save(await filesystem.open(path), baseName(path));
  }

  describe(error: unknown): string {
    const { text } = this.config;
    return text(error instanceof StreamError ? describeTransfer(error.status.code) : 'CLIENT_FILES.ERROR_DEFAULT');
  }

  /** Forgets what is finished. */
  clear(): void {
    this.list = this.list.filter((transfer) => transfer.state === 'running');
  }

  private async save(stream: InputStream, name: string): Promise<void> {
    const transfer = this.start({ direction: 'download', name });
    const link = document.createElement('a');
    link.href = this.config.streamAddress(stream.index, name);
    link.download = name;
    link.click();
    try {
      await stream.relayed();
      finish(transfer);
    } catch (error) {
      finish(transfer, this.describe(error));
    }
  }

  private async send(file: File, to: { filesystem?: RemoteFilesystem; path?: string } = {}): Promise<void> {
    const abort = new AbortController();
    const transfer = this.start({
      direction: 'upload',
      name: file.name,
      total: file.size,
      cancel: () => abort.abort(),
    });
    try {
      await this.config.client.sendFile(file, file.name, {
        ...to,
        signal: abort.signal,
        onProgress: (sent) => {
          transfer.sent = sent;
        },
      });
      finish(transfer);
    } catch (error) {
      finish(transfer, abort.signal.aborted ? this.config.text('CLIENT_FILES.ERROR_CANCELLED') : this.describe(error));
    }
  }

  private start(transfer: Pick<Transfer, 'direction' | 'name' | 'total' | 'cancel'>): Transfer {
    this.list.push({ ...transfer, id: ++this.count, sent: 0, state: 'running', error: '' });
    // The proxy is what a later change has to go through to be seen.
    return this.list[this.list.length - 1] as Transfer;
  }
}

function finish(transfer: Transfer, error = ''): void {
  transfer.state = error === '' ? 'done' : 'failed';
  transfer.error = error;
}
