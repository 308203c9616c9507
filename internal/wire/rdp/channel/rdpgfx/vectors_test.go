// SPDX-License-Identifier: Apache-2.0

package rdpgfx_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/avc"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rle"
)

// update is a line of the description of a captured session.
type update struct {
	Kind                     string
	Left, Top, Right, Bottom int
	Width, Height, BPP       int
	Compressed, CodecID      int
	Offset, Length           int
}

// pdu returns the update as a server of the graphics pipeline sends it: what was RemoteFX in
// surface bits becomes CAVIDEO, and bitmaps of the first RDP are sent as they look.
func (u update) pdu(t *testing.T, data []byte) rdpgfx.PDU {
	t.Helper()
	data = data[u.Offset : u.Offset+u.Length]
	p := rdpgfx.WireToSurface1{
		SurfaceID: 1, Codec: rdpgfx.Codec(u.CodecID), Format: rdpgfx.FormatXRGB, Rect: image.Rect(u.Left, u.Top, u.Right, u.Bottom), Data: data,
	}
	switch {
	case u.Kind == "bitmap":
		p.Codec, p.Rect.Max, p.Data = rdpgfx.CodecUncompressed, image.Pt(u.Right+1, u.Bottom+1), u.plain(t, data)
	case u.Kind == "surface_bits" && u.CodecID != 3:
		t.Fatalf("surface bits of codec %d", u.CodecID)
	case p.Codec == rdpgfx.CodecProgressive:
		return rdpgfx.WireToSurface2{SurfaceID: 1, Codec: p.Codec, ContextID: 1, Format: p.Format, Data: data}
	}
	return p
}

// plain returns the visible part of a bitmap as B, G, R, X.
func (u update) plain(t *testing.T, data []byte) []byte {
	t.Helper()
	c := codectest.NewCanvas(u.Width, u.Height)
	c.BottomUp = true
	if err := rle.Decode(c.Target, u.BPP, nil, data); err != nil {
		t.Fatal(err)
	}
	c.BottomUp = false
	var pix []byte
	for y := range u.Bottom + 1 - u.Top {
		for row := c.Row(y)[:4*(u.Right+1-u.Left)]; len(row) > 0; row = row[4:] {
			pix = append(pix, row[2], row[1], row[0], 0)
		}
	}
	return pix
}

func TestCapturedSessions(t *testing.T) {
	for _, v := range codectest.Vectors(t, "stream") {
		t.Run(v.Name, func(t *testing.T) {
			data, want := v.Bytes(t, v.Input), v.Picture(t, v.Expect)
			s := newScreen(t, everything, want.Bounds().Dx(), want.Bounds().Dy(), rdpgfx.FormatXRGB)
			for line := range bytes.Lines(v.Bytes(t, v.Meta)) {
				var u update
				if err := json.Unmarshal(line, &u); err != nil {
					t.Fatal(err)
				}
				s.frame(u.pdu(t, data))
			}
			for _, video := range s.p.Videos {
				if len(video.First.Stream) == 0 || len(video.First.Regions) == 0 {
					t.Errorf("a video with %d regions", len(video.First.Regions))
				}
			}
			if len(s.p.Videos) == 0 {
				compare(t, s.p.Picture(), want, v.Tolerance(t))
			}
		})
	}
}

// compare demands that no sample differs by more than the tolerance.
func compare(t *testing.T, got *image.RGBA, want image.Image, tolerance int) {
	t.Helper()
	c := codectest.NewCanvas(got.Rect.Dx(), got.Rect.Dy())
	for y := range c.Height {
		copy(c.Row(y), got.Pix[y*got.Stride:])
	}
	c.CompareImage(t, want, tolerance)
}

// TestPublicBitmaps draws the public pictures of each codec at a place of their own.
func TestPublicBitmaps(t *testing.T) {
	const left, top = 13, 7
	for name, codec := range map[string]rdpgfx.Codec{"planar": rdpgfx.CodecPlanar, "clear": rdpgfx.CodecClear} {
		for _, v := range codectest.Vectors(t, name) {
			if len(v.Sizes) > 0 {
				v.Width, v.Height = v.Sizes[0][0], v.Sizes[0][1]
			}
			s := newScreen(t, rdpgfx.Support{}, v.Width+20, v.Height+20, rdpgfx.FormatXRGB)
			rect := image.Rect(left, top, left+v.Width, top+v.Height)
			s.frame(rdpgfx.WireToSurface1{SurfaceID: 1, Codec: codec, Format: rdpgfx.FormatXRGB, Rect: rect, Data: v.Bytes(t, v.Inputs[0])})
			want := image.NewRGBA(s.p.Surfaces[1].Pix.Rect)
			pix := v.Bytes(t, v.Expects[0])
			size := len(pix) / (v.Width * v.Height)
			for i := 0; i < len(pix); i += size {
				at := i / size
				copy(want.Pix[want.PixOffset(left+at%v.Width, top+at/v.Width):], pix[i:i+3])
			}
			for i := 3; i < len(want.Pix); i += 4 {
				want.Pix[i] = 0xFF
			}
			t.Run(v.Name, func(t *testing.T) { compare(t, s.p.Picture(), want, v.Tolerance(t)) })
		}
	}
}

