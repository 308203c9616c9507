// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/keysym"
)

// rows returns the text of the view.
func (f *fixture) rows() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	rows := make([]string, f.layout.rows)
	for i := range rows {
		for _, c := range f.term.Line(i - f.scroll) {
			rows[i] += c.Text(f.term)
		}
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return rows
}

func (f *fixture) numbers(n int) {
	for i := range n {
		f.write(fmt.Sprintf("\r\n%d", i))
	}
}

func TestSelectionIsCopiedAtOnce(t *testing.T) {
	// Features: TERM-14
	f := newTerminal(t, nil)
	f.write("first line\r\nsecond http://example.org/a?b=c, end\r\nthird")
	for _, c := range []struct {
		name string
		do   func()
		want string
	}{
		{"drag", func() { f.drag(6, 0, 2, 1) }, "line\nsec"},
		{"drag backwards", func() { f.drag(2, 1, 6, 0) }, "line\nsec"},
		{"double click on a word", func() { f.click(2, 0, buttonLeft); f.click(2, 0, buttonLeft) }, "first"},
		{"double click on a URI that wraps", func() { f.click(9, 1, buttonLeft); f.click(9, 1, buttonLeft) }, "http://example.org/a?b=c"},
		{"triple click", func() {
			for range 3 {
				f.click(3, 1, buttonLeft)
			}
		}, "second http://example.org/a?b=c, end"},
		{"rectangle", func() {
			f.Key(keysym.AltL, true)
			f.drag(1, 0, 3, 1)
			f.Key(keysym.AltL, false)
		}, "irs\neco"},
		{"extend", func() {
			f.drag(0, 0, 2, 0)
			f.Key(keysym.ShiftL, true)
			f.click(4, 0, buttonLeft)
			f.Key(keysym.ShiftL, false)
		}, "first"},
	} {
		f.click(15, 4, buttonLeft) // ends the row of clicks
		f.copied = nil
		c.do()
		if got := f.lastCopy(); got != c.want {
			t.Errorf("%s: copied %q, want %q", c.name, got, c.want)
		}
	}
	f.copied = nil
	f.click(3, 0, buttonLeft)
	if f.copied != nil {
		t.Errorf("a click without a drag copied %q", f.copied)
	}
}

func TestClicksFarApartInTimeAreSingle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newTerminal(t, nil)
		f.write("word")
		f.click(1, 0, buttonLeft)
		time.Sleep(doubleClick + time.Millisecond)
		f.click(1, 0, buttonLeft)
		if f.copied != nil {
			t.Errorf("copied %q", f.copied)
		}
	})
}

func TestSelectionFollowsItsTextAndEndsWithIt(t *testing.T) {
	// Features: TERM-14
	f := newTerminal(t, nil)
	f.write("0\r\n1\r\nmarked\r\n3\r\n4")
	f.drag(0, 2, 5, 2)
	tinted := func(row int) bool {
		bg, _ := f.colorsOf(f.picture(), 10, row)
		one, _ := f.colorsOf(f.picture(), 1, row)
		return bg != one
	}
	if !tinted(2) {
		t.Fatal("the selection does not show")
	}
	f.write("\r\n5\r\n6")
	if !tinted(0) || tinted(2) {
		t.Error("the selection did not move with its text")
	}
	f.write("\x1b[1;1Hx\x1b[5;1H")
	if tinted(0) {
		t.Error("the selection outlives its text")
	}
}

func TestScrollback(t *testing.T) {
	// Features: TERM-12
	f := newTerminal(t, nil)
	f.numbers(20)
	bottom := []string{"15", "16", "17", "18", "19"}
	for _, c := range []struct {
		name string
		do   func()
		want string // first row
	}{
		{"wheel up", func() { f.click(1, 1, buttonUp) }, "12"},
		{"wheel down", func() { f.click(1, 1, buttonDown) }, "15"},
		{"page up", func() { f.press(keysym.ShiftL, keysym.PageUp) }, "10"},
		{"row up", func() { f.press(keysym.ShiftL, keysym.Up) }, "9"},
		{"row down", func() { f.press(keysym.ShiftL, keysym.Down) }, "10"},
		{"page down", func() { f.press(keysym.ShiftL, keysym.PageDown) }, "15"},
		{"home", func() { f.press(keysym.ShiftL, keysym.Home) }, ""},
		{"end", func() { f.press(keysym.ShiftL, keysym.End) }, "15"},
		{"home again", func() { f.press(keysym.ShiftL, keysym.Home) }, ""},
		{"any key", func() { f.press('x') }, "15"},
	} {
		c.do()
		if got := f.rows()[0]; got != c.want {
			t.Errorf("%s: the first row is %q, want %q", c.name, got, c.want)
		}
	}
	if d := cmp.Diff(bottom, f.rows()); d != "" {
		t.Error(d)
	}
	if got := f.typed(); got != "x" {
		t.Errorf("the host got %q, want only the key that is not for scrolling", got)
	}
}

