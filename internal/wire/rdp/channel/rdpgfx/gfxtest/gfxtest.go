// SPDX-License-Identifier: Apache-2.0

// Package gfxtest is the graphics pipeline for tests: [Message] writes what a server sends,
// and a [Painter] does what the client's operations say, on pictures, with the codecs of this
// project and one operation after the other.
package gfxtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/alpha"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/clear"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/planar"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/progressive"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx"
)

// Message returns a message of the channel with the given PDUs.
func Message(pdus ...rdpgfx.PDU) []byte {
	var b []byte
	for _, p := range pdus {
		b = rdpgfx.Append(b, p)
	}
	return Segmented(b)
}

// Segmented returns RDP_SEGMENTED_DATA ([MS-RDPEGFX], section 2.2.5.1) of one segment, or of
// several where one does not do, none of them compressed.
func Segmented(b []byte) []byte {
	const most, header = 65535, 0x04
	if len(b) <= most {
		return append([]byte{0xE0, header}, b...)
	}
	out := binary.LittleEndian.AppendUint16([]byte{0xE1}, uint16((len(b)+most-1)/most))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(b)))
	for len(b) > 0 {
		n := min(most, len(b))
		out = append(binary.LittleEndian.AppendUint32(out, uint32(n+1)), header)
		out, b = append(out, b[:n]...), b[n:]
	}
	return out
}

// Surface is an offscreen surface, and where it is shown.
type Surface struct {
	// Pix has the colours as they are, not multiplied by alpha.
	Pix    *image.RGBA
	Format rdpgfx.PixelFormat
	Mapped bool
	Shown  image.Rectangle

	progressive *progressive.Context
}

// Painter draws. The zero value awaits the first operation.
type Painter struct {
	Desktop  image.Point
	Surfaces map[uint16]*Surface
	Cache    map[uint16]*image.RGBA
	// Videos are the operations with H.264, which is not decoded.
	Videos []rdpgfx.Video
	// Frames counts the frames that have ended.
	Frames int

	frame  uint32
	clear  clear.Decoder
	planar planar.Decoder
	rfx    rfx.Context
}

// Do does what an operation says.
func (p *Painter) Do(o rdpgfx.Operation) error {
	switch o := o.(type) {
	case rdpgfx.CapsConfirm:
		*p = Painter{Surfaces: map[uint16]*Surface{}, Cache: map[uint16]*image.RGBA{}}
	case rdpgfx.ResetGraphics:
		p.Desktop = image.Pt(int(o.Width), int(o.Height))
	case rdpgfx.CreateSurface:
		return p.create(o)
	case rdpgfx.DeleteSurface:
		delete(p.Surfaces, o.SurfaceID)
	case rdpgfx.MapSurfaceToOutput:
		s := p.Surfaces[o.SurfaceID]
		s.show(o.X, o.Y, uint32(s.Pix.Rect.Dx()), uint32(s.Pix.Rect.Dy()))
	case rdpgfx.MapSurfaceToScaledOutput:
		p.Surfaces[o.SurfaceID].show(o.X, o.Y, o.TargetWidth, o.TargetHeight)
	case rdpgfx.StartFrame:
		p.frame = o.FrameID
	case rdpgfx.EndFrame:
		p.Frames++
	case rdpgfx.EvictCacheEntry:
		delete(p.Cache, o.Slot)
	case rdpgfx.DeleteEncodingContext: // the tiles stay
	case rdpgfx.Video:
		o.First.Stream, o.Second.Stream = bytes.Clone(o.First.Stream), bytes.Clone(o.Second.Stream)
		p.Videos = append(p.Videos, o)
	default:
		return p.draw(o)
	}
	return nil
}

func (p *Painter) create(o rdpgfx.CreateSurface) (err error) {
	s := &Surface{Pix: image.NewRGBA(image.Rect(0, 0, int(o.Width), int(o.Height))), Format: o.Format}
	s.progressive, err = progressive.New(int(o.Width), int(o.Height))
	if o.Format == rdpgfx.FormatXRGB {
		s.fill(s.Pix.Rect, color.NRGBA{})
	}
	p.Surfaces[o.SurfaceID] = s
	return err
}

func (s *Surface) show(x, y, width, height uint32) {
	s.Mapped, s.Shown = true, image.Rect(int(x), int(y), int(x+width), int(y+height))
}

func (s *Surface) fill(r image.Rectangle, c color.NRGBA) {
	if s.Format == rdpgfx.FormatXRGB {
		c.A = 0xFF
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			copy(s.Pix.Pix[s.Pix.PixOffset(x, y):], []byte{c.R, c.G, c.B, c.A})
		}
	}
}

