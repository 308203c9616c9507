// SPDX-License-Identifier: Apache-2.0

package rle

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// Palette has the colours of 8 bpp as R, G, B (MS-RDPBCGR, section 2.2.9.1.1.3.1.1.2).
type Palette [256][3]byte

// Order codes (MS-RDPBCGR, section 2.2.9.1.1.3.1.2.4). The regular ones have three bits,
// the lite ones four, the others eight.
const (
	regularBGRun      = 0x0
	regularFGRun      = 0x1
	regularFGBGImage  = 0x2
	regularColorRun   = 0x3
	regularColorImage = 0x4

	liteSetFGFGRun     = 0xC
	liteSetFGFGBGImage = 0xD
	liteDitheredRun    = 0xE

	megaBGRun          = 0xF0
	megaFGRun          = 0xF1
	megaFGBGImage      = 0xF2
	megaColorRun       = 0xF3
	megaColorImage     = 0xF4
	megaSetFGRun       = 0xF6
	megaSetFGFGBGImage = 0xF7
	megaDitheredRun    = 0xF8

	specialFGBG1 = 0xF9
	specialFGBG2 = 0xFA
	white        = 0xFD
	black        = 0xFE
)

var (
	errShort = errors.New("rle: the stream ends within an order")
	errFull  = errors.New("rle: an order runs past the end of the bitmap")
)

// Decode draws an RLE_BITMAP_STREAM without its TS_CD_HEADER. The depth is 8 (which needs
// the palette), 15, 16 or 24. What a stream leaves out at its end is black: servers have
// been seen to do so.
func Decode(dst codec.Target, depth int, palette *Palette, src []byte) error {
	if err := dst.Check(); err != nil {
		return err
	}
	d := decoder{dst: dst, src: src, firstLine: true}
	switch depth {
	case 8:
		if palette == nil {
			return errors.New("rle: 8 bits per pixel without a palette")
		}
		d.size, d.fg = 1, 0xFF
	case 15:
		d.size, d.fg = 2, 0x7FFF
	case 16:
		d.size, d.fg = 2, 0xFFFF
	case 24:
		d.size, d.fg = 3, 0xFFFFFF
	default:
		return fmt.Errorf("rle: %d bits per pixel", depth)
	}
	d.white = d.fg
	d.row = dst.Row(0)
	if err := d.orders(); err != nil {
		return err
	}
	clear(d.row)
	for y := d.y + 1; y < dst.Height; y++ {
		clear(dst.Row(y))
	}
	widen(dst, depth, palette)
	return nil
}

// decoder is the state of one stream.
type decoder struct {
	dst       codec.Target
	src       []byte
	size      int    // bytes of a pixel in the stream
	fg, white uint32 // fg is fgPel of the specification's pseudo code

	y          int
	row, above []byte // what is left of row y, and the pixels above that
	firstLine  bool   // fFirstLine: what is above is black
	insertFG   bool   // fInsertFgPel: a second background run in turn begins with fg
}

