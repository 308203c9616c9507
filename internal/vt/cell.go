// SPDX-License-Identifier: Apache-2.0

package vt

// Cell is one character position of the screen; 16 bytes. The zero value is a blank cell in the default colours.
type Cell struct {
	// content is 0 for a blank, a code point, or (with clusterFlag set) an index into the table of clusters.
	content uint32
	FG, BG  Color
	Attr    Attr
	// ext is an index into the table of rarely used properties (hyperlink, underline colour); 0 is none.
	ext uint16
}

const clusterFlag = 1 << 31

// Attr is the set of a cell's attributes. Use its methods and the constants below.
type Attr uint16

// The attributes of SGR (ECMA-48, section 8.3.117; xterm control sequences, "CSI Pm m").
const (
	Bold      Attr = 1 << iota // SGR 1
	Faint                      // SGR 2
	Italic                     // SGR 3
	Blink                      // SGR 5 and 6
	Inverse                    // SGR 7
	Invisible                  // SGR 8
	Strike                     // SGR 9
	Overline                   // SGR 53
	Protected                  // DECSCA 1: DECSED and DECSEL leave the cell alone
	wideLead                   // the left half of a wide character
	wideTail                   // the right half: its content is that of the cell before it
	underlineBit
)

const (
	underlineShift      = 11
	underlineMask  Attr = 7 << underlineShift
	styleMask           = ^(wideLead | wideTail)
)

// Underline is the style of a cell's underline (SGR 4, 4:n and 21).
type Underline uint8

// Underline styles, numbered as in SGR 4:n.
const (
	UnderlineNone Underline = iota
	UnderlineSingle
	UnderlineDouble
	UnderlineCurly
	UnderlineDotted
	UnderlineDashed
)

// Underline returns the style of the underline.
func (a Attr) Underline() Underline { return Underline(a & underlineMask >> underlineShift) }

// WithUnderline returns a with its underline replaced by u.
func (a Attr) WithUnderline(u Underline) Attr {
	return a&^underlineMask | Attr(u)<<underlineShift&underlineMask
}

// Has reports whether all attributes of b are set.
func (a Attr) Has(b Attr) bool { return a&b == b }

// Width is 2 for the left half of a wide character, 0 for its right half and 1 for all other cells.
func (c Cell) Width() int {
	switch {
	case c.Attr&wideLead != 0:
		return 2
	case c.Attr&wideTail != 0:
		return 0
	}
	return 1
}

// IsBlank reports whether nothing has been written to the cell since it was erased. A written space is not blank.
func (c Cell) IsBlank() bool { return c.content == 0 }

// Rune returns the cell's only or first code point; a blank and the right half of a wide character give a space.
func (c Cell) Rune(t *Terminal) rune {
	switch {
	case c.content == 0:
		return ' '
	case c.content&clusterFlag != 0:
		return t.clusters.first(c.content)
	}
	return rune(c.content)
}

// Text returns the cell's grapheme: a space for a blank, nothing for the right half of a wide character.
func (c Cell) Text(t *Terminal) string {
	switch {
	case c.Attr&wideTail != 0:
		return ""
	case c.content == 0:
		return " "
	case c.content&clusterFlag != 0:
		return t.clusters.text(c.content)
	}
	return string(rune(c.content))
}

// Simple returns the cell's code point if it is a single one, for a renderer's fast path. ok is false for clusters.
func (c Cell) Simple() (r rune, ok bool) {
	if c.content == 0 {
		return ' ', true
	}
	return rune(c.content), c.content&clusterFlag == 0
}

// Link returns the target of the cell's hyperlink (OSC 8), or "".
func (c Cell) Link(t *Terminal) string { return t.exts.get(c.ext).uri }

// LinkID distinguishes adjacent hyperlinks: cells of one link have the same value, 0 is no link.
func (c Cell) LinkID(t *Terminal) int { return t.exts.get(c.ext).link }

// UnderlineColor returns the colour set by SGR 58, or DefaultColor, which means the foreground.
func (c Cell) UnderlineColor(t *Terminal) Color { return t.exts.get(c.ext).underline }

func (c *Cell) set(content uint32, fg, bg Color, attr Attr, ext uint16) {
	c.content = content
	c.FG = fg
	c.BG = bg
	c.Attr = attr
	c.ext = ext
}

// sameStyle reports whether two cells differ at most in what is written in them.
func sameStyle(a, b *Cell) bool {
	return a.FG == b.FG && a.BG == b.BG && (a.Attr^b.Attr)&styleMask == 0 && a.ext == b.ext
}
