// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
)

// framebuffer holds the pixels of a display that has no painter.
type framebuffer struct {
	pix    []byte
	stride int
	size   image.Point
}

// newFramebuffer returns a black framebuffer with as much of old as fits.
func newFramebuffer(size image.Point, old *framebuffer) *framebuffer {
	fb := &framebuffer{pix: make([]byte, 4*size.X*size.Y), stride: 4 * size.X, size: size}
	for i := 3; i < len(fb.pix); i += 4 {
		fb.pix[i] = 0xFF
	}
	if old != nil {
		common := image.Rectangle{Max: size}.Intersect(image.Rectangle{Max: old.size})
		for y := range common.Max.Y {
			copy(fb.row(0, common.Max.X, y), old.row(0, common.Max.X, y))
		}
	}
	return fb
}

// row returns the pixels from x0 to x1 of row y.
func (fb *framebuffer) row(x0, x1, y int) []byte {
	return fb.pix[y*fb.stride+4*x0 : y*fb.stride+4*x1]
}

// image returns the framebuffer as an image that shares its pixels.
func (fb *framebuffer) image() *image.RGBA {
	return &image.RGBA{Pix: fb.pix, Stride: fb.stride, Rect: image.Rectangle{Max: fb.size}}
}

// draw copies pix into r and returns the smallest rectangle that has changed.
func (fb *framebuffer) draw(r image.Rectangle, pix []byte, stride int) image.Rectangle {
	changed := image.Rectangle{Min: r.Max, Max: r.Min}
	width := 4 * r.Dx()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		from, to := pix[(y-r.Min.Y)*stride:][:width], fb.row(r.Min.X, r.Max.X, y)
		if bytes.Equal(from, to) {
			continue
		}
		changed.Min.Y, changed.Max.Y = min(changed.Min.Y, y), y+1
		if left := changed.Min.X - r.Min.X; left > 0 {
			changed.Min.X = r.Min.X + firstDifference(from[:4*left], to)
		}
		if right := changed.Max.X - r.Min.X; right < r.Dx() {
			changed.Max.X = r.Min.X + right + lastDifference(from[4*right:], to[4*right:])
		}
		copy(to, from)
	}
	if changed.Min.Y >= changed.Max.Y {
		return image.Rectangle{}
	}
	return changed
}

// firstDifference returns the first pixel in which a and b differ, or the number of
// pixels of a.
func firstDifference(a, b []byte) int {
	for x := 0; x < len(a); x += 4 {
		if binary.LittleEndian.Uint32(a[x:]) != binary.LittleEndian.Uint32(b[x:]) {
			return x / 4
		}
	}
	return len(a) / 4
}

// lastDifference returns how many pixels of a and b there are up to the last in which
// they differ.
func lastDifference(a, b []byte) int {
	for x := len(a) - 4; x >= 0; x -= 4 {
		if binary.LittleEndian.Uint32(a[x:]) != binary.LittleEndian.Uint32(b[x:]) {
			return x/4 + 1
		}
	}
	return 0
}

// copyWithin carries out m.
func (fb *framebuffer) copyWithin(m move) {
	d := m.delta()
	first, last, step := m.src.Min.Y, m.src.Max.Y, 1
	if d.Y > 0 {
		first, last, step = m.src.Max.Y-1, m.src.Min.Y-1, -1
	}
	for y := first; y != last; y += step {
		copy(fb.row(m.src.Min.X+d.X, m.src.Max.X+d.X, y+d.Y), fb.row(m.src.Min.X, m.src.Max.X, y))
	}
}

// read copies the pixels of r, row after row, to dst.
func (fb *framebuffer) read(dst []byte, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		dst = dst[copy(dst, fb.row(r.Min.X, r.Max.X, y)):]
	}
}

// paint draws m at r.
func (fb *framebuffer) paint(r image.Rectangle, m image.Image) {
	draw.Draw(fb.image(), r, m, m.Bounds().Min, draw.Over)
}
