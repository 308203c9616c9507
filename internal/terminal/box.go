// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"math"
)

// isBox reports the characters that are drawn by drawBox: box drawing and block elements (U+2500-259F), braille
// patterns (U+2800-28FF), sextants (U+1FB00-1FB3B) and the separators of Powerline (U+E0B0-E0B7).
func isBox(r rune) bool {
	switch {
	case r < 0x2500:
		return false
	case r <= 0x259F, r >= 0x2800 && r <= 0x28FF, r >= 0xE0B0 && r <= 0xE0B7, r >= 0x1FB00 && r <= 0x1FB3B:
		return true
	}
	return false
}

// drawBox returns the coverage of a character for which isBox holds, so that it joins its neighbours at the edges of
// a cell of w by h pixels.
func drawBox(r rune, w, h int) []byte {
	b := newBoxCanvas(w, h)
	switch {
	case r >= 0x1FB00:
		b.sextant(int(r - 0x1FB00))
	case r >= 0xE0B0:
		b.powerline(int(r - 0xE0B0))
	case r >= 0x2800:
		b.braille(int(r - 0x2800))
	case r >= 0x2580:
		b.block(r)
	default:
		b.line(r)
	}
	return b.pix
}

// boxCanvas is the coverage of one cell.
type boxCanvas struct {
	w, h int
	pix  []byte
	// light and heavy are the widths of lines in pixels.
	light, heavy int
}

func newBoxCanvas(w, h int) *boxCanvas {
	light := max(1, int(math.Round(float64(h)/16)))
	return &boxCanvas{w: w, h: h, pix: make([]byte, w*h), light: light, heavy: max(light+1, light*2)}
}

func (b *boxCanvas) fill(x0, y0, x1, y1 int, v byte) {
	x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, b.w), min(y1, b.h)
	for y := y0; y < y1; y++ {
		row := b.pix[y*b.w : (y+1)*b.w]
		for x := x0; x < x1; x++ {
			row[x] = v
		}
	}
}

// eighths fills the part of the cell between the given eighths of its width and height.
func (b *boxCanvas) eighths(x0, y0, x1, y1 int) {
	b.fill(b.part(b.w, x0), b.part(b.h, y0), b.part(b.w, x1), b.part(b.h, y1), 0xFF)
}

func (b *boxCanvas) part(size, eighths int) int { return (size*eighths + 4) / 8 }

// block draws U+2580 to 259F.
func (b *boxCanvas) block(r rune) {
	switch {
	case r == 0x2580: // upper half
		b.eighths(0, 0, 8, 4)
	case r <= 0x2588: // lower eighths to full
		b.eighths(0, 8-int(r-0x2580), 8, 8)
	case r <= 0x258F: // left seven eighths to one
		b.eighths(0, 0, 8-int(r-0x2588), 8)
	case r == 0x2590: // right half
		b.eighths(4, 0, 8, 8)
	case r <= 0x2593: // shades of a quarter, a half, three quarters
		b.fill(0, 0, b.w, b.h, byte(int(r-0x2590)*0x40))
	case r == 0x2594: // upper eighth
		b.eighths(0, 0, 8, 1)
	case r == 0x2595: // right eighth
		b.eighths(7, 0, 8, 8)
	default:
		b.quadrants(quadrants[r-0x2596])
	}
}

// quadrants of U+2596 to 259F: bit 0 upper left, 1 upper right, 2 lower left, 3 lower right.
var quadrants = [10]int{4, 8, 1, 13, 9, 7, 11, 2, 6, 14}

func (b *boxCanvas) quadrants(bits int) {
	for i := range 4 {
		if bits>>i&1 != 0 {
			x, y := i%2*4, i/2*4
			b.eighths(x, y, x+4, y+4)
		}
	}
}

// sextant draws the n-th of the block sextants: two columns and three rows, without the patterns that are block
// elements already (none, left half, right half, all).
func (b *boxCanvas) sextant(n int) {
	bits := n + 1
	if bits >= 0x15 {
		bits++
	}
	if bits >= 0x2A {
		bits++
	}
	for i := range 6 {
		if bits>>i&1 != 0 {
			x, y := i%2, i/2
			b.fill(x*b.w/2, y*b.h/3, (x+1)*b.w/2, (y+1)*b.h/3, 0xFF)
		}
	}
}

// braille draws a pattern of eight dots; its bits are numbered down the left column, down the right, then the last row.
func (b *boxCanvas) braille(bits int) {
	size := max(1, min(b.w/4, b.h/8))
	for i := range 8 {
		if bits>>i&1 == 0 {
			continue
		}
		col, row := i/3, i%3
		if i >= 6 {
			col, row = i-6, 3
		}
		x := b.w*(2*col+1)/4 - size/2
		y := b.h*(2*row+1)/8 - size/2
		b.fill(x, y, x+size, y+size, 0xFF)
	}
}

// powerline draws the separators: triangles and half circles, filled and as lines, pointing right and left.
func (b *boxCanvas) powerline(n int) {
	w, h := float64(b.w), float64(b.h)
	width := float64(b.light)
	b.sample(func(x, y float64) bool {
		if n&2 != 0 {
			x = w - x
		}
		dy := math.Abs(2*y/h - 1) // 0 in the middle, 1 at the edges
		edge := w * (1 - dy)      // of the triangle
		if n >= 4 {
			edge = w * math.Sqrt(math.Max(0, 1-dy*dy))
		}
		if n&1 == 0 {
			return x <= edge
		}
		return x <= edge && x >= edge-width*1.5
	})
}

// sample sets each pixel's coverage to the share of 4 by 4 points in it that are inside.
func (b *boxCanvas) sample(inside func(x, y float64) bool) {
	for py := range b.h {
		for px := range b.w {
			n := 0
			for i := range 16 {
				if inside(float64(px)+(float64(i%4)+0.5)/4, float64(py)+(float64(i/4)+0.5)/4) {
					n++
				}
			}
			v := byte(min(n*16, 255))
			if v > b.pix[py*b.w+px] {
				b.pix[py*b.w+px] = v
			}
		}
	}
}
