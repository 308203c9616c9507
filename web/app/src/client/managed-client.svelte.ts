// SPDX-License-Identifier: Apache-2.0

/**
 * One connection of this tab: the client of @palta/client with what the screens show of it. It
 * outlives the screen, so a connection goes on while another page is looked at (CLI-44).
 */

import {
  ChainedTunnel,
  Client,
  type ClientState,
  type ErrorOrigin,
  HTTPTunnel,
  type InputStream,
  LocalClipboard,
  type RemoteFilesystem,
  type Status,
  StreamError,
  WebSocketTunnel,
} from '@palta/client';
import type { Connection } from '../api/types';
import type { App } from '../app.svelte';
import { canonical } from '../i18n/catalogue';
import { type ClientTarget, clientTypes, decodeClientIdentifier } from '../lib/identifier';
import type { InputMethod } from '../lib/preferences';
import { baseName } from './files';
import { keysyms } from './keyboard';
import { connectParameters } from './parameters';
import { People, type Person } from './people';
import { bindPointers } from './pointers';
import { describeProblem, describeTransfer, type Problem } from './problem';
import { Transfers } from './transfers.svelte';
import { Viewport } from './viewport.svelte';

/** Pictures for the home page are taken this often at most (CLI-41). */
const thumbnailInterval = 5_000;
/** Milliseconds from the first picture to its thumbnail: the first frame of many hosts is black. */
const thumbnailDelay = 700;
const thumbnailWidth = 320;
const thumbnailHeight = 240;

const abilities = {
  audio: typeof AudioContext === 'undefined' ? [] : ['audio/L8', 'audio/L16'],
  video: [],
  image: ['image/jpeg', 'image/png', 'image/webp'],
};

export class ManagedClient {
  readonly id: string;
  readonly target: ClientTarget;
  readonly transfers = new Transfers();
  readonly viewport: Viewport;

  phase = $state<ClientState>('idle');
  problem = $state.raw<Problem | null>(null);
  /** Whether a picture has ever been there. */
  wasConnected = $state(false);
  unstable = $state(false);
  /** Something happened while it was not looked at. */
  attention = $state(false);
  thumbnail = $state('');
  /** The text that the remote side has in its clipboard. */
  clipboard = $state('');
  filesystems = $state.raw<RemoteFilesystem[]>([]);
  people = $state.raw<Person[]>([]);
  peopleCount = $state(0);
  /** The parameters that the remote side waits for. */
  required = $state.raw<string[] | null>(null);
  tunnelId = $state('');
  shareLinks = $state.raw<{ name: string; address: string }[]>([]);
  inputMethod = $state<InputMethod>('none');
  absoluteTouch = $state(true);
  private name = $state('');
  private title = $state('');
  private protocol = $state('');

  private readonly app: App;
  private readonly client: Client;
  private readonly local = new LocalClipboard();
  private readonly present = new People();
  private touches = 0;
  private shown = false;
  private lastThumbnail = 0;
  private thumbnailTimer: ReturnType<typeof setTimeout> | undefined;
  /** What was exchanged with this device's clipboard last, which is not sent back. */
  private lastLocal: string | Blob | undefined;

  constructor(app: App, id: string) {
    this.app = app;
    this.id = id;
    this.target = decodeClientIdentifier(id, app.session?.dataSource ?? '');
    this.inputMethod = app.preferences.inputMethod;
    this.absoluteTouch = app.preferences.emulateAbsoluteMouse;
    const address = (path: string) => app.api.address(path);
    this.client = new Client(
      new ChainedTunnel(new WebSocketTunnel(address('websocket-tunnel')), new HTTPTunnel(address('tunnel'))),
    );
    this.viewport = new Viewport(this.client.display, (width, height) => this.client.sendSize(width, height));
    this.listen();
    void this.loadName();
  }

  /** What the connection is called: the name it was given, or what the remote side says of itself. */
  get caption(): string {
    return this.name || this.title || this.app.t('CLIENT.NAME_UNKNOWN');
  }

  /** What is going on there, as the title of a terminal tells (CLI-40). */
  get headline(): string {
    return this.title || this.caption;
  }

  get namespace(): string {
    return `PROTOCOL_${canonical(this.protocol)}`;
  }

  get peopleText(): string {
    return this.people.map(({ name, count }) => (count > 1 ? `${name} (${count})` : name)).join(', ');
  }

  /** Whether it runs or tries to. */
  get busy(): boolean {
    return this.phase !== 'idle' && this.phase !== 'disconnected';
  }

  get autoFit(): boolean {
    return this.viewport.autoFit;
  }

  get zoom(): number {
    return this.viewport.zoom;
  }

