// SPDX-License-Identifier: Apache-2.0

package canvas

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// stream is a picture that is being received.
type stream struct {
	mask, layer int
	mimetype    string
	at          image.Point
	data        []byte
}

// img takes stream, channel mask, layer, mimetype, x, y.
func (c *Canvas) img(n []int, ins *guac.Instruction) error {
	var at [2]int
	for i := range at {
		v, err := ins.Int(4 + i)
		if err != nil {
			return err
		}
		at[i] = v
	}
	if len(c.streams) >= maxStreams && c.streams[n[0]] == nil {
		return fmt.Errorf("%w: more than %d streams", ErrLimit, maxStreams)
	}
	c.drop(n[0])
	c.streams[n[0]] = &stream{mask: n[1], layer: n[2], mimetype: ins.Text(3), at: image.Pt(at[0], at[1])}
	return nil
}

// drop forgets a stream.
func (c *Canvas) drop(index int) {
	if s := c.streams[index]; s != nil {
		c.streamBytes -= len(s.data)
		delete(c.streams, index)
	}
}

// blob takes stream, data. Streams that are not pictures are ignored.
func (c *Canvas) blob(n []int, ins *guac.Instruction) error {
	s := c.streams[n[0]]
	if s == nil {
		return nil
	}
	before := len(s.data)
	data, err := base64.StdEncoding.AppendDecode(s.data, ins.Arg(1))
	if err != nil {
		return err
	}
	c.streamBytes += len(data) - before
	s.data = data
	if c.streamBytes > maxStreamBytes {
		c.drop(n[0])
		return fmt.Errorf("%w: pictures of more than %d bytes", ErrLimit, maxStreamBytes)
	}
	return nil
}

// end takes the stream whose picture is complete.
func (c *Canvas) end(n []int, _ *guac.Instruction) error {
	s := c.streams[n[0]]
	if s == nil {
		return nil
	}
	c.drop(n[0])
	return c.draw(s)
}

// png and jpeg take channel mask, layer, x, y, data.
func (c *Canvas) png(n []int, ins *guac.Instruction) error { return c.inline(n, "image/png", ins) }

func (c *Canvas) jpeg(n []int, ins *guac.Instruction) error { return c.inline(n, "image/jpeg", ins) }

func (c *Canvas) inline(n []int, mimetype string, ins *guac.Instruction) error {
	data, err := base64.StdEncoding.AppendDecode(nil, ins.Arg(4))
	if err != nil {
		return err
	}
	return c.draw(&stream{n[0], n[1], mimetype, image.Pt(n[2], n[3]), data})
}

// draw decodes a picture and draws it.
func (c *Canvas) draw(s *stream) error {
	m, err := c.decode(s.mimetype, s.data)
	if err != nil {
		return err
	}
	l, err := c.layer(s.layer)
	if err != nil {
		return err
	}
	r := m.Bounds().Sub(m.Bounds().Min).Add(s.at)
	if err := c.fit(l, r); err != nil {
		return err
	}
	l.compose(r, m, m.Bounds().Min, nil, s.mask)
	return nil
}

// decode reads the header first, so that a small picture cannot ask for much memory.
func (c *Canvas) decode(mimetype string, data []byte) (image.Image, error) {
	var config func(io.Reader) (image.Config, error)
	var decode func(io.Reader) (image.Image, error)
	switch mimetype {
	case "image/png":
		config, decode = png.DecodeConfig, png.Decode
	case "image/jpeg":
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	case "image/webp":
		config, decode = webp.DecodeConfig, webp.Decode
	default:
		return nil, fmt.Errorf("picture of type %.40q", mimetype)
	}
	cfg, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if cfg.Width > maxSide || cfg.Height > maxSide || cfg.Width*cfg.Height > c.maxPixels {
		return nil, fmt.Errorf("%w: picture of %dx%d pixels", ErrLimit, cfg.Width, cfg.Height)
	}
	return decode(bytes.NewReader(data))
}
