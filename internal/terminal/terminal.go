// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"fmt"
	"image"
	"log/slog"
	"sync"

	"github.com/palta-gateway/palta/internal/display"
	"github.com/palta-gateway/palta/internal/vt"
)

// Config is what a Terminal is made from. Display is required; the zero value of everything else works.
type Config struct {
	// Display is drawn on; the Terminal becomes its painter and sets its size.
	Display *display.Display
	// Fonts are shared by terminals; nil makes one.
	Fonts *Fonts
	// Width and Height are the size in pixels, DPI the resolution that FontSize counts at (96 if zero).
	Width, Height, DPI int
	// FontName is a family; empty is the embedded font. FontSize is in points, 12 if zero.
	FontName string
	FontSize int
	// ColorScheme is the text that ParseColorScheme reads.
	ColorScheme string
	// Scrollback is the number of rows kept above the screen.
	Scrollback int
	// Backspace is the code of the Backspace key, 127 if zero.
	Backspace int
	// FuncKeys is the value of func-keys-and-keypad: "", "esc" or "vt100".
	FuncKeys string
	// TerminalType is the type told to the host; it decides the code of some keys. Empty is "linux".
	TerminalType string
	// AllowClipboardWrite lets the host set the clipboard (OSC 52).
	AllowClipboardWrite bool
	// MaxClipboard bounds the clipboard in bytes; 262144 if zero.
	MaxClipboard int
	// Logger gets warnings; nil discards them.
	Logger *slog.Logger

	// Copied receives text that the user selected or the host put into the clipboard.
	Copied func(text string)
	// Title receives the window's title.
	Title func(title string)
	// Resized receives the new size in cells and pixels.
	Resized func(size Size)
	// Download, UploadDirectory and the pipe functions receive Guacamole's console codes (OSC 482200 to 482203).
	Download        func(path string)
	UploadDirectory func(path string)
	OpenPipe        func(name string, flags PipeFlags)
	PipeData        func(b []byte)
	ClosePipe       func()
}

// PipeFlags are the flags of a pipe stream that the host opens.
type PipeFlags = vt.PipeFlags

// Size is the size of a terminal in cells, and that of its grid in pixels.
type Size struct{ Cols, Rows, Width, Height int }

// Defaults of Config.
const (
	defaultDPI       = 96
	defaultFontSize  = 12
	defaultClipboard = 262144
	defaultTerm      = "linux"
)

func (c Config) withDefaults() Config {
	if c.DPI <= 0 {
		c.DPI = defaultDPI
	}
	if c.FontSize <= 0 {
		c.FontSize = defaultFontSize
	}
	if c.MaxClipboard <= 0 {
		c.MaxClipboard = defaultClipboard
	}
	if c.TerminalType == "" {
		c.TerminalType = defaultTerm
	}
	if c.Backspace <= 0 || c.Backspace > 127 {
		c.Backspace = 127
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Terminal is a terminal emulator on a display. Its methods are safe for concurrent use. Use New.
type Terminal struct {
	cfg   Config
	input *inputQueue

	mu     sync.Mutex // guards all below
	term   *vt.Terminal
	face   *Face
	layout layout
	// scroll is how many rows the view is above the bottom; scrolled is vt's count of rows that the view accounts for.
	scroll    int
	scrolled  uint64
	cursor    cursorState // as last told to the display
	handle    image.Rectangle
	selection selection
	mouse     mouseState
	mods      modifiers
	clipboard string
	prompt    *prompt
	events    []func() // callbacks to run once mu is free
	changed   bool     // the display was told of something since its last Flush
	ahead     bool     // a picture was painted while held, so the display's picture is newer than it was told
	held      bool     // the host asked not to draw (synchronised output)
	holds     int      // number of the present or last such request
}

// New returns a terminal that draws on cfg.Display.
func New(cfg Config) (*Terminal, error) {
	cfg = cfg.withDefaults()
	if cfg.Fonts == nil {
		fonts, err := NewFonts()
		if err != nil {
			return nil, err
		}
		cfg.Fonts = fonts
	}
	palette, err := ParseColorScheme(cfg.ColorScheme)
	if err != nil {
		cfg.Logger.Warn("bad color-scheme, using what stands before the error", "error", err)
	}
	t := &Terminal{cfg: cfg, input: newInputQueue()}
	t.face = t.findFace(cfg.FontName, cfg.FontSize)
	t.layout = newLayout(cfg.Width, cfg.Height, cfg.DPI, t.face)
	t.term = vt.New(t.layout.cols, t.layout.rows, vt.Options{
		Handler: (*host)(t), Scrollback: cfg.Scrollback, Palette: palette,
	})
	cfg.Display.Resize(cfg.Width, cfg.Height)
	cfg.Display.SetPainter(t)
	cfg.Display.SetStandardCursor(display.CursorIBar)
	return t, nil
}

func (t *Terminal) findFace(name string, size int) *Face {
	face, ok := t.cfg.Fonts.Face(name, size, t.cfg.DPI)
	if !ok {
		t.cfg.Logger.Warn("font not found, using the embedded one", "font", name)
	}
	return face
}

// lock takes the terminal's lock; unlock, its pair, brings the display up to date, frees the lock and runs the
// callbacks that were put off.
func (t *Terminal) lock() { t.mu.Lock() }

func (t *Terminal) unlock() {
	t.flushLocked()
	events := t.events
	t.events = nil
	t.mu.Unlock()
	for _, f := range events {
		f()
	}
}

// laterLocked runs f when the lock is free.
func (t *Terminal) laterLocked(f func()) { t.events = append(t.events, f) }

// writeChunk is how much output is interpreted under the lock at a time, so that keys and pictures get their turn
// within a flood.
const writeChunk = 16 << 10

// Write interprets output of the remote host. It never fails.
func (t *Terminal) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		chunk := p[:min(len(p), writeChunk)]
		p = p[len(chunk):]
		t.lock()
		_, _ = t.term.Write(chunk)
		t.holdLocked()
		t.unlock()
	}
	return n, nil
}