// cut returns a copy of a part of a picture.
func cut(from *image.RGBA, r image.Rectangle) *image.RGBA {
	part := image.NewRGBA(image.Rectangle{Max: r.Size()})
	for y := range r.Dy() {
		copy(part.Pix[y*part.Stride:(y+1)*part.Stride], from.Pix[from.PixOffset(r.Min.X, r.Min.Y+y):])
	}
	return part
}

func paste(to, part *image.RGBA, at image.Point) {
	n := 4 * part.Rect.Dx()
	for y := range part.Rect.Dy() {
		copy(to.Pix[to.PixOffset(at.X, at.Y+y):], part.Pix[y*part.Stride:y*part.Stride+n])
	}
}

func (p *Painter) draw(o rdpgfx.Operation) error {
	switch o := o.(type) {
	case rdpgfx.SolidFill:
		for _, r := range o.Rects {
			p.Surfaces[o.SurfaceID].fill(r, o.Color)
		}
	case rdpgfx.SurfaceToSurface:
		from, to := p.Surfaces[o.Source].Pix, p.Surfaces[o.Destination].Pix
		for _, at := range o.Points {
			paste(to, cut(from, o.Rect), at)
		}
	case rdpgfx.SurfaceToCache:
		p.Cache[o.Slot] = cut(p.Surfaces[o.SurfaceID].Pix, o.Rect)
	case rdpgfx.CacheToSurface:
		for _, at := range o.Points {
			paste(p.Surfaces[o.SurfaceID].Pix, p.Cache[o.Slot], at)
		}
	case rdpgfx.WireToSurface1:
		return p.bitmap(o)
	case rdpgfx.WireToSurface2:
		return p.tiles(o)
	default:
		return fmt.Errorf("gfxtest: %T cannot be painted", o)
	}
	return nil
}

// bitmap decodes into a rectangle.
func (p *Painter) bitmap(o rdpgfx.WireToSurface1) error {
	target := codec.Of(p.Surfaces[o.SurfaceID].Pix).Sub(o.Rect)
	target.Opaque = o.Format == rdpgfx.FormatXRGB
	switch o.Codec {
	case rdpgfx.CodecPlanar:
		return p.planar.Decode(target, o.Data)
	case rdpgfx.CodecClear:
		return p.clear.Decode(target, o.Data)
	case rdpgfx.CodecAlpha:
		return alpha.Decode(target, o.Data)
	case rdpgfx.CodecCAVideo:
		return p.remoteFX(target, o.Data)
	}
	for y, at := 0, 0; y < target.Height; y++ { // uncompressed: B, G, R, A
		for row := target.Row(y); len(row) > 0; row, at = row[4:], at+4 {
			row[0], row[1], row[2], row[3] = o.Data[at+2], o.Data[at+1], o.Data[at], o.Data[at+3]
			if target.Opaque {
				row[3] = 0xFF
			}
		}
	}
	return nil
}

func (p *Painter) remoteFX(target codec.Target, data []byte) (err error) {
	var frame rfx.Frame
	var scratch rfx.Scratch
	for len(data) > 0 {
		if data, err = p.rfx.Parse(&frame, data); err != nil {
			return err
		}
		for i := range frame.Tiles {
			frame.Draw(target, i, &scratch)
		}
	}
	return nil
}

func (p *Painter) tiles(o rdpgfx.WireToSurface2) error {
	var frame progressive.Frame
	var scratch progressive.Scratch
	s := p.Surfaces[o.SurfaceID]
	if err := s.progressive.Parse(&frame, p.frame, o.Data); err != nil {
		return err
	}
	for i := range frame.Tiles {
		frame.Draw(codec.Of(s.Pix), i, &scratch)
	}
	return nil
}

// Picture returns the desktop: black, with the mapped surfaces on it, which do not overlap on
// any server.
func (p *Painter) Picture() *image.RGBA {
	picture := image.NewRGBA(image.Rectangle{Max: p.Desktop})
	for i := 3; i < len(picture.Pix); i += 4 {
		picture.Pix[i] = 0xFF
	}
	for _, s := range p.Surfaces {
		if !s.Mapped {
			continue
		}
		visible := s.Shown.Intersect(picture.Rect)
		for y := visible.Min.Y; y < visible.Max.Y; y++ {
			for x := visible.Min.X; x < visible.Max.X; x++ {
				from := s.Pix.PixOffset((x-s.Shown.Min.X)*s.Pix.Rect.Dx()/s.Shown.Dx(), (y-s.Shown.Min.Y)*s.Pix.Rect.Dy()/s.Shown.Dy())
				copy(picture.Pix[picture.PixOffset(x, y):], s.Pix.Pix[from:from+3])
			}
		}
	}
	return picture
}
