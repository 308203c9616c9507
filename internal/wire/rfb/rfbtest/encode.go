// SPDX-License-Identifier: Apache-2.0

// Package rfbtest is the server's side of RFB for tests: encoders of rectangles, the
// inverse of the package encoding, and a [Server] that holds a dialogue and may break any
// rule of it.
//
// Pixels are those of encoding.RGBX unless said otherwise.
package rfbtest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"

	"github.com/klauspost/compress/zlib"

	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
)

// Encoder encodes rectangles of a picture; it keeps the zlib streams of a connection.
type Encoder struct {
	zrle  *stream
	tight [4]*stream
}

// stream is a zlib stream that is flushed after each rectangle.
type stream struct {
	buf bytes.Buffer
	z   *zlib.Writer
}

func (s *stream) compress(data []byte) []byte {
	s.buf.Reset()
	_, _ = s.z.Write(data) // writing to memory cannot fail
	_ = s.z.Flush()
	return s.buf.Bytes()
}

func newStream() *stream {
	s := new(stream)
	s.z = zlib.NewWriter(&s.buf)
	return s
}

// NewEncoder returns an encoder for a new connection.
func NewEncoder() *Encoder {
	e := &Encoder{zrle: newStream()}
	for i := range e.tight {
		e.tight[i] = newStream()
	}
	return e
}

// Header is a rectangle's header.
func Header(r image.Rectangle, t encoding.Type) []byte {
	var b []byte
	for _, n := range []int{r.Min.X, r.Min.Y, r.Dx(), r.Dy()} {
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return binary.BigEndian.AppendUint32(b, uint32(t))
}

// Update is a framebuffer update of rectangles that have their headers.
func Update(rectangles ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(len(rectangles)))
	return append(b, bytes.Join(rectangles, nil)...)
}

// Raw encodes r of img.
func (e *Encoder) Raw(img *image.RGBA, r image.Rectangle) []byte { return pixels(img, r, 4) }

// pixels returns the first n bytes of each pixel of r.
func pixels(img *image.RGBA, r image.Rectangle, n int) []byte {
	var b []byte
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			at := img.PixOffset(x, y)
			b = append(b, img.Pix[at:at+3]...)
			b = append(b, make([]byte, n-3)...)
		}
	}
	return b
}

// CopyRect encodes a copy from src.
func (e *Encoder) CopyRect(src image.Point) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(src.X))
	return binary.BigEndian.AppendUint16(b, uint16(src.Y))
}

// Hextile encodes r of img: tiles of one colour, of coloured subrectangles of one pixel
// height, or raw.
func (e *Encoder) Hextile(img *image.RGBA, r image.Rectangle) []byte {
	var b []byte
	eachTile(r, 16, func(tile image.Rectangle) {
		background := img.RGBAAt(tile.Min.X, tile.Min.Y)
		runs := runsOf(img, tile)
		runs = without(runs, background)
		switch {
		case len(runs) == 0:
			b = append(append(b, 2), pixel(background, 4)...)
		case len(runs) < 256:
			b = append(append(b, 2|8|16), pixel(background, 4)...)
			b = append(b, byte(len(runs)))
			for _, run := range runs {
				b = append(b, pixel(run.colour, 4)...)
				b = append(b, byte(run.x-tile.Min.X)<<4|byte(run.y-tile.Min.Y), byte(run.length-1)<<4)
			}
		default:
			b = append(append(b, 1), pixels(img, tile, 4)...)
		}
	})
	return b
}

// ZRLE encodes r of img, choosing for each tile the form that its colours allow, and for
// many colours in turn raw pixels and runs.
func (e *Encoder) ZRLE(img *image.RGBA, r image.Rectangle) []byte {
	var b []byte
	turn := 0
	eachTile(r, 64, func(tile image.Rectangle) {
		palette := paletteOf(img, tile)
		turn++
		switch n := len(palette); {
		case n == 1:
			b = append(append(b, 1), pixel(palette[0], 3)...)
		case n <= 16 && turn%2 == 0:
			b = appendPalette(append(b, byte(n)), palette, 3)
			b = append(b, packed(img, tile, palette, zrleBits(n))...)
		case n < 128:
			b = appendPalette(append(b, byte(128+n)), palette, 3)
			for _, run := range joined(runsOf(img, tile)) {
				b = appendPaletteRun(b, index(palette, run.colour), run.length)
			}
		case turn%2 == 0:
			b = append(b, 128)
			for _, run := range joined(runsOf(img, tile)) {
				b = appendRun(append(b, pixel(run.colour, 3)...), run.length)
			}
		default:
			b = append(append(b, 0), pixels(img, tile, 3)...)
		}
	})
	compressed := e.zrle.compress(b)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(compressed))), compressed...)
}

func zrleBits(colours int) int {
	switch {
	case colours == 2:
		return 1
	case colours <= 4:
		return 2
	default:
		return 4
	}
}

// TightFill encodes a rectangle of one colour.
func (e *Encoder) TightFill(c color.RGBA) []byte { return append([]byte{0x80}, pixel(c, 3)...) }

