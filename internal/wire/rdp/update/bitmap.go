// SPDX-License-Identifier: Apache-2.0

package update

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Flags of a bitmap rectangle.
const (
	// BitmapCompression: the data is compressed, with planar at 32 bits a pixel and
	// interleaved RLE below.
	BitmapCompression = 0x0001
	// NoBitmapCompressionHeader: no TS_CD_HEADER precedes compressed data.
	NoBitmapCompressionHeader = 0x0400
)

const (
	typeBitmap  = 1
	typePalette = 2

	compressionHeaderSize = 8
)

// Bitmap is TS_BITMAP_DATA (section 2.2.9.1.1.3.1.2.2). Rows come bottom-up, and are Width
// pixels long, of which those within Left to Right are meant.
type Bitmap struct {
	// Left to Bottom is where it goes; Right and Bottom are inclusive.
	Left, Top, Right, Bottom uint16
	Width, Height            uint16
	BitsPerPixel             uint16
	Flags                    uint16
	// CompressionHeader is TS_CD_HEADER as it came; empty without one.
	CompressionHeader []byte
	Data              []byte
}

// Compressed reports whether the data is compressed.
func (b Bitmap) Compressed() bool { return b.Flags&BitmapCompression != 0 }

func (b Bitmap) hasHeader() bool { return b.Compressed() && b.Flags&NoBitmapCompressionHeader == 0 }

// ParseBitmap reads a bitmap update and calls f with each rectangle, in their order. An
// error of f ends it.
func ParseBitmap(b []byte, f func(Bitmap) error) error {
	r := field.NewReader("update: bitmap", b)
	r.Expect("updateType", uint64(r.U16("updateType")), typeBitmap)
	for range r.U16("numberRectangles") {
		p := Bitmap{
			Left: r.U16("destLeft"), Top: r.U16("destTop"), Right: r.U16("destRight"), Bottom: r.U16("destBottom"),
			Width: r.U16("width"), Height: r.U16("height"), BitsPerPixel: r.U16("bitsPerPixel"), Flags: r.U16("flags"),
		}
		n := int(r.U16("bitmapLength"))
		if p.hasHeader() {
			p.CompressionHeader = r.Bytes("bitmapComprHdr", compressionHeaderSize)
			n -= compressionHeaderSize
		}
		p.Data = r.Bytes("bitmapDataStream", n)
		if r.Err() == nil && (p.Right < p.Left || p.Bottom < p.Top) {
			r.Fail("destRight", "the rectangle (%d,%d)-(%d,%d) is empty", p.Left, p.Top, p.Right, p.Bottom)
		}
		if r.Err() != nil {
			break
		}
		if err := f(p); err != nil {
			return err
		}
	}
	return r.Err()
}

// AppendBitmap appends a bitmap update.
func AppendBitmap(b []byte, rectangles ...Bitmap) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(append(b, typeBitmap, 0), uint16(len(rectangles)))
	for _, p := range rectangles {
		for _, v := range []uint16{
			p.Left, p.Top, p.Right, p.Bottom, p.Width, p.Height, p.BitsPerPixel, p.Flags,
			uint16(len(p.CompressionHeader) + len(p.Data)),
		} {
			b = le.AppendUint16(b, v)
		}
		b = append(append(b, p.CompressionHeader...), p.Data...)
	}
	return b
}

// PaletteSize is the number of colours of a palette.
const PaletteSize = 256

// ParsePalette reads a palette update (section 2.2.9.1.1.3.1.1.1): up to 256 colours of
// three bytes R, G, B.
func ParsePalette(b []byte) ([]byte, error) {
	r := field.NewReader("update: palette", b)
	r.Expect("updateType", uint64(r.U16("updateType")), typePalette)
	r.Skip("pad2Octets", 2)
	n := r.Length("numberColors", PaletteSize)
	colors := r.Bytes("paletteEntries", 3*n)
	return colors, r.Err()
}

// AppendPalette appends a palette update.
func AppendPalette(b, colors []byte) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, typePalette, 0, 0, 0), uint32(len(colors)/3))
	return append(b, colors[:len(colors)/3*3]...)
}
