// SPDX-License-Identifier: Apache-2.0

import { MAX_STREAMS, Status, StatusCode } from '@palta/guac';
import { MAX_INPUT_STREAMS, MAX_OBJECTS } from '../limits';
import { InputStream, type InputStreamOwner } from './input-stream';
import { OutputStream, type OutputStreamOwner } from './output-stream';
import { type FilesystemOwner, RemoteFilesystem } from './remote-filesystem';

/** What the streams of a connection need of its client. */
export interface StreamTransport {
  send(opcode: string, ...args: (string | number)[]): void;
}

/** The streams and filesystem objects of a connection, by their numbers. */
export class StreamTable implements InputStreamOwner, OutputStreamOwner, FilesystemOwner {
  private readonly transport: StreamTransport;
  private readonly inputs = new Map<number, InputStream>();
  private readonly outputs = new Map<number, OutputStream>();
  private readonly objects = new Map<number, RemoteFilesystem>();

  constructor(transport: StreamTransport) {
    this.transport = transport;
  }

  send(opcode: string, ...args: (string | number)[]): void {
    this.transport.send(opcode, ...args);
  }

  acknowledge(index: number, message: string, code: number): void {
    this.send('ack', index, message, code);
  }

  release(stream: InputStream | OutputStream): void {
    const table: Map<number, InputStream | OutputStream> = stream instanceof OutputStream ? this.outputs : this.inputs;
    if (table.get(stream.index) === stream) {
      table.delete(stream.index);
    }
  }

  /** Begins a stream to the server with an instruction that carries the stream's number after `before`. */
  open(opcode: string, before: readonly number[], ...after: readonly string[]): OutputStream {
    let index = 0;
    while (this.outputs.has(index)) {
      index++;
    }
    const stream = new OutputStream(index, this);
    if (index >= MAX_STREAMS) {
      stream.fail(new Status(StatusCode.CLIENT_TOO_MANY, 'too many streams'));
      return stream;
    }
    this.outputs.set(index, stream);
    this.send(opcode, ...before, index, ...after);
    return stream;
  }

  createObjectOutputStream(object: number, mimetype: string, name: string): OutputStream {
    return this.open('put', [object], mimetype, name);
  }

  /** Takes a stream that the server begins. One too many is refused. */
  accept(index: number, mimetype: string): InputStream {
    const stream = new InputStream(index, mimetype, this);
    this.inputs.get(index)?.fail(new Status(StatusCode.RESOURCE_CLOSED, 'replaced by another stream'));
    this.inputs.set(index, stream);
    if (this.inputs.size > MAX_INPUT_STREAMS) {
      stream.refuse(StatusCode.CLIENT_TOO_MANY, 'too many streams');
    }
    return stream;
  }

  receiveBlob(index: number, base64: string): void {
    this.inputs.get(index)?.receive(base64);
  }

  receiveEnd(index: number): void {
    const stream = this.inputs.get(index);
    this.inputs.delete(index);
    stream?.end();
  }

  receiveAck(index: number, status: Status): void {
    this.outputs.get(index)?.receive(status);
  }

  /** Takes an object that the server offers, or undefined if there are too many. */
  define(index: number, name: string): RemoteFilesystem | undefined {
    if (this.objects.size >= MAX_OBJECTS && !this.objects.has(index)) {
      return undefined;
    }
    const filesystem = new RemoteFilesystem(index, name, this);
    this.objects.set(index, filesystem);
    return filesystem;
  }

  undefine(index: number): RemoteFilesystem | undefined {
    const filesystem = this.objects.get(index);
    this.objects.delete(index);
    filesystem?.fail(new Status(StatusCode.RESOURCE_CLOSED, 'filesystem removed'));
    return filesystem;
  }

  object(index: number): RemoteFilesystem | undefined {
    return this.objects.get(index);
  }

  /** Ends everything, because the connection has ended. Returns the filesystems that are gone. */
  close(status: Status): RemoteFilesystem[] {
    const filesystems = [...this.objects.values()];
    const all = [...this.inputs.values(), ...this.outputs.values(), ...filesystems];
    this.inputs.clear();
    this.outputs.clear();
    this.objects.clear();
    for (const one of all) {
      one.fail(status);
    }
    return filesystems;
  }
}
