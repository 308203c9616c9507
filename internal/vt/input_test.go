// SPDX-License-Identifier: Apache-2.0

package vt

import "testing"

func TestKeysAreEncodedAsByUpstream(t *testing.T) {
	// Features: TERM-16
	vt100, xterm := KeyOptions{FunctionKeys: FunctionKeysVT100}, KeyOptions{FunctionKeys: FunctionKeysXterm}
	for _, c := range []struct {
		name  string
		key   uint32
		mods  Mods
		modes Modes
		opts  KeyOptions
		want  string
	}{
		{name: "letter", key: 'a', want: "a"},
		{name: "Unicode keysym", key: keyUnicode + 0x4e2d, want: "中"},
		{name: "Ctrl+c", key: 'c', mods: ModCtrl, want: "\x03"},
		{name: "Ctrl+2", key: '2', mods: ModCtrl, want: "\x00"},
		{name: "Ctrl+?", key: '?', mods: ModCtrl, want: "\x7f"},
		{name: "Ctrl+9 is nothing", key: '9', mods: ModCtrl, want: ""},
		{name: "Alt+x", key: 'x', mods: ModAlt, want: "\x1bx"},
		{name: "modifier", key: 0xffe1, want: ""},
		{name: "Backspace", key: keyBackspace, want: "\x7f"},
		{name: "Backspace 8", key: keyBackspace, opts: KeyOptions{Backspace: 8}, want: "\x08"},
		{name: "Ctrl+Backspace", key: keyBackspace, mods: ModCtrl, want: "\x17"},
		{name: "Tab", key: keyTab, want: "\t"},
		{name: "Shift+Tab", key: keyTab, mods: ModShift, want: "\x1b[Z"},
		{name: "Enter", key: keyReturn, want: "\r"},
		{name: "Enter in LNM", key: keyReturn, modes: Modes{NewLine: true}, want: "\r\n"},
		{name: "Up", key: keyUp, want: "\x1b[A"},
		{name: "Up in DECCKM", key: keyUp, modes: Modes{CursorKeys: true}, want: "\x1bOA"},
		{name: "KP_Left", key: 0xff96, want: "\x1b[D"},
		{name: "Ctrl+Left", key: keyLeft, mods: ModCtrl, want: "\x1b[1;5D"},
		{name: "Alt+Shift+Down", key: keyDown, mods: ModAlt | ModShift, want: "\x1b[1;4B"},
		{name: "Home", key: keyHome, want: "\x1b[1~"},
		{name: "End", key: keyEnd, want: "\x1b[F"},
		{name: "End, linux", key: keyEnd, opts: KeyOptions{ConsoleEnd: true}, want: "\x1b[4~"},
		{name: "Insert", key: keyInsert, want: "\x1b[2~"},
		{name: "Ctrl+Delete", key: keyDelete, mods: ModCtrl, want: "\x1b[3;5~"},
		{name: "Page Up", key: keyPageUp, want: "\x1b[5~"},
		{name: "F1", key: keyF1, want: "\x1b[[A"},
		{name: "F5", key: keyF1 + 4, want: "\x1b[[E"},
		{name: "F1, vt100", key: keyF1, opts: vt100, want: "\x1bOP"},
		{name: "F5, vt100", key: keyF1 + 4, opts: vt100, want: "\x1b[15~"},
		{name: "F6", key: keyF1 + 5, want: "\x1b[17~"},
		{name: "F11", key: keyF1 + 10, want: "\x1b[22~"},
		{name: "F12", key: keyF12, want: "\x1b[23~"},
		{name: "F12, xterm", key: keyF12, opts: xterm, want: "\x1b[24~"},
		{name: "Home, xterm", key: keyHome, opts: xterm, want: "\x1b[H"},
		{name: "Ctrl+F2", key: keyF1 + 1, mods: ModCtrl, want: "\x1b[1;5Q"},
		{name: "Ctrl+F6", key: keyF1 + 5, mods: ModCtrl, want: "\x1b[17;5~"},
		{name: "KP_5", key: 0xffb5, want: "5"},
		{name: "KP_5 in DECPAM", key: 0xffb5, modes: Modes{Keypad: true}, opts: vt100, want: "\x1bOu"},
		{name: "KP_Subtract in DECPAM", key: 0xffad, modes: Modes{Keypad: true}, opts: vt100, want: "\x1bOm"},
		{name: "KP_Add in DECPAM", key: 0xffab, modes: Modes{Keypad: true}, opts: vt100, want: "\x1bOM"},
		{name: "KP_Equal in DECPAM, xterm", key: keyKPEqual, modes: Modes{Keypad: true}, opts: xterm, want: "\x1bOX"},
	} {
		if got := string(EncodeKey(nil, c.key, 0, c.mods, c.modes, c.opts)); got != c.want {
			t.Errorf("%s sends %q, want %q", c.name, got, c.want)
		}
	}
	if got := string(EncodeKey(nil, 0x6c1, 'а', 0, Modes{}, KeyOptions{})); got != "а" {
		t.Errorf("a key with its character given sends %q", got)
	}
}

