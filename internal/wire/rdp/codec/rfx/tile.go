// SPDX-License-Identifier: Apache-2.0

package rfx

import (
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// Tile is a TS_RFX_TILE (MS-RDPRFX, section 2.2.2.3.4.1). It aliases the message.
type Tile struct {
	Min   image.Point // its top left corner
	quant [3]*Quant
	data  [3][]byte // Y, Cb, Cr
	rlgr3 bool
}

// Scratch is what a goroutine needs to decode tiles. The zero value is ready.
type Scratch struct {
	Pix [4 * TileSize * TileSize]byte // the tile decoded last

	component [3]Coefficients
	dwt       Coefficients
}

// Decode decodes the tile into the scratch's Pix.
func (t *Tile) Decode(s *Scratch) {
	for i := range t.data {
		c := &s.component[i]
		if len(t.data[i]) == 0 {
			clear(c[:])
			continue
		}
		if t.rlgr3 {
			DecodeRLGR3(c[:], t.data[i])
		} else {
			DecodeRLGR1(c[:], t.data[i])
		}
		if c.Zero() {
			continue
		}
		DecodeDifferential(c)
		t.quant[i].Dequantize(c)
		InverseDWT(c, &s.dwt)
	}
	ToRGBA(s.Pix[:], &s.component[0], &s.component[1], &s.component[2])
}

// Frame is what Parse found. Its slices are used again by the next call.
type Frame struct {
	Index uint32 // frameIdx of TS_RFX_FRAME_BEGIN
	// Rects are the rectangles that the tiles are clipped to; none at all stand for the
	// whole target.
	Rects []image.Rectangle
	Tiles []Tile

	quants []Quant
	cover  codec.Cover
	seen   [gridSize * gridSize / 64]uint64 // tiles of the frame, so that each comes once
}

// Draw decodes a tile and paints what lies within the rectangles and the target. Tiles of a
// frame do not overlap: they may be drawn at the same time.
func (f *Frame) Draw(dst codec.Target, tile int, s *Scratch) {
	t := &f.Tiles[tile]
	t.Decode(s)
	if len(f.Rects) == 0 {
		dst.Paint(s.Pix[:], TileSize, t.Min, dst.Bounds())
	}
	for _, r := range f.Rects {
		dst.Paint(s.Pix[:], TileSize, t.Min, r)
	}
}
