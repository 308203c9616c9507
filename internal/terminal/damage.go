// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"image"
	"time"

	"github.com/palta-gateway/palta/internal/vt"
)

// maxHold bounds how long the host may ask for nothing to be drawn (mode 2026).
const maxHold = 150 * time.Millisecond

// cursorState is the cursor as it appears in the view.
type cursorState struct {
	col, row, width int
	visible         bool
	style           vt.CursorStyle
}

func (t *Terminal) cursorLocked() cursorState {
	c := t.term.Cursor()
	s := cursorState{col: min(c.Col, t.layout.cols-1), row: c.Row + t.scroll, style: c.Style}
	s.visible = c.Visible && s.row < t.layout.rows
	if s.visible {
		s.width = max(t.term.Cell(s.col, c.Row).Width(), 1)
	}
	return s
}

// damageLocked tells the display that r looks different.
func (t *Terminal) damageLocked(r image.Rectangle) {
	t.changed = true
	t.cfg.Display.Damage(r)
}

func (t *Terminal) damageAllLocked() {
	t.damageLocked(image.Rect(0, 0, t.layout.width, t.layout.height))
}

// holdLocked notes whether the host wants its output drawn now. A hold ends by itself after maxHold.
func (t *Terminal) holdLocked() {
	asked := t.term.Modes().SynchronizedOutput
	if asked == t.held {
		return
	}
	t.held = asked
	if !asked {
		return
	}
	t.holds++
	hold := t.holds
	time.AfterFunc(maxHold, func() {
		t.lock()
		defer t.unlock()
		if t.holds == hold {
			t.held = false
		}
	})
}

// flushLocked tells the display what changed since the last call.
func (t *Terminal) flushLocked() {
	if t.held {
		return
	}
	t.takeDamageLocked()
	if now := t.cursorLocked(); now != t.cursor {
		t.damageCursorLocked(t.cursor)
		t.damageCursorLocked(now)
		t.cursor = now
	}
	if handle := t.handleLocked(); handle != t.handle {
		t.damageLocked(t.handle.Union(handle))
		t.handle = handle
	}
	if t.changed {
		t.changed = false
		t.cfg.Display.Flush()
	}
}

func (t *Terminal) damageCursorLocked(c cursorState) {
	if c.visible {
		t.damageLocked(t.cellsLocked(c.col, c.row, c.col+c.width, c.row+1))
	}
}

// takeDamageLocked translates the emulator's damage to the view.
func (t *Terminal) takeDamageLocked() {
	delta := int(t.term.ScrolledOff() - t.scrolled)
	t.scrolled = t.term.ScrolledOff()
	if !t.term.Damaged() && delta == 0 {
		return
	}
	defer func() { t.ahead = false }()
	before := t.scroll
	if t.scroll > 0 {
		t.scroll = min(max(t.scroll+delta, 0), t.term.ScrollbackLen())
	}
	d := t.term.TakeDamage()
	t.checkSelectionLocked(d, delta)
	switch {
	case d.Full, t.ahead, before > 0 && t.scroll != before+delta:
		t.damageAllLocked()
		return
	case before > 0:
		t.damageScrolledLocked(d, delta)
		return
	}
	for _, s := range d.Scrolls {
		t.moveLocked(s)
	}
	for row, span := range d.Dirty {
		t.damageSpanLocked(row, span)
	}
}

// damageSpanLocked damages the columns of a row of the view, and the other half of a wide character at their border.
func (t *Terminal) damageSpanLocked(row int, s vt.Span) {
	if s.From < s.To && row < t.layout.rows {
		t.damageLocked(t.cellsLocked(max(s.From-1, 0), row, min(s.To+1, t.layout.cols), row+1))
	}
}

// damageScrolledLocked handles changes of the screen while the user looks at the scrollback. Rows that scroll off the
// top keep their place in the view; any other scroll is repainted.
func (t *Terminal) damageScrolledLocked(d *vt.Damage, delta int) {
	for _, s := range d.Scrolls {
		if s.N != delta || s.Top != 0 || s.Bottom != t.layout.rows || s.Left != 0 || s.Right != t.layout.cols {
			t.damageLocked(t.gridLocked())
			return
		}
	}
	for row, span := range d.Dirty {
		t.damageSpanLocked(row+t.scroll, span)
	}
}

// moveLocked moves what the display shows of a scrolled area. The cursor drawn in it moves along.
func (t *Terminal) moveLocked(s vt.Scroll) {
	src, to := t.cellsLocked(s.Left, s.Top+s.N, s.Right, s.Bottom), s.Top
	if s.N < 0 {
		src, to = t.cellsLocked(s.Left, s.Top, s.Right, s.Bottom+s.N), s.Top-s.N
	}
	t.changed = true
	t.cfg.Display.Move(src, t.cellLocked(s.Left, to))
	c := t.cursor
	if !c.visible || c.row < s.Top || c.row >= s.Bottom {
		return
	}
	// The picture of the cursor is at its old place as well, unless something was moved there.
	t.damageCursorLocked(c)
	c.row -= s.N
	if c.row >= s.Top && c.row < s.Bottom {
		t.damageCursorLocked(c)
	}
	t.cursor = c
	t.cursor.visible = c.row >= s.Top && c.row < s.Bottom
}
