// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

func TestCellTakesSixteenBytes(t *testing.T) {
	if n := unsafe.Sizeof(Cell{}); n != 16 {
		t.Errorf("a cell takes %d bytes", n)
	}
}

func TestWideCharactersTakeTwoCells(t *testing.T) {
	// Features: TERM-07
	term, _ := newTest(10, 2, "中e\u0301x")
	if w := []int{term.Cell(0, 0).Width(), term.Cell(1, 0).Width(), term.Cell(2, 0).Width()}; w[0] != 2 || w[1] != 0 || w[2] != 1 {
		t.Errorf("widths are %v", w)
	}
	if got := term.Cell(2, 0).Text(term); got != "e\u0301" {
		t.Errorf("combined cell is %q", got)
	}
	wantCursor(t, term, 4, 0)
	write(term, "\x1b[2G-")
	wantScreen(t, term, " -e\u0301x")
}

func TestGraphemeModeJoinsClusters(t *testing.T) {
	term, _ := newTest(20, 1, "\x1b[?2027h\U0001f468\u200d\U0001f469\u200d\U0001f467|\u2764\ufe0f|\U0001f1e9\U0001f1ea|")
	wantCursor(t, term, 9, 0)
	write(term, "\x1b[2K\r\x1b[?2027l\U0001f468\u200d\U0001f469|")
	wantCursor(t, term, 5, 0)
}

func TestLineGraphicsAreCharacters(t *testing.T) {
	// Features: TERM-06
	term, _ := newTest(10, 2, "\x1b(0lqk\x1b(B\x1b)0\x0ex\x0fx\x1b(Ux\x1b(Kx")
	wantScreen(t, term, "┌─┐│xxx")
}

func TestScrollbackKeepsItsNewestRows(t *testing.T) {
	// Features: TERM-12, TERM-13
	h := &host{}
	term := New(10, 2, Options{Handler: h, Scrollback: 3})
	for i := range 10 {
		write(term, fmt.Sprintf("\x1b[3%dmrow %d中\r\n", i%8, i))
	}
	var got []string
	for row := -term.ScrollbackLen(); row < 0; row++ {
		got = append(got, rowString(term, row))
	}
	if d := cmp.Diff([]string{"row 6中", "row 7中", "row 8中"}, got); d != "" {
		t.Errorf("scrollback (-want +got):\n%s", d)
	}
	if c := term.Cell(0, -1); c.FG != Indexed(0) {
		t.Errorf("colour in the scrollback is %x", c.FG)
	}
	if n := term.ScrolledOff(); n != 9 {
		t.Errorf("%d rows scrolled off, want 9", n)
	}
	write(term, "\x1b[?1049h\n\n\n\n")
	if term.ScrollbackLen() != 0 || term.ScrolledOff() != 9 {
		t.Error("the alternate screen has scrollback")
	}
	write(term, "\x1b[?1049l\x1b[3J")
	if term.ScrollbackLen() != 0 {
		t.Error("ED 3 left scrollback")
	}
}

func TestIdleTerminalIsSmall(t *testing.T) {
	term := New(200, 50, Options{Scrollback: 1000})
	for i := range 2000 {
		write(term, fmt.Sprintf("%d: a usual line of output\r\n", i))
	}
	if n := term.history.bytes; n > 64*1000 {
		t.Errorf("1000 rows of scrollback take %d bytes", n)
	}
	term = New(MaxCols, MaxRows, Options{})
	for _, l := range term.primary.lines {
		if cap(l.cells) > 0 {
			t.Fatal("a row that was never written holds cells")
		}
	}
}

func TestScrollbackIsBoundedInBytes(t *testing.T) {
	term := New(MaxCols, 2, Options{Scrollback: 10})
	for range 4000 {
		write(term, "\x1b[38;2;200;201;202mx\x1b[38;2;100;101;102m中")
	}
	if n := term.history.bytes; n > 10*rowBudget {
		t.Errorf("10 rows of scrollback take %d bytes", n)
	}
}

func TestSizeIsBounded(t *testing.T) {
	// Features: TERM-24
	for _, c := range [][4]int{{0, -1, 1, 1}, {5000, 5000, 1024, 1024}, {1024, 1024, 1024, 1024}} {
		term := New(c[0], c[1], Options{})
		if cols, rows := term.Size(); cols != c[2] || rows != c[3] {
			t.Errorf("New(%d, %d) has %dx%d cells", c[0], c[1], cols, rows)
		}
	}
}