  setAutoFit(fit: boolean): void {
    this.viewport.setAutoFit(fit);
  }

  zoomTo(zoom: number): void {
    this.viewport.zoomTo(zoom);
  }

  /** Shows the display in an element and connects once that has a size. The result takes it away again. */
  attach(element: HTMLElement): () => void {
    this.shown = true;
    element.append(this.client.display.element);
    const room = element.closest<HTMLElement>('.client-main') ?? element;
    const unbind = bindPointers(this.client, room, {
      absolute: () => this.absoluteTouch,
      touches: () => this.touches,
      scroll: (x, y) => room.scrollBy(-x, -y),
      zoom: (factor) => this.zoomTo(this.zoom * factor),
    });
    const release = this.viewport.watch(room, () => {
      if (this.phase === 'idle') this.connect();
    });
    return () => {
      this.shown = false;
      unbind();
      release();
      void this.takeThumbnail();
      this.client.display.element.remove();
    };
  }

  reconnect(): void {
    if (this.phase === 'disconnected') this.connect();
  }

  disconnect(): void {
    this.client.disconnect();
  }

  dispose(): void {
    clearTimeout(this.thumbnailTimer);
    this.client.dispose();
  }

  sendKey(keysym: number, pressed: boolean): void {
    this.client.sendKey(pressed, keysym);
  }

  pressKey(keysym: number): void {
    this.sendKey(keysym, true);
    this.sendKey(keysym, false);
  }

  sendCtrlAltDelete(): void {
    const keys = [keysyms.control, keysyms.alt, keysyms.delete];
    for (const key of keys) this.sendKey(key, true);
    for (const key of keys.reverse()) this.sendKey(key, false);
  }

  /** Answers what the remote side asked for. */
  answer(values: Record<string, string>): void {
    for (const name of this.required ?? []) this.client.sendArgument(name, values[name] ?? '');
    this.required = null;
  }

  /** Takes a text into the clipboard of the remote side and of this device. */
  editClipboard(text: string): void {
    this.sendClipboardText(text);
    void this.local.write(text);
  }

  sendClipboardText(text: string): void {
    this.clipboard = text;
    this.lastLocal = text;
    this.client.sendClipboard(text);
  }

  /** Sends what this device has in its clipboard, unless it came from there or is there already. */
  sendLocalClipboard(data: string | Blob): void {
    if (this.phase !== 'connected') return;
    if (typeof data === 'string') {
      if (data !== '' && data !== this.lastLocal) this.sendClipboardText(data);
      return;
    }
    const known = this.lastLocal instanceof Blob && this.lastLocal.size === data.size;
    if (known) return;
    this.lastLocal = data;
    this.client.sendClipboard(data);
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
    try {
      await this.save(await filesystem.open(path), baseName(path));
    } catch (error) {
      this.app.toast(this.describe(error), 'error');
    }
  }

  describe(error: unknown): string {
    if (error instanceof StreamError) return this.app.t(describeTransfer(error.status.code));
    return this.app.t('CLIENT_FILES.ERROR_DEFAULT');
  }

  private connect(): void {
    this.problem = null;
    this.required = null;
    this.lastLocal = undefined;
    this.title = '';
    this.shareLinks = [];
    this.present.clear();
    this.showPeople();
    this.app.recent.touch(this.id);
    const { width, height } = this.viewport.takeSize();
    this.client.connect(
      connectParameters({
        token: this.app.token ?? '',
        target: this.target,
        width,
        height,
        pixelRatio: window.devicePixelRatio,
        timezone: this.app.preferences.timezone,
        abilities,
      }),
    );
  }

  private listen(): void {
    const { client } = this;
    client.on('state', (state) => this.changed(state));
    client.on('error', (status, origin) => this.failed(status, origin));
    client.on('unstable', (unstable) => {
      this.unstable = unstable;
    });
    client.on('uuid', (uuid) => {
      this.tunnelId = uuid;
    });
    client.on('name', (name) => {
      this.title = name;
    });
    client.on('clipboard', (stream) => void this.receiveClipboard(stream));
    client.on('file', (stream, name) => void this.save(stream, name));
    client.on('filesystem', (filesystem) => {
      this.filesystems = [...this.filesystems, filesystem];
    });
    client.on('filesystemgone', (filesystem) => {
      this.filesystems = this.filesystems.filter((each) => each !== filesystem);
    });
    client.on('required', (names) => {
      this.required = [...new Set([...(this.required ?? []), ...names])];
      if (!this.shown) this.attention = true;
    });
    client.on('join', (id, name) => this.joined(id, name));
    client.on('leave', (id, name) => this.left(id, name));
    client.on('multitouch', (_layer, touches) => {
      this.touches = touches;
    });
    client.on('sync', () => this.painted());
  }

