// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"github.com/palta-gateway/palta/internal/vt"
)

// place is a cell of the text: its row counts from the first row that ever was on the screen, so that it stays with the
// text when that scrolls.
type place struct {
	col int
	row int64
}

func (p place) before(q place) bool { return p.row < q.row || p.row == q.row && p.col < q.col }

// unit is what a selection grows by.
type unit int

const (
	unitCell unit = iota
	unitWord
	unitLine
)

// selection is the selected text: from and to, both included, in order.
type selection struct {
	active    bool
	rectangle bool
	unit      unit
	// anchorFrom and anchorTo are what was clicked first: a cell, a word or a line.
	anchorFrom, anchorTo place
	from, to             place
}

// placeLocked returns the place of a cell of the view.
func (t *Terminal) placeLocked(col, row int) place {
	return place{col, int64(t.term.ScrolledOff()) + int64(row-t.scroll)}
}

// posLocked returns where a place is now, for the emulator.
func (t *Terminal) posLocked(p place) vt.Pos {
	return vt.Pos{Col: p.col, Row: int(p.row - int64(t.term.ScrolledOff()))}
}

func (t *Terminal) placeOfLocked(p vt.Pos) place {
	return place{p.Col, int64(t.term.ScrolledOff()) + int64(p.Row)}
}

// selectedSpanLocked returns the selected columns of a row of the view.
func (t *Terminal) selectedSpanLocked(row int) vt.Span {
	s := &t.selection
	if !s.active {
		return vt.Span{}
	}
	at := t.placeLocked(0, row).row
	if at < s.from.row || at > s.to.row {
		return vt.Span{}
	}
	if s.rectangle {
		return vt.Span{From: min(s.from.col, s.to.col), To: max(s.from.col, s.to.col) + 1}
	}
	span := vt.Span{From: 0, To: t.layout.cols}
	if at == s.from.row {
		span.From = s.from.col
	}
	if at == s.to.row {
		span.To = s.to.col + 1
	}
	return span
}

// selectLocked starts a selection at a cell of the view.
func (t *Terminal) selectLocked(col, row int, u unit, rectangle bool) {
	t.clearSelectionLocked()
	p := t.placeLocked(col, row)
	from, to := t.unitLocked(p, u)
	t.selection = selection{unit: u, rectangle: rectangle, anchorFrom: from, anchorTo: to, from: from, to: to}
	t.selection.active = u != unitCell
	t.damageSelectionLocked()
}

// unitLocked returns the word or line at p, or p itself.
func (t *Terminal) unitLocked(p place, u unit) (from, to place) {
	switch u {
	case unitWord:
		a, b := t.term.Word(t.posLocked(p))
		return t.placeOfLocked(a), t.placeOfLocked(b)
	case unitLine:
		a, b := t.term.LogicalLine(t.posLocked(p))
		return t.placeOfLocked(a), t.placeOfLocked(b)
	}
	return p, p
}

// extendLocked moves the end of the selection to a cell of the view.
func (t *Terminal) extendLocked(col, row int) {
	s := &t.selection
	from, to := t.unitLocked(t.placeLocked(col, row), s.unit)
	if s.anchorFrom.before(from) {
		from = s.anchorFrom
	}
	if to.before(s.anchorTo) {
		to = s.anchorTo
	}
	if s.rectangle {
		// The corners need not be in reading order of columns.
		head := t.placeLocked(col, row)
		from, to = s.anchorFrom, head
		if to.row < from.row {
			from, to = to, from
		}
	}
	active := s.active || from != s.anchorFrom || to != s.anchorTo
	if from == s.from && to == s.to && active == s.active {
		return
	}
	t.damageSelectionLocked()
	s.from, s.to, s.active = from, to, active
	t.damageSelectionLocked()
}

// damageSelectionLocked damages the rows that the selection shows in.
func (t *Terminal) damageSelectionLocked() {
	if !t.selection.active {
		return
	}
	offset := int64(t.term.ScrolledOff()) - int64(t.scroll)
	first := max(t.selection.from.row-offset, 0)
	last := min(t.selection.to.row-offset, int64(t.layout.rows-1))
	if first <= last {
		t.damageLocked(t.cellsLocked(0, int(first), t.layout.cols, int(last)+1))
	}
}

func (t *Terminal) clearSelectionLocked() {
	t.damageSelectionLocked()
	t.selection = selection{}
}

// checkSelectionLocked drops the selection if its text changed; delta is how many rows left the screen since.
func (t *Terminal) checkSelectionLocked(d *vt.Damage, delta int) {
	if !t.selection.active {
		return
	}
	if d.Full {
		t.clearSelectionLocked()
		return
	}
	onScreen := t.selection.to.row >= int64(t.term.ScrolledOff())
	for _, s := range d.Scrolls {
		whole := s.Top == 0 && s.Bottom == t.layout.rows && s.Left == 0 && s.Right == t.layout.cols
		if !whole && onScreen || whole && s.N != delta {
			t.clearSelectionLocked()
			return
		}
	}
	for row, span := range d.Dirty {
		sel := t.selectedSpanLocked(row + t.scroll)
		if span.From < span.To && span.From < sel.To && sel.From < span.To {
			t.clearSelectionLocked()
			return
		}
	}
}

// copyLocked puts the selected text into the clipboard.
func (t *Terminal) copyLocked() {
	s := &t.selection
	if !s.active {
		return
	}
	text := t.clip(t.term.Text(t.posLocked(s.from), t.posLocked(s.to), s.rectangle))
	if text == "" {
		return
	}
	t.clipboard = text
	if t.cfg.Copied == nil {
		return
	}
	t.laterLocked(func() { t.cfg.Copied(text) })
}
