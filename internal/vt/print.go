// SPDX-License-Identifier: Apache-2.0

package vt

// rightEdge is the column after the last one the cursor may write to: the right margin, unless the cursor is beyond it.
func (t *Terminal) rightEdge() int {
	if t.x < t.right {
		return t.right
	}
	return t.cols
}

// printASCII writes a run of printable ASCII that needs no translation and no insertion.
func (t *Terminal) printASCII(p []byte) {
	for len(p) > 0 {
		if t.pending {
			t.wrap()
		}
		edge := t.rightEdge()
		n := min(len(p), edge-t.x)
		if !t.modes.autoWrap && n < len(p) && t.x+n == edge {
			t.writeRun(p[:n-1])
			t.x += n - 1
			p = p[len(p)-1:] // all others were overwritten in the last column
			n = 1
		}
		t.writeRun(p[:n])
		t.joinRow, t.joinCol = t.y, t.x+n-1
		t.last = rune(p[n-1])
		p = p[n:]
		t.advanceCursor(n, edge)
	}
}

// advanceCursor moves the cursor right by n cells, of which the last may be at the edge.
func (t *Terminal) advanceCursor(n, edge int) {
	t.x += n
	if t.x >= edge {
		t.x = edge - 1
		t.pending = t.modes.autoWrap
	}
}

// writeRun sets the cells from the cursor on to p.
func (t *Terminal) writeRun(p []byte) {
	l := t.screen.lines[t.y]
	end := t.x + len(p)
	t.split(t.y, t.x)
	t.split(t.y, end)
	l.grow(end, t.cols)
	// Field by field: a cell that is put together first and then copied waits for its parts to reach memory (3 times slower).
	fg, bg, attr, ext := t.pen.FG, t.pen.BG, t.pen.Attr, t.pen.ext
	cells := l.cells[t.x:end]
	for i, c := range p[:len(cells)] {
		cells[i].set(uint32(c), fg, bg, attr, ext)
	}
	t.damage.mark(t.y, t.x, end)
}

// wrap moves the cursor to the beginning of the next line, which continues this one.
func (t *Terminal) wrap() {
	t.pending = false
	if t.left == 0 && t.right == t.cols {
		t.screen.lines[t.y].wrapped = true
	}
	if t.x < t.right {
		t.x = t.left
	} else {
		t.x = 0
	}
	t.index()
}

// printRune writes one character, or joins it to the one before.
func (t *Terminal) printRune(r rune) {
	if r < 0x80 && !t.charsets.plain() {
		r = t.charsets.translate(r)
	}
	if r >= 0x80 && t.modes.graphemes && t.joinCluster(r) {
		return
	}
	w := runeWidth(r)
	if w == 0 {
		t.combine(r)
		return
	}
	t.last = r
	t.put(uint32(r), w)
}

// put writes a character of width w at the cursor and moves on.
func (t *Terminal) put(content uint32, w int) {
	if t.pending {
		t.wrap()
	}
	edge := t.rightEdge()
	if t.x+w > edge {
		// A wide character in the last column: the column stays blank and the character wraps.
		if !t.modes.autoWrap || edge-t.lineStart() < w {
			return
		}
		t.split(t.y, t.x)
		t.screen.lines[t.y].fill(t.x, edge, t.pen, t.cols)
		t.damage.mark(t.y, t.x, edge)
		t.wrap()
		edge = t.rightEdge()
	}
	if t.modes.insert {
		t.insertCells(w)
	}
	l := t.screen.lines[t.y]
	end := t.x + w
	t.split(t.y, t.x)
	t.split(t.y, end)
	l.grow(end, t.cols)
	fg, bg, attr, ext := t.pen.FG, t.pen.BG, t.pen.Attr, t.pen.ext
	if w == 2 {
		l.cells[t.x+1].set(0, fg, bg, attr|wideTail, ext)
		attr |= wideLead
	}
	l.cells[t.x].set(content, fg, bg, attr, ext)
	t.damage.mark(t.y, t.x, end)
	t.joinRow, t.joinCol = t.y, t.x
	t.advanceCursor(w, edge)
}

// lineStart is the column a wrap would go to.
func (t *Terminal) lineStart() int {
	if t.x < t.right {
		return t.left
	}
	return 0
}

