// SPDX-License-Identifier: Apache-2.0

package vt

// line is one row of a screen. Cells beyond len(cells) are blank, and those up to the capacity are zero, so a row that was
// never written holds no memory.
type line struct {
	cells   []Cell
	wrapped bool // the text continues on the next row
}

// grow makes the line at least n cells long.
func (l *line) grow(n, cols int) {
	if n <= len(l.cells) {
		return
	}
	if n > cap(l.cells) {
		cells := make([]Cell, n, max(cols, n))
		copy(cells, l.cells)
		l.cells = cells
		return
	}
	l.cells = l.cells[:n]
}

// cut makes the line at most n cells long.
func (l *line) cut(n int) {
	if n < len(l.cells) {
		clear(l.cells[n:])
		l.cells = l.cells[:n]
	}
}

func (l *line) reset() {
	l.cut(0)
	l.wrapped = false
}

// split makes sure that no wide character spans the border left of column x: one that does is blanked. It
// reports whether it did so.
func (l *line) split(x int) bool {
	if x <= 0 || x >= len(l.cells) || l.cells[x].Attr&wideTail == 0 {
		return false
	}
	for i := x - 1; i <= x; i++ {
		l.cells[i].content = 0
		l.cells[i].Attr &= styleMask
	}
	return true
}

// fill sets the cells [from, to), whose borders have been split, to c.
func (l *line) fill(from, to int, c Cell, cols int) {
	if c == (Cell{}) && to >= len(l.cells) {
		l.cut(from)
		return
	}
	l.grow(to, cols)
	cells := l.cells[from:to]
	for i := range cells {
		cells[i] = c
	}
}

// savedCursor is the state kept by DECSC (VT510 manual, "DECSC").
type savedCursor struct {
	x, y     int
	pending  bool
	origin   bool
	pen      Cell
	charsets charsets
}

// screen is the primary or the alternate screen.
type screen struct {
	lines []*line
	saved savedCursor
}

// resize gives the screen rows lines, adding blank ones at the bottom.
func (s *screen) resize(rows int) {
	for len(s.lines) < rows {
		s.lines = append(s.lines, &line{})
	}
	clear(s.lines[rows:])
	s.lines = s.lines[:rows]
}

// up moves the lines [top, bottom) up by n; the lines that left come back blank at the bottom.
func (s *screen) up(top, bottom, n int) {
	area := s.lines[top:bottom]
	if n == 1 {
		first := area[0]
		first.reset()
		copy(area, area[1:])
		area[len(area)-1] = first
		return
	}
	gone := append([]*line(nil), area[:n]...)
	copy(area, area[n:])
	for i, l := range gone {
		l.reset()
		area[len(area)-n+i] = l
	}
}

// down moves the lines [top, bottom) down by n; the lines that left come back blank at the top.
func (s *screen) down(top, bottom, n int) {
	area := s.lines[top:bottom]
	gone := append([]*line(nil), area[len(area)-n:]...)
	copy(area[n:], area[:len(area)-n])
	for i, l := range gone {
		l.reset()
		area[i] = l
	}
}
