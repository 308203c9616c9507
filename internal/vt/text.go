// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"strings"
	"unicode"
)

// Pos is a position on the screen, or in the scrollback if Row is negative.
type Pos struct{ Col, Row int }

// Before reports whether p comes before q in reading order.
func (p Pos) Before(q Pos) bool { return p.Row < q.Row || p.Row == q.Row && p.Col < q.Col }

// Text returns the text from one position to another, in either order, both included. Rows that wrapped are joined; other
// rows end in a line feed and lose their trailing blanks. A rectangle takes the same columns of each row and joins none.
func (t *Terminal) Text(from, to Pos, rectangle bool) string {
	if to.Before(from) {
		from, to = to, from
	}
	left, right := min(from.Col, to.Col), max(from.Col, to.Col)
	first, last := max(from.Row, -t.ScrollbackLen()), min(to.Row, t.rows-1)
	var b strings.Builder
	for row := first; row <= last; row++ {
		start, end := 0, t.cols
		if rectangle {
			start, end = left, right+1
		} else {
			if row == from.Row {
				start = from.Col
			}
			if row == to.Row {
				end = to.Col + 1
			}
		}
		joined := !rectangle && t.Wrapped(row) && end >= t.cols
		t.rowText(&b, row, start, end, joined)
		if row < last && !joined {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// rowText appends the text of columns [start, end), which include the whole of a wide character they touch.
func (t *Terminal) rowText(b *strings.Builder, row, start, end int, joined bool) {
	cells := t.Line(row)
	start = max(start, 0)
	if start < len(cells) && cells[start].Attr&wideTail != 0 {
		start--
	}
	n := min(end, len(cells))
	for n > start && cells[n-1].content == 0 && cells[n-1].Attr&wideTail == 0 {
		n--
	}
	if joined && n == t.cols-1 && t.nextStartsWide(row) {
		end = n // the column where a wide character did not fit
	}
	if !joined {
		for n > start && cells[n-1].content <= ' ' && cells[n-1].Attr&wideTail == 0 {
			n--
		}
	}
	for i := start; i < n; i++ {
		b.WriteString(cells[i].Text(t))
	}
	if joined {
		for range end - max(n, start) {
			b.WriteByte(' ')
		}
	}
}

// nextStartsWide reports whether the row after this one begins with a wide character.
func (t *Terminal) nextStartsWide(row int) bool {
	if row >= 0 {
		return row+1 < t.rows && startsWide(t.screen.lines[row+1].cells)
	}
	// Line would overwrite the cells that the caller still holds.
	saved := t.scratch
	t.scratch = nil
	wide := startsWide(t.Line(row + 1))
	t.scratch = saved
	return wide
}

func startsWide(cells []Cell) bool { return len(cells) > 0 && cells[0].Attr&wideLead != 0 }

// LogicalLine returns the first and last position of the line at p, with the rows it wraps over; for triple clicks.
func (t *Terminal) LogicalLine(p Pos) (from, to Pos) {
	top, bottom := p.Row, p.Row
	for top > -t.ScrollbackLen() && t.Wrapped(top-1) {
		top--
	}
	for bottom < t.rows-1 && t.Wrapped(bottom) {
		bottom++
	}
	return Pos{0, top}, Pos{t.cols - 1, bottom}
}

// maxRange bounds the characters looked at on either side by Word and URI.
const maxRange = 4096

// walk calls keep for the cells after p (step 1) or before it (step -1) within its logical line and returns the last
// position for which keep answered true, p if there is none.
func (t *Terminal) walk(p Pos, step int, keep func(r rune) bool) Pos {
	last := p
	for range maxRange {
		p.Col += step
		if p.Col < 0 {
			if p.Row <= -t.ScrollbackLen() || !t.Wrapped(p.Row-1) {
				break
			}
			p = Pos{t.cols - 1, p.Row - 1}
		} else if p.Col >= t.cols {
			if p.Row >= t.rows-1 || !t.Wrapped(p.Row) {
				break
			}
			p = Pos{0, p.Row + 1}
		}
		c := t.Cell(p.Col, p.Row)
		if c.Attr&wideTail == 0 && !keep(c.Rune(t)) {
			break
		}
		if step > 0 || c.Attr&wideTail == 0 {
			last = p
		}
	}
	return last
}

// lead returns the position of the left half of a wide character.
func (t *Terminal) lead(p Pos) Pos {
	if t.Cell(p.Col, p.Row).Attr&wideTail != 0 {
		p.Col--
	}
	return p
}

// wordClass sorts characters for Word: a double click takes all neighbours of one class.
func wordClass(r rune) int {
	switch {
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("$-./_~", r):
		return 1
	case unicode.IsSpace(r):
		return 2
	}
	return 3
}

// Word returns the first and last position of the word at p, or of the URI there: characters that are letters, digits or
// one of $-./_~, else a run of blanks, else a run of equal characters. The result may span rows that wrap.
func (t *Terminal) Word(p Pos) (from, to Pos) {
	if from, to, ok := t.URI(p); ok {
		return from, to
	}
	p = t.lead(p)
	r := t.Cell(p.Col, p.Row).Rune(t)
	class := wordClass(r)
	same := func(o rune) bool { return wordClass(o) == class && (class != 3 || o == r) }
	return t.walk(p, -1, same), t.walk(p, 1, same)
}

// URI returns the first and last position of the URI at p (RFC 3986: a scheme, a colon, no blanks or quotes). A hyperlink
// (OSC 8) at p is a URI whatever its text.
func (t *Terminal) URI(p Pos) (from, to Pos, ok bool) {
	p = t.lead(p)
	if id := t.Cell(p.Col, p.Row).LinkID(t); id != 0 {
		return t.linkRange(p, id)
	}
	if !uriRune(t.Cell(p.Col, p.Row).Rune(t)) {
		return p, p, false
	}
	from, to = t.walk(p, -1, uriRune), t.walk(p, 1, uriRune)
	text := t.Text(from, to, false)
	begin, end := findURI(text, t.distance(from, p))
	if begin < 0 {
		return p, p, false
	}
	return t.advance(from, begin), t.advance(from, end-1), true
}

// linkRange returns the cells around p in its row that belong to the same hyperlink.
func (t *Terminal) linkRange(p Pos, id int) (from, to Pos, ok bool) {
	cells := t.Line(p.Row)
	from, to = p, p
	for from.Col > 0 && t.exts.get(cells[from.Col-1].ext).link == id {
		from.Col--
	}
	for to.Col+1 < len(cells) && t.exts.get(cells[to.Col+1].ext).link == id {
		to.Col++
	}
	return from, to, true
}

// distance and advance count cells; URIs consist of single-width characters.
func (t *Terminal) distance(from, to Pos) int { return (to.Row-from.Row)*t.cols + to.Col - from.Col }

func (t *Terminal) advance(p Pos, n int) Pos {
	n += p.Col
	return Pos{n % t.cols, p.Row + n/t.cols}
}

// uriRune reports whether a URI may hold r (RFC 3986, section 2).
func uriRune(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	}
	return strings.ContainsRune("-._~:/?#[]@!$&'()*+,;=%", r)
}

// findURI returns the bounds of the URI of text that holds the byte at, or -1. Punctuation at its end and a closing
// bracket without an opening one belong to the sentence around it.
func findURI(text string, at int) (begin, end int) {
	colon := strings.LastIndex(text[:min(len(text), at+1)], "://")
	if colon < 0 {
		if i := strings.Index(text[min(at, len(text)):], "://"); i >= 0 {
			colon = at + i
		} else {
			return -1, -1
		}
	}
	begin = colon
	for begin > 0 && schemeByte(text[begin-1]) {
		begin--
	}
	if begin == colon || begin > at {
		return -1, -1
	}
	end = len(text)
	for end > colon+3 {
		c := text[end-1]
		unpaired := c == ')' && strings.Count(text[begin:end], "(") < strings.Count(text[begin:end], ")") ||
			c == ']' && strings.Count(text[begin:end], "[") < strings.Count(text[begin:end], "]")
		if !unpaired && !strings.ContainsRune(".,;:!?'", rune(c)) {
			break
		}
		end--
	}
	if end == colon+3 || at >= end {
		return -1, -1
	}
	return begin, end
}

func schemeByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'
}
