// SPDX-License-Identifier: Apache-2.0

package rdpgfx_test

import (
	"bytes"
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx/gfxtest"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// screen is a client and the painter that does what it says.
type screen struct {
	t testing.TB
	c *rdpgfx.Client
	p gfxtest.Painter
}

// newScreen returns a screen with one surface, 1, that fills the desktop.
func newScreen(t testing.TB, s rdpgfx.Support, width, height int, format rdpgfx.PixelFormat) *screen {
	t.Helper()
	scr := &screen{t: t, c: new(rdpgfx.Client)}
	if _, err := scr.c.Advertise(nil, s); err != nil {
		t.Fatal(err)
	}
	offer := rdpgfx.Offer(s)
	scr.send(rdpgfx.CapsConfirm{Set: offer[len(offer)-1]},
		rdpgfx.ResetGraphics{Width: uint32(width), Height: uint32(height)},
		rdpgfx.CreateSurface{SurfaceID: 1, Width: uint16(width), Height: uint16(height), Format: format},
		rdpgfx.MapSurfaceToOutput{SurfaceID: 1})
	return scr
}

func (s *screen) send(pdus ...rdpgfx.PDU) {
	s.t.Helper()
	operations, err := s.c.Handle(gfxtest.Message(pdus...))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range operations {
		if err := s.p.Do(o); err != nil {
			s.t.Fatal(err)
		}
	}
}

// frame sends PDUs as a frame of their own.
func (s *screen) frame(pdus ...rdpgfx.PDU) {
	s.t.Helper()
	id := uint32(s.p.Frames + 1)
	s.send(append(append([]rdpgfx.PDU{rdpgfx.StartFrame{FrameID: id}}, pdus...), rdpgfx.EndFrame{FrameID: id})...)
	if p, err := parse(s.c.Acknowledge(nil, id, 0)); err != nil || p != rdpgfx.PDU(rdpgfx.FrameAcknowledge{FrameID: id, TotalFramesDecoded: id}) {
		s.t.Errorf("acknowledgement %+v, %v", p, err)
	}
}

// want compares the desktop with rows of letters, one a pixel: . is black.
func (s *screen) want(what string, rows ...string) {
	s.t.Helper()
	picture := s.p.Picture()
	for y, row := range rows {
		var got strings.Builder
		for x := range len(row) {
			letter, ok := letters[picture.RGBAAt(x, y)]
			if !ok {
				s.t.Errorf("%s: pixel (%d,%d) is %v", what, x, y, picture.RGBAAt(x, y))
			}
			got.WriteByte(letter)
		}
		if got.String() != row {
			s.t.Errorf("%s: row %d is %s, want %s", what, y, got.String(), row)
		}
	}
}

var letters = map[color.RGBA]byte{
	{A: 255}: '.', {R: 255, A: 255}: 'r', {G: 255, A: 255}: 'g', {B: 255, A: 255}: 'b', {R: 255, G: 255, B: 255, A: 255}: 'w',
}

func fill(id uint16, c color.NRGBA, rects ...image.Rectangle) rdpgfx.PDU {
	return rdpgfx.SolidFill{SurfaceID: id, Color: c, Rects: rects}
}

var red, green, blue = color.NRGBA{R: 255}, color.NRGBA{G: 255}, color.NRGBA{B: 255}

func TestFillsAndCopies(t *testing.T) {
	s := newScreen(t, everything, 6, 4, rdpgfx.FormatXRGB)
	s.frame(
		fill(1, red, image.Rect(0, 0, 6, 4)),
		fill(1, green, image.Rect(0, 0, 1, 1), image.Rect(2, 1, 3, 3), image.Rect(5, 5, 5, 5).Sub(image.Pt(1, 1))),
		fill(1, blue, image.Rect(5, 3, 6, 4)),
	)
	s.want("fills", "grrrrr", "rrgrrr", "rrgrrr", "rrrrrb")
	s.frame(rdpgfx.SurfaceToSurface{Source: 1, Destination: 1, Rect: image.Rect(0, 0, 5, 3), Points: []image.Point{{X: 1, Y: 1}}})
	s.want("a copy over itself, downwards", "grrrrr", "rgrrrr", "rrrgrr", "rrrgrr")
	s.frame(rdpgfx.SurfaceToSurface{Source: 1, Destination: 1, Rect: image.Rect(1, 1, 6, 4), Points: []image.Point{{}}})
	s.want("a copy over itself, upwards", "grrrrr", "rrgrrr", "rrgrrr", "rrrgrr")
	s.frame(
		rdpgfx.CreateSurface{SurfaceID: 2, Width: 2, Height: 2, Format: rdpgfx.FormatXRGB},
		fill(2, blue, image.Rect(0, 0, 2, 1)),
		rdpgfx.SurfaceToSurface{Source: 2, Destination: 1, Rect: image.Rect(0, 0, 2, 2), Points: []image.Point{{X: 4}, {X: 0, Y: 2}}},
		rdpgfx.DeleteSurface{SurfaceID: 2},
	)
	s.want("another surface", "grrrbb", "rrgr..", "bbgrrr", "..rgrr")
}

func TestCacheOutlivesItsSurface(t *testing.T) {
	s := newScreen(t, everything, 6, 2, rdpgfx.FormatXRGB)
	s.frame(
		fill(1, red, image.Rect(0, 0, 2, 2)), fill(1, green, image.Rect(0, 0, 1, 1)),
		rdpgfx.SurfaceToCache{SurfaceID: 1, Slot: 9, Rect: image.Rect(0, 0, 2, 2)},
		fill(1, blue, image.Rect(0, 0, 6, 2)),
	)
	s.want("before", "bbbbbb", "bbbbbb")
	s.frame(
		rdpgfx.DeleteSurface{SurfaceID: 1},
		rdpgfx.ResetGraphics{Width: 7, Height: 3},
		rdpgfx.CreateSurface{SurfaceID: 7, Width: 6, Height: 2, Format: rdpgfx.FormatXRGB},
		rdpgfx.MapSurfaceToOutput{SurfaceID: 7, X: 1, Y: 1},
		rdpgfx.CacheToSurface{Slot: 9, SurfaceID: 7, Points: []image.Point{{}, {X: 3}}},
	)
	s.want("after", ".......", ".gr.gr.", ".rr.rr.")
	s.frame(rdpgfx.EvictCacheEntry{Slot: 9})
	if len(s.p.Cache) != 0 {
		t.Errorf("%d pictures are left", len(s.p.Cache))
	}
	s.frame(rdpgfx.MapSurfaceToScaledOutput{SurfaceID: 7, TargetWidth: 3, TargetHeight: 2})
	s.want("scaled", "g.r....", "r.r....", ".......")
}

func TestBitmapsAreDecodedIntoTheirRectangle(t *testing.T) {
	s := newScreen(t, everything, 4, 2, rdpgfx.FormatARGB)
	bitmap := func(codec rdpgfx.Codec, format rdpgfx.PixelFormat, r image.Rectangle, listing string) rdpgfx.PDU {
		return rdpgfx.WireToSurface1{SurfaceID: 1, Codec: codec, Format: format, Rect: r, Data: pdutest.Hex(t, listing)}
	}
	s.frame(
		bitmap(rdpgfx.CodecUncompressed, rdpgfx.FormatXRGB, image.Rect(1, 0, 3, 1), "0000FF00 00FF0000"),
		bitmap(rdpgfx.CodecPlanar, rdpgfx.FormatXRGB, image.Rect(3, 0, 4, 1), "20 00 00 FF"),
		bitmap(rdpgfx.CodecClear, rdpgfx.FormatXRGB, image.Rect(0, 1, 2, 2), "00 00 04000000 00000000 00000000 FFFFFF 02"),
		bitmap(rdpgfx.CodecAlpha, rdpgfx.FormatARGB, image.Rect(0, 1, 2, 2), "4C41 0000 80 40"),
		bitmap(rdpgfx.CodecUncompressed, rdpgfx.FormatARGB, image.Rect(2, 1, 3, 2), "FF0000 7F"),
		bitmap(rdpgfx.CodecUncompressed, rdpgfx.FormatARGB, image.Rect(2, 1, 2, 2), ""),
	)
	s.want("all codecs", ".rgb", "wwb.")
	var alphas []byte
	pix := s.p.Surfaces[1].Pix
	for i := 3; i < len(pix.Pix); i += 4 {
		alphas = append(alphas, pix.Pix[i])
	}
	if want := []byte{0, 255, 255, 255, 0x80, 0x40, 0x7F, 0}; !bytes.Equal(alphas, want) {
		t.Errorf("alpha is %v, want %v", alphas, want)
	}
}
