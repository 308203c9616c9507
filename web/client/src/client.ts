// SPDX-License-Identifier: Apache-2.0

import { type Instruction, MessageCode, Status, StatusCode } from '@palta/guac';
import { AudioOutput, AudioPlayer } from './audio/audio-player';
import { parseRawFormat } from './audio/raw-format';
import { Display, type WorkerMode } from './display';
import type { MouseState } from './input/mouse';
import type { TouchState } from './input/multi-touch';
import { type Disposable, Emitter, toDisposable } from './lifecycle';
import type { ErrorOrigin } from './reconnect';
import type { InputStream } from './stream/input-stream';
import type { OutputStream, SendOptions } from './stream/output-stream';
import type { RemoteFilesystem } from './stream/remote-filesystem';
import { StreamTable } from './stream/stream-table';
import type { Tunnel, TunnelState } from './tunnel/tunnel';

/**
 * What a client is doing: `waiting` is connected to the gateway but without a picture, `connected` is from the first
 * frame on.
 */
export type ClientState = 'idle' | 'connecting' | 'waiting' | 'connected' | 'disconnecting' | 'disconnected';

export type ClientOptions = {
  /** Where to draw; default is `auto`. */
  readonly worker?: WorkerMode;
  /** Whether to play sound; default is true. */
  readonly audio?: boolean;
};

export type ClientEvents = {
  state: [state: ClientState];
  error: [status: Status, origin: ErrorOrigin];
  unstable: [unstable: boolean];
  uuid: [uuid: string];
  name: [name: string];
  clipboard: [stream: InputStream];
  file: [stream: InputStream, name: string];
  pipe: [stream: InputStream, name: string];
  argv: [stream: InputStream, name: string];
  /** Sound that the built-in player does not know. */
  audio: [stream: InputStream];
  filesystem: [filesystem: RemoteFilesystem];
  filesystemgone: [filesystem: RemoteFilesystem];
  /** The server waits for these parameters; answer with `sendArgument`. */
  required: [parameters: string[]];
  msg: [code: number, args: string[]];
  join: [userId: string, username: string];
  leave: [userId: string, username: string];
  /** How many touches at a time the server takes; see `sendTouch`. */
  multitouch: [layer: number, touches: number];
  /** A frame has been painted. */
  sync: [timestamp: number, frames: number];
};

/** Options of `sendFile`. */
export type SendFileOptions = SendOptions & {
  /** Writes to a filesystem of the server instead of offering a file. */
  readonly filesystem?: RemoteFilesystem;
  /** The directory in that filesystem; default is its root. */
  readonly path?: string;
};

/** Characters of the reason that a server is told for a refusal. */
const MAX_REASON = 200;

/** How often the server hears that the client is still there, in milliseconds. */
const KEEP_ALIVE_INTERVAL = 5000;

/**
 * One connection to a remote desktop, as its user sees it. It owns its display, and takes over the tunnel.
 *
 * Instructions reach it from the display's renderer, which has drawn what is for drawing and hands on the rest.
 */
export class Client extends Emitter<ClientEvents> {
  readonly tunnel: Tunnel;
  readonly display: Display;
  private readonly playsAudio: boolean;
  private readonly streams: StreamTable;
  private currentState: ClientState = 'idle';
  private isUnstable = false;
  private audioOutput: AudioOutput | undefined;
  private keepAlive: Disposable | undefined;
  private lastSync = '';

  constructor(tunnel: Tunnel, options: ClientOptions = {}) {
    super();
    this.tunnel = this.register(tunnel);
    this.playsAudio = options.audio ?? true;
    this.streams = new StreamTable(tunnel);
    this.display = this.register(
      new Display(options.worker ?? 'auto', {
        instructions: (instructions) => this.handleAll(instructions),
        painted: (timestamp, frames) => this.painted(timestamp, frames),
        refused: (stream, message, code) => this.send('ack', stream, message.slice(0, MAX_REASON), code),
        failed: (status) => this.fail(status, 'client'),
      }),
    );
    this.register(tunnel.on('data', (text) => this.display.receive(text)));
    this.register(tunnel.on('uuid', (uuid) => this.emit('uuid', uuid)));
    this.register(tunnel.on('error', (status) => this.emit('error', status, 'tunnel')));
    this.register(tunnel.on('state', (state) => this.tunnelChanged(state)));
  }

  get state(): ClientState {
    return this.currentState;
  }

  /** Whether the gateway has been silent for longer than it should. */
  get unstable(): boolean {
    return this.isUnstable;
  }

  /** Connects, with the parameters of `tunnels.md` (token, GUAC_ID …). A client that was disconnected may connect again. */
  connect(data: URLSearchParams | string = ''): void {
    if (this.currentState !== 'idle' && this.currentState !== 'disconnected') {
      return;
    }
    this.lastSync = '';
    this.display.reset();
    this.setState('connecting');
    this.tunnel.connect(data.toString());
  }

