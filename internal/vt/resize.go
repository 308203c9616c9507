// SPDX-License-Identifier: Apache-2.0

package vt

// Resize changes the size, kept within 1..MaxCols and 1..MaxRows. Text of the primary screen and the scrollback that
// wrapped is wrapped anew and the cursor stays at its character; the alternate screen is cut or extended, as its programs
// redraw it. The margins are reset, and all of the screen is damaged.
func (t *Terminal) Resize(cols, rows int) {
	cols, rows = clamp(cols, 1, MaxCols), clamp(rows, 1, MaxRows)
	if cols == t.cols && rows == t.rows {
		return
	}
	if t.screen == &t.alternate {
		s := &t.primary.saved
		at := anchor{s.x, s.y, s.pending}
		t.reflow(cols, rows, &at)
		s.x, s.y, s.pending = at.x, at.y, at.pending
		if over := t.y - rows + 1; over > 0 {
			t.alternate.up(0, len(t.alternate.lines), over)
			t.y -= over
		}
		t.x = min(t.x, cols-1)
		t.pending = false
	} else {
		at := anchor{t.x, t.y, t.pending}
		t.reflow(cols, rows, &at)
		t.x, t.y, t.pending = at.x, at.y, at.pending
	}
	t.alternate.cut(cols, rows)
	t.cols, t.rows = cols, rows
	t.joinRow = -1
	t.resetMargins()
	t.damage.resize(rows)
}

// cut gives the screen, unless it was never shown, another size: what is beyond is lost.
func (s *screen) cut(cols, rows int) {
	if len(s.lines) == 0 {
		return
	}
	s.resize(rows)
	for _, l := range s.lines {
		l.split(cols)
		l.cut(cols)
		l.wrapped = false
	}
}

// anchor is a cursor that a reflow takes along.
type anchor struct {
	x, y    int
	pending bool
}

// reflow gives the primary screen and the scrollback a new size.
func (t *Terminal) reflow(cols, rows int, at *anchor) {
	used := t.usedRows(at.y)
	r := reflower{t: t, cols: cols, anchor: -1}
	r.history.max = t.history.max + MaxRows // room for the rows that stay on the screen
	if cols == t.cols {
		r.copyRows(used, at)
	} else {
		r.wrapRows(used, at)
	}
	t.placeRows(&r, rows, used, at)
}

// usedRows returns the number of rows of the primary screen down to the last with content, at least to row y.
func (t *Terminal) usedRows(y int) int {
	lines := t.primary.lines
	n := len(lines)
	for n > y+1 && len(lines[n-1].cells) == 0 {
		n--
	}
	return n
}

// placeRows divides the new rows between scrollback and screen, and puts the cursor in its place.
func (t *Terminal) placeRows(r *reflower, rows, used int, at *anchor) {
	total := r.history.count
	top := t.newTop(r, rows, used, at.y)
	at.y, at.x, at.pending = r.anchor-top, r.x, r.pending

	screen := make([]*line, rows)
	for i := range screen {
		screen[i] = &line{}
		if top+i >= total {
			continue
		}
		row := r.history.at(top + i)
		if len(row) > 0 {
			screen[i].cells = unpack(make([]Cell, 0, r.cols), row)
			screen[i].wrapped = isWrapped(row)
		}
	}
	screen[rows-1].wrapped = false
	for r.history.count > top {
		r.history.pop()
	}
	before := t.history.count
	max := t.history.max
	t.history = r.history
	t.history.setMax(max)
	t.history.trim()
	t.scrolled += uint64(t.history.count - before)
	t.primary.lines = screen
}

// newTop returns the new row at the screen's top. It is the one that was there before if all that follows fits and the
// screen does not get emptier by it: rows then come back from the scrollback, as they do when the screen grows while the
// cursor is in its last row. The cursor stays visible in any case.
func (t *Terminal) newTop(r *reflower, rows, used, y int) int {
	total := r.history.count
	blank := t.rows - used // what was and may be empty below the text
	switch {
	case rows < t.rows:
		blank = max(0, blank-(t.rows-rows))
	case y < t.rows-1:
		blank += rows - t.rows
	}
	top := max(r.top, total-rows)
	if excess := rows - (total - top) - blank; excess > 0 {
		top = max(0, top-excess)
	}
	top = min(top, r.anchor)
	return max(top, r.anchor-rows+1)
}

// reflower collects the rows of the new size, packed, before they are divided.
type reflower struct {
	t       *Terminal
	cols    int
	history history
	logical []Cell
	packed  []byte
	top     int // the new row that the old screen's first row begins in
	anchor  int // the new row of the cursor
	x       int
	pending bool
}

