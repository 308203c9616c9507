// SPDX-License-Identifier: Apache-2.0

package encoding_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/palta-gateway/palta/internal/wire/rfb/encoding"
	"github.com/palta-gateway/palta/internal/wire/rfb/rfbtest"
)

// screen is a Sink that keeps the pixels and checks what it is given.
type screen struct {
	t        testing.TB
	img      *image.RGBA
	pictures [][]byte
}

func newScreen(t testing.TB, r image.Rectangle) *screen { return &screen{t: t, img: image.NewRGBA(r)} }

func (s *screen) Pixels(r image.Rectangle, pix []byte, stride int) {
	if !r.In(s.img.Rect) || len(pix) < stride*(r.Dy()-1)+4*r.Dx() {
		s.t.Fatalf("pixels of %v with %d bytes, stride %d", r, len(pix), stride)
	}
	for y := range r.Dy() {
		copy(s.img.Pix[s.img.PixOffset(r.Min.X, r.Min.Y+y):], pix[y*stride:y*stride+4*r.Dx()])
	}
}

func (s *screen) Fill(r image.Rectangle, c color.RGBA) {
	if !r.In(s.img.Rect) {
		s.t.Fatalf("fill of %v", r)
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			s.img.SetRGBA(x, y, c)
		}
	}
}

func (s *screen) Copy(src image.Rectangle, dst image.Point) {
	if !src.In(s.img.Rect) {
		s.t.Fatalf("copy from %v", src)
	}
	part := image.NewRGBA(image.Rectangle{Max: src.Size()})
	for y := range src.Dy() {
		for x := range src.Dx() {
			part.SetRGBA(x, y, s.img.RGBAAt(src.Min.X+x, src.Min.Y+y))
		}
	}
	s.Pixels(image.Rectangle{Min: dst, Max: dst.Add(src.Size())}, part.Pix, part.Stride)
}

func (s *screen) Picture(_ image.Rectangle, mimetype string, data []byte) {
	s.pictures = append(s.pictures, append([]byte(mimetype+" "), data...))
}

// picture draws something with about so many colours: bars, dots, and noise.
func picture(r image.Rectangle, colours int, seed uint64) *image.RGBA {
	rng := rand.New(rand.NewPCG(seed, 1))
	palette := make([]color.RGBA, colours)
	for i := range palette {
		palette[i] = color.RGBA{uint8(rng.Uint32()), uint8(rng.Uint32()), uint8(rng.Uint32()), 0xFF}
	}
	img := image.NewRGBA(r)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := palette[(x/24+y/40)%colours]
			if rng.IntN(10) == 0 {
				c = palette[rng.IntN(colours)]
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func TestDecodeIsTheInverseOfEncode(t *testing.T) {
	// Part of: VNC-04
	bounds := image.Rect(0, 0, 300, 200)
	forms := map[string]struct {
		kind       encoding.Type
		maxColours int
		encode     func(*rfbtest.Encoder, *image.RGBA, image.Rectangle) []byte
	}{
		"raw":            {encoding.Raw, 1 << 24, (*rfbtest.Encoder).Raw},
		"hextile":        {encoding.Hextile, 1 << 24, (*rfbtest.Encoder).Hextile},
		"zrle":           {encoding.ZRLE, 1 << 24, (*rfbtest.Encoder).ZRLE},
		"tight copy":     {encoding.Tight, 1 << 24, (*rfbtest.Encoder).TightCopy},
		"tight palette":  {encoding.Tight, 256, (*rfbtest.Encoder).TightPalette},
		"tight gradient": {encoding.Tight, 1 << 24, (*rfbtest.Encoder).TightGradient},
	}
	rects := []image.Rectangle{bounds, image.Rect(3, 5, 4, 6), image.Rect(17, 0, 147, 66), image.Rect(299, 0, 300, 200), image.Rect(0, 1, 3, 2)}
	for name, form := range forms {
		for _, colours := range []int{1, 2, 3, 4, 16, 100, 250, 60000} {
			if colours > form.maxColours {
				continue
			}
			t.Run(fmt.Sprintf("%s of %d colours", name, colours), func(t *testing.T) {
				e, d := rfbtest.NewEncoder(), encoding.NewDecoder(encoding.RGBX)
				s := newScreen(t, bounds)
				for i, r := range rects { // one after another, through the same zlib streams
					img := picture(bounds, colours, uint64(i))
					src := bufio.NewReader(iotest.HalfReader(bytes.NewReader(append(form.encode(e, img, r), 0xAA))))
					if err := d.Decode(src, form.kind, r, bounds, s); err != nil {
						t.Fatal(err)
					}
					compare(t, s.img, img, r)
					if b, err := src.ReadByte(); b != 0xAA || err != nil {
						t.Fatalf("after %v the stream stands at %x, %v", r, b, err)
					}
				}
			})
		}
	}
}

func compare(t *testing.T, got, want *image.RGBA, r image.Rectangle) {
	t.Helper()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if g, w := got.RGBAAt(x, y), want.RGBAAt(x, y); g != w {
				t.Fatalf("pixel %d,%d of %v is %v, want %v", x, y, r, g, w)
			}
		}
	}
}

