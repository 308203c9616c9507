// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"image"

	"github.com/palta-gateway/palta/internal/vt"
)

// layout says where things are on the display.
type layout struct {
	width, height int
	origin        image.Point // upper left corner of the grid
	cols, rows    int
	bar           image.Rectangle // the scroll bar's track
}

// Sizes in pixels at 96 dpi.
const (
	marginSize    = 4
	scrollbarSize = 12
)

// newLayout divides the display: the scroll bar at the right, a margin around the grid, the grid in what is left.
func newLayout(width, height, dpi int, face *Face) layout {
	scale := func(v int) int { return max(1, v*dpi/96) }
	margin, bar := scale(marginSize), scale(scrollbarSize)
	if width < 8*bar {
		bar = 0
	}
	if width < 8*margin || height < 8*margin {
		margin = 0
	}
	l := layout{width: width, height: height, origin: image.Pt(margin, margin)}
	l.bar = image.Rect(width-bar, 0, width, height)
	l.cols = min(max((width-bar-2*margin)/face.Width, 1), vt.MaxCols)
	l.rows = min(max((height-2*margin)/face.Height, 1), vt.MaxRows)
	return l
}

// gridLocked returns the pixels of all cells.
func (t *Terminal) gridLocked() image.Rectangle {
	l := &t.layout
	return image.Rect(l.origin.X, l.origin.Y, l.origin.X+l.cols*t.face.Width, l.origin.Y+l.rows*t.face.Height)
}

// cellLocked returns the upper left corner of a cell.
func (t *Terminal) cellLocked(col, row int) image.Point {
	return t.layout.origin.Add(image.Pt(col*t.face.Width, row*t.face.Height))
}

// cellsLocked returns the pixels of the columns [from, to) of the rows [top, bottom).
func (t *Terminal) cellsLocked(from, top, to, bottom int) image.Rectangle {
	return image.Rectangle{Min: t.cellLocked(from, top), Max: t.cellLocked(to, bottom)}
}

// hitLocked returns the cell at a pixel, the nearest one for a pixel outside of the grid.
func (t *Terminal) hitLocked(x, y int) (col, row int) {
	x -= t.layout.origin.X
	y -= t.layout.origin.Y
	col, row = x/t.face.Width, y/t.face.Height
	if x < 0 {
		col = 0
	}
	if y < 0 {
		row = 0
	}
	return min(col, t.layout.cols-1), min(row, t.layout.rows-1)
}
