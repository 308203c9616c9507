// SPDX-License-Identifier: Apache-2.0

package encoding

import (
	"fmt"
	"image"
	"image/color"
	"io"
)

// Subencoding mask of a Hextile tile (RFC 6143, section 7.7.4).
const (
	hextileRaw                 = 1
	hextileBackgroundSpecified = 2
	hextileForegroundSpecified = 4
	hextileAnySubrects         = 8
	hextileSubrectsColoured    = 16
)

const hextileSize = 16

// hextileState is carried from tile to tile of a rectangle.
type hextileState struct {
	background, foreground color.RGBA
}

func (d *Decoder) hextile(r Reader, rect image.Rectangle, sink Sink) error {
	state := hextileState{background: color.RGBA{A: 0xFF}, foreground: color.RGBA{A: 0xFF}}
	return tiles(rect, hextileSize, func(tile image.Rectangle) error {
		return d.hextileTile(r, tile, &state, sink)
	})
}

func (d *Decoder) hextileTile(r Reader, tile image.Rectangle, state *hextileState, sink Sink) error {
	mask, err := r.ReadByte()
	if err != nil {
		return err
	}
	if mask&hextileRaw != 0 {
		return d.raw(r, tile, sink)
	}
	if mask&hextileBackgroundSpecified != 0 {
		if state.background, err = d.pixel(r); err != nil {
			return err
		}
	}
	if mask&hextileForegroundSpecified != 0 {
		if state.foreground, err = d.pixel(r); err != nil {
			return err
		}
	}
	if mask&hextileAnySubrects == 0 {
		sink.Fill(tile, state.background)
		return nil
	}
	pix := grow(&d.pix, 4*tile.Dx()*tile.Dy())
	fillPix(pix, 4*tile.Dx(), image.Rectangle{Max: tile.Size()}, state.background)
	if err := d.hextileSubrects(r, tile.Size(), mask&hextileSubrectsColoured != 0, state.foreground, pix); err != nil {
		return err
	}
	sink.Pixels(tile, pix, 4*tile.Dx())
	return nil
}

// hextileSubrects reads number-of-subrectangles and draws each onto pix.
func (d *Decoder) hextileSubrects(r Reader, size image.Point, coloured bool, c color.RGBA, pix []byte) error {
	count, err := r.ReadByte()
	if err != nil {
		return err
	}
	for range count {
		if coloured {
			if c, err = d.pixel(r); err != nil {
				return err
			}
		}
		b := d.small[:2] // x-and-y-position, width-and-height less one
		if _, err := io.ReadFull(r, b); err != nil {
			return err
		}
		x, y := int(b[0]>>4), int(b[0]&15)
		sub := image.Rect(x, y, x+int(b[1]>>4)+1, y+int(b[1]&15)+1)
		if !sub.In(image.Rectangle{Max: size}) {
			return fmt.Errorf("subrectangle %v in a tile of %v", sub, size)
		}
		fillPix(pix, 4*size.X, sub, c)
	}
	return nil
}

// pixel reads one PIXEL.
func (d *Decoder) pixel(r io.Reader) (color.RGBA, error) {
	n := d.format.size()
	b := d.small[:n]
	if _, err := io.ReadFull(r, b); err != nil {
		return color.RGBA{}, err
	}
	return d.format.rgba(d.format.value(b, n)), nil
}