func TestDecodeFillCopyAndPicture(t *testing.T) {
	bounds := image.Rect(0, 0, 64, 64)
	e, d := rfbtest.NewEncoder(), encoding.NewDecoder(encoding.RGBX)
	s := newScreen(t, bounds)
	red := color.RGBA{0xFF, 0, 0, 0xFF}
	decode := func(data []byte, kind encoding.Type, r image.Rectangle) {
		t.Helper()
		if err := d.Decode(bufio.NewReader(bytes.NewReader(data)), kind, r, bounds, s); err != nil {
			t.Fatal(err)
		}
	}
	decode(e.TightFill(red), encoding.Tight, image.Rect(0, 0, 8, 8))
	decode(e.CopyRect(image.Pt(4, 4)), encoding.CopyRect, image.Rect(20, 20, 28, 28))
	if got := s.img.RGBAAt(23, 23); got != red {
		t.Errorf("copied pixel is %v, want red", got)
	}
	if got := s.img.RGBAAt(24, 24); got == red {
		t.Error("copied more than was red")
	}
	rect, file := e.TightJPEG(picture(bounds, 5, 1), bounds)
	decode(rect, encoding.Tight, bounds)
	if want := append([]byte("image/jpeg "), file...); len(s.pictures) != 1 || !bytes.Equal(s.pictures[0], want) {
		t.Errorf("picture was not handed on as it came")
	}
}

