// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHostIsAnsweredAsByUpstream(t *testing.T) {
	// Features: TERM-01
	term, h := newTest(80, 24, "")
	for _, c := range []struct{ send, want string }{
		{"\x1b[c", "\x1b[?6c"},
		{"\x1bZ", "\x1b[?6c"},
		{"\x05", "GUACAMOLE"},
		{"\x1b[5n", "\x1b[0n"},
		{"\x1b[5;7H\x1b[6n", "\x1b[5;7R"},
		{"\x1b[?6n", "\x1b[?5;7R"},
		{"\x1b[>c", "\x1b[>41;277;0c"},
		{"\x1b[?25$p", "\x1b[?25;1$y"},
		{"\x1b[?2004$p", "\x1b[?2004;2$y"},
		{"\x1b[?9999$p", "\x1b[?9999;0$y"},
		{"\x1b[4h\x1b[4$p", "\x1b[4;1$y"},
		{"\x1b[1;31;4:3m\x1bP$qm\x1b\\", "\x1bP1$r0;1;4:3;31m\x1b\\"},
		{"\x1b[3;9r\x1bP$qr\x1b\\", "\x1bP1$r3;9r\x1b\\"},
		{"\x1b[5 q\x1bP$q q\x1b\\", "\x1bP1$r5 q\x1b\\"},
		{"\x1bP$qx\x1b\\", "\x1bP0$r\x1b\\"},
		{"\x1b[18t", "\x1b[8;24;80t"},
		{"\x1b]4;1;?\x07", "\x1b]4;1;rgb:9999/3e3e/3e3e\x1b\\"},
		{"\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x1b\\"},
	} {
		write(term, c.send)
		wantReply(t, h, c.want)
	}
}

func TestTitleIsReportedWithoutControlCharacters(t *testing.T) {
	// Features: TERM-11
	term, h := newTest(20, 3, "\x1b]0;one\x07\x1b]2;tw\xffo\x1b\\\x1b[22;2t\x1b]2;three\x07\x1b[23;2t\x1b]2;"+strings.Repeat("x", MaxTitle+9)+"\x07")
	want := []string{"one", "tw\ufffdo", "three", "tw\ufffdo", strings.Repeat("x", MaxTitle)}
	if d := cmp.Diff(want, h.titles); d != "" {
		t.Errorf("titles (-want +got):\n%s", d)
	}
	wantScreen(t, term, "")
}

func TestConsoleCodesReachTheHandler(t *testing.T) {
	// Features: TERM-18, TERM-19, TERM-20, TERM-21
	term, h := newTest(20, 3, "\x1b]482200;/tmp/a file\x07\x1b]482201;/srv\x1b\\")
	if len(h.downloads) != 1 || h.downloads[0] != "/tmp/a file" || h.uploadTo != "/srv" {
		t.Errorf("downloads %q, uploads to %q", h.downloads, h.uploadTo)
	}
	write(term, "\x1b]482202;out\x07raw \xe4\xb8\xad\n\x1b[Hmore\x1b]482203;\x07drawn")
	if got := h.pipeOutput.String(); got != "raw \xe4\xb8\xad\nmore" || h.pipes[0] != "out" || h.flags != 0 || h.closed != 1 {
		t.Errorf("pipe %q got %q, flags %d, closed %d times", h.pipes, got, h.flags, h.closed)
	}
	wantScreen(t, term, "drawn")
	h.pipeOutput.Reset()
	write(term, "\x1b[2J\x1b[H\x1b]482202;1;2;both\x07text\x1b]482203;\x07")
	if h.flags != PipeInterpret|PipeAutoFlush || h.pipeOutput.String() != "text" {
		t.Errorf("flags %d, pipe got %q", h.flags, h.pipeOutput.String())
	}
	wantScreen(t, term, "text")
	write(term, "\r\n1\r\n2\r\n3\r\n4\r\n\x1b]482204;2\x07")
	if got := term.ScrollbackLen(); got != 2 {
		t.Errorf("%d rows of scrollback after OSC 482204, want 2", got)
	}
}

func TestClipboardIsSetAndReadByOSC52(t *testing.T) {
	term, h := newTest(20, 3, "\x1b]52;c;aGVsbG8=\x07\x1b]52;c;?\x07")
	if got := h.clipboard["c"]; got != "hello" {
		t.Errorf("clipboard is %q", got)
	}
	wantReply(t, h, "")
	h.readable = true
	write(term, "\x1b]52;c;?\x07")
	wantReply(t, h, "\x1b]52;c;aGVsbG8=\x1b\\")
	write(term, "\x1b]52;c;!\x07\a\x1b]7;file://host/tmp\x07")
	if h.clipboard["c"] != "" || h.bells != 1 || h.directory != "file://host/tmp" {
		t.Errorf("clipboard %q, bells %d, directory %q", h.clipboard["c"], h.bells, h.directory)
	}
}

func TestPaletteChangesAndReturns(t *testing.T) {
	// Features: TERM-08, TERM-09
	term, _ := newTest(20, 3, "\x1b]4;1;rgb:ff/00/80;2;#123456\x07\x1b]10;rgb:f/f/f;rgb:1111/2222/3333\x07")
	p := term.Palette()
	for _, c := range []struct{ got, want RGB }{
		{p.Colors[1], RGB{0xff, 0, 0x80}},
		{p.Colors[2], RGB{0x12, 0x34, 0x56}},
		{p.Foreground, RGB{0xff, 0xff, 0xff}},
		{p.Background, RGB{0x11, 0x22, 0x33}},
		{p.FG(Indexed(1)), RGB{0xff, 0, 0x80}},
		{p.BG(DefaultColor), RGB{0x11, 0x22, 0x33}},
		{p.FG(Direct(RGB{1, 2, 3})), RGB{1, 2, 3}},
	} {
		if c.got != c.want {
			t.Errorf("colour is %v, want %v", c.got, c.want)
		}
	}
	write(term, "\x1b]104;1\x07\x1b]110\x07\x1b]111\x07")
	def := DefaultPalette()
	if p.Colors[1] != def.Colors[1] || p.Colors[2] == def.Colors[2] || p.Foreground != def.Foreground || p.Background != def.Background {
		t.Error("OSC 104 or 110 did not reset what it should")
	}
	other := *def
	other.Colors[2] = RGB{9, 9, 9}
	term.TakeDamage()
	term.SetPalette(&other)
	if p.Colors[2] != (RGB{9, 9, 9}) || !term.TakeDamage().Full {
		t.Error("SetPalette did not change the colours or damage the screen")
	}
}
