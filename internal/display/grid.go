// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"iter"
)

const (
	cellShift = 6
	cellSize  = 1 << cellShift
)

// span is the part of a cell that is marked: a rectangle relative to the cell. It is
// empty if x1 is 0.
type span struct{ x0, y0, x1, y1 uint8 }

// grid marks parts of a screen: one rectangle in each cell of 64x64 pixels. What is marked
// may be more than what was added, never less.
type grid struct {
	bounds image.Rectangle
	cols   int
	cells  []span
	marked int // cells that are not empty
	moved  []image.Rectangle
}

// reset makes the grid empty, of the given size.
func (g *grid) reset(size image.Point) {
	cols, rows := (size.X+cellSize-1)>>cellShift, (size.Y+cellSize-1)>>cellShift
	g.bounds = image.Rectangle{Max: size}
	g.cols = cols
	g.cells = make([]span, cols*rows)
	g.marked = 0
}

func (g *grid) empty() bool { return g.marked == 0 }

func (g *grid) clear() {
	if g.marked > 0 {
		clear(g.cells)
		g.marked = 0
	}
}

// cellsOf calls f for each cell that r touches, with the part of r in it.
func cellsOf(r image.Rectangle, cols int, f func(i int, origin image.Point, part image.Rectangle)) {
	if r.Empty() {
		return
	}
	for cy := r.Min.Y >> cellShift; cy <= (r.Max.Y-1)>>cellShift; cy++ {
		for cx := r.Min.X >> cellShift; cx <= (r.Max.X-1)>>cellShift; cx++ {
			origin := image.Pt(cx<<cellShift, cy<<cellShift)
			part := image.Rectangle{Min: origin, Max: origin.Add(image.Pt(cellSize, cellSize))}.Intersect(r)
			f(cy*cols+cx, origin, part)
		}
	}
}

// toSpan makes part relative to its cell.
func toSpan(part image.Rectangle, origin image.Point) span {
	part = part.Sub(origin)
	return span{uint8(part.Min.X), uint8(part.Min.Y), uint8(part.Max.X), uint8(part.Max.Y)}
}

func (s span) rect(origin image.Point) image.Rectangle {
	return image.Rect(int(s.x0), int(s.y0), int(s.x1), int(s.y1)).Add(origin)
}

// add marks r.
func (g *grid) add(r image.Rectangle) {
	cellsOf(r.Intersect(g.bounds), g.cols, func(i int, origin image.Point, part image.Rectangle) {
		s, c := toSpan(part, origin), &g.cells[i]
		if c.x1 == 0 {
			g.marked++
			*c = s
			return
		}
		*c = span{min(c.x0, s.x0), min(c.y0, s.y0), max(c.x1, s.x1), max(c.y1, s.y1)}
	})
}

// remove unmarks r as far as what remains of each cell is a rectangle.
func (g *grid) remove(r image.Rectangle) {
	if g.marked == 0 {
		return
	}
	cellsOf(r.Intersect(g.bounds), g.cols, func(i int, origin image.Point, part image.Rectangle) {
		c := &g.cells[i]
		if c.x1 == 0 {
			return
		}
		rest := shrink(c.rect(origin), part)
		if rest.Empty() {
			g.marked--
			*c = span{}
			return
		}
		*c = toSpan(rest, origin)
	})
}

// shrink returns the smallest rectangle that holds a without b.
func shrink(a, b image.Rectangle) image.Rectangle {
	wide := b.Min.X <= a.Min.X && b.Max.X >= a.Max.X
	high := b.Min.Y <= a.Min.Y && b.Max.Y >= a.Max.Y
	switch {
	case !a.Overlaps(b):
	case wide && high:
		return image.Rectangle{}
	case wide && b.Min.Y <= a.Min.Y:
		a.Min.Y = b.Max.Y
	case wide && b.Max.Y >= a.Max.Y:
		a.Max.Y = b.Min.Y
	case high && b.Min.X <= a.Min.X:
		a.Min.X = b.Max.X
	case high && b.Max.X >= a.Max.X:
		a.Max.X = b.Min.X
	}
	return a
}

