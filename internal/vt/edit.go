// SPDX-License-Identifier: Apache-2.0

package vt

// blank is what erasing leaves: nothing, in the pen's background (background colour erase, as in xterm).
func (t *Terminal) blank() Cell { return Cell{BG: t.pen.BG} }

// split keeps a change that begins or ends at column x from leaving half a wide character; see line.split.
func (t *Terminal) split(row, x int) {
	if t.screen.lines[row].split(x) {
		t.damage.mark(row, x-1, x+1)
	}
}

// eraseCells blanks the columns [from, to) of a row.
func (t *Terminal) eraseCells(row, from, to int) {
	t.split(row, from)
	t.split(row, to)
	l := t.screen.lines[row]
	l.fill(from, to, t.blank(), t.cols)
	t.damage.mark(row, from, to)
}

// eraseUnprotected is eraseCells for DECSED and DECSEL: it leaves protected cells.
func (t *Terminal) eraseUnprotected(row, from, to int) {
	cells := t.screen.lines[row].cells
	for x := from; x < to; x++ {
		start := x
		for x < to && (x >= len(cells) || !cells[x].Attr.Has(Protected)) {
			x++
		}
		if x > start {
			t.eraseCells(row, start, x)
		}
	}
}

// eraser is eraseCells or eraseUnprotected.
type eraser func(row, from, to int)

// eraseInLine is EL and DECSEL.
func (t *Terminal) eraseInLine(mode int, erase eraser) {
	t.pending = false
	l := t.screen.lines[t.y]
	switch mode {
	case 0:
		l.wrapped = false
		erase(t.y, t.x, t.cols)
	case 1:
		erase(t.y, 0, t.x+1)
	case 2:
		l.wrapped = false
		erase(t.y, 0, t.cols)
	}
}

// eraseInDisplay is ED and DECSED.
func (t *Terminal) eraseInDisplay(mode int, erase eraser) {
	t.pending = false
	switch mode {
	case 0:
		t.eraseInLine(0, erase)
		t.eraseRows(t.y+1, t.rows, erase)
	case 1:
		t.eraseRows(0, t.y, erase)
		t.eraseInLine(1, erase)
	case 2:
		t.eraseRows(0, t.rows, erase)
	case 3:
		t.history.clear()
		t.damage.all()
	}
}

func (t *Terminal) eraseRows(from, to int, erase eraser) {
	for row := from; row < to; row++ {
		erase(row, 0, t.cols)
		t.screen.lines[row].wrapped = false
	}
}

// eraseChars is ECH.
func (t *Terminal) eraseChars(n int) {
	t.pending = false
	t.eraseCells(t.y, t.x, min(t.x+n, t.cols))
}

// insideColumns reports whether the cursor is within the left and right margins.
func (t *Terminal) insideColumns() bool { return t.x >= t.left && t.x < t.right }

// insertCells moves the cells from the cursor to the right margin right by n (ICH, and each character in IRM).
func (t *Terminal) insertCells(n int) {
	if !t.insideColumns() {
		return
	}
	t.shiftCells(t.y, t.x, n)
}

// deleteCells moves the cells right of the cursor left by n (DCH).
func (t *Terminal) deleteCells(n int) {
	if !t.insideColumns() {
		return
	}
	t.shiftCells(t.y, t.x, -n)
}

// shiftCells moves the cells of a row between column x and the right margin by n, right or left, and blanks the gap.
func (t *Terminal) shiftCells(row, x, n int) {
	t.pending = false
	l := t.screen.lines[row]
	width := t.right - x
	t.split(row, x)
	t.split(row, t.right)
	if x >= len(l.cells) && t.pen.BG == DefaultColor {
		return
	}
	l.grow(t.right, t.cols)
	cells := l.cells[x:t.right]
	gapFrom, gapTo := 0, width
	switch {
	case n >= width || -n >= width:
	case n > 0:
		t.split(row, t.right-n)
		copy(cells[n:], cells)
		gapTo = n
	default:
		t.split(row, x-n)
		copy(cells, cells[-n:])
		gapFrom = width + n
	}
	blank := t.blank()
	for i := gapFrom; i < gapTo; i++ {
		cells[i] = blank
	}
	t.damage.mark(row, x, t.right)
}

