// SPDX-License-Identifier: Apache-2.0

package progressive

import (
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx"
)

const tileSize = rfx.TileSize

// bands is a value for each subband, in the order HL1 LH1 HH1 HL2 LH2 HH2 HL3 LH3 HH3 LL3.
type bands [10]uint8

// Ends of the subbands, plain and with RFX_DWT_REDUCE_EXTRAPOLATE.
var (
	plainEnds       = [10]int{1024, 2048, 3072, 3328, 3584, 3840, 3904, 3968, 4032, 4096}
	extrapolateEnds = [10]int{1023, 2046, 3007, 3279, 3551, 3807, 3879, 3951, 4015, 4096}
)

// ll3 is the index of the subband LL3.
const ll3 = 9

// tileState is what is kept of a tile from payload to payload.
type tileState struct {
	current     [3]rfx.Coefficients // dequantized
	sign        [3][tileSize * tileSize]int8
	position    [3]bands // bit positions that the passes have come down to
	known       bool     // there was a first pass
	extrapolate bool

	generation uint64 // the last frame that had the tile
	payload    uint64 // the last payload that had it, and which Tile of its frame it was
	index      int
}

// component is what a pass has for Y, Cb or Cr.
type component struct {
	data  []byte // RLGR1, or SRL of an upgrade pass
	raw   []byte // of an upgrade pass
	shift bands
	bits  bands // of an upgrade pass
}

type passKind uint8

const (
	passFirst passKind = iota
	passDifference
	passUpgrade
)

// pass is a TILE_SIMPLE, TILE_FIRST or TILE_UPGRADE. It aliases the payload.
type pass struct {
	kind       passKind
	components [3]component
	next       int // the tile's next pass, or -1
}

// Tile is what a payload has for one tile: passes, or none where the tile was decoded
// earlier in the frame and is to be painted again.
type Tile struct {
	Min   image.Point // its top left corner
	state *tileState
	first int // pass, or -1
	last  int

	passes int
}

// Scratch is what a goroutine needs to decode tiles. The zero value is ready.
type Scratch struct {
	Pix [4 * tileSize * tileSize]byte // the tile decoded last

	component [3]rfx.Coefficients
	dwt       rfx.Coefficients
}

// Frame is what Parse found. Its slices are used again by the next call.
type Frame struct {
	Rects []image.Rectangle // what the tiles are clipped to
	Tiles []Tile

	passes []pass
	cover  codec.Cover
}

// Draw decodes a tile and paints what lies within the rectangles and the target. Tiles of a
// frame do not overlap: they may be drawn at the same time, but each once only.
func (f *Frame) Draw(dst codec.Target, tile int, s *Scratch) {
	t := &f.Tiles[tile]
	for i := t.first; i >= 0; i = f.passes[i].next {
		t.state.apply(&f.passes[i], s)
	}
	t.state.pixels(s)
	for _, r := range f.Rects {
		dst.Paint(s.Pix[:], tileSize, t.Min, r)
	}
}

func (t *tileState) apply(p *pass, s *Scratch) {
	for i := range p.components {
		if p.kind == passUpgrade {
			t.upgrade(i, &p.components[i])
		} else {
			t.firstPass(i, p.kind, &p.components[i], &s.component[0])
		}
	}
}

func (t *tileState) ends() *[10]int {
	if t.extrapolate {
		return &extrapolateEnds
	}
	return &plainEnds
}

// firstPass decodes all coefficients of a component (section 3.3.8.2).
func (t *tileState) firstPass(i int, kind passKind, c *component, scratch *rfx.Coefficients) {
	out := &t.current[i]
	if kind == passDifference {
		out = scratch
	}
	rfx.DecodeRLGR1(out[:], c.data)
	sign := &t.sign[i]
	for j, v := range out {
		sign[j] = int8(v>>15 | int16(uint16(-v)>>15))
	}
	ends := t.ends()
	sum := int16(0)
	for j, v := range out[ends[ll3-1]:] {
		sum += v
		out[ends[ll3-1]+j] = sum
	}
	from := 0
	for b, end := range ends {
		if shift := c.shift[b]; shift > 0 {
			band := out[from:end]
			for j, v := range band {
				band[j] = v << shift
			}
		}
		from = end
	}
	if kind == passDifference {
		for j, v := range out {
			t.current[i][j] += v
		}
	}
}

// pixels transforms a copy of the coefficients back and converts the colours.
func (t *tileState) pixels(s *Scratch) {
	for i := range s.component {
		c := &s.component[i]
		*c = t.current[i]
		switch {
		case c.Zero():
		case t.extrapolate:
			inverseExtrapolate(c, &s.dwt)
		default:
			rfx.InverseDWT(c, &s.dwt)
		}
	}
	rfx.ToRGBA(s.Pix[:], &s.component[0], &s.component[1], &s.component[2])
}
