// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"fmt"
	"strings"
	"testing"
)

// host records what a terminal asks of its Handler.
type host struct {
	replies    strings.Builder
	bells      int
	titles     []string
	directory  string
	clipboard  map[string]string
	readable   bool
	downloads  []string
	uploadTo   string
	pipes      []string
	flags      PipeFlags
	pipeOutput strings.Builder
	closed     int
}

func (h *host) Reply(b []byte)       { h.replies.Write(b) }
func (h *host) Bell()                { h.bells++ }
func (h *host) Title(s string)       { h.titles = append(h.titles, s) }
func (h *host) Directory(url string) { h.directory = url }

func (h *host) SetClipboard(selections string, data []byte) {
	if h.clipboard == nil {
		h.clipboard = map[string]string{}
	}
	h.clipboard[selections] = string(data)
}

func (h *host) Clipboard(selections string) ([]byte, bool) {
	return []byte(h.clipboard[selections]), h.readable
}

func (h *host) Download(path string)           { h.downloads = append(h.downloads, path) }
func (h *host) SetUploadDirectory(path string) { h.uploadTo = path }

func (h *host) OpenPipe(name string, flags PipeFlags) {
	h.pipes = append(h.pipes, name)
	h.flags = flags
}

func (h *host) PipeData(b []byte) { h.pipeOutput.Write(b) }
func (h *host) ClosePipe()        { h.closed++ }

// newTest returns a terminal with 100 rows of scrollback that has interpreted input.
func newTest(cols, rows int, input string) (*Terminal, *host) {
	h := &host{}
	t := New(cols, rows, Options{Handler: h, Scrollback: 100})
	write(t, input)
	return t, h
}

func write(t *Terminal, s string) { _, _ = t.Write([]byte(s)) }

// screenText returns the screen's rows without trailing blanks, joined by |, without trailing empty rows.
func screenText(t *Terminal) string {
	rows := make([]string, t.rows)
	for i := range rows {
		rows[i] = rowString(t, i)
	}
	return strings.TrimRight(strings.Join(rows, "|"), "|")
}

func rowString(t *Terminal, row int) string {
	var b strings.Builder
	for _, c := range t.Line(row) {
		b.WriteString(c.Text(t))
	}
	return strings.TrimRight(b.String(), " ")
}

func wantScreen(tb testing.TB, t *Terminal, want string) {
	tb.Helper()
	if got := screenText(t); got != want {
		tb.Errorf("screen is %q, want %q", got, want)
	}
}

func wantCursor(tb testing.TB, t *Terminal, col, row int) {
	tb.Helper()
	if c := t.Cursor(); c.Col != col || c.Row != row {
		tb.Errorf("cursor is at column %d, row %d, want %d, %d", c.Col, c.Row, col, row)
	}
}

func wantReply(tb testing.TB, h *host, want string) {
	tb.Helper()
	if got := h.replies.String(); got != want {
		tb.Errorf("reply is %q, want %q", got, want)
	}
	h.replies.Reset()
}

// checkInvariants returns what is wrong with the terminal's state, or "".
func checkInvariants(t *Terminal) string {
	switch {
	case t.x < 0 || t.x >= t.cols || t.y < 0 || t.y >= t.rows:
		return fmt.Sprintf("cursor %d,%d outside of %dx%d", t.x, t.y, t.cols, t.rows)
	case t.top < 0 || t.top >= t.bottom || t.bottom > t.rows || t.left < 0 || t.left >= t.right || t.right > t.cols:
		return fmt.Sprintf("margins %d,%d,%d,%d", t.top, t.bottom, t.left, t.right)
	case len(t.screen.lines) != t.rows || len(t.primary.lines) != t.rows:
		return "wrong number of rows"
	case t.history.count > t.history.max:
		return "too much scrollback"
	}
	for row := -t.ScrollbackLen(); row < t.rows; row++ {
		cells := t.Line(row)
		if len(cells) > t.cols {
			return fmt.Sprintf("row %d has %d cells", row, len(cells))
		}
		for i, c := range cells {
			tail := i+1 < len(cells) && cells[i+1].Attr&wideTail != 0
			if (c.Attr&wideLead != 0) != tail {
				return fmt.Sprintf("half a wide character at column %d of row %d", i, row)
			}
			if i == 0 && c.Attr&wideTail != 0 {
				return fmt.Sprintf("row %d begins with half a wide character", row)
			}
		}
	}
	for _, l := range t.screen.lines {
		for _, c := range l.cells[len(l.cells):cap(l.cells)] {
			if c != (Cell{}) {
				return "cells beyond the end of a row are not blank"
			}
		}
	}
	return ""
}
