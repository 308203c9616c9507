// SPDX-License-Identifier: Apache-2.0

package vt

// charset is a set that ESC ( and its siblings designate (VT510 manual, "SCS"; console_codes(4) for U and K).
type charset uint8

const (
	charsetASCII charset = iota // B, and U, K: text is Unicode whatever the map
	charsetLines                // 0: DEC special graphics
	charsetUK                   // A
)

// charsets is the state of the four sets and of what is invoked into GL.
type charsets struct {
	g      [4]charset
	gl     uint8
	single uint8 // 2 or 3 for one character after SS2 or SS3, else 0
}

// plain reports whether ASCII needs no translation.
func (c *charsets) plain() bool { return c.g[c.gl] == charsetASCII && c.single == 0 }

// translate maps a character of GL and ends a single shift.
func (c *charsets) translate(r rune) rune {
	set := c.g[c.gl]
	if c.single != 0 {
		set = c.g[c.single]
		c.single = 0
	}
	switch {
	case set == charsetLines && r >= 0x5f && r <= 0x7e:
		return lineGraphics[r-0x5f]
	case set == charsetUK && r == '#':
		return '£'
	}
	return r
}

// lineGraphics is the DEC special graphics set from 0x5f on (VT510 manual, "DEC Special Graphic").
var lineGraphics = [32]rune{
	' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼',
	'⎺', '⎻', '─', '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
}

// designate obeys ESC ( final and its siblings; unknown sets are ASCII.
func (c *charsets) designate(g int, final byte) {
	set := charsetASCII
	switch final {
	case '0', '2':
		set = charsetLines
	case 'A':
		set = charsetUK
	}
	c.g[g] = set
}

// tabStops is a bit for each column with a stop.
type tabStops [MaxCols / 64]uint64

// reset sets a stop every eight columns.
func (s *tabStops) reset() {
	for i := range s {
		s[i] = 0x0101010101010101
	}
}

func (s *tabStops) set(col int)      { s[col/64] |= 1 << (col % 64) }
func (s *tabStops) unset(col int)    { s[col/64] &^= 1 << (col % 64) }
func (s *tabStops) has(col int) bool { return s[col/64]>>(col%64)&1 != 0 }
