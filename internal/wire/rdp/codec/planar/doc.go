// SPDX-License-Identifier: Apache-2.0

// Package planar decodes RDP 6.0 bitmaps (MS-RDPEGDI, sections 2.2.2.5.1 and 3.1.9): four
// or three planes of one byte a pixel, raw or run-length encoded, as R, G, B or as Y, Co, Cg.
// They come in bitmap updates of 32 bits per pixel and in RDPEGFX.
//
// A [Decoder] is scratch only and keeps nothing from one bitmap to the next.
//
// Speed, one core of the project's machine, desktop content:
//
//	BenchmarkDecode   260 Mpx/s   target 150
package planar
