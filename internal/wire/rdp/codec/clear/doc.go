// SPDX-License-Identifier: Apache-2.0

// Package clear decodes ClearCodec bitmaps (MS-RDPEGFX, sections 2.2.4.1 and 3.3.8.1): three
// layers drawn over each other, which are runs of colours, bands of cached columns, and
// rectangles in other codecs, among them NSCodec.
//
// A [Decoder] holds the caches of glyphs and of vertical bars, and belongs to the graphics
// channel, not to a surface: bitmaps have to be decoded in the order of the stream. The
// caches grow as they are filled, to about 12 MB at most.
//
// Speed, one core of the project's machine, a band of new columns:
//
//	BenchmarkDecode   125 Mpx/s   no target
package clear
