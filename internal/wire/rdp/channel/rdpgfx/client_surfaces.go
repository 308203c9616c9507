// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"fmt"
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/avc"
)

func (p CreateSurface) bounds() image.Rectangle { return image.Rect(0, 0, int(p.Width), int(p.Height)) }

func bytesOf(width, height int) uint64 { return 4 * uint64(width) * uint64(height) }

// surface returns a surface that a PDU names in the given field.
func (c *Client) surface(cmd Command, field string, id uint16) (CreateSurface, error) {
	s, ok := c.surfaces[id]
	if !ok {
		return s, fmt.Errorf("rdpgfx: %v: %s: there is no surface %d", cmd, field, id)
	}
	return s, nil
}

// within checks a rectangle of a PDU. An empty one lies anywhere within.
func within(c Command, field string, r image.Rectangle, s CreateSurface) error {
	if r.Max.X > int(s.Width) || r.Max.Y > int(s.Height) {
		return fmt.Errorf("rdpgfx: %v: %s: %v is not within the %dx%d pixels of surface %d", c, field, r, s.Width, s.Height, s.SurfaceID)
	}
	return nil
}

// surfaceLimit is how many bytes the pixels of all surfaces may have.
func (c *Client) surfaceLimit() uint64 { return desktopsOfSurfaces*c.desktop + maxSurfaceBytes }

// paint counts what a PDU paints.
func (c *Client) paint(cmd Command, size image.Point) error {
	if c.painted += bytesOf(size.X, size.Y); c.painted > maxPaint*c.surfaceLimit() {
		return fmt.Errorf("rdpgfx: %v: the message paints %d bytes, more than %d times all surfaces", cmd, c.painted, maxPaint)
	}
	return nil
}

func (c *Client) resetGraphics(p ResetGraphics) error {
	if p.Width < 1 || p.Width > MaxSide || p.Height < 1 || p.Height > MaxSide {
		return fmt.Errorf("rdpgfx: reset graphics: width and height: %dx%d", p.Width, p.Height)
	}
	c.desktop = bytesOf(int(p.Width), int(p.Height))
	c.emit(p)
	return nil
}

func (c *Client) createSurface(p CreateSurface) error {
	if p.Width < 1 || p.Width > MaxSide || p.Height < 1 || p.Height > MaxSide {
		return fmt.Errorf("rdpgfx: create surface: width and height: %dx%d", p.Width, p.Height)
	}
	if _, ok := c.surfaces[p.SurfaceID]; ok {
		return fmt.Errorf("rdpgfx: create surface: surfaceId: %d exists", p.SurfaceID)
	}
	pixels := c.pixels + bytesOf(int(p.Width), int(p.Height))
	if len(c.surfaces) == MaxSurfaces || pixels > c.surfaceLimit() {
		return fmt.Errorf("rdpgfx: create surface: surfaceId: %d surfaces and %d bytes are too many", len(c.surfaces)+1, pixels)
	}
	c.surfaces[p.SurfaceID], c.pixels = p, pixels
	c.emit(p)
	return nil
}

// deleteSurface lets servers delete what is gone already.
func (c *Client) deleteSurface(p DeleteSurface) {
	if s, ok := c.surfaces[p.SurfaceID]; ok {
		c.pixels -= bytesOf(int(s.Width), int(s.Height))
		delete(c.surfaces, p.SurfaceID)
		c.emit(p)
	}
}

// area is what a surface is mapped to.
type area struct{ x, y, width, height uint32 }

// mapped checks a mapping and the areas that it names. Where the surface reaches over the
// desktop, the caller clips it.
func (c *Client) mapped(p interface {
	PDU
	Operation
}, id uint16, areas ...area,
) error {
	if _, err := c.surface(p.Command(), "surfaceId", id); err != nil {
		return err
	}
	for _, a := range areas {
		if a.x > MaxSide || a.y > MaxSide || a.width < 1 || a.width > MaxSide || a.height < 1 || a.height > MaxSide {
			return fmt.Errorf("rdpgfx: %v: %dx%d pixels at (%d,%d)", p.Command(), a.width, a.height, a.x, a.y)
		}
	}
	if p.Command() >= CmdMapSurfaceToScaledOutput && !c.support.ScaledMaps {
		return fmt.Errorf("rdpgfx: %v was not offered", p.Command())
	}
	c.emit(p)
	return nil
}

