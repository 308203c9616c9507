// SPDX-License-Identifier: Apache-2.0

package vt

// moveTo puts the cursor at a column and row of the screen, or of the margins in origin mode (CUP, HVP, VPA).
func (t *Terminal) moveTo(x, y int) {
	if t.modes.origin {
		t.x = clamp(t.left+x, t.left, t.right-1)
		t.y = clamp(t.top+y, t.top, t.bottom-1)
	} else {
		t.x = clamp(x, 0, t.cols-1)
		t.y = clamp(y, 0, t.rows-1)
	}
	t.pending = false
}

// moveToColumn is CHA, moveToRow VPA; in origin mode they count from the margins.
func (t *Terminal) moveToColumn(x int) {
	y := t.y
	if t.modes.origin {
		y -= t.top
	}
	t.moveTo(x, y)
}

func (t *Terminal) moveToRow(y int) {
	x := t.x
	if t.modes.origin {
		x -= t.left
	}
	t.moveTo(x, y)
}

// moveBy is HPR and VPR, which know margins only in origin mode.
func (t *Terminal) moveBy(dx, dy int) {
	x, y := t.x+dx, t.y+dy
	if t.modes.origin {
		x, y = x-t.left, y-t.top
	}
	t.moveTo(x, y)
}

// up is CUU: it stops at the top margin if it starts within.
func (t *Terminal) up(n int) {
	low := 0
	if t.y >= t.top {
		low = t.top
	}
	t.y = max(t.y-n, low)
	t.pending = false
}

// down is CUD: it stops at the bottom margin if it starts within.
func (t *Terminal) down(n int) {
	high := t.rows - 1
	if t.y < t.bottom {
		high = t.bottom - 1
	}
	t.y = min(t.y+n, high)
	t.pending = false
}

// forward is CUF: it stops at the right margin if it starts within.
func (t *Terminal) forward(n int) {
	t.x = min(t.x+n, t.rightEdge()-1)
	t.pending = false
}

// back is CUB and BS. With reverse wrap (mode 45) it goes on at the end of a line that wrapped into this one.
func (t *Terminal) back(n int) {
	if t.pending && t.modes.reverseWrap && t.modes.autoWrap {
		n-- // the cursor is logically one further
	}
	t.pending = false
	for {
		low := 0
		if t.x >= t.left {
			low = t.left
		}
		step := min(n, t.x-low)
		t.x -= step
		n -= step
		if n <= 0 || !t.modes.reverseWrap || !t.modes.autoWrap || t.y == 0 || t.y == t.top || !t.screen.lines[t.y-1].wrapped {
			return
		}
		t.y--
		t.x = t.right - 1
		n--
	}
}

func (t *Terminal) carriageReturn() {
	if t.x >= t.left {
		t.x = t.left
	} else {
		t.x = 0
	}
	t.pending = false
}

// index moves the cursor down, scrolling at the bottom margin (IND, LF).
func (t *Terminal) index() {
	switch {
	case t.y == t.bottom-1:
		if t.x >= t.left && t.x < t.right {
			t.scrollUp(t.top, 1)
		}
	case t.y < t.rows-1:
		t.y++
	}
}

// reverseIndex moves the cursor up, scrolling at the top margin (RI).
func (t *Terminal) reverseIndex() {
	t.pending = false
	switch {
	case t.y == t.top:
		if t.x >= t.left && t.x < t.right {
			t.scrollDown(t.top, 1)
		}
	case t.y > 0:
		t.y--
	}
}

// tab moves the cursor to the n-th next tab stop, at most to the right margin (HT, CHT).
func (t *Terminal) tab(n int) {
	last := t.rightEdge() - 1
	for ; n > 0 && t.x < last; n-- {
		t.x++
		for t.x < last && !t.tabs.has(t.x) {
			t.x++
		}
	}
}

// backTab moves the cursor to the n-th previous tab stop (CBT).
func (t *Terminal) backTab(n int) {
	low := 0
	if t.modes.origin {
		low = t.left
	}
	t.pending = false
	for ; n > 0 && t.x > low; n-- {
		t.x--
		for t.x > low && !t.tabs.has(t.x) {
			t.x--
		}
	}
}

// saveCursor is DECSC.
func (t *Terminal) saveCursor() {
	t.screen.saved = savedCursor{
		x: t.x, y: t.y, pending: t.pending, origin: t.modes.origin,
		pen: t.pen, charsets: t.charsets,
	}
}

// restoreCursor is DECRC; without a DECSC before it the cursor goes home.
func (t *Terminal) restoreCursor() {
	s := &t.screen.saved
	t.x, t.y = min(s.x, t.cols-1), min(s.y, t.rows-1)
	t.pending = s.pending && s.x == t.x
	t.modes.origin = s.origin
	if s.origin {
		t.y = clamp(t.y, t.top, t.bottom-1)
		t.x = clamp(t.x, t.left, t.right-1)
	}
	t.pen = s.pen
	t.charsets = s.charsets
}

// resetMargins gives the scrolling region the whole screen.
func (t *Terminal) resetMargins() {
	t.top, t.bottom, t.left, t.right = 0, t.rows, 0, t.cols
}

// setRows is DECSTBM with 1-based, inclusive margins.
func (t *Terminal) setRows(top, bottom int) {
	bottom = min(bottom, t.rows)
	if top < bottom {
		t.top, t.bottom = top-1, bottom
		t.moveTo(0, 0)
	}
}

// setColumns is DECSLRM with 1-based, inclusive margins.
func (t *Terminal) setColumns(left, right int) {
	right = min(right, t.cols)
	if left < right {
		t.left, t.right = left-1, right
		t.moveTo(0, 0)
	}
}