func TestMouseIsEncodedAsAsked(t *testing.T) {
	press := MouseEvent{Button: MouseLeft, Col: 4, Row: 9, X: 44, Y: 99}
	release := MouseEvent{Button: MouseLeft, Action: MouseRelease, Col: 4, Row: 9}
	drag := MouseEvent{Button: MouseRight, Action: MouseMotion, Col: 4, Row: 9, Mods: ModCtrl}
	move := MouseEvent{Action: MouseMotion, Col: 4, Row: 9}
	wheel := MouseEvent{Button: MouseWheelDown, Col: 4, Row: 9, Mods: ModShift}
	far := MouseEvent{Button: MouseLeft, Col: 299, Row: 9}
	for _, c := range []struct {
		name  string
		event MouseEvent
		mode  MouseMode
		enc   MouseEncoding
		want  string
	}{
		{"off", press, MouseOff, MouseEncodingSGR, ""},
		{"X10 press", press, MouseX10, MouseEncodingDefault, "\x1b[M %*"},
		{"X10 has no release", release, MouseX10, MouseEncodingDefault, ""},
		{"release", release, MouseNormal, MouseEncodingDefault, "\x1b[M#%*"},
		{"SGR press", press, MouseNormal, MouseEncodingSGR, "\x1b[<0;5;10M"},
		{"SGR release", release, MouseNormal, MouseEncodingSGR, "\x1b[<0;5;10m"},
		{"1000 has no drag", drag, MouseNormal, MouseEncodingSGR, ""},
		{"drag", drag, MouseDrag, MouseEncodingSGR, "\x1b[<50;5;10M"},
		{"1002 has no motion", move, MouseDrag, MouseEncodingSGR, ""},
		{"motion", move, MouseAny, MouseEncodingSGR, "\x1b[<35;5;10M"},
		{"wheel", wheel, MouseNormal, MouseEncodingSGR, "\x1b[<69;5;10M"},
		{"urxvt", press, MouseNormal, MouseEncodingURXVT, "\x1b[32;5;10M"},
		{"UTF-8 beyond 223", far, MouseNormal, MouseEncodingUTF8, "\x1b[M \u014c*"},
		{"default beyond 223", far, MouseNormal, MouseEncodingDefault, ""},
		{"pixels", press, MouseNormal, MouseEncodingPixels, "\x1b[<0;45;100M"},
	} {
		if got := string(EncodeMouse(nil, c.event, Modes{Mouse: c.mode, MouseEncoding: c.enc})); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPasteCannotEndItsBracket(t *testing.T) {
	const text = "a\r\nb\nc\t\x1b[201~\u009b\x03"
	if got, want := string(EncodePaste(nil, text, Modes{BracketedPaste: true})), "\x1b[200~a\rb\rc\t[201~\x1b[201~"; got != want {
		t.Errorf("bracketed paste sends %q, want %q", got, want)
	}
	if got, want := string(EncodePaste(nil, text, Modes{})), "a\rb\rc\t[201~\x03"; got != want {
		t.Errorf("paste sends %q, want %q", got, want)
	}
	if got := string(EncodeFocus(EncodeFocus(EncodeFocus(nil, true, Modes{}), true, Modes{FocusEvents: true}), false, Modes{FocusEvents: true})); got != "\x1b[I\x1b[O" {
		t.Errorf("focus sends %q", got)
	}
}

func TestModesOfTheHostAreVisible(t *testing.T) {
	// Features: TERM-05
	term, _ := newTest(20, 3, "\x1b[?1h\x1b=\x1b[20h\x1b[?2004h\x1b[?1004h\x1b[?1049h\x1b[?5h\x1b[?2026h\x1b[?1003h\x1b[?1006h\x1b[?25l\x1b[4 q")
	want := Modes{
		CursorKeys: true, Keypad: true, NewLine: true, BracketedPaste: true, FocusEvents: true, AlternateScreen: true,
		ReverseVideo: true, SynchronizedOutput: true, Mouse: MouseAny, MouseEncoding: MouseEncodingSGR,
	}
	if got := term.Modes(); got != want {
		t.Errorf("modes are %+v, want %+v", got, want)
	}
	if got, want := term.Cursor(), (Cursor{Style: CursorUnderline}); got != want {
		t.Errorf("cursor is %+v, want %+v", got, want)
	}
}