// insertLines is IL, deleteLines DL; both leave the cursor at the left margin.
func (t *Terminal) insertLines(n int) {
	if t.y < t.top || t.y >= t.bottom || !t.insideColumns() {
		return
	}
	t.scrollDown(t.y, n)
	t.x, t.pending = t.left, false
}

func (t *Terminal) deleteLines(n int) {
	if t.y < t.top || t.y >= t.bottom || !t.insideColumns() {
		return
	}
	t.scrollLines(t.y, n)
	t.x, t.pending = t.left, false
}

// insertColumns is DECIC, deleteColumns DECDC: the whole region's cells move from the cursor's column on.
func (t *Terminal) insertColumns(n int) {
	if t.y < t.top || t.y >= t.bottom || !t.insideColumns() {
		return
	}
	for row := t.top; row < t.bottom; row++ {
		t.shiftCells(row, t.x, n)
	}
}

// shiftColumns is SL (n < 0) and SR: the region's content moves left or right.
func (t *Terminal) shiftColumns(n int) {
	for row := t.top; row < t.bottom; row++ {
		t.shiftCells(row, t.left, n)
	}
}

// scrollUp moves the region's rows from top on up by n. Rows that leave the top of the primary screen enter the scrollback.
func (t *Terminal) scrollUp(top, n int) {
	if top == 0 && t.screen == &t.primary && t.left == 0 && t.right == t.cols {
		t.keep(min(n, t.bottom))
	}
	t.scrollLines(top, n)
}

// keep copies the first n rows of the primary screen to the scrollback.
func (t *Terminal) keep(n int) {
	for _, l := range t.primary.lines[:n] {
		t.packed = pack(t.packed[:0], l.cells, l.wrapped)
		t.history.push(t.packed)
	}
	t.scrolled += uint64(n)
}

// scrollLines moves the region's rows from top on up by n.
func (t *Terminal) scrollLines(top, n int) {
	n = min(n, t.bottom-top)
	t.damage.scroll(Scroll{Top: top, Bottom: t.bottom, Left: t.left, Right: t.right, N: n}, t.cols)
	if t.left > 0 || t.right < t.cols {
		for row := top; row < t.bottom-n; row++ {
			t.copyCells(row, row+n)
		}
		t.eraseArea(t.bottom-n, t.bottom)
		return
	}
	t.screen.up(top, t.bottom, n)
	if top > 0 && t.screen.lines[top-1].wrapped && top != t.top {
		t.screen.lines[top-1].wrapped = false
	}
	t.paint(t.bottom-n, t.bottom)
}

// scrollDown moves the region's rows from top on down by n.
func (t *Terminal) scrollDown(top, n int) {
	n = min(n, t.bottom-top)
	t.damage.scroll(Scroll{Top: top, Bottom: t.bottom, Left: t.left, Right: t.right, N: -n}, t.cols)
	if t.left > 0 || t.right < t.cols {
		for row := t.bottom - 1; row >= top+n; row-- {
			t.copyCells(row, row-n)
		}
		t.eraseArea(top, top+n)
		return
	}
	t.screen.down(top, t.bottom, n)
	if top > 0 {
		t.screen.lines[top-1].wrapped = false
	}
	t.screen.lines[t.bottom-1].wrapped = false
	t.paint(top, top+n)
}

// paint gives rows that came in blank the pen's background.
func (t *Terminal) paint(top, bottom int) {
	if t.pen.BG == DefaultColor {
		return
	}
	for row := top; row < bottom; row++ {
		t.screen.lines[row].fill(0, t.cols, t.blank(), t.cols)
	}
}

// copyCells copies the cells between the left and right margins from one row to another.
func (t *Terminal) copyCells(to, from int) {
	dst, src := t.screen.lines[to], t.screen.lines[from]
	for _, row := range []int{to, from} {
		t.split(row, t.left)
		t.split(row, t.right)
		t.screen.lines[row].grow(t.right, t.cols)
	}
	copy(dst.cells[t.left:t.right], src.cells[t.left:t.right])
}

func (t *Terminal) eraseArea(top, bottom int) {
	for row := top; row < bottom; row++ {
		t.eraseCells(row, t.left, t.right)
	}
}

// alignment is DECALN: the screen is filled with E.
func (t *Terminal) alignment() {
	t.resetMargins()
	for _, l := range t.screen.lines {
		l.fill(0, t.cols, Cell{content: 'E'}, t.cols)
		l.wrapped = false
	}
	t.moveTo(0, 0)
	t.damage.all()
}
