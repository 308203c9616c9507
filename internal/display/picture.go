// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"

	"golang.org/x/image/webp"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// picture is a rectangle that arrived compressed. It is sent as it is, and decoded only
// when something needs its pixels. Without a mimetype it is one colour.
type picture struct {
	rect     image.Rectangle
	mimetype string
	data     []byte
	color    color.RGBA
	opaque   bool // set by check
}

// codec decodes one mimetype.
type codec struct {
	config func(data []byte) (image.Config, error)
	decode func(data []byte) (image.Image, error)
}

// codecOf returns how to decode mimetype; false if nobody can.
func codecOf(mimetype string) (codec, bool) {
	switch mimetype {
	case mimePNG:
		return codec{
			func(data []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(data)) },
			func(data []byte) (image.Image, error) { return png.Decode(bytes.NewReader(data)) },
		}, true
	case mimeJPEG:
		return codec{
			func(data []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(data)) },
			func(data []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(data)) },
		}, true
	case mimeWebP:
		return codec{
			func(data []byte) (image.Config, error) { return webp.DecodeConfig(bytes.NewReader(data)) },
			func(data []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(data)) },
		}, true
	default:
		return codec{}, false
	}
}

// check reads the header: the picture must fill its rectangle, so that decoding it later
// takes no more memory than the rectangle says.
func (p *picture) check() error {
	c, ok := codecOf(p.mimetype)
	if !ok {
		return fmt.Errorf("display: picture of type %q", p.mimetype)
	}
	cfg, err := c.config(p.data)
	if err != nil {
		return fmt.Errorf("display: bad %s: %w", p.mimetype, err)
	}
	if cfg.Width != p.rect.Dx() || cfg.Height != p.rect.Dy() {
		return fmt.Errorf("display: picture has %dx%d pixels for %v", cfg.Width, cfg.Height, p.rect)
	}
	switch cfg.ColorModel {
	case color.RGBAModel, color.RGBA64Model, color.GrayModel, color.Gray16Model, color.YCbCrModel, color.CMYKModel:
		p.opaque = true
	default:
		p.opaque = opaquePalette(cfg.ColorModel)
	}
	return nil
}

// opaquePalette reports whether m is a palette without transparency.
func opaquePalette(m color.Model) bool {
	colors, ok := m.(color.Palette)
	return ok && !slices.ContainsFunc(colors, func(c color.Color) bool {
		_, _, _, a := c.RGBA()
		return a != 0xFFFF
	})
}

func (p *picture) decode() (image.Image, error) {
	if p.mimetype == "" {
		return image.NewUniform(p.color), nil
	}
	c, _ := codecOf(p.mimetype)
	m, err := c.decode(p.data)
	if err != nil {
		return nil, fmt.Errorf("display: bad %s: %w", p.mimetype, err)
	}
	return m, nil
}

// append writes the picture as instructions, for a view that shows the display from origin on.
func (p *picture) append(b []byte, origin image.Point) []byte {
	if p.mimetype == "" {
		return appendFill(b, p.rect.Sub(origin), p.color)
	}
	return appendImage(b, 0, guac.MaskOver, p.mimetype, p.rect.Min.Sub(origin), p.data)
}

// Bounds of the pictures that wait to be decoded, and of those that wait for one user.
const (
	maxPictures     = 256
	maxPictureBytes = 4 << 20
)

// present takes p, which is opaque, as what the screen shows there.
func (d *Display) present(p *picture) {
	d.open()
	d.keepPicture(p)
	d.video.coverage.remove(p.rect)
	d.activity.touch(p.rect.Intersect(d.bounds()), d.now())
	for _, v := range d.views {
		v.forward(p)
	}
}

// keepPicture adds p to those that are not in the framebuffer yet.
func (d *Display) keepPicture(p *picture) {
	d.dropPictures(p.rect)
	d.pictures = append(d.pictures, p)
	d.pictureBytes += len(p.data)
	if len(d.pictures) > maxPictures || d.pictureBytes > maxPictureBytes {
		d.dropHidden()
	}
	if len(d.pictures) > maxPictures || d.pictureBytes > maxPictureBytes {
		d.decodePictures(image.Rectangle{Max: d.size})
	}
}

// overPictures reports whether r is drawn over a part of a picture.
func (d *Display) overPictures(r image.Rectangle) bool {
	return slices.ContainsFunc(d.pictures, func(p *picture) bool { return p.rect.Overlaps(r) && !p.rect.In(r) })
}

// dropHidden forgets pictures that later ones hide together.
func (d *Display) dropHidden() {
	d.pictures = visible(d.pictures)
	d.pictureBytes = size(d.pictures)
}

// visible returns the pictures of which something can be seen, in place.
func visible(pictures []*picture) []*picture {
	kept := pictures[:0]
	for i, p := range pictures {
		if !hidden(p.rect, pictures[i+1:]) {
			kept = append(kept, p)
		}
	}
	clear(pictures[len(kept):])
	return kept
}

// maxParts bounds the pieces into which a rectangle is cut to see whether it is hidden.
const maxParts = 32

// hidden reports whether later pictures cover r; it may miss that for a ragged cover.
func hidden(r image.Rectangle, later []*picture) bool {
	parts := []image.Rectangle{r}
	for _, p := range later {
		var rest []image.Rectangle
		for _, part := range parts {
			rest = append(rest, subtract(part, p.rect)...)
		}
		parts = rest
		if len(parts) == 0 || len(parts) > maxParts {
			break
		}
	}
	return len(parts) == 0
}

// size returns the bytes of pictures.
func size(pictures []*picture) int {
	n := 0
	for _, p := range pictures {
		n += len(p.data)
	}
	return n
}

// dropPictures forgets pictures that are drawn over by r, and reports whether there were
// any.
func (d *Display) dropPictures(r image.Rectangle) bool {
	before := len(d.pictures)
	if before == 0 {
		return false
	}
	d.pictures = slices.DeleteFunc(d.pictures, func(p *picture) bool {
		if p.rect.In(r) {
			d.pictureBytes -= len(p.data)
			return true
		}
		return false
	})
	return len(d.pictures) < before
}

// decodePictures brings the framebuffer up to date within r.
func (d *Display) decodePictures(r image.Rectangle) {
	n := d.lastPicture(r)
	if n == 0 {
		return
	}
	d.dropHidden()
	n = d.lastPicture(r)
	for _, p := range d.pictures[:n] {
		d.pictureBytes -= len(p.data)
		d.drawNow(p)
	}
	d.pictures = slices.Delete(d.pictures, 0, n)
}

// lastPicture returns how many pictures there are up to the last that touches r.
func (d *Display) lastPicture(r image.Rectangle) int {
	n := len(d.pictures)
	for n > 0 && !d.pictures[n-1].rect.Overlaps(r) {
		n--
	}
	return n
}

// drawNow decodes p into the framebuffer.
func (d *Display) drawNow(p *picture) {
	m, err := p.decode()
	if err != nil {
		d.logger.Debug("a ready-made picture is broken", "error", err)
		return
	}
	d.buffer.paint(p.rect, m)
}
