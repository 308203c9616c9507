// SPDX-License-Identifier: Apache-2.0

/** The most elements of one instruction, its opcode included. */
export const MAX_ELEMENTS = 128;

/**
 * The most code points of one element that a server may send.
 * guacd stays below 8192; inline pictures of old servers and recordings do not.
 */
export const MAX_ELEMENT_LENGTH = 16 * 1024 * 1024;

/** The most code units of one instruction. */
export const MAX_INSTRUCTION_LENGTH = 2 * MAX_ELEMENT_LENGTH;

/** The most code units of an instruction that a server accepts from a client. */
export const MAX_CLIENT_INSTRUCTION_LENGTH = 8192;

/** Bytes of one blob, before base64, such that a `blob` instruction fits into every server's limit. */
export const MAX_BLOB_SIZE = 6048;

/** Streams that one side may have open. */
export const MAX_STREAMS = 512;

/** The digits an element length may have. */
export const MAX_LENGTH_DIGITS = 8;

/** Regions of one access unit of video, and its bytes. */
export const MAX_VIDEO_REGIONS = 4096;
export const MAX_VIDEO_UNIT = 8 * 1024 * 1024;
