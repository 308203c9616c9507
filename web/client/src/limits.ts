// SPDX-License-Identifier: Apache-2.0

// Every bound on what a server can make the browser do, and on the work done at a time.

/** The longest side of a layer, in pixels; browsers have no larger canvases. */
export const MAX_LAYER_SIDE = 16384;

/** Pixels of all layers and buffers together (four bytes each). */
export const MAX_TOTAL_PIXELS = 1 << 27;

/** Layers and buffers that may exist at a time. */
export const MAX_LAYERS = 2048;

/** Nested `push` instructions of a layer. */
export const MAX_PUSH_DEPTH = 256;

/** Bytes of compressed pictures that are received or being decoded. */
export const MAX_IMAGE_BYTES = 1 << 27;

/** Image streams that are open at a time. */
export const MAX_IMAGE_STREAMS = 512;

/** Video streams that are open at a time. */
export const MAX_VIDEO_STREAMS = 16;

/** Pictures of a video stream that are not painted yet, and the bytes of those that are not decoded. */
export const MAX_VIDEO_WAITING = 256;
export const MAX_VIDEO_BYTES = 1 << 26;

/** How often a connection gets another decoder for one that has failed. */
export const MAX_VIDEO_RESTARTS = 8;

/** How long a decoder may go without handing out a picture that it owes, in milliseconds. */
export const VIDEO_PATIENCE = 5000;

/** Nested instruction streams (`nest`) that exist at a time. */
export const MAX_NESTED_PARSERS = 64;

/** Drawing steps that wait for a picture before them. */
export const MAX_QUEUED_STEPS = 1 << 20;

/** How long drawing on the main thread goes on before input gets its turn, in milliseconds. */
export const PAINT_BUDGET = 12;

/** Damaged rectangles of a frame that are kept apart before they are merged into one. */
export const MAX_DAMAGE_RECTANGLES = 16;

/** The longest side of a picture that browsers take as a CSS cursor; larger ones are drawn by us. */
export const MAX_CSS_CURSOR_SIDE = 128;

/** Streams and filesystem objects that a server may have open in us. */
export const MAX_INPUT_STREAMS = 512;
export const MAX_OBJECTS = 64;

/** Bytes that a stream read into memory may have (clipboard, listings, arguments). */
export const MAX_BUFFERED_STREAM = 1 << 28;

/** Blobs of an upload that may be unacknowledged. */
export const UPLOAD_WINDOW = 8;

/** Seconds of sound that may be scheduled ahead of what is played. */
export const MAX_AUDIO_LATENCY = 0.3;