// orders decodes the stream to its end.
func (d *decoder) orders() error {
	for len(d.src) > 0 {
		if d.firstLine && d.y > 0 {
			d.firstLine, d.insertFG = false, false
		}
		code, n, err := d.header()
		if err != nil {
			return err
		}
		if code == regularBGRun || code == megaBGRun {
			if err := d.backgroundRun(n); err != nil {
				return err
			}
			d.insertFG = true
			continue
		}
		d.insertFG = false
		if err := d.order(code, n); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) order(code byte, n int) error {
	switch code {
	case regularFGRun, megaFGRun:
		return d.foregroundRun(n)
	case liteSetFGFGRun, megaSetFGRun:
		if err := d.pixel(&d.fg); err != nil {
			return err
		}
		return d.foregroundRun(n)
	case regularFGBGImage, megaFGBGImage:
		return d.foregroundBackground(n)
	case liteSetFGFGBGImage, megaSetFGFGBGImage:
		if err := d.pixel(&d.fg); err != nil {
			return err
		}
		return d.foregroundBackground(n)
	case regularColorRun, megaColorRun:
		var c uint32
		if err := d.pixel(&c); err != nil {
			return err
		}
		return d.colorRun(n, c)
	case regularColorImage, megaColorImage:
		return d.colorImage(n)
	case liteDitheredRun, megaDitheredRun:
		return d.ditheredRun(n)
	case specialFGBG1:
		return d.masked(0x03, 8)
	case specialFGBG2:
		return d.masked(0x05, 8)
	case white:
		return d.colorRun(1, d.white)
	case black:
		return d.colorRun(1, 0)
	}
	return fmt.Errorf("rle: order %#x", code)
}

// header takes an order's code and its run length off the stream.
func (d *decoder) header() (code byte, n int, err error) {
	b := d.src[0]
	d.src = d.src[1:]
	more := 0
	switch {
	case b&0xC0 != 0xC0:
		code, n, more = b>>5, int(b&0x1F), 32
	case b < 0xF0:
		code, n, more = b>>4, int(b&0x0F), 16
	case b <= megaDitheredRun:
		if len(d.src) < 2 {
			return 0, 0, errShort
		}
		n = int(binary.LittleEndian.Uint16(d.src))
		d.src = d.src[2:]
		return b, n, nil
	default:
		return b, 0, nil
	}
	image := code == regularFGBGImage || code == liteSetFGFGBGImage
	if n > 0 {
		if image {
			n *= 8
		}
		return code, n, nil
	}
	if len(d.src) < 1 {
		return 0, 0, errShort
	}
	if image {
		more = 1
	}
	n = int(d.src[0]) + more
	d.src = d.src[1:]
	return code, n, nil
}

// pixel reads a pixel.
func (d *decoder) pixel(c *uint32) error {
	if len(d.src) < d.size {
		return errShort
	}
	*c = word(d.src, d.size)
	d.src = d.src[d.size:]
	return nil
}

func word(b []byte, size int) uint32 {
	switch size {
	case 1:
		return uint32(b[0])
	case 2:
		return uint32(binary.LittleEndian.Uint16(b))
	}
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
}

// take returns the part of the next n pixels that lies in the current row, what is above
// it (nil on the first line), and how many pixels that is.
func (d *decoder) take(n int) (row, above []byte, m int, err error) {
	if len(d.row) == 0 {
		return nil, nil, 0, errFull
	}
	m = min(n, len(d.row)/4)
	row, d.row = d.row[:4*m], d.row[4*m:]
	if d.y > 0 {
		if !d.firstLine {
			above = d.above[:4*m]
		}
		d.above = d.above[4*m:]
	}
	if len(d.row) == 0 {
		if d.y++; d.y < d.dst.Height {
			d.row, d.above = d.dst.Row(d.y), d.dst.Row(d.y-1)
		}
	}
	return row, above, m, nil
}

func (d *decoder) backgroundRun(n int) error {
	if d.insertFG && n > 0 {
		if err := d.foregroundRun(1); err != nil {
			return err
		}
		n--
	}
	for n > 0 {
		row, above, m, err := d.take(n)
		if err != nil {
			return err
		}
		if above == nil {
			clear(row)
		} else {
			copy(row, above)
		}
		n -= m
	}
	return nil
}

func (d *decoder) foregroundRun(n int) error {
	for n > 0 {
		row, above, m, err := d.take(n)
		if err != nil {
			return err
		}
		if above == nil {
			fill(row, d.fg)
		} else {
			for i := 0; i+4 <= len(row) && i+4 <= len(above); i += 4 {
				binary.LittleEndian.PutUint32(row[i:], binary.LittleEndian.Uint32(above[i:])^d.fg)
			}
		}
		n -= m
	}
	return nil
}

// fill repeats a pixel.
func fill(row []byte, c uint32) {
	if len(row) < 4 {
		return
	}
	binary.LittleEndian.PutUint32(row, c)
	for n := 4; n < len(row); n *= 2 {
		copy(row[n:], row[:n])
	}
}

func (d *decoder) colorRun(n int, c uint32) error {
	for n > 0 {
		row, _, m, err := d.take(n)
		if err != nil {
			return err
		}
		fill(row, c)
		n -= m
	}
	return nil
}

// foregroundBackground reads a bit mask for each eight pixels of the run.
func (d *decoder) foregroundBackground(n int) error {
	for n > 0 {
		if len(d.src) == 0 {
			return errShort
		}
		mask := d.src[0]
		d.src = d.src[1:]
		if err := d.masked(mask, min(n, 8)); err != nil {
			return err
		}
		n -= 8
	}
	return nil
}

// masked writes up to eight pixels: foreground where the mask has a bit, from the lowest.
func (d *decoder) masked(mask byte, n int) error {
	for n > 0 {
		row, above, m, err := d.take(n)
		if err != nil {
			return err
		}
		for i := 0; i+4 <= len(row); i += 4 {
			c := d.fg & -uint32(mask&1)
			if above != nil {
				c ^= binary.LittleEndian.Uint32(above[i:])
			}
			binary.LittleEndian.PutUint32(row[i:], c)
			mask >>= 1
		}
		n -= m
	}
	return nil
}

func (d *decoder) colorImage(n int) error {
	if len(d.src) < n*d.size {
		return errShort
	}
	for n > 0 {
		row, _, m, err := d.take(n)
		if err != nil {
			return err
		}
		src := d.src[:m*d.size]
		switch d.size {
		case 1:
			for i, b := range src {
				binary.LittleEndian.PutUint32(row[4*i:], uint32(b))
			}
		case 2:
			for i := range m {
				binary.LittleEndian.PutUint32(row[4*i:], uint32(binary.LittleEndian.Uint16(src[2*i:])))
			}
		default:
			for i := range m {
				p := src[3*i : 3*i+3]
				binary.LittleEndian.PutUint32(row[4*i:], uint32(p[0])|uint32(p[1])<<8|uint32(p[2])<<16)
			}
		}
		d.src = d.src[len(src):]
		n -= m
	}
	return nil
}

// ditheredRun writes n pairs of the same two pixels.
func (d *decoder) ditheredRun(n int) error {
	var pair [2]uint32
	for i := range pair {
		if err := d.pixel(&pair[i]); err != nil {
			return err
		}
	}
	odd := 0
	for n *= 2; n > 0; {
		row, _, m, err := d.take(n)
		if err != nil {
			return err
		}
		for i := range m {
			binary.LittleEndian.PutUint32(row[4*i:], pair[odd])
			odd ^= 1
		}
		n -= m
	}
	return nil
}

// widen turns the words of the stream into R, G, B and an opaque alpha.
func widen(dst codec.Target, depth int, palette *Palette) {
	for y := range dst.Height {
		row := dst.Row(y)
		switch depth {
		case 8:
			for ; len(row) >= 4; row = row[4:] {
				c := &palette[row[0]]
				row[0], row[1], row[2], row[3] = c[0], c[1], c[2], 0xFF
			}
		case 15:
			for ; len(row) >= 4; row = row[4:] {
				w := binary.LittleEndian.Uint32(row)
				r, g, b := w>>10&31, w>>5&31, w&31
				binary.LittleEndian.PutUint32(row, r<<3|r>>2|(g<<3|g>>2)<<8|(b<<3|b>>2)<<16|0xFF<<24)
			}
		case 16:
			for ; len(row) >= 4; row = row[4:] {
				w := binary.LittleEndian.Uint32(row)
				r, g, b := w>>11&31, w>>5&63, w&31
				binary.LittleEndian.PutUint32(row, r<<3|r>>2|(g<<2|g>>4)<<8|(b<<3|b>>2)<<16|0xFF<<24)
			}
		default:
			for ; len(row) >= 4; row = row[4:] {
				w := binary.LittleEndian.Uint32(row)
				binary.LittleEndian.PutUint32(row, w>>16&0xFF|w&0xFF00|w&0xFF<<16|0xFF<<24)
			}
		}
	}
}
