// SPDX-License-Identifier: Apache-2.0

// Package progressive decodes RemoteFX progressive (MS-RDPEGFX, sections 2.2.4.2, 3.1.8.1
// and 3.3.8.2), which comes in RDPGFX_WIRE_TO_SURFACE_PDU_2: tiles of RemoteFX whose
// coefficients are sent at once, or a few bits at a time in upgrade passes, or as the
// difference to what the tile was.
//
// A [Context] holds the coefficients of a surface's tiles. It has to live as long as the
// surface does: difference tiles refer to it even after the server has deleted its encoding
// context. About 36 KB are allocated for a tile when it is first seen; a [Budget] bounds the
// tiles of all contexts of a session, and [Context.Release] gives those of one back.
//
// [Context.Parse] turns a payload into a [Frame] of tiles that alias it and that do not
// depend on each other; all passes of a payload for one tile are one [Tile]:
//
//	if err := context.Parse(&frame, frameID, payload); err != nil {
//		return err
//	}
//	for i := range frame.Tiles { // in any order, on any goroutine that has a Scratch
//		frame.Draw(target, i, &scratch)
//	}
//
// All tiles of a frame have to be drawn before the next payload is parsed.
//
// Speed, one core of the project's machine, desktop content:
//
//	BenchmarkTile/simple    6 to 7 tiles/ms   target 6, as for RemoteFX
//	BenchmarkTile/upgrade   4 tiles/ms        a first pass and an upgrade; no target of its own
package progressive
