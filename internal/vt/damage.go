// SPDX-License-Identifier: Apache-2.0

package vt

// Scroll is a move of the screen's content within the rows [Top, Bottom) and columns [Left, Right): up by N rows if N > 0,
// down by -N if N < 0. The rows it uncovers are reported as dirty.
type Scroll struct{ Top, Bottom, Left, Right, N int }

// Span is a range of columns [From, To); it is empty if From >= To.
type Span struct{ From, To int }

// Damage is what changed on the screen since the last TakeDamage: first the scrolls happened, in their order, then the
// dirty spans were rewritten. A renderer copies for each scroll and repaints the spans. The cursor is not part of it.
type Damage struct {
	Scrolls []Scroll
	Dirty   []Span // one a row
	Full    bool   // everything changed (resize, other screen, palette); Scrolls is empty, Dirty covers all
}

// maxScrolls bounds the recorded scrolls; more than these in one frame are a repaint.
const maxScrolls = 16

type span struct{ from, to uint16 }

// damage records changes between two calls of TakeDamage.
type damage struct {
	dirty   []span
	scrolls []Scroll
	full    bool
	out     Damage
}

func (d *damage) resize(rows int) {
	d.dirty = make([]span, rows)
	d.out.Dirty = make([]Span, rows)
	d.all()
}

// all marks the whole screen; until it is taken nothing else needs recording.
func (d *damage) all() {
	d.full = true
	d.scrolls = d.scrolls[:0]
}

// mark records the change of columns [from, to) of a row.
func (d *damage) mark(row, from, to int) {
	if d.full {
		return
	}
	s := &d.dirty[row]
	if s.from >= s.to {
		*s = span{uint16(from), uint16(to)}
		return
	}
	s.from = min(s.from, uint16(from))
	s.to = max(s.to, uint16(to))
}

// scroll records a move; the caller marks nothing.
func (d *damage) scroll(s Scroll, cols int) {
	if d.full {
		return
	}
	height := s.Bottom - s.Top
	if s.N >= height || -s.N >= height {
		d.markRows(s.Top, s.Bottom, s.Left, s.Right)
		return
	}
	if !d.record(s, height) {
		d.all()
		return
	}
	d.shift(s, cols)
	if s.N > 0 {
		d.markRows(s.Bottom-s.N, s.Bottom, s.Left, s.Right)
	} else {
		d.markRows(s.Top, s.Top-s.N, s.Left, s.Right)
	}
}

// record appends s, merging it with a scroll of the same area and direction. It reports false if there are too many.
func (d *damage) record(s Scroll, height int) bool {
	if n := len(d.scrolls); n > 0 {
		last := &d.scrolls[n-1]
		same := last.Top == s.Top && last.Bottom == s.Bottom && last.Left == s.Left && last.Right == s.Right
		if same && (last.N > 0) == (s.N > 0) {
			last.N += s.N
			if last.N >= height || -last.N >= height {
				// Nothing of the old content is left: the dirty spans, which cover the area by now, are enough.
				d.scrolls = d.scrolls[:n-1]
			}
			return true
		}
	}
	if len(d.scrolls) == maxScrolls {
		return false
	}
	d.scrolls = append(d.scrolls, s)
	return true
}

// shift moves the dirty spans along with the content.
func (d *damage) shift(s Scroll, cols int) {
	if s.Left == 0 && s.Right == cols {
		if s.N > 0 {
			copy(d.dirty[s.Top:s.Bottom-s.N], d.dirty[s.Top+s.N:s.Bottom])
			return
		}
		copy(d.dirty[s.Top-s.N:s.Bottom], d.dirty[s.Top:s.Bottom+s.N])
		return
	}
	// Within margins a row keeps its own span and gains the moved part of the other row's.
	gain := func(to, from int) {
		o := d.dirty[from]
		if a, b := max(int(o.from), s.Left), min(int(o.to), s.Right); a < b {
			d.mark(to, a, b)
		}
	}
	if s.N > 0 {
		for r := s.Top; r < s.Bottom-s.N; r++ {
			gain(r, r+s.N)
		}
		return
	}
	for r := s.Bottom - 1; r >= s.Top-s.N; r-- {
		gain(r, r+s.N)
	}
}

func (d *damage) markRows(top, bottom, left, right int) {
	for r := top; r < bottom; r++ {
		d.mark(r, left, right)
	}
}

// take returns the recorded damage and starts anew.
func (d *damage) take(cols int) *Damage {
	out := &d.out
	out.Full = d.full
	out.Scrolls = append(out.Scrolls[:0], d.scrolls...)
	for i, s := range d.dirty {
		switch {
		case d.full:
			out.Dirty[i] = Span{0, cols}
		case s.from >= s.to:
			out.Dirty[i] = Span{}
		default:
			out.Dirty[i] = Span{int(s.from), min(int(s.to), cols)}
		}
		d.dirty[i] = span{}
	}
	d.full = false
	d.scrolls = d.scrolls[:0]
	return out
}

// TakeDamage returns what changed on the screen since the last call; the result is valid until the next one. While the
// user looks at the scrollback, rows move by the change of ScrolledOff instead.
func (t *Terminal) TakeDamage() *Damage { return t.damage.take(t.cols) }

// Damaged reports whether TakeDamage would return anything.
func (t *Terminal) Damaged() bool {
	if t.damage.full || len(t.damage.scrolls) > 0 {
		return true
	}
	for _, s := range t.damage.dirty {
		if s.from < s.to {
			return true
		}
	}
	return false
}
