// SPDX-License-Identifier: Apache-2.0

package encoding

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"
)

const (
	zrleSize = 64
	// maxZRLE bounds the compressed length of one rectangle: twice the raw pixels of the
	// largest framebuffer would be more than any server sends at once.
	maxZRLE = 256 << 20
)

// decodeZRLE reads ZRLE (RFC 6143, section 7.7.6): a length, and so many bytes of a zlib
// stream of tiles of 64x64 pixels.
func (d *Decoder) decodeZRLE(r Reader, rect image.Rectangle, sink Sink) error {
	head := grow(&d.src, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return err
	}
	length := binary.BigEndian.Uint32(head)
	if length > maxZRLE {
		return fmt.Errorf("%d compressed bytes", length)
	}
	if err := d.zrle.next(r, int(length)); err != nil {
		return err
	}
	err := tiles(rect, zrleSize, func(tile image.Rectangle) error { return d.zrleTile(tile, sink) })
	if err != nil {
		return err
	}
	return d.zrle.finish()
}

// zrleTile reads one tile: its subencoding, palette and pixels.
func (d *Decoder) zrleTile(tile image.Rectangle, sink Sink) error {
	subencoding, err := d.zrleByte()
	if err != nil {
		return err
	}
	colours := int(subencoding & 127)
	switch {
	case subencoding == 0:
		return d.bands(tile, d.format, d.format.compactSize(), sink, &d.zrle)
	case subencoding > 16 && subencoding < 128 || subencoding == 129:
		return fmt.Errorf("subencoding %d", subencoding)
	}
	if err := d.zrlePalette(colours); err != nil {
		return err
	}
	if subencoding == 1 {
		sink.Fill(tile, d.palette[0])
		return nil
	}
	pix := grow(&d.pix, 4*tile.Dx()*tile.Dy())
	switch {
	case subencoding < 128:
		err = d.zrlePacked(pix, tile.Dx(), colours)
	case subencoding == 128:
		err = d.zrleRuns(pix, func() (color.RGBA, bool, error) {
			c, err := d.zrlePixel()
			return c, true, err
		})
	default:
		err = d.zrleRuns(pix, func() (color.RGBA, bool, error) { return d.zrleIndex(colours) })
	}
	if err != nil {
		return err
	}
	sink.Pixels(tile, pix, 4*tile.Dx())
	return nil
}

func (d *Decoder) zrlePalette(colours int) error {
	for i := range colours {
		var err error
		if d.palette[i], err = d.zrlePixel(); err != nil {
			return err
		}
	}
	return nil
}

// zrlePacked reads packed palette indices of 1, 2 or 4 bits; each row begins a byte.
func (d *Decoder) zrlePacked(pix []byte, width, colours int) error {
	bits := 4
	switch {
	case colours == 2:
		bits = 1
	case colours <= 4:
		bits = 2
	}
	row := grow(&d.src, (width*bits+7)/8)
	for ; len(pix) > 0; pix = pix[4*width:] {
		if _, err := io.ReadFull(&d.zrle, row); err != nil {
			return err
		}
		if err := unpack(pix[:4*width], row, bits, d.palette[:colours]); err != nil {
			return err
		}
	}
	return nil
}

// unpack writes one row of palette indices as pixels.
func unpack(pix, row []byte, bits int, palette []color.RGBA) error {
	if bits == 1 && len(palette) == 2 {
		unpackBits(pix, row, palette[0], palette[1])
		return nil
	}
	shift := 8
	for ; len(pix) >= 4; pix = pix[4:] {
		shift -= bits
		index := int(row[0]>>shift) & (1<<bits - 1)
		if shift == 0 {
			shift, row = 8, row[1:]
		}
		if index >= len(palette) {
			return fmt.Errorf("palette index %d of %d", index, len(palette))
		}
		c := palette[index]
		pix[0], pix[1], pix[2], pix[3] = c.R, c.G, c.B, c.A
	}
	return nil
}

// unpackBits writes one row of single bits, which cannot be out of range.
func unpackBits(pix, row []byte, zero, one color.RGBA) {
	colours := [2]uint32{pixel(zero), pixel(one)}
	for ; len(pix) >= 8*4; pix, row = pix[8*4:], row[1:] {
		b, out := row[0], pix[:8*4]
		for x := 0; x < len(out); x += 4 {
			binary.LittleEndian.PutUint32(out[x:x+4], colours[b>>7])
			b <<= 1
		}
	}
	for x := 0; 4*x < len(pix); x++ {
		binary.LittleEndian.PutUint32(pix[4*x:], colours[row[0]<<x>>7])
	}
}

// pixel returns a colour as it lies in memory, read as a little-endian number.
func pixel(c color.RGBA) uint32 {
	return uint32(c.R) | uint32(c.G)<<8 | uint32(c.B)<<16 | uint32(c.A)<<24
}

// zrleIndex reads a palette index, whose top bit says that a run length follows.
func (d *Decoder) zrleIndex(colours int) (c color.RGBA, run bool, err error) {
	b, err := d.zrleByte()
	if err != nil {
		return c, false, err
	}
	index := int(b & 127)
	if index >= colours {
		return c, false, fmt.Errorf("palette index %d of %d", index, colours)
	}
	return d.palette[index], b&128 != 0, nil
}

// zrleRuns fills pix with runs of the colours that next returns.
func (d *Decoder) zrleRuns(pix []byte, next func() (c color.RGBA, run bool, err error)) error {
	for len(pix) > 0 {
		c, run, err := next()
		if err != nil {
			return err
		}
		length := 1
		for run {
			b, err := d.zrleByte()
			if err != nil {
				return err
			}
			length += int(b)
			run = b == 255
			if 4*length > len(pix) {
				return fmt.Errorf("run of %d pixels where %d are left", length, len(pix)/4)
			}
		}
		fillPix(pix, 0, image.Rect(0, 0, length, 1), c)
		pix = pix[4*length:]
	}
	return nil
}

func (d *Decoder) zrlePixel() (color.RGBA, error) {
	n := d.format.compactSize()
	b := d.small[:n]
	if _, err := io.ReadFull(&d.zrle, b); err != nil {
		return color.RGBA{}, err
	}
	return d.format.compact(b, n), nil
}

func (d *Decoder) zrleByte() (byte, error) {
	_, err := io.ReadFull(&d.zrle, d.small[:1])
	return d.small[0], err
}