func TestPublicProgressive(t *testing.T) {
	for _, v := range codectest.Vectors(t, "progressive") {
		t.Run(v.Name, func(t *testing.T) {
			s := newScreen(t, rdpgfx.Support{}, v.Width, v.Height, rdpgfx.FormatXRGB)
			for i, name := range v.Inputs {
				s.frame(
					rdpgfx.WireToSurface2{SurfaceID: 1, Codec: rdpgfx.CodecProgressive, ContextID: 3, Format: rdpgfx.FormatXRGB, Data: v.Bytes(t, name)},
					rdpgfx.DeleteEncodingContext{SurfaceID: 1, ContextID: 3},
				)
				c := codectest.NewCanvas(v.Width, v.Height)
				for y := range v.Height {
					copy(c.Row(y), s.p.Picture().Pix[4*y*v.Width:])
				}
				c.Compare(t, v.Bytes(t, v.Expects[i]), v.Tolerance(t))
			}
		})
	}
}

// stream is an access unit in the description of a public video.
type stream struct {
	Offset, Length int
	File           string
	Regions        []struct {
		Rect        [4]int
		QP, Quality uint8
	}
}

// bitmap is the stream as RFX_AVC420_BITMAP_STREAM, and what is to come of it.
func (p *stream) bitmap(files map[string][]byte) ([]byte, avc.Bitmap420) {
	if p == nil || p.Length == 0 {
		return nil, avc.Bitmap420{}
	}
	if p.File == "" {
		p.File = "a"
	}
	want := avc.Bitmap420{Stream: files[p.File][p.Offset : p.Offset+p.Length]}
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(p.Regions)))
	for _, r := range p.Regions {
		for _, v := range r.Rect {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
		want.Regions = append(want.Regions, avc.Region{Rect: image.Rect(r.Rect[0], r.Rect[1], r.Rect[2], r.Rect[3]), QP: r.QP, Quality: r.Quality})
	}
	for _, r := range p.Regions {
		b = append(b, r.QP, r.Quality)
	}
	return append(b, want.Stream...), want
}

func TestPublicVideos(t *testing.T) {
	for _, v := range append(codectest.Vectors(t, "avc420"), codectest.Vectors(t, "avc444")...) {
		t.Run(v.Name, func(t *testing.T) {
			var d struct {
				Surface struct{ Width, Height int }
				Files   map[string]json.RawMessage
				Frames  []struct {
					CodecID  string
					DestRect [4]int
					LC       string
					StreamA  *stream `json:"stream_a"`
					StreamB  *stream `json:"stream_b"`
				}
			}
			if err := json.Unmarshal(v.Bytes(t, v.Meta), &d); err != nil {
				t.Fatal(err)
			}
			files := map[string][]byte{}
			for key, value := range d.Files {
				var name string
				if json.Unmarshal(value, &name) == nil {
					files[key] = v.Bytes(t, name)
				}
			}
			s := newScreen(t, everything, d.Surface.Width, d.Surface.Height, rdpgfx.FormatXRGB)
			for i, frame := range d.Frames {
				var codec rdpgfx.Codec
				var lc uint32
				fmt.Sscanf(frame.CodecID, "0x%x", &codec)
				fmt.Sscanf(frame.LC, "0x%x", &lc)
				r := frame.DestRect
				want := rdpgfx.Video{SurfaceID: 1, Codec: codec, Rect: image.Rect(r[0], r[1], r[2], r[3]), LC: avc.LumaOnly}
				one, first := frame.StreamA.bitmap(files)
				two, second := frame.StreamB.bitmap(files)
				data := one
				if codec != rdpgfx.CodecAVC420 {
					want.LC = avc.LC(lc)
					data = binary.LittleEndian.AppendUint32(nil, lc<<30|uint32(len(one)))
					data = append(append(data, one...), two...)
				}
				if want.First, want.Second = first, second; one == nil {
					want.First, want.Second = second, avc.Bitmap420{}
				}
				s.frame(rdpgfx.WireToSurface1{SurfaceID: 1, Codec: codec, Format: rdpgfx.FormatXRGB, Rect: want.Rect, Data: data})
				got := s.p.Videos[len(s.p.Videos)-1]
				if g, w := describe(got), describe(want); len(s.p.Videos) != i+1 || g != w {
					t.Fatalf("frame %d: %s, want %s", i, g, w)
				}
				if i == 0 && !avc.Inspect(got.First.Stream).Key {
					t.Error("the first frame is no key frame")
				}
			}
		})
	}
}

func describe(v rdpgfx.Video) string {
	var b strings.Builder
	fmt.Fprintf(&b, "surface %d, %v, %v, LC %d", v.SurfaceID, v.Codec, v.Rect, v.LC)
	for _, view := range []avc.Bitmap420{v.First, v.Second} {
		fmt.Fprintf(&b, "; %v, %d bytes, %.16x", view.Regions, len(view.Stream), view.Stream)
	}
	return b.String()
}
