// SPDX-License-Identifier: Apache-2.0

/**
 * The browser side of a Guacamole connection, without a framework and without screens. `README.md` is the tour.
 * What is not exported here is not for use outside.
 */
export { ROOT_STREAM, STREAM_INDEX_MIMETYPE, Status, StatusCode, type StatusName } from '@palta/guac';
export { AudioRecorder } from './audio/audio-recorder';
export { Client, type ClientEvents, type ClientOptions, type ClientState, type SendFileOptions } from './client';
export { type CursorShape, Display, type DisplayEvents, type DisplayHooks, type WorkerMode } from './display';
export { InputSink } from './input/input-sink';
export { Keyboard, type KeyboardOptions, type ModifierFlags } from './input/keyboard';
export { Keysym, keysymOfCodePoint, keysymsOfText } from './input/keysyms';
export { LocalClipboard } from './input/local-clipboard';
export { Mouse, type MouseState, mouseAt } from './input/mouse';
export { MultiTouch, type TouchState } from './input/multi-touch';
export { detectPlatform, type Platform } from './input/platform';
export { Touchpad } from './input/touchpad';
export { Touchscreen, type TouchscreenEvents } from './input/touchscreen';
export { type Disposable, DisposableStore, Emitter, type Listener, listen, toDisposable } from './lifecycle';
export { canReconnect, type ErrorOrigin } from './reconnect';
export { supportedVideo } from './render/video';
export { InputStream, StreamError } from './stream/input-stream';
export { OutputStream, type SendOptions } from './stream/output-stream';
export { type FilesystemEntry, RemoteFilesystem } from './stream/remote-filesystem';
export { ChainedTunnel } from './tunnel/chained-tunnel';
export { type HTTPOptions, HTTPTunnel, StaticTunnel } from './tunnel/http-tunnel';
export type { Tunnel, TunnelEvents, TunnelState } from './tunnel/tunnel';
export { WebSocketTunnel } from './tunnel/websocket-tunnel';