func TestViewStaysOnItsTextWhileOutputComes(t *testing.T) {
	f := newTerminal(t, nil)
	f.numbers(20)
	f.click(1, 1, buttonUp)
	before := f.rows()
	f.numbers(10)
	if d := cmp.Diff(before, f.rows()); d != "" {
		t.Errorf("the view moved (-before +after):\n%s", d)
	}
	f.numbers(200)
	if got := f.rows()[0]; got == before[0] {
		t.Errorf("the view shows %q, which has left the scrollback", got)
	}
}

func TestScrollBar(t *testing.T) {
	// Features: TERM-12
	f := newTerminal(t, nil)
	lit := func() (r image.Rectangle) {
		m := f.picture()
		for y := range testHeight {
			if x := testWidth - scrollbarSize/2; m.RGBAAt(x, y) != m.RGBAAt(0, 0) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
		return r
	}
	if got := lit(); !got.Empty() {
		t.Fatalf("there is a handle at %v and nothing to scroll", got)
	}
	f.numbers(50)
	low := lit()
	x, y := testWidth-scrollbarSize/2, (low.Min.Y+low.Max.Y)/2
	f.Mouse(x, y, 0)
	f.Mouse(x, y, buttonLeft)
	f.Mouse(x, -100, buttonLeft)
	f.Mouse(x, -100, 0)
	if high := lit(); low.Max.Y < testHeight-5 || high.Min.Y > 5 || high.Dy() != low.Dy() {
		t.Errorf("the handle went from %v to %v", low, high)
	}
	if got := f.rows()[0]; got != "" {
		t.Errorf("dragged to the top, the first row is %q", got)
	}
}

func TestAlternateScreenHasNoScrollback(t *testing.T) {
	// Features: TERM-13
	f := newTerminal(t, nil)
	f.numbers(20)
	f.write("\x1b[?1049h")
	f.click(1, 1, buttonUp)
	if got, want := f.typed(), "\x1b[A\x1b[A\x1b[A"; got != want {
		t.Errorf("the wheel sent %q, want arrows %q", got, want)
	}
	f.write("\x1b[?1049l")
	if got := f.rows()[0]; got != "15" {
		t.Errorf("back on the primary screen the first row is %q", got)
	}
}

func TestResizeWrapsTextAnew(t *testing.T) {
	// Features: TERM-07
	f := newTerminal(t, nil)
	f.write("the quick brown fox jumps")
	if d := cmp.Diff([]string{"the quick brown fox", "jumps", "", "", ""}, f.rows()); d != "" {
		t.Fatal(d)
	}
	f.Resize(testWidth+100, testHeight)
	if got := f.rows()[0]; got != "the quick brown fox jumps" {
		t.Errorf("wider: %q", got)
	}
	f.Resize(testWidth-100, testHeight)
	if d := cmp.Diff([]string{"the quick", "brown fox", "jumps", "", ""}, f.rows()); d != "" {
		t.Errorf("narrower (-want +got):\n%s", d)
	}
	if len(f.sizes) != 2 || f.sizes[1].Cols != 10 {
		t.Errorf("told sizes %v", f.sizes)
	}
	f.Resize(1, 1)
	f.Resize(8192, 8192)
}

func TestPaste(t *testing.T) {
	// Features: TERM-15
	f := newTerminal(t, nil)
	f.SetClipboard("a\nb")
	f.click(1, 1, buttonMiddle)
	f.click(1, 1, buttonRight)
	f.press(keysym.ControlL, keysym.ShiftL, 'V')
	f.press(keysym.SuperL, 'v')
	if got, want := f.typed(), strings.Repeat("a\rb", 4); got != want {
		t.Errorf("pasted %q, want %q", got, want)
	}
	f.press(keysym.ControlL, keysym.ShiftL, 'C')
	if got := f.typed(); got != "" {
		t.Errorf("Ctrl+Shift+C sent %q", got)
	}
	f.write("\x1b[?2004h")
	f.Paste("x\x1b[201~y")
	if got, want := f.typed(), "\x1b[200~x[201~y\x1b[201~"; got != want {
		t.Errorf("bracketed paste %q, want %q", got, want)
	}
}

func TestClipboardIsCut(t *testing.T) {
	f := newTerminal(t, func(c *Config) { c.MaxClipboard = 4 })
	f.SetClipboard("abcüd")
	f.click(1, 1, buttonMiddle)
	if got := f.typed(); got != "abc" {
		t.Errorf("pasted %q, want what fits in 4 bytes", got)
	}
}

func TestMouseReports(t *testing.T) {
	f := newTerminal(t, nil)
	f.write("some text\x1b[?1002h\x1b[?1006h")
	f.drag(0, 0, 3, 1)
	if got, want := f.typed(), "\x1b[<0;1;1M\x1b[<32;4;2M\x1b[<0;4;2m"; got != want {
		t.Errorf("the host got %q, want %q", got, want)
	}
	f.click(2, 2, buttonUp)
	if got, want := f.typed(), "\x1b[<64;3;3M"; got != want {
		t.Errorf("the wheel sent %q, want %q", got, want)
	}
	if f.copied != nil {
		t.Errorf("copied %q", f.copied)
	}
	f.Key(keysym.ShiftL, true)
	f.drag(0, 0, 3, 0)
	if got := f.typed(); got != "" || f.lastCopy() != "some" {
		t.Errorf("with Shift the host got %q, copied was %q", got, f.lastCopy())
	}
}

func TestKeysFollowParameters(t *testing.T) {
	// Features: TERM-16
	for _, c := range []struct {
		change func(*Config)
		key    uint32
		want   string
	}{
		{nil, keysym.BackSpace, "\x7f"},
		{func(c *Config) { c.Backspace = 8 }, keysym.BackSpace, "\b"},
		{nil, keysym.F1, "\x1b[[A"},
		{func(c *Config) { c.FuncKeys = "vt100" }, keysym.F1, "\x1bOP"},
		{func(c *Config) { c.TerminalType = "xterm-256color" }, keysym.F1, "\x1bOP"},
		{func(c *Config) { c.TerminalType, c.FuncKeys = "xterm", "esc" }, keysym.F1, "\x1b[[A"},
		{nil, keysym.End, "\x1b[4~"},
		{func(c *Config) { c.TerminalType = "vt220" }, keysym.End, "\x1b[F"},
		{nil, keysym.FromRune('ж'), "ж"},
		{nil, keysym.F1 + 10, "\x1b[23~"},
		{func(c *Config) { c.FuncKeys = "esc" }, keysym.F1 + 10, "\x1b[22~"},
		{func(c *Config) { c.TerminalType = "of-a-newer-kind" }, keysym.F1, "\x1bOP"},
	} {
		f := newTerminal(t, c.change)
		f.press(c.key)
		if got := f.typed(); got != c.want {
			t.Errorf("key %#x sent %q, want %q", c.key, got, c.want)
		}
	}
}

func TestHostsRequests(t *testing.T) {
	// Features: TERM-01, TERM-11, TERM-18, TERM-19, TERM-20, TERM-21
	var calls []string
	call := func(format string, args ...any) { calls = append(calls, fmt.Sprintf(format, args...)) }
	f := newTerminal(t, func(c *Config) {
		c.AllowClipboardWrite = true
		c.Download = func(path string) { call("download %s", path) }
		c.UploadDirectory = func(path string) { call("upload to %s", path) }
		c.OpenPipe = func(name string, flags PipeFlags) { call("open %s %d", name, flags) }
		c.PipeData = func(b []byte) { call("data %s", b) }
		c.ClosePipe = func() { call("close") }
	})
	f.write("\x1b]0;a title\x07\x1b]482200;/a/b\x07\x1b]482201;/up\x07\x1b]482202;2;p\x07xyz\x1b]482203;\x07\x1b]52;c;aGk=\x07")
	want := []string{"download /a/b", "upload to /up", "open p 2", "data xyz", "close"}
	if d := cmp.Diff(want, calls); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	if cmp.Diff([]string{"a title"}, f.titles) != "" || f.lastCopy() != "hi" {
		t.Errorf("titles %q, copied %q", f.titles, f.copied)
	}
	f.write("\x1b[c\x05\x1b[6n\x1b]52;c;?\x07")
	if got, want := f.typed(), "\x1b[?6cGUACAMOLE\x1b[1;1R"; got != want {
		t.Errorf("answers %q, want %q: nobody may read the clipboard", got, want)
	}
	f.numbers(20)
	f.write("\x1b]482204;2\x07")
	f.press(keysym.ShiftL, keysym.Home)
	if got := f.rows()[0]; got != "13" {
		t.Errorf("with two rows of scrollback the first is %q", got)
	}
}

func TestClipboardWriteMustBeAllowed(t *testing.T) {
	f := newTerminal(t, nil)
	f.write("\x1b]52;c;aGk=\x07")
	if f.copied != nil {
		t.Errorf("copied %q", f.copied)
	}
}

func TestHostThatDoesNotReadGetsNoMoreAnswers(t *testing.T) {
	f := newTerminal(t, nil)
	f.write(strings.Repeat("\x1b[6n", 100_000))
	if got := len(f.typed()); got > maxReplies {
		t.Errorf("%d bytes of answers wait", got)
	}
}

func TestPrompt(t *testing.T) {
	// Features: SSH-07
	f := newTerminal(t, nil)
	ask := func(echo bool, keys ...uint32) (string, error) {
		type answer struct {
			text string
			err  error
		}
		done := make(chan answer)
		go func() {
			text, err := f.Prompt(t.Context(), "Name: ", echo)
			done <- answer{text, err}
		}()
		for {
			f.mu.Lock()
			waiting := f.prompt != nil
			f.mu.Unlock()
			if waiting {
				break
			}
		}
		for _, key := range keys {
			f.press(key)
		}
		a := <-done
		return a.text, a.err
	}
	if got, err := ask(true, 'a', keysym.FromRune('世'), keysym.BackSpace, 'b', keysym.F1, keysym.Return); got != "ab" || err != nil {
		t.Errorf("answer %q, %v", got, err)
	}
	if got, err := ask(false, 's', keysym.Return); got != "s" || err != nil {
		t.Errorf("hidden answer %q, %v", got, err)
	}
	if d := cmp.Diff([]string{"Name: ab", "Name:", "", "", ""}, f.rows()); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if got := f.typed(); got != "" {
		t.Errorf("the host got %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Prompt(ctx, "x", true); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	f.Message("\x1b[31mno\x07 colour\n")
	if got := f.rows()[2]; got != "x[31mno colour" {
		t.Errorf("message shows as %q", got)
	}
	_ = f.Close()
	if _, err := f.Prompt(t.Context(), "x", true); err == nil {
		t.Error("a closed terminal prompts")
	}
	if _, err := f.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read of a closed terminal: %v", err)
	}
}

func TestTypeWaitsForTheHost(t *testing.T) {
	// Features: TERM-22
	f := newTerminal(t, nil)
	data := strings.Repeat("x", 5*maxTyped)
	done := make(chan error, 1)
	go func() { done <- f.Type(nil, []byte(data)) }()
	buf := make([]byte, 1000)
	for n := 0; n < len(data); {
		m, err := f.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		n += m
		f.input.mu.Lock()
		if f.input.bytes > 2*maxTyped {
			t.Errorf("%d bytes wait", f.input.bytes)
		}
		f.input.mu.Unlock()
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	gone := make(chan struct{})
	close(gone)
	if err := f.Type(gone, []byte(data)); err == nil {
		t.Error("no error though nobody waits any more")
	}
}

func TestSynchronizedOutputIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newTerminal(t, nil)
		f.write("\x1b[?2026hhalf a picture")
		f.mu.Lock()
		held := f.held
		f.mu.Unlock()
		time.Sleep(maxHold + time.Millisecond)
		synctest.Wait()
		f.mu.Lock()
		defer f.mu.Unlock()
		if !held || f.held {
			t.Errorf("held at once: %v, after the bound: %v", held, f.held)
		}
	})
}
