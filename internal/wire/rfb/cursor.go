// SPDX-License-Identifier: Apache-2.0

package rfb

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"

	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
)

// cursor reads the Cursor pseudo-encoding (RFC 6143, section 7.8.1): pixels and a bitmask.
func (d *Decoder) cursor(hotspot image.Point, w, h int) error {
	if w > maxCursor || h > maxCursor {
		return d.skipCursor(w, h, w*h*int(d.format.BitsPerPixel)/8+(w+7)/8*h)
	}
	canvas := newCursor(w, h)
	if err := d.pixels.Decode(d.r, encoding.Raw, canvas.img.Rect, canvas.img.Rect, canvas); err != nil {
		return err
	}
	rowBytes := (w + 7) / 8
	for y := range h {
		row, err := d.read(rowBytes)
		if err != nil {
			return err
		}
		for x := range w {
			if row[x/8]&(0x80>>(x%8)) == 0 {
				canvas.img.SetRGBA(x, y, color.RGBA{})
			}
		}
	}
	d.h.Cursor(canvas.img, hotspot)
	return nil
}

// cursorWithAlpha reads the Cursor With Alpha pseudo-encoding: an encoding, and RGBA pixels
// with premultiplied alpha. Only Raw is known to be sent.
func (d *Decoder) cursorWithAlpha(hotspot image.Point, w, h int) error {
	head, err := d.read(4)
	if err != nil {
		return err
	}
	if t := encoding.Type(int32(binary.BigEndian.Uint32(head))); t != encoding.Raw {
		return fmt.Errorf("rfb: cursor in %s", t)
	}
	if w > maxCursor || h > maxCursor {
		return d.skipCursor(w, h, 4*w*h)
	}
	canvas := newCursor(w, h)
	if err := readFull(d.r, canvas.img.Pix); err != nil {
		return err
	}
	d.h.Cursor(canvas.img, hotspot)
	return nil
}

func readFull(r *bufio.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	return err
}

// cursorCanvas is a Sink that keeps the pixels.
type cursorCanvas struct {
	encoding.Sink // nothing but Pixels is called for Raw
	img           *image.RGBA
}

func newCursor(w, h int) *cursorCanvas {
	return &cursorCanvas{img: image.NewRGBA(image.Rect(0, 0, w, h))}
}

// skipCursor reads past the n bytes of a cursor that is too large to be shown.
func (d *Decoder) skipCursor(w, h, n int) error {
	if w > maxOddCursor || h > maxOddCursor {
		return fmt.Errorf("rfb: cursor of %dx%d pixels", w, h)
	}
	d.h.Odd("a cursor too large to be shown")
	return d.skip(n)
}

func (c *cursorCanvas) Pixels(r image.Rectangle, pix []byte, stride int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		copy(c.img.Pix[c.img.PixOffset(r.Min.X, y):], pix[(y-r.Min.Y)*stride:][:4*r.Dx()])
	}
}
