// SPDX-License-Identifier: Apache-2.0

package canvas

import (
	"errors"
	"fmt"
	"image"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// ErrLimit is the error for an instruction that would take more than a Canvas may.
var ErrLimit = errors.New("canvas: over the limit")

// Config bounds a Canvas. The zero value works.
type Config struct {
	// MaxPixels bounds the pixels of all layers together. If zero, 32 Mi, which is 128 MiB.
	MaxPixels int
}

const (
	defaultMaxPixels = 32 << 20
	maxLayers        = 4096
	maxStreams       = 512
	maxStreamBytes   = 64 << 20 // of all unfinished pictures
	maxSide          = 1 << 15  // of a layer
)

// Canvas is the state of a client's display. It is for one goroutine.
type Canvas struct {
	maxPixels   int
	pixels      int // in use
	layers      map[int]*layer
	streams     map[int]*stream
	streamBytes int
	cursor      *image.RGBA // nil if never set
	hot         image.Point
	mouse       image.Point
}

// New returns an empty canvas.
func New(cfg Config) *Canvas {
	if cfg.MaxPixels == 0 {
		cfg.MaxPixels = defaultMaxPixels
	}
	return &Canvas{maxPixels: cfg.MaxPixels, layers: make(map[int]*layer), streams: make(map[int]*stream)}
}

// handler carries out one opcode, with that many integer arguments parsed before.
type handler struct {
	ints int
	do   func(c *Canvas, n []int, ins *guac.Instruction) error
}

// handlers has the opcodes that draw.
var handlers = map[string]handler{
	guac.OpSize:      {3, (*Canvas).size},
	guac.OpMove:      {5, (*Canvas).move},
	guac.OpShade:     {2, (*Canvas).shade},
	guac.OpDistort:   {1, (*Canvas).distort},
	guac.OpDispose:   {1, (*Canvas).dispose},
	guac.OpCursor:    {7, (*Canvas).setCursor},
	guac.OpMouse:     {2, (*Canvas).setMouse},
	guac.OpImg:       {3, (*Canvas).img},
	guac.OpBlob:      {1, (*Canvas).blob},
	guac.OpEnd:       {1, (*Canvas).end},
	guac.OpPNG:       {4, (*Canvas).png},
	guac.OpJPEG:      {4, (*Canvas).jpeg},
	guac.OpCopy:      {9, (*Canvas).copy},
	guac.OpTransfer:  {9, (*Canvas).transfer},
	guac.OpRect:      {5, (*Canvas).rect},
	guac.OpStart:     {3, (*Canvas).start},
	guac.OpLine:      {3, (*Canvas).line},
	guac.OpCurve:     {7, (*Canvas).curve},
	guac.OpArc:       {4, (*Canvas).arc},
	guac.OpClose:     {1, (*Canvas).closePath},
	guac.OpCFill:     {6, (*Canvas).cfill},
	guac.OpLFill:     {3, (*Canvas).lfill},
	guac.OpCStroke:   {9, (*Canvas).cstroke},
	guac.OpLStroke:   {6, (*Canvas).lstroke},
	guac.OpClip:      {1, (*Canvas).clip},
	guac.OpPush:      {1, (*Canvas).push},
	guac.OpPop:       {1, (*Canvas).pop},
	guac.OpReset:     {1, (*Canvas).reset},
	guac.OpTransform: {1, (*Canvas).transform},
	guac.OpIdentity:  {1, (*Canvas).identity},
}

// maxInts is the most integers that a handler asks for.
const maxInts = 9

// Apply carries out one instruction.
func (c *Canvas) Apply(ins *guac.Instruction) error {
	h, ok := handlers[string(ins.Opcode)]
	if !ok {
		return nil
	}
	var args [maxInts]int
	if err := ins.Ints(args[:h.ints]); err != nil {
		return fmt.Errorf("canvas: %w", err)
	}
	for _, n := range args[:h.ints] {
		if n != int(int32(n)) {
			return fmt.Errorf("canvas: %s has the number %d: %w", ins.Opcode, n, ErrLimit)
		}
	}
	if err := h.do(c, args[:h.ints], ins); err != nil {
		return fmt.Errorf("canvas: %s: %w", ins.Opcode, err)
	}
	return nil
}

// box returns the rectangle of a position and a size, which may not be negative.
func box(x, y, width, height int) (image.Rectangle, error) {
	if width < 0 || height < 0 {
		return image.Rectangle{}, fmt.Errorf("size %dx%d is negative", width, height)
	}
	return image.Rect(x, y, x+width, y+height), nil
}

// setCursor (cursor) takes hotspot, source layer and rectangle.
func (c *Canvas) setCursor(n []int, _ *guac.Instruction) error {
	r, err := box(n[3], n[4], n[5], n[6])
	if err != nil {
		return err
	}
	src, err := c.layer(n[2])
	if err != nil {
		return err
	}
	c.cursor, c.hot = src.read(r), image.Pt(n[0], n[1])
	return nil
}

// setMouse (mouse) takes the pointer's position.
func (c *Canvas) setMouse(n []int, _ *guac.Instruction) error {
	c.mouse = image.Pt(n[0], n[1])
	return nil
}

// Cursor returns the pointer's picture, nil if it was never set, and its hotspot.
func (c *Canvas) Cursor() (m *image.RGBA, hot image.Point) { return c.cursor, c.hot }

// Mouse returns the pointer's position.
func (c *Canvas) Mouse() image.Point { return c.mouse }

// copy takes source layer, x, y, width, height, channel mask, layer, x, y.
func (c *Canvas) copy(n []int, _ *guac.Instruction) error {
	return c.combine(n, func(dst *layer, r image.Rectangle, src *image.RGBA) {
		dst.compose(r, src, src.Rect.Min, nil, n[5])
	})
}

// transfer takes source layer, x, y, width, height, function, layer, x, y.
func (c *Canvas) transfer(n []int, _ *guac.Instruction) error {
	return c.combine(n, func(dst *layer, r image.Rectangle, src *image.RGBA) {
		dst.transfer(r, src, src.Rect.Min, n[5])
	})
}

// combine reads the source of a copy and calls draw for its destination.
func (c *Canvas) combine(n []int, draw func(dst *layer, r image.Rectangle, src *image.RGBA)) error {
	r, err := box(n[1], n[2], n[3], n[4])
	if err != nil {
		return err
	}
	src, err := c.layer(n[0])
	if err != nil {
		return err
	}
	dst, err := c.layer(n[6])
	if err != nil {
		return err
	}
	r = r.Intersect(src.pix.Rect)
	if r.Empty() {
		return nil
	}
	target := r.Add(image.Pt(n[7]-n[1], n[8]-n[2]))
	if err := c.fit(dst, target); err != nil {
		return err
	}
	from := src.pix.SubImage(r).(*image.RGBA)
	if src == dst && target.Overlaps(r) {
		from = src.read(r)
	}
	draw(dst, target, from)
	return nil
}
