// SPDX-License-Identifier: Apache-2.0

package canvas

import (
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"slices"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// maxDepth bounds how deep layers are nested.
const maxDepth = 64

// Size returns the size of the picture, which is that of the default layer.
func (c *Canvas) Size() (width, height int) {
	if l := c.layers[0]; l != nil {
		return l.pix.Rect.Dx(), l.pix.Rect.Dy()
	}
	return 0, 0
}

// Layer returns a copy of one layer, nil if it does not exist.
func (c *Canvas) Layer(index int) *image.RGBA {
	l := c.layers[index]
	if l == nil {
		return nil
	}
	return l.read(l.pix.Rect)
}

// Image returns the picture: the default layer and, above it, all that are seen.
func (c *Canvas) Image() *image.RGBA {
	width, height := c.Size()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	c.Draw(m)
	return m
}

// Draw draws the picture over m, from 0,0.
func (c *Canvas) Draw(m draw.Image) {
	l := c.layers[0]
	if l == nil {
		return
	}
	children := make(map[int][]*layer)
	for index, child := range c.layers {
		if index > 0 {
			children[child.parent] = append(children[child.parent], child)
		}
	}
	for _, list := range children {
		slices.SortFunc(list, func(a, b *layer) int {
			return cmp.Or(cmp.Compare(a.z, b.z), cmp.Compare(a.index, b.index))
		})
	}
	drawTree(m, l, children, image.Point{}, m.Bounds(), 0xFF, 0)
}

// drawTree draws l at origin, within visible, and then its children.
func drawTree(m draw.Image, l *layer, children map[int][]*layer, origin image.Point, visible image.Rectangle, opacity uint32, depth int) {
	opacity = opacity * uint32(l.opacity) / 0xFF
	if opacity == 0 || depth > maxDepth {
		return
	}
	if l.matrix != identityMatrix {
		l.drawDistorted(m, origin, opacity)
		return
	}
	frame := l.pix.Rect.Add(origin)
	visible = visible.Intersect(frame)
	if visible.Empty() {
		return
	}
	if opacity == 0xFF { // thirty times faster than with a mask
		draw.Draw(m, visible, l.pix, visible.Min.Sub(origin), draw.Over)
	} else {
		mask := image.NewUniform(color.Alpha{A: uint8(opacity)})
		draw.DrawMask(m, visible, l.pix, visible.Min.Sub(origin), mask, image.Point{}, draw.Over)
	}
	for _, child := range children[l.index] {
		drawTree(m, child, children, origin.Add(child.offset), visible, opacity, depth+1)
	}
}

// drawDistorted draws the layer alone, by its matrix.
func (l *layer) drawDistorted(m draw.Image, origin image.Point, opacity uint32) {
	a := l.matrix
	if a[0]*a[4]-a[1]*a[3] == 0 {
		return
	}
	place := f64.Aff3{a[0], a[1], a[2] + float64(origin.X), a[3], a[4], a[5] + float64(origin.Y)}
	mask := image.NewUniform(color.Alpha{A: uint8(opacity)})
	xdraw.ApproxBiLinear.Transform(m, place, l.pix, l.pix.Rect, xdraw.Over, &xdraw.Options{SrcMask: mask})
}

// DrawCursor draws the pointer over m where the mouse is.
func (c *Canvas) DrawCursor(m draw.Image) {
	if c.cursor == nil {
		return
	}
	r := c.cursor.Rect.Sub(c.cursor.Rect.Min).Add(c.mouse).Sub(c.hot)
	draw.Draw(m, r, c.cursor, c.cursor.Rect.Min, draw.Over)
}