// within returns the marked parts of r, one for each cell at most.
func (g *grid) within(r image.Rectangle) iter.Seq[image.Rectangle] {
	return func(yield func(image.Rectangle) bool) {
		if g.marked == 0 {
			return
		}
		stopped := false
		cellsOf(r.Intersect(g.bounds), g.cols, func(i int, origin image.Point, part image.Rectangle) {
			if stopped || g.cells[i].x1 == 0 {
				return
			}
			if part = part.Intersect(g.cells[i].rect(origin)); !part.Empty() {
				stopped = !yield(part)
			}
		})
	}
}

// area returns how many pixels of r are marked.
func (g *grid) area(r image.Rectangle) int {
	n := 0
	for part := range g.within(r) {
		n += area(part)
	}
	return n
}

// covers reports whether all of r is marked.
func (g *grid) covers(r image.Rectangle) bool {
	return g.area(r) == area(r.Intersect(g.bounds))
}

// move copies the marks of m's source to its target, whose own marks are replaced.
func (g *grid) move(m move) {
	if g.marked == 0 {
		return
	}
	g.moved = g.moved[:0]
	for part := range g.within(m.src) {
		g.moved = append(g.moved, part.Add(m.delta()))
	}
	g.remove(m.target())
	for _, part := range g.moved {
		g.add(part)
	}
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }

// region is a rectangle that is to be sent, and how much of it is marked.
type region struct {
	rect   image.Rectangle
	marked int
}

// A region may have this much beside what is marked: a picture of its own costs more than
// some more pixels.
const (
	slackPixels = 1024
	slackShare  = 4 // a quarter
)

// merge returns the region of both, and whether it is worth it.
func (a region) merge(b region) (region, bool) {
	u := region{a.rect.Union(b.rect), a.marked + b.marked}
	return u, area(u.rect) <= u.marked+u.marked/slackShare+slackPixels
}

// regions returns the marked cells, neighbours merged.
func (g *grid) regions() []region {
	if g.marked == 0 {
		return nil
	}
	var done, above, row []region
	for y := 0; y < g.bounds.Max.Y; y += cellSize {
		row = g.rowRegions(row[:0], y)
		for i, r := range row {
			for j := range above {
				if u, ok := above[j].merge(r); ok && above[j].marked > 0 {
					row[i], above[j].marked = u, 0
					break
				}
			}
		}
		for _, r := range above {
			if r.marked > 0 {
				done = append(done, r)
			}
		}
		above, row = row, above
	}
	return append(done, above...)
}

// rowRegions appends the regions of the row of cells at y.
func (g *grid) rowRegions(row []region, y int) []region {
	first := (y >> cellShift) * g.cols
	for i, s := range g.cells[first : first+g.cols] {
		if s.x1 == 0 {
			continue
		}
		rect := s.rect(image.Pt(i<<cellShift, y))
		next := region{rect, area(rect)}
		if n := len(row); n > 0 {
			if u, ok := row[n-1].merge(next); ok {
				row[n-1] = u
				continue
			}
		}
		row = append(row, next)
	}
	return row
}

// Pictures larger than this are cut along the lines of a coarse grid: tiles have fewer
// colours each, are encoded in parallel and can be shared.
const (
	tileSize = 256
	tileArea = tileSize * tileSize
)

// cut calls f for each tile of r.
func cut(r image.Rectangle, f func(image.Rectangle)) {
	if area(r) <= tileArea {
		f(r)
		return
	}
	for y := r.Min.Y; y < r.Max.Y; y = (y/tileSize + 1) * tileSize {
		for x := r.Min.X; x < r.Max.X; x = (x/tileSize + 1) * tileSize {
			end := image.Pt((x/tileSize+1)*tileSize, (y/tileSize+1)*tileSize)
			f(image.Rectangle{Min: image.Pt(x, y), Max: end}.Intersect(r))
		}
	}
}