  disconnect(): void {
    if (this.currentState === 'idle' || this.currentState === 'disconnected') {
      return;
    }
    this.setState('disconnecting');
    this.tunnel.send('disconnect');
    this.tunnel.disconnect();
  }

  override dispose(): void {
    this.disconnect();
    this.keepAlive?.dispose();
    this.audioOutput?.dispose();
    super.dispose();
  }

  /** Sends a key by its X11 keysym. */
  sendKey(pressed: boolean, keysym: number): void {
    this.send('key', keysym, pressed ? 1 : 0);
  }

  /** Sends where the mouse is, in remote pixels (`display.toRemote`), and which buttons are down. */
  sendMouse(state: MouseState): void {
    const x = Math.floor(state.x);
    const y = Math.floor(state.y);
    this.display.moveLocalCursor(x, y);
    this.send('mouse', x, y, buttonMask(state));
  }

  /** Sends a touch, in remote pixels; only if the server has announced that it takes touches. */
  sendTouch(touch: TouchState): void {
    const { id, x, y, radiusX, radiusY, angle, force } = touch;
    this.send('touch', id, Math.floor(x), Math.floor(y), Math.floor(radiusX), Math.floor(radiusY), angle, force);
  }

  /** Asks for another size of the remote display, in remote pixels. */
  sendSize(width: number, height: number): void {
    this.send('size', Math.round(width), Math.round(height));
  }

  /** Sends the contents of the local clipboard. */
  sendClipboard(data: string | Blob): void {
    if (!this.isConnected) {
      return;
    }
    if (typeof data === 'string') {
      const stream = this.createClipboardStream('text/plain');
      stream.write(new TextEncoder().encode(data));
      stream.end();
      return;
    }
    void this.sendClipboardBlob(data);
  }

  /** Sends a file, and settles when the server has all of it. Rejects with a StreamError if it does not want it. */
  async sendFile(file: Blob, name: string, options: SendFileOptions = {}): Promise<void> {
    const mimetype = file.type || 'application/octet-stream';
    const { filesystem, path = '/' } = options;
    const target = `${path.replace(/\/+$/, '')}/${name}`;
    const stream =
      filesystem === undefined
        ? this.createFileStream(mimetype, name)
        : this.createObjectOutputStream(filesystem.index, mimetype, target);
    await stream.send(file, options);
  }

  /** Sends the value of a parameter: the answer to `required`, or another value of one announced by `argv`. */
  sendArgument(name: string, value: string): void {
    const stream = this.createArgumentStream('text/plain', name);
    stream.write(new TextEncoder().encode(value));
    stream.end();
  }

  createFileStream(mimetype: string, name: string): OutputStream {
    return this.streams.open('file', [], mimetype, name);
  }

  createPipeStream(mimetype: string, name: string): OutputStream {
    return this.streams.open('pipe', [], mimetype, name);
  }

  createClipboardStream(mimetype: string): OutputStream {
    return this.streams.open('clipboard', [], mimetype);
  }

  createArgumentStream(mimetype: string, name: string): OutputStream {
    return this.streams.open('argv', [], mimetype, name);
  }

  createAudioStream(mimetype: string): OutputStream {
    return this.streams.open('audio', [], mimetype);
  }

  createObjectOutputStream(object: number, mimetype: string, name: string): OutputStream {
    return this.streams.createObjectOutputStream(object, mimetype, name);
  }

  private get isConnected(): boolean {
    return this.currentState === 'connected' || this.currentState === 'waiting';
  }

  private send(opcode: string, ...args: (string | number)[]): void {
    if (this.isConnected) {
      this.tunnel.send(opcode, ...args);
    }
  }

  private async sendClipboardBlob(data: Blob): Promise<void> {
    const bytes = new Uint8Array(await data.arrayBuffer());
    if (this.isConnected) {
      const stream = this.createClipboardStream(data.type || 'application/octet-stream');
      stream.write(bytes);
      stream.end();
    }
  }

  private setState(state: ClientState): void {
    if (state !== this.currentState) {
      this.currentState = state;
      this.emit('state', state);
    }
  }

  private setUnstable(unstable: boolean): void {
    if (unstable !== this.isUnstable) {
      this.isUnstable = unstable;
      this.emit('unstable', unstable);
    }
  }

  private tunnelChanged(state: TunnelState): void {
    this.setUnstable(state === 'unstable');
    if (state === 'open' && this.currentState === 'connecting') {
      this.startKeepAlive();
      this.setState('waiting');
    }
    if (state === 'closed' && this.currentState === 'disconnecting') {
      this.ended();
    } else if (state === 'closed') {
      // What the other side said last, why it ends most of all, is still on its way through the display.
      this.display.caughtUp(() => this.ended());
    }
  }

  private startKeepAlive(): void {
    const timer = setInterval(() => this.tunnel.send('nop'), KEEP_ALIVE_INTERVAL);
    this.keepAlive = toDisposable(() => clearInterval(timer));
  }