// before returns the cell left of the cursor, where a combining character belongs, or nil.
func (t *Terminal) before() *Cell {
	x := t.x - 1
	switch {
	case t.joinRow == t.y:
		x = t.joinCol
	case t.pending:
		x = t.x
	}
	cells := t.screen.lines[t.y].cells
	if x >= 0 && x < len(cells) && cells[x].Attr&wideTail != 0 {
		x--
	}
	if x < 0 || x >= len(cells) || cells[x].content == 0 {
		return nil
	}
	t.damage.mark(t.y, x, min(x+2, t.cols))
	return &cells[x]
}

// combine adds a character of no width to the one before the cursor; it is lost if there is none.
func (t *Terminal) combine(r rune) {
	if c := t.before(); c != nil {
		t.extend(c, r)
	}
}

// extend adds r to the content of a cell, within the bounds of a cluster and of the table of clusters.
func (t *Terminal) extend(c *Cell, r rune) {
	text := c.Text(t)
	if len(text)+4 > maxCluster {
		return
	}
	if i, ok := t.clusters.intern(text+string(r), t.sweep); ok {
		c.content = i | clusterFlag
	}
}

// joinCluster adds r to the character just written if they are one grapheme cluster, widening it if the cluster is wide.
func (t *Terminal) joinCluster(r rune) bool {
	if t.joinRow != t.y {
		return false
	}
	c := t.before()
	if c == nil {
		return false
	}
	text := c.Text(t)
	if len(text)+4 > maxCluster {
		return runeWidth(r) == 0
	}
	if !joins(text, r) {
		return false
	}
	t.extend(c, r)
	if c.Attr&wideLead == 0 && clusterWidth(text+string(r)) == 2 {
		t.widen()
	}
	return true
}

// widen makes the single-width character just written a wide one: U+2764 U+FE0F, or the second half of a flag.
func (t *Terminal) widen() {
	if t.joinCol != t.x-1 || t.x >= t.rightEdge() {
		return
	}
	l := t.screen.lines[t.y]
	t.split(t.y, t.x+1)
	l.grow(t.x+1, t.cols)
	tail := l.cells[t.x-1]
	tail.content = 0
	tail.Attr = tail.Attr&styleMask | wideTail
	l.cells[t.x-1].Attr |= wideLead
	l.cells[t.x] = tail
	t.damage.mark(t.y, t.x-1, t.x+1)
	t.advanceCursor(1, t.rightEdge())
}

// repeat is REP: the last character again, n times, of which no more are written than the screen holds.
func (t *Terminal) repeat(n int) {
	r := t.last
	if r == 0 {
		return
	}
	w := runeWidth(r)
	n = min(n, t.cols*t.rows)
	for n > 0 {
		t.put(uint32(r), w) // wraps where it must
		n--
		if t.pending || t.modes.insert && !t.insideColumns() {
			continue
		}
		if !t.modes.autoWrap {
			n = min(n, t.cols) // further ones lie in the last column
		}
		if run := min(n, (t.rightEdge()-t.x)/w); run > 0 {
			t.putRun(uint32(r), w, run)
			n -= run
		}
	}
}

// putRun writes the character n times from the cursor on, for which there is room before the edge.
func (t *Terminal) putRun(content uint32, w, n int) {
	if t.modes.insert {
		t.insertCells(n * w)
	}
	l, edge := t.screen.lines[t.y], t.rightEdge()
	end := t.x + n*w
	t.split(t.y, t.x)
	t.split(t.y, end)
	l.grow(end, t.cols)
	fg, bg, attr, ext := t.pen.FG, t.pen.BG, t.pen.Attr, t.pen.ext
	for x := t.x; x < end; x += w {
		if w == 2 {
			l.cells[x].set(content, fg, bg, attr|wideLead, ext)
			l.cells[x+1].set(0, fg, bg, attr|wideTail, ext)
			continue
		}
		l.cells[x].set(content, fg, bg, attr, ext)
	}
	t.damage.mark(t.y, t.x, end)
	t.joinRow, t.joinCol = t.y, end-w
	t.advanceCursor(n*w, edge)
}
