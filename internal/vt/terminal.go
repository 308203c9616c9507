// SPDX-License-Identifier: Apache-2.0

package vt

// Options configure a Terminal; the zero value works.
type Options struct {
	// Handler receives answers for the host and its other requests; nil drops them.
	Handler Handler
	// Scrollback is the number of rows kept, at most MaxScrollback; 0 keeps none.
	Scrollback int
	// Palette is the initial palette; nil is DefaultPalette.
	Palette *Palette
	// DeviceAttributes answers DA1 and DECID; "" is upstream's "\x1b[?6c", a VT102.
	DeviceAttributes string
	// Enquiry answers ENQ; "" is upstream's "GUACAMOLE".
	Enquiry string
	// Graphemes starts in mode 2027, where one grapheme cluster takes one character's cells. Without it the width of text is
	// the sum of its code points' widths, as programs that use wcwidth expect.
	Graphemes bool
}

// Terminal is the emulator. It is not safe for concurrent use. Use New.
type Terminal struct {
	cols, rows int
	opts       Options
	handlers   handlers

	screen    *screen // the one in use: primary or alternate
	primary   screen
	alternate screen
	history   history
	scrolled  uint64
	scratch   []Cell
	packed    []byte

	x, y    int
	pending bool // the cursor is at the right margin and the next character wraps
	pen     Cell
	modes   modes
	style   CursorStyle
	blink   bool
	// The scrolling region, half-open: DECSTBM and DECSLRM.
	top, bottom, left, right int
	tabs                     tabStops
	charsets                 charsets

	clusters clusterTable
	exts     interner[ext]
	links    int
	palette  Palette
	base     Palette
	damage   damage
	title    string
	titles   []string

	parser  parser
	partial [4]byte // the beginning of a character whose rest is in the next Write
	npart   int
	last    rune // the character REP repeats, 0 if none
	joinRow int  // where the last character was written, for clusters
	joinCol int
	piping  PipeFlags
	pipe    bool
}

type handlers struct {
	reply     Handler
	bell      BellHandler
	title     TitleHandler
	directory DirectoryHandler
	clipboard ClipboardHandler
	console   ConsoleHandler
}

// New returns a terminal of the given size, which is kept within 1..MaxCols and 1..MaxRows.
func New(cols, rows int, opts Options) *Terminal {
	t := &Terminal{opts: opts, cols: clamp(cols, 1, MaxCols), rows: clamp(rows, 1, MaxRows)}
	if opts.Palette != nil {
		t.base = *opts.Palette
	} else {
		t.base = *DefaultPalette()
	}
	if t.opts.DeviceAttributes == "" {
		t.opts.DeviceAttributes = "\x1b[?6c"
	}
	if t.opts.Enquiry == "" {
		t.opts.Enquiry = "GUACAMOLE"
	}
	t.handlers.reply = opts.Handler
	t.handlers.bell, _ = opts.Handler.(BellHandler)
	t.handlers.title, _ = opts.Handler.(TitleHandler)
	t.handlers.directory, _ = opts.Handler.(DirectoryHandler)
	t.handlers.clipboard, _ = opts.Handler.(ClipboardHandler)
	t.handlers.console, _ = opts.Handler.(ConsoleHandler)
	t.clusters.limit = maxClusters
	t.exts.limit = maxExts
	t.history.max = clamp(opts.Scrollback, 0, MaxScrollback)
	t.primary.resize(t.rows)
	t.damage.resize(t.rows)
	t.Reset()
	return t
}

// Reset does what RIS does: all state returns to that of New, save the scrollback, which ED 3 clears.
func (t *Terminal) Reset() {
	t.closePipe()
	t.screen = &t.primary
	t.alternate = screen{}
	for _, l := range t.primary.lines {
		l.reset()
	}
	t.x, t.y, t.pending = 0, 0, false
	t.pen = Cell{}
	t.modes = modes{autoWrap: true, cursorVisible: true, graphemes: t.opts.Graphemes}
	t.style, t.blink = CursorBlock, true
	t.resetMargins()
	t.tabs.reset()
	t.charsets = charsets{}
	t.primary.saved = savedCursor{}
	t.palette = t.base
	t.titles = nil
	t.last = 0
	t.joinRow = -1
	t.parser.state = ground
	t.npart = 0
	t.damage.all()
}

// Size returns the number of columns and rows.
func (t *Terminal) Size() (cols, rows int) { return t.cols, t.rows }

// Line returns the cells of a row: 0 is the top of the screen, -1 the newest row of the scrollback. It may be shorter than
// the screen is wide; the rest is blank. The slice must not be changed and is valid until the next call of any method.
func (t *Terminal) Line(row int) []Cell {
	switch {
	case row >= 0 && row < t.rows:
		return t.screen.lines[row].cells
	case row < 0 && row >= -t.ScrollbackLen():
		t.scratch = unpack(t.scratch[:0], t.history.at(t.history.count+row))
		return t.scratch[:min(len(t.scratch), t.cols)]
	}
	return nil
}

// Wrapped reports whether the text of a row continues on the next one.
func (t *Terminal) Wrapped(row int) bool {
	switch {
	case row >= 0 && row < t.rows:
		return t.screen.lines[row].wrapped
	case row < 0 && row >= -t.ScrollbackLen():
		return isWrapped(t.history.at(t.history.count + row))
	}
	return false
}

// Cell returns the cell at a position; outside of the screen and its scrollback it is blank.
func (t *Terminal) Cell(col, row int) Cell {
	if l := t.Line(row); col >= 0 && col < len(l) {
		return l[col]
	}
	return Cell{}
}

// ScrollbackLen returns the number of rows above the screen: none while the alternate screen is shown.
func (t *Terminal) ScrollbackLen() int {
	if t.screen == &t.alternate {
		return 0
	}
	return t.history.count
}

// ScrolledOff returns how many rows have ever moved from the screen to the scrollback, less those that came back. What is
// anchored to a row of text (a selection, a scrolled view) moves up by its increase.
func (t *Terminal) ScrolledOff() uint64 { return t.scrolled }

// SetScrollback changes the number of rows kept (also OSC 482204).
func (t *Terminal) SetScrollback(lines int) { t.history.setMax(clamp(lines, 0, MaxScrollback)) }

// CursorStyle is the shape of the cursor (DECSCUSR).
type CursorStyle uint8

// The shapes of the cursor.
const (
	CursorBlock CursorStyle = iota
	CursorUnderline
	CursorBar
)

// Cursor is the state of the cursor.
type Cursor struct {
	Col, Row int
	Visible  bool // DECTCEM
	Style    CursorStyle
	Blink    bool
}

// Cursor returns the cursor's position and look.
func (t *Terminal) Cursor() Cursor {
	return Cursor{Col: t.x, Row: t.y, Visible: t.modes.cursorVisible, Style: t.style, Blink: t.blink}
}

// Title returns the window's title.
func (t *Terminal) Title() string { return t.title }

// Palette returns the present palette, changed by OSC 4 and 10 to 12 since SetPalette. It must not be changed and is valid
// until the next Write.
func (t *Terminal) Palette() *Palette { return &t.palette }

// SetPalette replaces the palette that is in use and that OSC 104 and 110 to 112 return to.
func (t *Terminal) SetPalette(p *Palette) {
	t.base, t.palette = *p, *p
	t.damage.all()
}

func (t *Terminal) reply(b []byte) {
	if t.handlers.reply != nil {
		t.handlers.reply.Reply(b)
	}
}

func clamp(v, low, high int) int { return max(low, min(v, high)) }
