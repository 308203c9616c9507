// SPDX-License-Identifier: Apache-2.0

// Package rfx decodes RemoteFX (MS-RDPRFX), which comes in surface bits commands and, as
// CAVIDEO, in RDPEGFX.
//
// A [Context] parses messages. What it finds of a frame is put into a [Frame]: rectangles,
// and tiles of 64 × 64 pixels that alias the message and are independent of each other:
//
//	for len(message) > 0 {
//		if message, err = context.Parse(&frame, message); err != nil {
//			return err
//		}
//		for i := range frame.Tiles { // in any order, on any goroutine that has a Scratch
//			frame.Draw(target, i, &scratch)
//		}
//	}
//
// The context lives as long as the server's: headers may come in the first message only,
// and hold until a TS_RFX_SYNC. Each stage of a tile (section 3.1.8.1) is a function:
// [DecodeRLGR1] and [DecodeRLGR3], [DecodeDifferential], [Quant.Dequantize], [InverseDWT],
// [ToRGBA]. A tile whose coefficients end early has zeros for the rest.
//
// Speed, one core of the project's machine, desktop content:
//
//	BenchmarkTile    9.5 tiles/ms   target 6 (12 with SIMD, which there is none of yet)
//	BenchmarkParse   2 µs for a message of 70 tiles
package rfx