  private changed(state: ClientState): void {
    this.phase = state;
    if (state === 'connected') {
      this.wasConnected = true;
      if (this.shown) void this.app.clients?.sendLocalClipboard([this]);
    }
    if (state !== 'disconnected') return;
    this.unstable = false;
    this.required = null;
    if (!this.shown) this.attention = true;
    // If the gateway does not know the session any more, ask for the login now rather than soon.
    if (this.problem) void this.app.recheck();
    void this.takeThumbnail();
  }

  private failed(status: Status, origin: ErrorOrigin): void {
    this.problem ??= describeProblem(origin, status.code);
    // People see plain words; whoever helps them finds the cause in the browser's console.
    console.warn(`${this.caption}: ${origin} ended with status 0x${status.code.toString(16)}: ${status.message}`);
  }

  /** Sees to it that a thumbnail follows each picture, also the last one before a pause. */
  private painted(): void {
    if (this.thumbnailTimer !== undefined) return;
    const wait = Math.max(thumbnailDelay, this.lastThumbnail + thumbnailInterval - Date.now());
    this.thumbnailTimer = setTimeout(() => {
      this.thumbnailTimer = undefined;
      void this.takeThumbnail();
    }, wait);
  }

  private async takeThumbnail(): Promise<void> {
    const { display } = this.client;
    if (!this.wasConnected || display.width === 0) return;
    this.lastThumbnail = Date.now();
    try {
      this.thumbnail = await dataAddress(await display.thumbnail(thumbnailWidth, thumbnailHeight, 'image/webp'));
      this.app.recent.keep(this.id, this.thumbnail);
    } catch {
      // Without a picture the last one stays.
    }
  }

  private async receiveClipboard(stream: InputStream): Promise<void> {
    try {
      const isText = stream.mimetype.startsWith('text/');
      const data = isText ? await stream.text() : await stream.blob();
      if (typeof data === 'string') this.clipboard = data;
      this.lastLocal = data;
      if (this.shown && document.hasFocus()) await this.local.write(data);
    } catch {
      // A clipboard that ends half-way is no clipboard.
    }
  }

  private async save(stream: InputStream, name: string): Promise<void> {
    const transfer = this.transfers.start('download', name);
    const link = document.createElement('a');
    link.href = this.app.api.streamAddress(this.tunnelId, stream.index, name);
    link.download = name;
    link.click();
    try {
      await stream.relayed();
      this.transfers.finish(transfer);
    } catch (error) {
      this.transfers.finish(transfer, this.describe(error));
    }
  }

  private async send(file: File, to: { filesystem?: RemoteFilesystem; path?: string } = {}): Promise<void> {
    const abort = new AbortController();
    const transfer = this.transfers.start('upload', file.name, file.size, () => abort.abort());
    try {
      await this.client.sendFile(file, file.name, {
        ...to,
        signal: abort.signal,
        onProgress: (sent) => {
          transfer.sent = sent;
        },
      });
      this.transfers.finish(transfer);
    } catch (error) {
      const text = abort.signal.aborted ? this.app.t('CLIENT_FILES.ERROR_CANCELLED') : this.describe(error);
      this.transfers.finish(transfer, text);
    }
  }

  private joined(id: string, name: string): void {
    const shown = name || this.app.t('CLIENT.INFO_ANONYMOUS');
    this.present.joined(id, shown);
    this.showPeople();
    this.app.toast(this.app.t('CLIENT.INFO_USER_JOINED', { NAME: shown, CONNECTION: this.caption }));
  }

  private left(id: string, name: string): void {
    const shown = name || this.app.t('CLIENT.INFO_ANONYMOUS');
    this.present.left(id);
    this.showPeople();
    this.app.toast(this.app.t('CLIENT.INFO_USER_LEFT', { NAME: shown, CONNECTION: this.caption }));
  }

  private showPeople(): void {
    this.people = this.present.list();
    this.peopleCount = this.present.count;
  }

  private async loadName(): Promise<void> {
    const { id, type, dataSource } = this.target;
    const data = this.app.api.data(dataSource);
    try {
      if (type === clientTypes.connectionGroup) {
        this.name = (await data.connectionGroups.get(id)).name;
        return;
      }
      const connection: Connection =
        type === clientTypes.activeConnection ? await data.connectionOfActive(id) : await data.connections.get(id);
      this.name = connection.name;
      this.protocol = connection.protocol;
    } catch {
      // The tunnel tells in its own words what is wrong.
    }
  }
}

function dataAddress(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
