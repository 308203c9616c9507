// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"math/bits"
)

// mask is an exact set of pixels. The zero value is empty and has no size.
type mask struct {
	bounds image.Rectangle
	cols   int
	cells  []*cellMask // nil if all are empty
	used   int         // cells that are not empty
}

// cellMask has a word for each row of a cell; the lowest bit is its left pixel.
type cellMask [cellSize]uint64

// wholeCell has all pixels. It is shared and never changed.
var wholeCell = func() *cellMask {
	c := new(cellMask)
	for y := range c {
		c[y] = ^uint64(0)
	}
	return c
}()

// resize keeps what is within the new size.
func (m *mask) resize(size image.Point) {
	old := *m
	*m = mask{bounds: image.Rectangle{Max: size}, cols: (size.X + cellSize - 1) >> cellShift}
	for _, r := range old.within(m.bounds) {
		m.add(r)
	}
}

func (m *mask) empty() bool { return m.used == 0 }

// rowBits returns the bits of part in each row of its cell.
func rowBits(part image.Rectangle, origin image.Point) uint64 {
	return ^uint64(0) >> (cellSize - part.Dx()) << (part.Min.X - origin.X)
}

// add puts r into the set.
func (m *mask) add(r image.Rectangle) {
	r = r.Intersect(m.bounds)
	if r.Empty() {
		return
	}
	if m.cells == nil {
		m.cells = make([]*cellMask, m.cols*((m.bounds.Max.Y+cellSize-1)>>cellShift))
	}
	cellsOf(r, m.cols, func(i int, origin image.Point, part image.Rectangle) {
		c := m.cells[i]
		if c == nil {
			m.used++
		}
		switch {
		case area(part) == area(cellBounds(origin)) || c == wholeCell:
			m.cells[i] = wholeCell
			return
		case c == nil:
			c = new(cellMask)
			m.cells[i] = c
		}
		word := rowBits(part, origin)
		for y := part.Min.Y; y < part.Max.Y; y++ {
			c[y-origin.Y] |= word
		}
	})
}

func cellBounds(origin image.Point) image.Rectangle {
	return image.Rectangle{Min: origin, Max: origin.Add(image.Pt(cellSize, cellSize))}
}

// remove takes r out of the set.
func (m *mask) remove(r image.Rectangle) {
	if m.used == 0 {
		return
	}
	cellsOf(r.Intersect(m.bounds), m.cols, func(i int, origin image.Point, part image.Rectangle) {
		c := m.cells[i]
		if c == nil {
			return
		}
		if c == wholeCell {
			c = new(cellMask)
			*c = *wholeCell
			m.cells[i] = c
		}
		word := rowBits(part, origin)
		for y := part.Min.Y; y < part.Max.Y; y++ {
			c[y-origin.Y] &^= word
		}
		if *c == (cellMask{}) {
			m.cells[i] = nil
			m.used--
		}
	})
	if m.used == 0 {
		m.cells = nil
	}
}

// overlaps reports whether a pixel of r is in the set.
func (m *mask) overlaps(r image.Rectangle) bool {
	if m.used == 0 {
		return false
	}
	found := false
	cellsOf(r.Intersect(m.bounds), m.cols, func(i int, origin image.Point, part image.Rectangle) {
		c := m.cells[i]
		if found || c == nil {
			return
		}
		word := rowBits(part, origin)
		for y := part.Min.Y; y < part.Max.Y && !found; y++ {
			found = c[y-origin.Y]&word != 0
		}
	})
	return found
}

// move copies what is set of m's source to its target, and nothing else is set there.
func (m *mask) move(mv move) {
	if m.used == 0 {
		return
	}
	moved := m.within(mv.src)
	m.remove(mv.target())
	for _, r := range moved {
		m.add(r.Add(mv.delta()))
	}
}

// within returns the part of r that is in the set, as rectangles apart from one another.
func (m *mask) within(r image.Rectangle) []image.Rectangle {
	if m.used == 0 {
		return nil
	}
	return m.rectangles(r, 0)
}

// without returns the part of r that is not in the set.
func (m *mask) without(r image.Rectangle) []image.Rectangle {
	if !m.overlaps(r) {
		return []image.Rectangle{r}
	}
	return m.rectangles(r, ^uint64(0))
}

// rectangles returns the pixels of r whose bits differ from those of invert.
func (m *mask) rectangles(r image.Rectangle, invert uint64) []image.Rectangle {
	var found []image.Rectangle
	cellsOf(r.Intersect(m.bounds), m.cols, func(i int, origin image.Point, part image.Rectangle) {
		c := m.cells[i]
		if c == nil {
			c = new(cellMask)
		}
		word := rowBits(part, origin)
		for y := part.Min.Y; y < part.Max.Y; {
			row, end := (c[y-origin.Y]^invert)&word, y+1
			for end < part.Max.Y && (c[end-origin.Y]^invert)&word == row {
				end++
			}
			for x := 0; row != 0; {
				skip := bits.TrailingZeros64(row)
				row >>= skip
				x += skip
				n := bits.TrailingZeros64(^row)
				found = append(found, image.Rect(x, y-origin.Y, x+n, end-origin.Y).Add(origin))
				row >>= n
				x += n
			}
			y = end
		}
	})
	return join(join(found))
}

// joinReach is how many rectangles before it one may be joined with.
const joinReach = 64

// join makes one rectangle of neighbours that are one together, in place.
func join(rectangles []image.Rectangle) []image.Rectangle {
	joined := rectangles[:0]
next:
	for _, r := range rectangles {
		for j := len(joined) - 1; j >= max(0, len(joined)-joinReach); j-- {
			a := &joined[j]
			beside := a.Min.Y == r.Min.Y && a.Max.Y == r.Max.Y && a.Max.X == r.Min.X
			below := a.Min.X == r.Min.X && a.Max.X == r.Max.X && a.Max.Y == r.Min.Y
			if beside || below {
				a.Max = r.Max
				continue next
			}
		}
		joined = append(joined, r)
	}
	return joined
}