func TestDecodeConvertsPixelFormats(t *testing.T) {
	// Part of: VNC-05, VNC-06
	bigEndian := encoding.PixelFormat{
		BitsPerPixel: 32, Depth: 24, BigEndian: true, TrueColour: true,
		RedMax: 255, GreenMax: 255, BlueMax: 255, RedShift: 16, GreenShift: 8,
	}
	for _, tc := range []struct {
		name   string
		format encoding.PixelFormat
		swap   bool
		wire   string
		want   color.RGBA
	}{
		{"32 bits", encoding.RGBX, false, "\x10\x20\x30\x00", color.RGBA{0x10, 0x20, 0x30, 0xFF}},
		{"32 bits, swapped", encoding.RGBX, true, "\x10\x20\x30\x00", color.RGBA{0x30, 0x20, 0x10, 0xFF}},
		{"32 bits, big-endian", bigEndian, false, "\x00\x10\x20\x30", color.RGBA{0x10, 0x20, 0x30, 0xFF}},
		{"16 bits", encoding.RGB565, false, "\x1f\xf8", color.RGBA{0xFF, 0, 0xFF, 0xFF}},
		{"8 bits", encoding.BGR233, false, "\x07", color.RGBA{0xFF, 0, 0, 0xFF}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := encoding.NewDecoder(tc.format)
			if tc.swap {
				d.SwapRedBlue()
			}
			r := image.Rect(0, 0, 1, 1)
			s := newScreen(t, r)
			if err := d.Decode(bufio.NewReader(strings.NewReader(tc.wire)), encoding.Raw, r, r, s); err != nil {
				t.Fatal(err)
			}
			if got := s.img.RGBAAt(0, 0); got != tc.want {
				t.Errorf("pixel is %v, want %v", got, tc.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	e := rfbtest.NewEncoder()
	r := image.Rect(0, 0, 20, 20)
	img := picture(r, 3, 1)
	for _, tc := range []struct {
		name string
		kind encoding.Type
		rect image.Rectangle
		wire string
	}{
		{"an encoding that was not asked for", 2, r, "xxxx"},
		{"a hextile subrectangle outside of its tile", encoding.Hextile, image.Rect(0, 0, 4, 4), "\x0a\x00\x00\x00\x00\x01\x33\x33"},
		{"a ZRLE length without end", encoding.ZRLE, r, "\xff\xff\xff\xff"},
		{"ZRLE that is not zlib", encoding.ZRLE, r, "\x00\x00\x00\x04abcd"},
		{"ZRLE that ends early", encoding.ZRLE, r, string(e.ZRLE(img, r)[:30])},
		{"a tight filter that does not exist", encoding.Tight, r, "\x40\x09"},
		{"tight compression that does not exist", encoding.Tight, r, "\xf0"},
		{"an empty tight picture", encoding.Tight, r, "\x90\x00"},
		{"a tight palette index out of range", encoding.Tight, image.Rect(0, 0, 8, 1), "\x40\x01\x00abc\xff"},
		{"a tight picture of the largest length that never comes", encoding.Tight, r, "\x90\xff\xff\xff"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bounds := image.Rect(0, 0, 4096, 100)
			d := encoding.NewDecoder(encoding.RGBX)
			err := d.Decode(bufio.NewReader(strings.NewReader(tc.wire)), tc.kind, tc.rect, bounds, newScreen(t, bounds))
			if err == nil || errors.Is(err, io.EOF) {
				t.Errorf("Decode = %v, want an error of its own", err)
			}
		})
	}
}

func TestDecodeCutAtEveryByte(t *testing.T) {
	r := image.Rect(0, 0, 40, 20)
	img := picture(r, 5, 1)
	for name, data := range map[encoding.Type][]byte{
		encoding.Raw: rfbtest.NewEncoder().Raw(img, r), encoding.Hextile: rfbtest.NewEncoder().Hextile(img, r),
		encoding.ZRLE: rfbtest.NewEncoder().ZRLE(img, r), encoding.Tight: rfbtest.NewEncoder().TightPalette(img, r),
	} {
		for cut := range len(data) {
			d := encoding.NewDecoder(encoding.RGBX)
			if err := d.Decode(bufio.NewReader(bytes.NewReader(data[:cut])), name, r, r, newScreen(t, r)); err == nil {
				t.Fatalf("%s cut to %d of %d bytes is accepted", name, cut, len(data))
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	r := image.Rect(0, 0, 40, 20)
	img, grey := picture(r, 5, 1), picture(r, 300, 2)
	e := rfbtest.NewEncoder()
	f.Add(int32(encoding.Raw), false, e.Raw(img, r))
	f.Add(int32(encoding.Hextile), false, e.Hextile(img, r))
	f.Add(int32(encoding.ZRLE), false, e.ZRLE(img, r))
	f.Add(int32(encoding.ZRLE), true, e.ZRLE(grey, r))
	f.Add(int32(encoding.Tight), false, e.TightPalette(img, r))
	f.Add(int32(encoding.Tight), false, e.TightGradient(grey, r))
	f.Add(int32(encoding.Tight), true, e.TightCopy(grey, r))
	f.Add(int32(encoding.CopyRect), false, []byte{0, 1, 0, 2})
	f.Fuzz(func(t *testing.T, kind int32, deep bool, data []byte) {
		format := encoding.RGBX
		if deep {
			format = encoding.RGB565
		}
		d := encoding.NewDecoder(format)
		src := bufio.NewReader(bytes.NewReader(data))
		s := newScreen(t, r) // fails on anything drawn out of bounds
		for range 3 {
			if err := d.Decode(src, encoding.Type(kind), r, r, s); err != nil {
				return
			}
		}
	})
}

func FuzzParsePixelFormat(f *testing.F) {
	f.Add(encoding.RGBX.Append(nil))
	f.Add(encoding.BGR233.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < encoding.PixelFormatSize {
			return
		}
		pf, err := encoding.ParsePixelFormat(b)
		if err != nil {
			return
		}
		again, err := encoding.ParsePixelFormat(pf.Append(nil))
		if err != nil || again != pf {
			t.Fatalf("%+v reads back as %+v, %v", pf, again, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	r := image.Rect(0, 0, 1280, 720)
	img := picture(r, 40, 1)
	for _, bm := range []struct {
		name   string
		kind   encoding.Type
		rect   image.Rectangle
		encode func(*rfbtest.Encoder, *image.RGBA, image.Rectangle) []byte
	}{
		{"raw", encoding.Raw, r, (*rfbtest.Encoder).Raw},
		{"hextile", encoding.Hextile, r, (*rfbtest.Encoder).Hextile},
		{"zrle", encoding.ZRLE, r, (*rfbtest.Encoder).ZRLE},
		{"tight palette", encoding.Tight, r, (*rfbtest.Encoder).TightPalette},
		{"tight copy", encoding.Tight, r, (*rfbtest.Encoder).TightCopy},
	} {
		b.Run(bm.name, func(b *testing.B) {
			data := bm.encode(rfbtest.NewEncoder(), img, bm.rect)
			b.SetBytes(int64(4 * r.Dx() * r.Dy()))
			b.ReportAllocs()
			for b.Loop() {
				d := encoding.NewDecoder(encoding.RGBX)
				if err := d.Decode(bufio.NewReader(bytes.NewReader(data)), bm.kind, bm.rect, r, discard{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// discard draws nothing.
type discard struct{}

func (discard) Pixels(image.Rectangle, []byte, int)     {}
func (discard) Fill(image.Rectangle, color.RGBA)        {}
func (discard) Copy(image.Rectangle, image.Point)       {}
func (discard) Picture(image.Rectangle, string, []byte) {}