func (c *Client) solidFill(p SolidFill) error {
	s, err := c.surface(p.Command(), "surfaceId", p.SurfaceID)
	if err != nil {
		return err
	}
	for _, r := range p.Rects {
		if err := within(p.Command(), "fillRects", r, s); err != nil {
			return err
		}
		if err := c.paint(p.Command(), r.Size()); err != nil {
			return err
		}
	}
	c.emit(p)
	return nil
}

func (c *Client) surfaceToSurface(p SurfaceToSurface) error {
	from, err := c.surface(p.Command(), "surfaceIdSrc", p.Source)
	if err != nil {
		return err
	}
	if err := within(p.Command(), "rectSrc", p.Rect, from); err != nil {
		return err
	}
	if err := c.paste(p.Command(), "surfaceIdDest", p.Destination, p.Rect.Size(), p.Points); err != nil {
		return err
	}
	c.emit(p)
	return nil
}

// paste checks copies of a picture of the given size.
func (c *Client) paste(cmd Command, field string, id uint16, size image.Point, points []image.Point) error {
	s, err := c.surface(cmd, field, id)
	if err != nil {
		return err
	}
	for _, at := range points {
		if err := within(cmd, "destPts", image.Rectangle{Min: at, Max: at.Add(size)}, s); err != nil {
			return err
		}
		if err := c.paint(cmd, size); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) wireToSurface1(p WireToSurface1) error {
	s, err := c.surface(p.Command(), "surfaceId", p.SurfaceID)
	if err != nil {
		return err
	}
	if err := within(p.Command(), "destRect", p.Rect, s); err != nil {
		return err
	}
	if err := c.paint(p.Command(), p.Rect.Size()); err != nil {
		return err
	}
	switch p.Codec {
	case CodecUncompressed:
		if want := bytesOf(p.Rect.Dx(), p.Rect.Dy()); uint64(len(p.Data)) != want {
			return fmt.Errorf("rdpgfx: %v: bitmapDataLength: %d bytes for %v", p.Command(), len(p.Data), p.Rect)
		}
	case CodecCAVideo, CodecClear, CodecPlanar, CodecAlpha:
	case CodecAVC420, CodecAVC444, CodecAVC444v2:
		return c.video(p, s)
	default:
		return fmt.Errorf("rdpgfx: %v: codecId: %v", p.Command(), p.Codec)
	}
	if !p.Rect.Empty() {
		c.emit(p)
	}
	return nil
}

// video takes the bitmap streams of H.264 apart.
func (c *Client) video(p WireToSurface1, s CreateSurface) error {
	needs := AVC444
	if p.Codec == CodecAVC420 {
		needs = AVC420
	}
	if c.support.Video < needs {
		return fmt.Errorf("rdpgfx: %v: codecId: %v was not offered", p.Command(), p.Codec)
	}
	v := Video{SurfaceID: p.SurfaceID, Codec: p.Codec, Rect: p.Rect, LC: avc.LumaOnly}
	if p.Codec == CodecAVC420 {
		if err := v.First.Parse(p.Data); err != nil {
			return fmt.Errorf("rdpgfx: %v: bitmapData: %w", p.Command(), err)
		}
	} else {
		var both avc.Bitmap444
		if err := both.Parse(p.Data); err != nil {
			return fmt.Errorf("rdpgfx: %v: bitmapData: %w", p.Command(), err)
		}
		v.LC, v.First, v.Second = both.LC, both.First, both.Second
	}
	clip(&v.First, s)
	clip(&v.Second, s)
	c.emit(v)
	return nil
}

// clip takes what lies outside of the surface off the regions.
func clip(b *avc.Bitmap420, s CreateSurface) {
	kept := b.Regions[:0]
	for _, r := range b.Regions {
		if r.Rect = r.Rect.Intersect(s.bounds()); !r.Rect.Empty() {
			kept = append(kept, r)
		}
	}
	b.Regions = kept
}

func (c *Client) wireToSurface2(p WireToSurface2) error {
	if _, err := c.surface(p.Command(), "surfaceId", p.SurfaceID); err != nil {
		return err
	}
	if p.Codec != CodecProgressive {
		return fmt.Errorf("rdpgfx: %v: codecId: %v", p.Command(), p.Codec)
	}
	c.emit(p)
	return nil
}