func (r *reflower) push(cells []Cell, wrapped bool) {
	r.packed = pack(r.packed[:0], cells, wrapped)
	before := r.history.count
	r.history.push(r.packed)
	if lost := before + 1 - r.history.count; lost > 0 {
		r.top = max(0, r.top-lost)
		r.anchor = max(-1, r.anchor-lost)
	}
}

// copyRows takes the rows as they are: the width has not changed.
func (r *reflower) copyRows(used int, at *anchor) {
	t := r.t
	for i := range t.history.count {
		r.history.push(t.history.at(i))
	}
	r.top = r.history.count
	r.anchor = r.top + at.y
	r.x, r.pending = at.x, at.pending
	for _, l := range t.primary.lines[:used] {
		r.push(l.cells, l.wrapped)
	}
}

// wrapRows joins the old rows to lines of text and wraps them at the new width.
func (r *reflower) wrapRows(used int, at *anchor) {
	t := r.t
	n := t.history.count + used
	var row []Cell
	begin := true
	cursor := -1 // the cursor's offset in the line of text
	screenAt := -1
	for i := range n {
		if begin {
			r.logical, cursor, screenAt = r.logical[:0], -1, -1
		}
		cells, wrapped := []Cell(nil), false
		if i < t.history.count {
			packed := t.history.at(i)
			row = unpack(row[:0], packed)
			cells, wrapped = row, isWrapped(packed)
		} else {
			l := t.primary.lines[i-t.history.count]
			cells, wrapped = l.cells, l.wrapped
		}
		wrapped = wrapped && i < n-1
		r.dropFiller(cells)
		if i == t.history.count {
			screenAt = len(r.logical)
		}
		if i == t.history.count+at.y {
			cursor = len(r.logical) + at.x
			if at.pending {
				cursor++
			}
		}
		r.join(cells, wrapped)
		if begin = !wrapped; begin {
			r.wrap(cursor, screenAt)
		}
	}
}

// dropFiller removes the blank column in which the wide character that begins the next row did not fit.
func (r *reflower) dropFiller(next []Cell) {
	if k := len(r.logical); k > 0 && startsWide(next) && r.logical[k-1].content == 0 && r.logical[k-1].Attr&wideTail == 0 {
		r.logical = r.logical[:k-1]
	}
}

// join appends a row to the line of text, filled up if it continues.
func (r *reflower) join(cells []Cell, wrapped bool) {
	r.logical = append(r.logical, cells...)
	if wrapped {
		for range r.t.cols - len(cells) {
			r.logical = append(r.logical, Cell{})
		}
		return
	}
	for n := len(r.logical); n > 0 && r.logical[n-1] == (Cell{}); n-- {
		r.logical = r.logical[:n-1]
	}
}

// textLen returns the length of a line of text without the blanks at its end, which may be coloured.
func textLen(cells []Cell) int {
	n := len(cells)
	for n > 0 && cells[n-1].content == 0 && cells[n-1].Attr&wideTail == 0 {
		n--
	}
	return n
}

// wrap pushes the line of text as rows of the new width, and finds the rows of the cursor and of the old screen's top.
func (r *reflower) wrap(cursor, screenAt int) {
	// Coloured blanks at the end fill the last row, but do not wrap.
	n := textLen(r.logical)
	room := max(0, (n+r.cols-1)/r.cols*r.cols-n)
	if n == 0 {
		room = r.cols
	}
	text := r.logical[:min(len(r.logical), n+room)]
	for start, first := 0, true; first || start < len(text); first = false {
		end := min(start+r.cols, len(text))
		if end < len(text) && text[end].Attr&wideTail != 0 && end-1 > start {
			end--
		}
		last := end == len(text)
		at := r.history.count
		r.push(narrow(text[start:end], r.cols), !last)
		at = min(at, r.history.count-1)
		if screenAt >= start && (screenAt < end || last) {
			r.top = at
		}
		if cursor >= start && (cursor < end || last) {
			r.anchor = at
			r.x = cursor - start
			r.pending = r.x >= r.cols
			r.x = min(r.x, r.cols-1)
		}
		start = end
	}
}

// narrow replaces a wide character that does not fit on a screen of one column.
func narrow(cells []Cell, cols int) []Cell {
	if cols > 1 || len(cells) == 0 || cells[0].Attr&(wideLead|wideTail) == 0 {
		return cells
	}
	c := cells[0]
	c.content = 0
	c.Attr &= styleMask
	return []Cell{c}
}
