// SPDX-License-Identifier: Apache-2.0

/**
 * The Guacamole protocol without a DOM: instructions to text and back (`parser.ts`, `instruction.ts`), status codes,
 * base64 and the numbers of the protocol. It reads no clock and does no I/O, so it runs in a page, a worker or Node.js.
 */
export { decodeBase64, decodeBase64Portable, encodeBase64, encodeBase64Portable } from './base64';
export { codePointLength, encodeInstruction, type Instruction } from './instruction';
export * from './limits';
export {
  ChannelMask,
  INTERNAL_OPCODE,
  MessageCode,
  ROOT_STREAM,
  STREAM_INDEX_MIMETYPE,
  TransferFunction,
} from './opcodes';
export { InstructionParser, type ParserLimits, parseInstructions } from './parser';
export { Status, StatusCode, type StatusName } from './status';
export { VIDEO_H264, VideoParser, type VideoRegion, type VideoUnit, videoCodec } from './video';