// TightJPEG encodes r of img as JPEG, and returns the file too.
func (e *Encoder) TightJPEG(img *image.RGBA, r image.Rectangle) (rectangle, file []byte) {
	var buf bytes.Buffer
	_ = jpeg.Encode(&buf, img.SubImage(r), nil) // writing to memory cannot fail
	return append(appendCompact([]byte{0x90}, buf.Len()), buf.Bytes()...), buf.Bytes()
}

// TightCopy encodes r of img without a filter.
func (e *Encoder) TightCopy(img *image.RGBA, r image.Rectangle) []byte {
	return e.tightData([]byte{0x00}, 0, pixels(img, r, 3))
}

// TightPalette encodes r of img, which has at most 256 colours.
func (e *Encoder) TightPalette(img *image.RGBA, r image.Rectangle) []byte {
	palette := paletteOf(img, r)
	bits := 8
	if len(palette) <= 2 {
		bits = 1
	}
	head := appendPalette([]byte{0x50, 1, byte(len(palette) - 1)}, palette, 3)
	return e.tightData(head, 1, packed(img, r, palette, bits))
}

// TightGradient encodes r of img with the gradient filter.
func (e *Encoder) TightGradient(img *image.RGBA, r image.Rectangle) []byte {
	at := func(x, y, c int) int {
		if x < r.Min.X || y < r.Min.Y {
			return 0
		}
		return int(img.Pix[img.PixOffset(x, y)+c])
	}
	var data []byte
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			for c := range 3 {
				predicted := min(max(at(x-1, y, c)+at(x, y-1, c)-at(x-1, y-1, c), 0), 255)
				data = append(data, byte(at(x, y, c)-predicted))
			}
		}
	}
	return e.tightData([]byte{0x60, 2}, 2, data)
}

// tightData appends data, compressed unless it is short.
func (e *Encoder) tightData(head []byte, stream int, data []byte) []byte {
	if len(data) < 12 {
		return append(head, data...)
	}
	compressed := e.tight[stream].compress(data)
	return append(appendCompact(head, len(compressed)), compressed...)
}

func appendCompact(b []byte, n int) []byte {
	if n < 1<<7 {
		return append(b, byte(n))
	}
	if n < 1<<14 {
		return append(b, byte(n)|0x80, byte(n>>7))
	}
	return append(b, byte(n)|0x80, byte(n>>7)|0x80, byte(n>>14))
}

// run is a row of pixels of one colour.
type run struct {
	x, y, length int
	colour       color.RGBA
}

// runsOf returns the runs of each row of r.
func runsOf(img *image.RGBA, r image.Rectangle) []run {
	var runs []run
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := img.RGBAAt(x, y)
			if last := len(runs) - 1; x > r.Min.X && runs[last].colour == c {
				runs[last].length++
				continue
			}
			runs = append(runs, run{x, y, 1, c})
		}
	}
	return runs
}

// joined joins runs across rows.
func joined(runs []run) []run {
	out := runs[:1:1]
	for _, r := range runs[1:] {
		if last := len(out) - 1; out[last].colour == r.colour {
			out[last].length += r.length
			continue
		}
		out = append(out, r)
	}
	return out
}

func without(runs []run, c color.RGBA) []run {
	var out []run
	for _, r := range runs {
		if r.colour != c {
			out = append(out, r)
		}
	}
	return out
}

func paletteOf(img *image.RGBA, r image.Rectangle) []color.RGBA {
	var palette []color.RGBA
	seen := map[color.RGBA]bool{}
	for _, run := range runsOf(img, r) {
		if !seen[run.colour] {
			seen[run.colour] = true
			palette = append(palette, run.colour)
		}
	}
	return palette
}

func index(palette []color.RGBA, c color.RGBA) int {
	for i, p := range palette {
		if p == c {
			return i
		}
	}
	return -1
}

func appendPalette(b []byte, palette []color.RGBA, n int) []byte {
	for _, c := range palette {
		b = append(b, pixel(c, n)...)
	}
	return b
}

// packed returns palette indices of so many bits, each row beginning a byte.
func packed(img *image.RGBA, r image.Rectangle, palette []color.RGBA, bits int) []byte {
	var b []byte
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := make([]byte, (r.Dx()*bits+7)/8)
		for x := range r.Dx() {
			at := x * bits
			row[at/8] |= byte(index(palette, img.RGBAAt(r.Min.X+x, y)) << (8 - bits - at%8))
		}
		b = append(b, row...)
	}
	return b
}

func appendRun(b []byte, length int) []byte {
	length--
	for ; length >= 255; length -= 255 {
		b = append(b, 255)
	}
	return append(b, byte(length))
}

func appendPaletteRun(b []byte, i, length int) []byte {
	if length == 1 {
		return append(b, byte(i))
	}
	return appendRun(append(b, byte(i)|128), length)
}

func pixel(c color.RGBA, n int) []byte { return []byte{c.R, c.G, c.B, 0}[:n] }

func eachTile(r image.Rectangle, size int, do func(tile image.Rectangle)) {
	for y := r.Min.Y; y < r.Max.Y; y += size {
		for x := r.Min.X; x < r.Max.X; x += size {
			do(image.Rect(x, y, x+size, y+size).Intersect(r))
		}
	}
}
