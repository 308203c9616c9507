// SPDX-License-Identifier: Apache-2.0

/** The opcode of what the two ends of a tunnel say to each other; it never reaches guacd. */
export const INTERNAL_OPCODE = '';

/** The `msg` codes of the protocol. */
export const MessageCode = { USER_JOINED: 1, USER_LEFT: 2 } as const;

/**
 * The channel masks of drawing instructions, by the names of their compositing operators.
 * The four bits say which parts are kept: 8 source only, 4 source where both are, 2 destination where both are,
 * 1 destination only.
 */
export const ChannelMask = {
  RIN: 0x1,
  ROUT: 0x2,
  IN: 0x4,
  ATOP: 0x6,
  OUT: 0x8,
  RATOP: 0x9,
  XOR: 0xa,
  ROVER: 0xb,
  SRC: 0xc,
  OVER: 0xe,
  PLUS: 0xf,
} as const;

/** One of the channel masks. */
export type ChannelMask = (typeof ChannelMask)[keyof typeof ChannelMask];

/** The binary raster operations of `transfer`. */
export const TransferFunction = {
  BLACK: 0x0,
  AND: 0x1,
  AND_REVERSE: 0x2,
  SRC: 0x3,
  AND_INVERTED: 0x4,
  DEST: 0x5,
  XOR: 0x6,
  OR: 0x7,
  NOR: 0x8,
  XNOR: 0x9,
  NDEST: 0xa,
  OR_REVERSE: 0xb,
  NSRC: 0xc,
  OR_INVERTED: 0xd,
  NAND: 0xe,
  WHITE: 0xf,
} as const;

/** One of the raster operations. */
export type TransferFunction = (typeof TransferFunction)[keyof typeof TransferFunction];

/** The mimetype of a directory listing of a filesystem object: a JSON object of path to mimetype. */
export const STREAM_INDEX_MIMETYPE = 'application/vnd.glyptodon.guacamole.stream-index+json';

/** The name of the root directory of a filesystem object. */
export const ROOT_STREAM = '/';