  private ended(): void {
    this.keepAlive?.dispose();
    for (const filesystem of this.streams.close(new Status(StatusCode.RESOURCE_CLOSED, 'connection closed'))) {
      this.emit('filesystemgone', filesystem);
    }
    this.setState('disconnected');
  }

  private fail(status: Status, origin: ErrorOrigin): void {
    if (this.currentState === 'disconnected' || this.currentState === 'disconnecting') {
      return;
    }
    this.emit('error', status, origin);
    this.disconnect();
  }

  /** Answers a frame once it is on the screen, by which the server measures how far this client lags behind. */
  private painted(timestamp: string, frames: number): void {
    if (this.currentState === 'waiting') {
      this.setState('connected');
    }
    if (timestamp !== this.lastSync) {
      this.lastSync = timestamp;
      this.send('sync', timestamp);
    }
    this.emit('sync', Number(timestamp), frames);
  }

  private handleAll(instructions: readonly Instruction[]): void {
    for (const { opcode, args } of instructions) {
      if (this.currentState === 'disconnected') {
        return;
      }
      this.handle(opcode, args);
    }
  }

  private handle(opcode: string, args: readonly string[]): void {
    const index = Number(args[0]);
    const text = (position: number) => args[position] ?? '';
    switch (opcode) {
      case 'ack':
        this.streams.receiveAck(index, Status.parse(args[2], text(1)));
        break;
      case 'blob':
        this.streams.receiveBlob(index, text(1));
        break;
      case 'end':
        this.streams.receiveEnd(index);
        break;
      case 'clipboard':
        this.offer(this.streams.accept(index, text(1)), (stream) => this.emit('clipboard', stream) === 'heard');
        break;
      case 'file':
      case 'pipe':
      case 'argv':
        this.offer(this.streams.accept(index, text(1)), (stream) => this.emit(opcode, stream, text(2)) === 'heard');
        break;
      case 'audio':
        this.receiveAudio(this.streams.accept(index, text(1)));
        break;
      case 'video':
        this.streams.accept(index, text(2)).refuse(StatusCode.CLIENT_BAD_TYPE, 'video is not supported');
        break;
      case 'body':
        this.receiveBody(index, this.streams.accept(Number(args[1]), text(2)), text(3));
        break;
      case 'filesystem':
        this.receiveFilesystem(index, text(1));
        break;
      case 'undefine':
        this.removeFilesystem(index);
        break;
      case 'msg':
        this.receiveMessage(index, args.slice(1));
        break;
      case 'required':
        this.emit('required', [...args]);
        break;
      case 'name':
        this.emit('name', text(0));
        break;
      case 'mouse':
        this.display.moveCursor(index || 0, Number(args[1]) || 0);
        this.display.showCursor(true);
        break;
      case 'set':
        if (args[1] === 'multi-touch') {
          this.emit('multitouch', index, Number(args[2]) || 0);
        }
        break;
      case 'error':
        this.fail(Status.parse(args[1], text(0)), 'client');
        break;
      case 'disconnect':
        this.disconnect();
        break;
      default:
        // Instructions of later versions of the protocol are passed over.
        break;
    }
  }

  /** Refuses a stream that nobody takes. */
  private offer(stream: InputStream, take: (stream: InputStream) => boolean): void {
    if (!take(stream)) {
      stream.refuse();
    }
  }

  private receiveAudio(stream: InputStream): void {
    const format = this.playsAudio && AudioOutput.supported ? parseRawFormat(stream.mimetype) : undefined;
    if (format === undefined) {
      if (this.emit('audio', stream) !== 'heard') {
        stream.refuse(StatusCode.CLIENT_BAD_TYPE, 'unsupported kind of sound');
      }
      return;
    }
    this.audioOutput ??= new AudioOutput();
    const player = new AudioPlayer(this.audioOutput, format);
    stream.read((data) => player.play(data)).catch(() => {});
  }

  private receiveBody(object: number, stream: InputStream, name: string): void {
    if (this.streams.object(object)?.receive(stream, name) !== true) {
      stream.refuse();
    }
  }

  private receiveFilesystem(index: number, name: string): void {
    const filesystem = this.streams.define(index, name);
    if (filesystem !== undefined) {
      this.emit('filesystem', filesystem);
    }
  }

  private removeFilesystem(index: number): void {
    const filesystem = this.streams.undefine(index);
    if (filesystem !== undefined) {
      this.emit('filesystemgone', filesystem);
    }
  }

  private receiveMessage(code: number, args: string[]): void {
    this.emit('msg', code, args);
    const [userId = '', username = ''] = args;
    if (code === MessageCode.USER_JOINED) {
      this.emit('join', userId, username);
    } else if (code === MessageCode.USER_LEFT) {
      this.emit('leave', userId, username);
    }
  }
}

function buttonMask({ left, middle, right, up, down }: MouseState): number {
  return Number(left) | (Number(middle) << 1) | (Number(right) << 2) | (Number(up) << 3) | (Number(down) << 4);
}
