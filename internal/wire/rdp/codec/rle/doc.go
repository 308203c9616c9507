// SPDX-License-Identifier: Apache-2.0

// Package rle decodes interleaved run-length encoded bitmaps (MS-RDPBCGR, sections
// 2.2.9.1.1.3.1.2.4 and 3.1.9) of 8, 15, 16 and 24 bits per pixel.
//
// [Decode] works on rows of 32-bit words in the target itself, where the words are pixels
// as the stream has them, and turns these into R, G, B, A at the end. It keeps no state and
// needs no scratch.
//
// Speed, one core of the project's machine, desktop content:
//
//	BenchmarkDecode/16   250 Mpx/s   target 110
//	BenchmarkDecode/24   300 Mpx/s   target 110
package rle
