// SPDX-License-Identifier: Apache-2.0

package terminal

import "image"

// wheelRows is how far one notch of the wheel scrolls.
const wheelRows = 3

// scrollToLocked shows the view that is n rows above the bottom, as far as there are rows.
func (t *Terminal) scrollToLocked(n int) {
	n = min(max(n, 0), t.term.ScrollbackLen())
	if n == t.scroll {
		return
	}
	// What is not told to the display yet belongs to the old view.
	t.takeDamageLocked()
	d := t.scroll - n // rows that the picture moves up
	t.scroll = n
	rows := t.layout.rows
	if t.held || d >= rows || -d >= rows {
		t.damageLocked(t.gridLocked())
		return
	}
	if d > 0 {
		t.cfg.Display.Move(t.cellsLocked(0, d, t.layout.cols, rows), t.cellLocked(0, 0))
		t.damageLocked(t.cellsLocked(0, rows-d, t.layout.cols, rows))
	} else {
		t.cfg.Display.Move(t.cellsLocked(0, 0, t.layout.cols, rows+d), t.cellLocked(0, -d))
		t.damageLocked(t.cellsLocked(0, 0, t.layout.cols, -d))
	}
	// The picture of the cursor moved along.
	if c := t.cursor; c.visible {
		c.row -= d
		t.cursor = c
		t.cursor.visible = c.row >= 0 && c.row < rows
		t.damageCursorLocked(t.cursor)
	}
}

// handleLocked returns the place of the scroll bar's handle; empty if there is nothing to scroll.
func (t *Terminal) handleLocked() image.Rectangle {
	above := t.term.ScrollbackLen()
	bar := t.layout.bar
	if above == 0 || bar.Empty() {
		return image.Rectangle{}
	}
	total := above + t.layout.rows
	height := max(bar.Dy()*t.layout.rows/total, min(2*bar.Dx(), bar.Dy()))
	top := (bar.Dy() - height) * (above - t.scroll) / above
	return image.Rect(bar.Min.X, top, bar.Max.X, top+height)
}

// paintScrollbarLocked draws the track, which looks like the margin, and the handle on it.
func (t *Terminal) paintScrollbarLocked(p *painter) {
	handle := t.handle
	if handle.Empty() || !handle.Overlaps(p.dst.Rect) {
		return
	}
	bg, fg := p.background(0), p.foreground(0)
	inset := max(1, handle.Dx()/6)
	part := 90
	if t.mouse.dragging == dragScrollbar {
		part = 150
	}
	p.fill(image.Rect(handle.Min.X+inset, handle.Min.Y+inset, handle.Max.X-inset, handle.Max.Y-inset), mix(bg, fg, part))
}

// dragScrollbarLocked moves the handle so that the place where it was grabbed is at y.
func (t *Terminal) dragScrollbarLocked(y int) {
	handle, above := t.handleLocked(), t.term.ScrollbackLen()
	room := t.layout.bar.Dy() - handle.Dy()
	if handle.Empty() || room <= 0 {
		return
	}
	top := min(max(y-t.mouse.grab, 0), room)
	t.scrollToLocked(above - (top*above+room/2)/room)
}
