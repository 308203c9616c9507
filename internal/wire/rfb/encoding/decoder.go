// SPDX-License-Identifier: Apache-2.0

package encoding

import (
	"fmt"
	"image"
	"image/color"
	"io"
)

// Type is an encoding's number (RFC 6143, section 7.7).
type Type int32

// The encodings that carry pixels.
const (
	Raw      Type = 0
	CopyRect Type = 1
	Hextile  Type = 5
	Tight    Type = 7
	ZRLE     Type = 16
)

// String returns the encoding's name as the encodings parameter spells it.
func (t Type) String() string {
	switch t {
	case Raw:
		return "raw"
	case CopyRect:
		return "copyrect"
	case Hextile:
		return "hextile"
	case Tight:
		return "tight"
	case ZRLE:
		return "zrle"
	default:
		return fmt.Sprintf("encoding %d", int32(t))
	}
}

// Sink is drawn on. Pixels are RGBA, stride bytes from row to row, and are the caller's
// again when the call returns.
type Sink interface {
	Pixels(r image.Rectangle, pix []byte, stride int)
	Fill(r image.Rectangle, c color.RGBA)
	Copy(src image.Rectangle, dst image.Point)
	// Picture is a rectangle that arrived as a file of its mimetype.
	Picture(r image.Rectangle, mimetype string, data []byte)
}

// Reader is what rectangles are read from: a bufio.Reader.
type Reader interface {
	io.Reader
	io.ByteReader
}

// bandBytes bounds the pixels that are decoded before they are handed on.
const bandBytes = 128 << 10

// Decoder decodes the rectangles of one connection. It is for one goroutine.
type Decoder struct {
	format PixelFormat
	rgb    PixelFormat // of Tight's three-byte pixels, whatever the shifts of format

	pix     []byte // RGBA of a band or tile
	src     []byte // what it is made from
	above   []byte // Tight's gradient: the row above
	zrle    inflater
	tight   [4]inflater
	palette [256]color.RGBA
	small   [4]byte // a pixel or less
}

// NewDecoder returns a decoder for pixels of the given format.
func NewDecoder(format PixelFormat) *Decoder { return &Decoder{format: format, rgb: RGBX} }

// SwapRedBlue has pixels read with red and blue exchanged, for servers that send them the
// other way round than they were asked to.
func (d *Decoder) SwapRedBlue() {
	d.format = d.format.swapRedBlue()
	d.rgb = d.rgb.swapRedBlue()
}

// Decode reads one rectangle of the given encoding. bounds is the framebuffer, outside of
// which nothing can be copied from; what lies outside of it otherwise is the sink's matter.
func (d *Decoder) Decode(r Reader, t Type, rect, bounds image.Rectangle, sink Sink) error {
	if rect.Empty() && (t == Raw || t == Hextile) {
		return nil
	}
	var err error
	switch t {
	case Raw:
		err = d.raw(r, rect, sink)
	case CopyRect:
		err = d.copyRect(r, rect, bounds, sink)
	case Hextile:
		err = d.hextile(r, rect, sink)
	case Tight:
		err = d.decodeTight(r, rect, sink)
	case ZRLE:
		err = d.decodeZRLE(r, rect, sink)
	default:
		return fmt.Errorf("rfb: %s was not asked for", t)
	}
	if err != nil {
		return fmt.Errorf("rfb: %s rectangle %v: %w", t, rect, noEOF(err))
	}
	return nil
}

// noEOF makes an end within a rectangle what it is.
func noEOF(err error) error {
	if err == io.EOF { //nolint:errorlint // readers return it bare
		return io.ErrUnexpectedEOF
	}
	return err
}

// grow returns *b with n bytes, enlarging it if need be.
func grow(b *[]byte, n int) []byte {
	if cap(*b) < n {
		*b = make([]byte, n)
	}
	*b = (*b)[:n]
	return *b
}

// raw reads Raw (section 7.7.1): the pixels, row by row.
func (d *Decoder) raw(r io.Reader, rect image.Rectangle, sink Sink) error {
	return d.bands(rect, d.format, d.format.size(), sink, r)
}

// bands reads the pixels of rect, of the given format and size bytes each, and hands them
// to sink in bands of whole rows.
func (d *Decoder) bands(rect image.Rectangle, format PixelFormat, size int, sink Sink, r io.Reader) error {
	w := rect.Dx()
	rows := max(1, bandBytes/(4*w))
	for y := rect.Min.Y; y < rect.Max.Y; y += rows {
		band := image.Rect(rect.Min.X, y, rect.Max.X, min(y+rows, rect.Max.Y))
		n := w * band.Dy()
		src := grow(&d.src, n*size)
		if _, err := io.ReadFull(r, src); err != nil {
			return err
		}
		pix := grow(&d.pix, n*4)
		format.toRGBA(pix, src, size)
		sink.Pixels(band, pix, w*4)
	}
	return nil
}

// copyRect reads CopyRect (section 7.7.2): src-x-position, src-y-position.
func (d *Decoder) copyRect(r io.Reader, rect, bounds image.Rectangle, sink Sink) error {
	b := grow(&d.src, 4)
	if _, err := io.ReadFull(r, b); err != nil {
		return err
	}
	from := image.Pt(int(b[0])<<8|int(b[1]), int(b[2])<<8|int(b[3]))
	src := image.Rectangle{Min: from, Max: from.Add(rect.Size())}
	if in := src.Intersect(bounds); !in.Empty() {
		sink.Copy(in, rect.Min.Add(in.Min.Sub(src.Min)))
	}
	return nil
}

// fillPix fills part of a tile of RGBA pixels.
func fillPix(pix []byte, stride int, r image.Rectangle, c color.RGBA) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := pix[y*stride+4*r.Min.X : y*stride+4*r.Max.X]
		for len(row) >= 4 {
			row[0], row[1], row[2], row[3] = c.R, c.G, c.B, c.A
			row = row[4:]
		}
	}
}

// tiles calls draw for each tile of the given size, left to right and top to bottom.
func tiles(rect image.Rectangle, size int, draw func(tile image.Rectangle) error) error {
	for y := rect.Min.Y; y < rect.Max.Y; y += size {
		for x := rect.Min.X; x < rect.Max.X; x += size {
			if err := draw(image.Rect(x, y, x+size, y+size).Intersect(rect)); err != nil {
				return err
			}
		}
	}
	return nil
}
