// SPDX-License-Identifier: Apache-2.0

package canvas

import (
	"fmt"
	"image"
	"image/draw"

	"golang.org/x/image/math/f64"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// layer is a picture: one that is seen (index 0 and up), or a buffer (below 0), which
// grows with what is drawn on it.
type layer struct {
	index   int
	pix     *image.RGBA // from 0,0
	parent  int
	offset  image.Point
	z       int
	opacity uint8
	matrix  f64.Aff3 // how it is placed
	path    path
	state   state
	stack   []state
	masks   int // pixels charged for clipping masks
}

// state is what push saves.
type state struct {
	clip   clip
	matrix f64.Aff3 // of path coordinates
}

var identityMatrix = f64.Aff3{1, 0, 0, 0, 1, 0}

// layer returns the layer of an index, making it if it is new.
func (c *Canvas) layer(index int) (*layer, error) {
	if l := c.layers[index]; l != nil {
		return l, nil
	}
	if len(c.layers) >= maxLayers {
		return nil, fmt.Errorf("%w: more than %d layers", ErrLimit, maxLayers)
	}
	l := &layer{index: index, pix: image.NewRGBA(image.Rectangle{}), opacity: 0xFF, matrix: identityMatrix}
	l.state.matrix = identityMatrix
	c.layers[index] = l
	return l, nil
}

// size takes layer, width, height. What remains keeps its pixels.
func (c *Canvas) size(n []int, _ *guac.Instruction) error {
	if n[1] < 0 || n[2] < 0 || n[1] > maxSide || n[2] > maxSide {
		return fmt.Errorf("%w: size %dx%d", ErrLimit, n[1], n[2])
	}
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	return c.resize(l, image.Pt(n[1], n[2]))
}

func (c *Canvas) resize(l *layer, size image.Point) error {
	if size == l.pix.Rect.Max {
		return nil
	}
	more := size.X*size.Y - l.pix.Rect.Dx()*l.pix.Rect.Dy()
	if err := c.charge(more); err != nil {
		return err
	}
	old := l.pix
	l.pix = image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(l.pix, l.pix.Rect, old, image.Point{}, draw.Src)
	return nil
}

// charge counts pixels against the limit.
func (c *Canvas) charge(pixels int) error {
	if c.pixels+pixels > c.maxPixels {
		return fmt.Errorf("%w: more than %d pixels", ErrLimit, c.maxPixels)
	}
	c.pixels += pixels
	return nil
}

// fit makes a buffer large enough for r.
func (c *Canvas) fit(l *layer, r image.Rectangle) error {
	if l.index >= 0 || r.Empty() {
		return nil
	}
	size := image.Pt(max(l.pix.Rect.Max.X, r.Max.X), max(l.pix.Rect.Max.Y, r.Max.Y))
	if size.X > maxSide || size.Y > maxSide {
		return fmt.Errorf("%w: buffer of %v", ErrLimit, size)
	}
	return c.resize(l, size)
}

// read returns a copy of r, which is cut to the layer.
func (l *layer) read(r image.Rectangle) *image.RGBA {
	r = r.Intersect(l.pix.Rect)
	m := image.NewRGBA(r)
	draw.Draw(m, r, l.pix, r.Min, draw.Src)
	return m
}

// move takes layer, parent, x, y, z.
func (c *Canvas) move(n []int, _ *guac.Instruction) error {
	if n[0] <= 0 || n[1] < 0 {
		return fmt.Errorf("layer %d below %d", n[0], n[1])
	}
	for at, depth := n[1], 0; at > 0; depth++ {
		l := c.layers[at]
		if at == n[0] || depth == maxDepth {
			return fmt.Errorf("%w: layer %d below itself, or too deep", ErrLimit, n[0])
		}
		if l == nil {
			break
		}
		at = l.parent
	}
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	l.parent, l.offset, l.z = n[1], image.Pt(n[2], n[3]), n[4]
	return nil
}

// shade takes layer, opacity.
func (c *Canvas) shade(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	l.opacity = uint8(min(max(n[1], 0), 0xFF))
	return nil
}

// distort takes layer and a matrix, by which the layer is placed.
func (c *Canvas) distort(n []int, ins *guac.Instruction) error {
	m, err := matrix(ins)
	if err != nil {
		return err
	}
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	l.matrix = m
	return nil
}

// dispose takes the layer that goes away.
func (c *Canvas) dispose(n []int, _ *guac.Instruction) error {
	if l := c.layers[n[0]]; l != nil {
		c.pixels -= l.pix.Rect.Dx()*l.pix.Rect.Dy() + l.masks
		delete(c.layers, n[0])
	}
	return nil
}

// maxStack bounds the states that a layer saves.
const maxStack = 64

// push saves the layer's state, pop brings back what was saved last.
func (c *Canvas) push(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	if len(l.stack) == maxStack {
		return fmt.Errorf("%w: more than %d saved states", ErrLimit, maxStack)
	}
	l.stack = append(l.stack, l.state)
	return nil
}

func (c *Canvas) pop(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	if last := len(l.stack) - 1; last >= 0 {
		l.state, l.stack = l.stack[last], l.stack[:last]
		l.path = path{}
	}
	return nil
}

// reset forgets all states and the path.
func (c *Canvas) reset(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	c.pixels -= l.masks
	l.path, l.stack, l.masks = path{}, nil, 0
	l.state = state{matrix: identityMatrix}
	return nil
}

// transform takes layer and a matrix, applied to coordinates before the layer's own.
func (c *Canvas) transform(n []int, ins *guac.Instruction) error {
	m, err := matrix(ins)
	if err != nil {
		return err
	}
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	s := &l.state.matrix
	product := f64.Aff3{
		s[0]*m[0] + s[1]*m[3], s[0]*m[1] + s[1]*m[4], s[0]*m[2] + s[1]*m[5] + s[2],
		s[3]*m[0] + s[4]*m[3], s[3]*m[1] + s[4]*m[4], s[3]*m[2] + s[4]*m[5] + s[5],
	}
	for _, v := range product {
		if v < -maxFactor || v > maxFactor {
			return fmt.Errorf("%w: transformation", ErrLimit)
		}
	}
	*s = product
	return nil
}

// identity takes the layer whose coordinates become its own again.
func (c *Canvas) identity(n []int, _ *guac.Instruction) error {
	l, err := c.layer(n[0])
	if err != nil {
		return err
	}
	l.state.matrix = identityMatrix
	return nil
}

// maxFactor bounds the numbers of a matrix.
const maxFactor = 1 << 16

// matrix reads a, b, c, d, e, f after the layer: x' = a x + c y + e, y' = b x + d y + f.
func matrix(ins *guac.Instruction) (f64.Aff3, error) {
	var v [6]float64
	for i := range v {
		f, err := number(ins, i+1)
		if err != nil {
			return f64.Aff3{}, err
		}
		if f < -maxFactor || f > maxFactor {
			return f64.Aff3{}, fmt.Errorf("%w: number %v", ErrLimit, f)
		}
		v[i] = f
	}
	return f64.Aff3{v[0], v[2], v[4], v[1], v[3], v[5]}, nil
}