func TestDamageIsTheChangedCells(t *testing.T) {
	// Features: TERM-25
	term, _ := newTest(10, 5, "\x1b[5;1H")
	term.TakeDamage()
	write(term, "\x1b[2;3Habc")
	if d := cmp.Diff([]Span{{}, {2, 5}, {}, {}, {}}, term.TakeDamage().Dirty); d != "" {
		t.Errorf("after text (-want +got):\n%s", d)
	}
	write(term, "\x1b[5;1H\n\nx")
	d := term.TakeDamage()
	if diff := cmp.Diff([]Scroll{{0, 5, 0, 10, 2}}, d.Scrolls); diff != "" {
		t.Errorf("scrolls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Span{{}, {}, {}, {0, 10}, {0, 10}}, d.Dirty); diff != "" {
		t.Errorf("after scroll (-want +got):\n%s", diff)
	}
	if term.Damaged() {
		t.Error("damage is left after it was taken")
	}
}

func TestReflowKeepsTextAndCursor(t *testing.T) {
	term, _ := newTest(10, 3, "0123456789abcdef\r\n$ cmd")
	term.Resize(20, 3)
	wantScreen(t, term, "0123456789abcdef|$ cmd")
	wantCursor(t, term, 5, 1)
	term.Resize(4, 3)
	wantScreen(t, term, "cdef|$ cm|d")
	wantCursor(t, term, 1, 2)
	if term.ScrollbackLen() != 3 || !term.Wrapped(-1) {
		t.Errorf("%d rows of scrollback, the last wraps: %v", term.ScrollbackLen(), term.Wrapped(-1))
	}
	term.Resize(30, 3)
	wantScreen(t, term, "0123456789abcdef|$ cmd")
	wantCursor(t, term, 5, 1)
}

func TestReflowOfWideCharacters(t *testing.T) {
	term, _ := newTest(5, 3, "中中中x")
	wantScreen(t, term, "中中|中x")
	term.Resize(8, 3)
	wantScreen(t, term, "中中中x")
	term.Resize(3, 5)
	wantScreen(t, term, "中|中|中x")
	if s := checkInvariants(term); s != "" {
		t.Error(s)
	}
}

func TestSelectionJoinsWrappedRows(t *testing.T) {
	// Features: TERM-14
	term, _ := newTest(10, 4, "hello world wraps   \r\nsecond中\r\nend")
	for _, c := range []struct {
		from, to  Pos
		rectangle bool
		want      string
	}{
		{Pos{0, 0}, Pos{9, 3}, false, "hello world wraps\nsecond中\nend"},
		{Pos{9, 3}, Pos{6, 0}, false, "world wraps\nsecond中\nend"},
		{Pos{1, 0}, Pos{2, 3}, true, "el\n w\nec\nnd"},
		{Pos{7, 2}, Pos{7, 2}, false, "中"},
	} {
		if got := term.Text(c.from, c.to, c.rectangle); got != c.want {
			t.Errorf("Text(%v, %v, %v) = %q, want %q", c.from, c.to, c.rectangle, got, c.want)
		}
	}
	if from, to := term.LogicalLine(Pos{3, 1}); from != (Pos{0, 0}) || to != (Pos{9, 1}) {
		t.Errorf("line is %v to %v", from, to)
	}
}

func TestCopyOfWrappedWideCharactersAddsNoBlank(t *testing.T) {
	// Features: TERM-14
	for _, c := range []struct{ name, input, want string }{
		{"plain", "abcdefghi漢字", "abcdefghi漢字"},
		{"a written blank", "abcdefgh 漢字", "abcdefgh 漢字"},
		{"two written blanks", "abcdefg  漢字", "abcdefg  漢字"},
		{"coloured", "\x1b[44mabcdefghi漢字\x1b[m", "abcdefghi漢字"},
		{"only wide", "a漢字漢字漢字漢字", "a漢字漢字漢字漢字"},
	} {
		term, _ := newTest(10, 6, c.input)
		all := func(when string) {
			t.Helper()
			if got := strings.TrimRight(term.Text(Pos{0, -term.ScrollbackLen()}, Pos{term.cols - 1, term.rows - 1}, false), "\n"); got != c.want {
				t.Errorf("%s, %s: copied %q, want %q", c.name, when, got, c.want)
			}
		}
		all("on the screen")
		term.Resize(12, 6)
		all("wider")
		term.Resize(10, 6)
		all("as before")
		term.Resize(7, 6)
		all("narrower")
		term.Resize(10, 6)
		write(term, strings.Repeat("\n", 9))
		all("in the scrollback")
		term.Resize(12, 6)
		all("in the scrollback, wider")
	}
}

func TestDoubleClickFindsWordsAndURIs(t *testing.T) {
	// Features: TERM-14
	term, _ := newTest(20, 5, "/usr/bin/x  a==b (see http://host.example/a?b=c(d).)\r\nfoo-bar,é_1")
	for _, c := range []struct {
		at   Pos
		want string
	}{
		{Pos{3, 0}, "/usr/bin/x"},
		{Pos{14, 0}, "=="},
		{Pos{4, 1}, "http://host.example/a?b=c(d)"},
		{Pos{5, 2}, "http://host.example/a?b=c(d)"},
		{Pos{4, 3}, "foo-bar"},
		{Pos{9, 3}, "é_1"},
	} {
		from, to := term.Word(c.at)
		if got := term.Text(from, to, false); got != c.want {
			t.Errorf("word at %v is %q, want %q", c.at, got, c.want)
		}
	}
}

func TestHyperlinksAreProperties(t *testing.T) {
	term, _ := newTest(20, 2, "a\x1b]8;id=1;http://x\x07bc\x1b]8;;\x07d\x1b]8;id=1;http://x\x07e\x1b]8;;\x07")
	if got := term.Cell(1, 0).Link(term); got != "http://x" {
		t.Errorf("link is %q", got)
	}
	if term.Cell(0, 0).LinkID(term) != 0 || term.Cell(1, 0).LinkID(term) != term.Cell(4, 0).LinkID(term) {
		t.Error("cells of one id are not one link, or cells without link have one")
	}
	if from, to, ok := term.URI(Pos{2, 0}); !ok || from != (Pos{1, 0}) || to != (Pos{2, 0}) {
		t.Errorf("URI is %v to %v, %v", from, to, ok)
	}
}

func TestClusterTableIsBounded(t *testing.T) {
	term, _ := newTest(20, 2, "")
	term.clusters.limit = 16
	for i := range 1000 {
		write(term, "e"+string(rune(0x300+i%100))+string(rune(0x300+i/100)))
	}
	if n := len(term.clusters.values); n > 16 {
		t.Errorf("%d clusters are kept", n)
	}
	if s := checkInvariants(term); s != "" {
		t.Error(s)
	}
}
