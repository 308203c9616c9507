// SPDX-License-Identifier: Apache-2.0

package clear

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// Sizes of the caches of vertical bars (MS-RDPEGFX, section 3.3.8.1).
const (
	barSlots      = 32768
	shortBarSlots = 16384
	maxBarHeight  = 52
)

// bar is a column of pixels: of a whole band, or of the part of one that is not background.
type bar struct {
	pix [maxBarHeight]uint32
	n   int
}

// barCache is V-Bar Storage and Short V-Bar Storage with their cursors. Slots are allocated
// by the chunk when they are first written to.
type barCache struct {
	bars        [barSlots / chunkSize]*[chunkSize]bar
	shorts      [shortBarSlots / chunkSize]*[chunkSize]bar
	cursor      int
	shortCursor int
	empty       bar
}

const chunkSize = 256

func (c *barCache) reset() { c.cursor, c.shortCursor = 0, 0 }

// lookup returns a slot to read. One that was never written is empty: servers have been
// seen to refer to what they sent before a reconnection.
func (c *barCache) lookup(chunks []*[chunkSize]bar, index int) *bar {
	if chunk := chunks[index/chunkSize]; chunk != nil {
		return &chunk[index%chunkSize]
	}
	return &c.empty
}

// next returns the slot at a cursor to write to, and moves the cursor.
func next(chunks []*[chunkSize]bar, cursor *int) *bar {
	at := *cursor
	*cursor = (at + 1) % (len(chunks) * chunkSize)
	if chunks[at/chunkSize] == nil {
		chunks[at/chunkSize] = new([chunkSize]bar)
	}
	return &chunks[at/chunkSize][at%chunkSize]
}

// band is a CLEARCODEC_BAND (section 2.2.4.1.1.2) without its bars.
type band struct {
	x, y, width, height int
	background          uint32
}

// bands draws the bands layer.
func (d *Decoder) bands(dst codec.Target, b []byte) error {
	for r := (reader{b}); len(r.b) > 0; {
		head, ok := r.bytes(11)
		if !ok {
			return errShort
		}
		u16 := func(at int) int { return int(binary.LittleEndian.Uint16(head[at:])) }
		xStart, xEnd, yStart, yEnd := u16(0), u16(2), u16(4), u16(6)
		if xEnd < xStart || yEnd < yStart || xEnd >= dst.Width || yEnd >= dst.Height || yEnd-yStart >= maxBarHeight {
			return fmt.Errorf("a band from (%d,%d) to (%d,%d)", xStart, yStart, xEnd, yEnd)
		}
		one := band{xStart, yStart, xEnd - xStart + 1, yEnd - yStart + 1, colourOf(head[8:])}
		for i := range one.width {
			v, err := d.bar(&r, &one)
			if err != nil {
				return err
			}
			at := one.y*dst.Stride + 4*(one.x+i)
			if dst.BottomUp {
				at = (dst.Height-1-one.y)*dst.Stride + 4*(one.x+i)
			}
			v.draw(dst, at, one.height)
		}
	}
	return nil
}

// draw writes a column. What a cached bar is too short for is black.
func (v *bar) draw(dst codec.Target, at, height int) {
	step := dst.Stride
	if dst.BottomUp {
		step = -step
	}
	for i := range height {
		c := uint32(0xFF << 24)
		if i < v.n {
			c = v.pix[i]
		}
		binary.LittleEndian.PutUint32(dst.Pix[at:at+4], c)
		at += step
	}
}

// bar reads a CLEARCODEC_VBAR (section 2.2.4.1.1.2.1).
func (d *Decoder) bar(r *reader, of *band) (*bar, error) {
	head, ok := r.u16()
	if !ok {
		return nil, errShort
	}
	c := &d.bars
	if head&0x8000 != 0 { // VBAR_CACHE_HIT
		return c.lookup(c.bars[:], int(head&0x7FFF)), nil
	}
	var short *bar
	var on int
	if head&0x4000 != 0 { // SHORT_VBAR_CACHE_HIT: shortVBarYOn follows
		y, ok := r.u8()
		if !ok {
			return nil, errShort
		}
		on, short = int(y), c.lookup(c.shorts[:], int(head&0x3FFF))
	} else { // SHORT_VBAR_CACHE_MISS: shortVBarYOn, shortVBarYOff, pixels
		off := int(head >> 8 & 0x3F)
		on = int(head & 0xFF)
		if off < on || off > maxBarHeight {
			return nil, fmt.Errorf("a short bar from %d to %d", on, off)
		}
		pix, ok := r.bytes(uint32(3 * (off - on)))
		if !ok {
			return nil, errShort
		}
		short = next(c.shorts[:], &c.shortCursor)
		short.n = off - on
		for i := range short.n {
			short.pix[i] = colourOf(pix[3*i:])
		}
	}
	v := next(c.bars[:], &c.cursor)
	v.compose(short, on, of)
	return v, nil
}

// compose makes a bar of the band's height: the background, and the short bar on it.
func (v *bar) compose(short *bar, on int, of *band) {
	v.n = of.height
	for i := range v.n {
		if i >= on && i-on < short.n {
			v.pix[i] = short.pix[i-on]
		} else {
			v.pix[i] = of.background
		}
	}
}
