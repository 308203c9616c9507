// SPDX-License-Identifier: Apache-2.0

// Package zgfx decompresses RDP 8.0 bulk data (MS-RDPEGFX, sections 2.2.5 and 3.1.9.1),
// in which the graphics channel and compressed dynamic channels come.
//
// A [Decompressor] keeps the history of one direction of one channel for the life of that
// channel.
//
// Speed, one core of the project's machine, output of desktop pixels:
//
//	BenchmarkDecompress   900 MB/s   target 200
package zgfx
