// SPDX-License-Identifier: Apache-2.0

import { ROOT_STREAM, STREAM_INDEX_MIMETYPE, Status, StatusCode } from '@palta/guac';
import { type InputStream, StreamError } from './input-stream';
import type { OutputStream } from './output-stream';

/** One line of a directory listing. */
export type FilesystemEntry = {
  readonly path: string;
  readonly name: string;
  readonly mimetype: string;
  readonly directory: boolean;
};

/** What a filesystem needs of its client. */
export interface FilesystemOwner {
  send(opcode: string, ...args: (string | number)[]): void;
  createObjectOutputStream(object: number, mimetype: string, name: string): OutputStream;
}

type Request = { readonly resolve: (stream: InputStream) => void; readonly reject: (error: StreamError) => void };

/** A filesystem that the server offers: an object whose streams are named by absolute paths. */
export class RemoteFilesystem {
  readonly index: number;
  readonly name: string;
  private readonly owner: FilesystemOwner;
  private readonly requests = new Map<string, Request[]>();
  private ended: Status | undefined;

  constructor(index: number, name: string, owner: FilesystemOwner) {
    this.index = index;
    this.name = name;
    this.owner = owner;
  }

  /** Reads a directory; without a path, the root. Directories come first, then by name. */
  async list(path: string = ROOT_STREAM): Promise<FilesystemEntry[]> {
    const stream = await this.open(path);
    if (stream.mimetype !== STREAM_INDEX_MIMETYPE) {
      stream.refuse(StatusCode.CLIENT_BAD_TYPE, 'not a directory');
      throw new StreamError(new Status(StatusCode.CLIENT_BAD_TYPE, `${path} is not a directory`));
    }
    return parseIndex(await stream.text());
  }

  /** Opens a file or the listing of a directory. */
  open(path: string): Promise<InputStream> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(new StreamError(this.ended));
        return;
      }
      const requests = this.requests.get(path) ?? [];
      requests.push({ resolve, reject });
      this.requests.set(path, requests);
      this.owner.send('get', this.index, path);
    });
  }

  /** Opens a file for writing. */
  create(path: string, mimetype = 'application/octet-stream'): OutputStream {
    return this.owner.createObjectOutputStream(this.index, mimetype, path);
  }

  /** Takes a `body`. Returns false if nobody has asked for it. */
  receive(stream: InputStream, path: string): boolean {
    const requests = this.requests.get(path);
    const request = requests?.shift();
    if (requests?.length === 0) {
      this.requests.delete(path);
    }
    request?.resolve(stream);
    return request !== undefined;
  }

  /** Ends the filesystem: `undefine`, or the end of the connection. */
  fail(status: Status): void {
    this.ended = status;
    const requests = [...this.requests.values()].flat();
    this.requests.clear();
    for (const { reject } of requests) {
      reject(new StreamError(status));
    }
  }
}

function parseIndex(json: string): FilesystemEntry[] {
  let index: unknown;
  try {
    index = JSON.parse(json);
  } catch {
    index = undefined;
  }
  if (typeof index !== 'object' || index === null) {
    throw new StreamError(new Status(StatusCode.SERVER_ERROR, 'malformed directory listing'));
  }
  const entries = Object.entries(index).map(([path, mimetype]) => ({
    path,
    name: baseName(path),
    mimetype: String(mimetype),
    directory: mimetype === STREAM_INDEX_MIMETYPE,
  }));
  return entries.sort((a, b) => Number(b.directory) - Number(a.directory) || a.name.localeCompare(b.name));
}

function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}
