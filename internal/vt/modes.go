// SPDX-License-Identifier: Apache-2.0

package vt

// MouseMode says which mouse events the host wants.
type MouseMode uint16

// Mouse modes, by the number of their DECSET mode.
const (
	MouseOff    MouseMode = 0
	MouseX10    MouseMode = 9    // presses only, without modifiers
	MouseNormal MouseMode = 1000 // presses and releases
	MouseDrag   MouseMode = 1002 // and motion while a button is held
	MouseAny    MouseMode = 1003 // and all motion
)

// MouseEncoding says how mouse events are written.
type MouseEncoding uint16

// Mouse encodings, by the number of their DECSET mode.
const (
	MouseEncodingDefault MouseEncoding = 0    // bytes, columns and rows up to 223
	MouseEncodingUTF8    MouseEncoding = 1005 // code points, up to 2015
	MouseEncodingSGR     MouseEncoding = 1006 // decimal numbers
	MouseEncodingURXVT   MouseEncoding = 1015 // decimal numbers, without the released button
	MouseEncodingPixels  MouseEncoding = 1016 // as SGR, in pixels
)

// Modes are the modes that matter to input and drawing.
type Modes struct {
	CursorKeys         bool // DECCKM: arrows send SS3
	Keypad             bool // DECPAM: the keypad sends application sequences
	NewLine            bool // LNM: Enter sends CR LF
	BracketedPaste     bool // 2004
	FocusEvents        bool // 1004
	AlternateScreen    bool // 47, 1047, 1049
	AlternateScroll    bool // 1007: on the alternate screen the wheel sends arrows
	ReverseVideo       bool // DECSCNM
	SynchronizedOutput bool // 2026: the host asks not to draw until it is reset; the caller sets a time limit
	BackspaceSendsBS   bool // DECBKM: Backspace sends 8 instead of 127
	Mouse              MouseMode
	MouseEncoding      MouseEncoding
}

// modes is all state of SM, RM, DECSET and DECRST.
type modes struct {
	Modes
	insert        bool // IRM
	origin        bool // DECOM
	autoWrap      bool // DECAWM
	reverseWrap   bool // 45
	cursorVisible bool // DECTCEM
	leftRight     bool // DECLRMM
	graphemes     bool // 2027
	allow132      bool // 40, reported only
}

// Modes returns the present modes.
func (t *Terminal) Modes() Modes {
	m := t.modes.Modes
	m.AlternateScreen = t.screen == &t.alternate
	return m
}
