// SPDX-License-Identifier: Apache-2.0

// Package nsc decodes NSCodec bitmaps (MS-RDPNSC, sections 2.2.2 and 3.1.8): planes of
// luma, two of chroma and alpha, each raw or run-length encoded. They come in surface bits
// commands and inside ClearCodec.
//
// A [Decoder] is scratch only and keeps nothing from one bitmap to the next.
//
// Speed, one core of the project's machine, desktop content:
//
//	BenchmarkDecode/subsampling_0   150 Mpx/s   no target of its own; planar's is 150
//	BenchmarkDecode/subsampling_1   175 Mpx/s
package nsc
