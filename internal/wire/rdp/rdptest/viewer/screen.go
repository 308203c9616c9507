// SPDX-License-Identifier: Apache-2.0

package viewer

import (
	"errors"
	"fmt"
	"image"
	"image/draw"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/nsc"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/planar"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/pointer"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/raw"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rle"
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/update"
)

// Screen is what the server has drawn.
type Screen struct {
	Image *image.RGBA
	// Pointer is the pointer's picture, nil while it is hidden or the default one.
	Pointer *pointer.Picture
	// Counts says how often something came: "bitmap" and other updates, "rle 16", "planar",
	// "raw 24", "surface 3" and so on.
	Counts map[string]int

	acknowledge func(frame uint32)

	planar  planar.Decoder
	nsc     nsc.Decoder
	rfx     rfx.Context
	frame   rfx.Frame
	scratch rfx.Scratch
	bitmap  []byte
	cache   *pointer.Cache
}

// resize begins a new, black picture.
func (s *Screen) resize(width, height int) {
	s.Image = image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(s.Image, s.Image.Rect, image.Black, image.Point{}, draw.Src)
	s.rfx, s.cache = rfx.Context{}, pointer.NewCache(pointerSlots)
}

func (s *Screen) count(format string, args ...any) { s.Counts[fmt.Sprintf(format, args...)]++ }

// draw draws a whole update.
func (s *Screen) draw(code fastpath.UpdateCode, data []byte) error {
	s.count("%v", code)
	switch code {
	case fastpath.UpdateBitmap:
		return update.ParseBitmap(data, s.drawBitmap)
	case fastpath.UpdateSurfaceCommands:
		return update.ParseSurfaceCommands(data, s)
	case fastpath.UpdatePointerHidden, fastpath.UpdatePointerDefault:
		s.Pointer = nil
	case fastpath.UpdateColorPointer:
		return s.put(pointer.ParseColor(data))
	case fastpath.UpdateNewPointer:
		return s.put(pointer.ParseNew(data))
	case fastpath.UpdateLargePointer:
		return s.put(pointer.ParseLarge(data))
	case fastpath.UpdateCachedPointer:
		index, err := pointer.ParseCached(data)
		if err == nil {
			s.Pointer, err = s.cache.Get(index)
		}
		return err
	}
	return nil
}

func (s *Screen) put(shape pointer.Shape, err error) error {
	if err == nil {
		s.Pointer, err = s.cache.Put(&shape, nil)
	}
	return err
}

// target returns scratch of a size.
func (s *Screen) target(width, height int) (codec.Target, error) {
	if width > codec.MaxSize || height > codec.MaxSize {
		return codec.Target{}, fmt.Errorf("viewer: a bitmap of %dx%d pixels", width, height)
	}
	if n := 4 * width * height; len(s.bitmap) < n {
		s.bitmap = make([]byte, n)
	}
	return codec.Target{Pix: s.bitmap, Stride: 4 * width, Width: width, Height: height, Opaque: true}, nil
}

// show copies what a target holds to a place on the screen.
func (s *Screen) show(t codec.Target, r image.Rectangle) {
	img := &image.RGBA{Pix: t.Pix, Stride: t.Stride, Rect: t.Bounds()}
	draw.Draw(s.Image, r, img, image.Point{}, draw.Src)
}

func (s *Screen) drawBitmap(b update.Bitmap) error {
	t, err := s.target(int(b.Width), int(b.Height))
	if err != nil {
		return err
	}
	t.BottomUp = true
	switch depth := int(b.BitsPerPixel); {
	case !b.Compressed():
		s.count("raw %d", depth)
		err = raw.Decode(t, depth, b.Data)
	case depth == 32:
		s.count("planar")
		err = s.planar.Decode(t, b.Data)
	default:
		s.count("rle %d", depth)
		err = rle.Decode(t, depth, nil, b.Data)
	}
	if err != nil {
		return fmt.Errorf("viewer: bitmap %dx%d at (%d,%d)-(%d,%d), %d bits: %w",
			b.Width, b.Height, b.Left, b.Top, b.Right, b.Bottom, b.BitsPerPixel, err)
	}
	s.show(t, image.Rect(int(b.Left), int(b.Top), int(b.Right)+1, int(b.Bottom)+1))
	return nil
}

// FrameMarker is for update.ParseSurfaceCommands.
func (s *Screen) FrameMarker(m update.FrameMarker) error {
	if m.End {
		s.count("frame")
		s.acknowledge(m.FrameID)
	}
	return nil
}

// SurfaceBits is for update.ParseSurfaceCommands.
func (s *Screen) SurfaceBits(b update.SurfaceBits) error {
	s.count("surface %d", b.CodecID)
	r := image.Rect(int(b.Left), int(b.Top), int(b.Right), int(b.Bottom))
	if b.CodecID == codecRemoteFX {
		return s.remoteFX(r, b.Data)
	}
	t, err := s.target(int(b.Width), int(b.Height))
	if err != nil {
		return err
	}
	switch b.CodecID {
	case codecRaw:
		t.BottomUp = true
		err = raw.Decode(t, int(b.BitsPerPixel), b.Data)
	case codecNSCodec:
		t.BottomUp = true
		err = s.nsc.Decode(t, b.Data)
	default:
		err = fmt.Errorf("viewer: codec %d was not offered", b.CodecID)
	}
	if err == nil {
		s.show(t, r)
	}
	return err
}

func (s *Screen) remoteFX(r image.Rectangle, message []byte) error {
	r = r.Intersect(s.Image.Rect)
	if r.Empty() {
		return errors.New("viewer: RemoteFX outside of the screen")
	}
	target := codec.Of(s.Image).Sub(r)
	for len(message) > 0 {
		var err error
		if message, err = s.rfx.Parse(&s.frame, message); err != nil {
			return err
		}
		for i := range s.frame.Tiles {
			s.frame.Draw(target, i, &s.scratch)
		}
	}
	return nil
}
