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
  type RemoteFilesystem,
  type Status,
  supportedVideo,
  WebSocketTunnel,
} from '@palta/client';
import type { Connection } from '../api/types';
import { type ClientTarget, clientTypes, decodeClientIdentifier } from '../connections/identifier';
import { canonical } from '../i18n/catalogue';
import type { App } from '../state/app.svelte';
import type { InputMethod } from '../state/preferences';
import { keysyms } from './keysyms';
import { connectParameters } from './parameters';
import { People } from './people.svelte';
import { bindPointers } from './pointers';
import { describeProblem, type Problem } from './problem';
import { RemoteClipboard } from './remote-clipboard.svelte';
import { Thumbnail } from './thumbnail.svelte';
import { Transfers } from './transfers.svelte';
import { Viewport } from './viewport.svelte';

const abilities = {
  audio: typeof AudioContext === 'undefined' ? [] : ['audio/L8', 'audio/L16'],
  image: ['image/jpeg', 'image/png', 'image/webp'],
};
/** Asked once: the decoder answers after a moment. */
const videoTypes = supportedVideo();

export class ManagedClient {
  readonly id: string;
  readonly target: ClientTarget;
  readonly clipboard: RemoteClipboard;
  readonly people = new People();
  readonly thumbnail: Thumbnail;
  readonly transfers: Transfers;
  readonly viewport: Viewport;

  phase = $state<ClientState>('idle');
  problem = $state.raw<Problem | null>(null);
  /** Whether a picture has ever been there. */
  wasConnected = $state(false);
  unstable = $state(false);
  /** Something happened while it was not looked at. */
  attention = $state(false);
  filesystems = $state.raw<RemoteFilesystem[]>([]);
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
  private touches = 0;
  private shown = false;
  private disposed = false;

  constructor(app: App, id: string) {
    this.app = app;
    this.id = id;
    this.target = decodeClientIdentifier(id, app.login.account?.dataSource ?? '');
    this.inputMethod = app.preferences.inputMethod;
    this.absoluteTouch = app.preferences.emulateAbsoluteMouse;
    const address = (path: string) => app.api.address(path);
    const client = new Client(
      new ChainedTunnel(new WebSocketTunnel(address('websocket-tunnel')), new HTTPTunnel(address('tunnel'))),
    );
    this.client = client;
    this.clipboard = new RemoteClipboard(client, () => this.shown);
    this.thumbnail = new Thumbnail(client.display, (picture) => app.recent.keep(id, picture));
    this.transfers = new Transfers({
      client,
      text: app.t,
      streamAddress: (index, name) => app.api.streamAddress(this.tunnelId, index, name),
    });
    this.viewport = new Viewport(client.display, (width, height) => client.sendSize(width, height));
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

  /** Whether it was somebody else's session before. */
  get joins(): boolean {
    return this.target.type === clientTypes.activeConnection;
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
      if (this.phase === 'idle') void this.connect();
    });
    return () => {
      this.shown = false;
      unbind();
      release();
      if (this.wasConnected) void this.thumbnail.take();
      this.client.display.element.remove();
    };
  }

  reconnect(): void {
    if (this.phase === 'disconnected') void this.connect();
  }

  disconnect(): void {
    this.client.disconnect();
  }

  dispose(): void {
    this.disposed = true;
    this.thumbnail.dispose();
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

  private async connect(): Promise<void> {
    const video = await videoTypes;
    if (this.disposed) return;
    this.problem = null;
    this.required = null;
    this.title = '';
    this.shareLinks = [];
    this.clipboard.reset();
    this.people.clear();
    this.app.recent.touch(this.id);
    const { width, height } = this.viewport.takeSize();
    this.client.connect(
      connectParameters({
        token: this.app.login.token ?? '',
        target: this.target,
        width,
        height,
        pixelRatio: window.devicePixelRatio,
        timezone: this.app.preferences.timezone,
        abilities: { ...abilities, video },
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
    client.on('join', (id, name) => {
      this.people.joined(id, name || this.app.t('CLIENT.INFO_ANONYMOUS'));
      this.announce('CLIENT.INFO_USER_JOINED', name);
    });
    client.on('leave', (id, name) => {
      this.people.left(id);
      this.announce('CLIENT.INFO_USER_LEFT', name);
    });
    client.on('multitouch', (_layer, touches) => {
      this.touches = touches;
    });
    client.on('sync', () => {
      if (this.wasConnected) this.thumbnail.painted();
    });
  }

  private changed(state: ClientState): void {
    this.phase = state;
    if (state === 'connected') {
      this.wasConnected = true;
      if (this.shown) void this.clipboard.offerDevice();
    }
    if (state !== 'disconnected') return;
    this.unstable = false;
    this.required = null;
    if (!this.shown) this.attention = true;
    // If the gateway does not know the session any more, ask for the login now rather than soon.
    if (this.problem) void this.app.login.recheck();
    if (this.wasConnected) void this.thumbnail.take();
  }

  private failed(status: Status, origin: ErrorOrigin): void {
    this.problem ??= describeProblem(origin, status.code);
    // People see plain words; whoever helps them finds the cause in the browser's console.
    console.warn(`${this.caption}: ${origin} ended with status 0x${status.code.toString(16)}: ${status.message}`);
  }

  private announce(key: string, name: string): void {
    const shown = name || this.app.t('CLIENT.INFO_ANONYMOUS');
    this.app.notices.toast(this.app.t(key, { USERNAME: shown, CONNECTION: this.caption }));
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