// Read returns what the user typed, pasted or answered, for the remote host. It blocks until there is something, and
// returns io.EOF once the terminal is closed.
func (t *Terminal) Read(p []byte) (int, error) { return t.input.read(p) }

// Close ends Read and a Prompt.
func (t *Terminal) Close() error {
	t.input.close()
	t.mu.Lock()
	p := t.prompt
	t.prompt = nil
	t.mu.Unlock()
	if p != nil {
		p.finish(errClosed)
	}
	return nil
}

var errClosed = fmt.Errorf("terminal: closed")

// Size returns the present size.
func (t *Terminal) Size() Size {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sizeLocked()
}

func (t *Terminal) sizeLocked() Size {
	return Size{
		Cols: t.layout.cols, Rows: t.layout.rows,
		Width: t.layout.cols * t.face.Width, Height: t.layout.rows * t.face.Height,
	}
}

// Resize changes the size in pixels; text is wrapped anew.
func (t *Terminal) Resize(width, height int) {
	t.lock()
	defer t.unlock()
	if width == t.layout.width && height == t.layout.height {
		return
	}
	t.cfg.Display.Resize(width, height)
	t.relayoutLocked(width, height)
}

// relayoutLocked fits the grid to the given size and the present font.
func (t *Terminal) relayoutLocked(width, height int) {
	before := t.layout
	t.layout = newLayout(width, height, t.cfg.DPI, t.face)
	if before.cols != t.layout.cols || before.rows != t.layout.rows {
		t.selection = selection{}
		t.scroll = 0
		t.term.Resize(t.layout.cols, t.layout.rows)
		if t.cfg.Resized != nil {
			size := t.sizeLocked()
			t.laterLocked(func() { t.cfg.Resized(size) })
		}
	}
	t.damageAllLocked()
}

// SetColorScheme changes the colours. Errors are those of ParseColorScheme; what it could read applies.
func (t *Terminal) SetColorScheme(scheme string) error {
	palette, err := ParseColorScheme(scheme)
	t.lock()
	defer t.unlock()
	t.cfg.ColorScheme = scheme
	t.term.SetPalette(palette)
	t.damageAllLocked()
	return err
}

// ColorScheme returns the text of the present scheme.
func (t *Terminal) ColorScheme() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cfg.ColorScheme
}

// SetFont changes the font; an empty name or a size of 0 keeps the present one. The size in cells changes with it.
func (t *Terminal) SetFont(name string, size int) {
	t.lock()
	defer t.unlock()
	if name != "" {
		t.cfg.FontName = name
	}
	if size > 0 {
		t.cfg.FontSize = size
	}
	t.face = t.findFace(t.cfg.FontName, t.cfg.FontSize)
	t.relayoutLocked(t.layout.width, t.layout.height)
}

// Font returns the name and the size in points of the present font.
func (t *Terminal) Font() (name string, size int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cfg.FontName, t.cfg.FontSize
}
