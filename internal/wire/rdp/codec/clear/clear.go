// SPDX-License-Identifier: Apache-2.0

package clear

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/nsc"
)

// Bits of the flags field (MS-RDPEGFX, section 2.2.4.1).
const (
	flagGlyphIndex = 0x01 // CLEARCODEC_FLAG_GLYPH_INDEX
	flagGlyphHit   = 0x02 // CLEARCODEC_FLAG_GLYPH_HIT
	flagCacheReset = 0x04 // CLEARCODEC_FLAG_CACHE_RESET
)

// Sizes of the glyph cache (section 3.3.8.1).
const (
	glyphSlots   = 4000
	maxGlyphArea = 1024
)

// Decoder is the state of the codec. The zero value awaits the first bitmap.
type Decoder struct {
	glyphs  [glyphSlots]glyph
	bars    barCache
	nscodec nsc.Decoder

	started  bool
	sequence uint8 // the seqNumber that comes next
}

// glyph is a bitmap of the glyph cache as R, G, B, A.
type glyph struct{ pix []byte }

// Decode draws a CLEARCODEC_BITMAP_STREAM. What no layer covers stays as it is.
func (d *Decoder) Decode(dst codec.Target, src []byte) error {
	if err := dst.Check(); err != nil {
		return err
	}
	r := reader{src}
	flags, sequence, ok := r.two()
	if !ok {
		return errors.New("clear: no flags and seqNumber")
	}
	if d.started && sequence != d.sequence {
		return fmt.Errorf("clear: seqNumber %d, want %d", sequence, d.sequence)
	}
	d.started, d.sequence = true, sequence+1
	if flags&flagCacheReset != 0 {
		d.bars.reset()
	}
	if flags&flagGlyphIndex == 0 {
		if flags&flagGlyphHit != 0 {
			return errors.New("clear: a glyph hit without glyphIndex")
		}
		return d.composite(dst, &r)
	}
	return d.glyph(dst, &r, flags&flagGlyphHit != 0)
}

// glyph draws from the glyph cache, or decodes what belongs into it.
func (d *Decoder) glyph(dst codec.Target, r *reader, hit bool) error {
	index, ok := r.u16()
	if !ok || int(index) >= glyphSlots {
		return fmt.Errorf("clear: glyphIndex %d", index)
	}
	if dst.Width*dst.Height > maxGlyphArea {
		return fmt.Errorf("clear: a glyph of %d × %d pixels", dst.Width, dst.Height)
	}
	g, n := &d.glyphs[index], 4*dst.Width
	if hit {
		if len(g.pix) < n*dst.Height {
			return fmt.Errorf("clear: glyph %d of %d bytes for %d × %d pixels", index, len(g.pix), dst.Width, dst.Height)
		}
		for y := range dst.Height {
			copy(dst.Row(y), g.pix[y*n:])
		}
		return nil
	}
	if err := d.composite(dst, r); err != nil {
		return err
	}
	g.pix = g.pix[:0]
	for y := range dst.Height {
		g.pix = append(g.pix, dst.Row(y)...)
	}
	return nil
}

// composite parses a CLEARCODEC_COMPOSITE_PAYLOAD (section 2.2.4.1.1). It may be absent.
func (d *Decoder) composite(dst codec.Target, r *reader) error {
	if len(r.b) == 0 {
		return nil
	}
	var layers [3][]byte
	var sizes [3]uint32
	for i := range sizes {
		n, ok := r.u32()
		if !ok {
			return errors.New("clear: no residualByteCount, bandsByteCount and subcodecByteCount")
		}
		sizes[i] = n
	}
	for i, n := range sizes {
		var ok bool
		if layers[i], ok = r.bytes(n); !ok {
			return fmt.Errorf("clear: layer %d has %d bytes, %d are there", i, n, len(r.b))
		}
	}
	if err := residual(dst, layers[0]); err != nil {
		return fmt.Errorf("clear: residual layer: %w", err)
	}
	if err := d.bands(dst, layers[1]); err != nil {
		return fmt.Errorf("clear: bands layer: %w", err)
	}
	if err := d.subcodecs(dst, layers[2]); err != nil {
		return fmt.Errorf("clear: subcodec layer: %w", err)
	}
	return nil
}

var errShort = errors.New("the data ends early")

// residual draws CLEARCODEC_RGB_RUN_SEGMENTs (section 2.2.4.1.1.1), which cover all pixels.
func residual(dst codec.Target, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	r, p := reader{b}, pen{dst: dst}
	for len(r.b) > 0 {
		c, ok := r.colour()
		if !ok {
			return errShort
		}
		n, ok := r.runLength()
		if !ok {
			return errShort
		}
		if !p.run(c, n) {
			return fmt.Errorf("a run of %d runs over the last pixel", n)
		}
	}
	if !p.full() {
		return errors.New("it does not cover all pixels")
	}
	return nil
}

// pen draws runs of pixels, row by row.
type pen struct {
	dst  codec.Target
	x, y int
}

func (p *pen) full() bool { return p.y == p.dst.Height }

// run draws n pixels of a colour, unless there are fewer left.
func (p *pen) run(c uint32, n uint32) bool {
	if uint64(n) > uint64((p.dst.Height-p.y)*p.dst.Width-p.x) {
		return false
	}
	for left := int(n); left > 0; {
		m := min(left, p.dst.Width-p.x)
		fill(p.dst.Row(p.y)[4*p.x:4*(p.x+m)], c)
		left -= m
		if p.x += m; p.x == p.dst.Width {
			p.x, p.y = 0, p.y+1
		}
	}
	return true
}

func fill(row []byte, c uint32) {
	for ; len(row) >= 4; row = row[4:] {
		binary.LittleEndian.PutUint32(row, c)
	}
}
