// SPDX-License-Identifier: Apache-2.0

package encode

import (
	"bytes"
	"encoding/binary"
	"image/color"
)

// Picture is a rectangle of opaque pixels: R, G, B and an ignored byte for each, in rows
// of Stride bytes.
type Picture struct {
	Pix           []byte
	Stride        int
	Width, Height int
}

// row returns the bytes of row y.
func (p *Picture) row(y int) []byte {
	return p.Pix[y*p.Stride:][: 4*p.Width : 4*p.Width]
}

// Kind says which encoding suits a picture.
type Kind int

// The kinds of pictures.
const (
	Solid   Kind = iota // one colour
	Palette             // at most 256 colours
	Text                // many colours in flat areas: text, controls, gradients
	Photo               // colours change from pixel to pixel
)

const (
	maxPalette = 256
	tableBits  = 10
	tableSize  = 1 << tableBits
	opaque     = 0xFF000000
)

// palette finds the distinct colours of a picture, by an open-addressing table. Keys are
// opaque colours, so 0 marks a free slot.
type palette struct {
	colors [maxPalette]uint32 // R in the low byte
	n      int
	keys   [tableSize]uint32
	values [tableSize]uint8
}

func (p *palette) reset() {
	p.n = 0
	clear(p.keys[:])
}

// index returns the place of c, which is added if it is new; false if there is no room.
func (p *palette) index(c uint32) (uint8, bool) {
	for slot := c * 0x9E3779B1 >> (32 - tableBits); ; slot = (slot + 1) % tableSize {
		switch p.keys[slot] {
		case c:
			return p.values[slot], true
		case 0:
			if p.n == maxPalette {
				return 0, false
			}
			p.keys[slot], p.values[slot] = c, uint8(p.n)
			p.colors[p.n] = c
			p.n++
			return p.values[slot], true
		}
	}
}

// Load looks at p and keeps it for the encoding that follows, until when its pixels must
// not change.
func (e *Encoder) Load(p Picture) Kind {
	e.picture = p
	e.palette.reset()
	switch {
	case e.scan():
		if e.palette.n == 1 {
			return Solid
		}
		return Palette
	case e.photoLike():
		return Photo
	default:
		return Text
	}
}

// Color returns the colour of a Solid picture.
func (e *Encoder) Color() color.RGBA {
	c := e.palette.colors[0]
	return color.RGBA{R: uint8(c), G: uint8(c >> 8), B: uint8(c >> 16), A: 0xFF}
}

// scan fills the palette and the index of every pixel; false if there are too many
// colours.
func (e *Encoder) scan() bool {
	p := &e.picture
	e.index = grow(e.index, p.Width*p.Height)
	var last uint32
	var at uint8
	for y := range p.Height {
		row, out := p.row(y), e.index[y*p.Width:][:p.Width]
		if y > 0 && bytes.Equal(row, p.row(y-1)) {
			copy(out, e.index[(y-1)*p.Width:])
			continue
		}
		for x := range out {
			c := binary.LittleEndian.Uint32(row[4*x:]) | opaque
			if c != last {
				i, ok := e.palette.index(c)
				if !ok {
					e.palette.n = maxPalette + 1
					return false
				}
				last, at = c, i
			}
			out[x] = at
		}
	}
	return true
}

// The sample that tells photographs from drawings.
const (
	sampleRows  = 16 // rows looked at, evenly spread
	photoSmooth = 40 // percent of pixels that equal their left neighbour, at most
)

// photoLike reports whether neighbours seldom have the same colour. It looks at some
// rows only.
func (e *Encoder) photoLike() bool {
	p := &e.picture
	step := max(1, p.Height/sampleRows)
	same, total := 0, 0
	for y := step / 2; y < p.Height; y += step {
		row := p.row(y)
		last := binary.LittleEndian.Uint32(row)
		for x := 4; x < len(row); x += 4 {
			c := binary.LittleEndian.Uint32(row[x:])
			if c == last {
				same++
			}
			last = c
		}
		total += p.Width - 1
	}
	return total > 0 && same*100 < total*photoSmooth
}

// grow returns a slice of n bytes, b's own if it is large enough.
func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}
