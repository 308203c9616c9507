// SPDX-License-Identifier: Apache-2.0

package display

import "image"

// Times of a cell's changes, in milliseconds.
const (
	sameChange = 8    // changes closer than this are one
	calm       = 2000 // the longest gap that counts
	changing   = 334  // a shorter mean gap, so 3 changes a second, is a moving picture
	stillAfter = 400  // without a change for so long, nothing moves any more
)

// activity remembers of each cell when it has changed and how often it does.
type activity struct {
	cols  int
	seq   uint64 // counts drawings
	cells []cellActivity
}

type cellActivity struct {
	seq  uint64 // of the last drawing that touched the cell
	last int64  // when it changed
	gap  int32  // mean time between changes
}

func (a *activity) reset(size image.Point) {
	var g grid
	g.reset(size)
	a.cols = g.cols
	a.seq++
	a.cells = make([]cellActivity, len(g.cells))
	for i := range a.cells {
		a.cells[i] = cellActivity{seq: a.seq, last: -calm, gap: calm}
	}
}

// touch notes that r has changed at time now.
func (a *activity) touch(r image.Rectangle, now int64) {
	a.seq++
	cellsOf(r, a.cols, func(i int, _ image.Point, _ image.Rectangle) {
		c := &a.cells[i]
		c.seq = a.seq
		if passed := now - c.last; passed >= sameChange {
			c.gap = (c.gap + int32(min(passed, calm))) / 2
			c.last = now
		}
	})
}

// move notes that r has other pixels, which only have come from elsewhere.
func (a *activity) move(r image.Rectangle) {
	a.seq++
	cellsOf(r, a.cols, func(i int, _ image.Point, _ image.Rectangle) { a.cells[i].seq = a.seq })
}

// newest returns the last drawing that touched a cell of r.
func (a *activity) newest(r image.Rectangle) uint64 {
	var seq uint64
	cellsOf(r, a.cols, func(i int, _ image.Point, _ image.Rectangle) { seq = max(seq, a.cells[i].seq) })
	return seq
}

// changing reports whether most of r is a moving picture.
func (a *activity) changing(r image.Rectangle, now int64) bool {
	moving, all := 0, 0
	cellsOf(r, a.cols, func(i int, _ image.Point, part image.Rectangle) {
		n := area(part)
		all += n
		if c := &a.cells[i]; c.gap < changing && now-c.last < stillAfter {
			moving += n
		}
	})
	return 2*moving > all
}

// stillAt returns when the cells of r will have been still for long enough.
func (a *activity) stillAt(r image.Rectangle) int64 {
	var last int64
	cellsOf(r, a.cols, func(i int, _ image.Point, _ image.Rectangle) { last = max(last, a.cells[i].last) })
	return last + stillAfter
}
