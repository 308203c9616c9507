// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"strconv"
	"unicode/utf8"
)

// MouseButton is a mouse button.
type MouseButton uint8

// Mouse buttons. MouseNone is motion without a button.
const (
	MouseNone MouseButton = iota
	MouseLeft
	MouseMiddle
	MouseRight
	MouseWheelUp
	MouseWheelDown
)

// MouseAction is what happened to the button.
type MouseAction uint8

// Mouse actions.
const (
	MousePress MouseAction = iota
	MouseRelease
	MouseMotion
)

// MouseEvent is an event at a cell, and within the terminal's pixels for MouseEncodingPixels; all count from 0.
type MouseEvent struct {
	Button   MouseButton // for motion: a button that is held
	Action   MouseAction
	Col, Row int
	X, Y     int
	Mods     Mods
}

// EncodeMouse appends what a mouse event sends to the host: nothing if the host has not asked for such events (xterm
// control sequences, "Mouse Tracking"). The caller leaves out motion within one cell, save for pixels.
func EncodeMouse(b []byte, e MouseEvent, modes Modes) []byte {
	if !wanted(e, modes.Mouse) {
		return b
	}
	code := e.code(modes.Mouse)
	col, row := e.Col+1, e.Row+1
	switch modes.MouseEncoding {
	case MouseEncodingSGR, MouseEncodingPixels:
		if modes.MouseEncoding == MouseEncodingPixels {
			col, row = e.X+1, e.Y+1
		}
		b = appendNumbers(append(b, "\x1b[<"...), code, col, row)
		if e.Action == MouseRelease {
			return append(b, 'm')
		}
		return append(b, 'M')
	}
	if e.Action == MouseRelease {
		code = code&^3 | 3
	}
	switch modes.MouseEncoding {
	case MouseEncodingURXVT:
		b = appendNumbers(append(b, "\x1b["...), code+32, col, row)
		return append(b, 'M')
	case MouseEncodingUTF8:
		if col > 2015 || row > 2015 {
			return b
		}
		b = append(b, "\x1b[M"...)
		for _, v := range [3]int{code, col, row} {
			b = utf8.AppendRune(b, rune(v+32))
		}
		return b
	}
	if col > 223 || row > 223 {
		return b
	}
	return append(b, 0x1b, '[', 'M', byte(code+32), byte(col+32), byte(row+32))
}

// wanted reports whether the mode reports the event.
func wanted(e MouseEvent, mode MouseMode) bool {
	wheel := e.Button == MouseWheelUp || e.Button == MouseWheelDown
	switch {
	case wheel && e.Action != MousePress:
		return false
	case e.Button == MouseNone && e.Action != MouseMotion:
		return false
	}
	switch mode {
	case MouseX10:
		return e.Action == MousePress && !wheel
	case MouseNormal:
		return e.Action != MouseMotion
	case MouseDrag:
		return e.Action != MouseMotion || e.Button != MouseNone
	case MouseAny:
		return true
	}
	return false
}

// code is the event's number: button, modifiers, motion.
func (e MouseEvent) code(mode MouseMode) int {
	code := 3
	switch e.Button {
	case MouseLeft, MouseMiddle, MouseRight:
		code = int(e.Button - MouseLeft)
	case MouseWheelUp, MouseWheelDown:
		code = 64 + int(e.Button-MouseWheelUp)
	case MouseNone:
	}
	if mode == MouseX10 {
		return code
	}
	if e.Mods&ModShift != 0 {
		code += 4
	}
	if e.Mods&(ModAlt|ModMeta) != 0 {
		code += 8
	}
	if e.Mods&ModCtrl != 0 {
		code += 16
	}
	if e.Action == MouseMotion {
		code += 32
	}
	return code
}

func appendNumbers(b []byte, x, y, z int) []byte {
	b = strconv.AppendInt(b, int64(x), 10)
	b = strconv.AppendInt(append(b, ';'), int64(y), 10)
	return strconv.AppendInt(append(b, ';'), int64(z), 10)
}

// EncodeFocus appends the report that the terminal gained or lost the focus, if the host wants it (mode 1004).
func EncodeFocus(b []byte, focused bool, modes Modes) []byte {
	switch {
	case !modes.FocusEvents:
		return b
	case focused:
		return append(b, "\x1b[I"...)
	}
	return append(b, "\x1b[O"...)
}

// EncodePaste appends pasted text. Line ends become carriage returns, as Enter sends them. In bracketed paste mode it
// stands between ESC[200~ and ESC[201~, and control characters other than tab and line ends are left out, so that it
// cannot end the bracket itself. Outside of it only what the clipboard can hardly mean is left out: ESC and the C1 controls.
func EncodePaste(b []byte, text string, modes Modes) []byte {
	if modes.BracketedPaste {
		b = append(b, "\x1b[200~"...)
	}
	after := rune(0)
	for _, r := range text {
		switch {
		case r == '\n' && after == '\r':
		case r == '\n' || r == '\r':
			b = append(b, '\r')
		case r == 0x1b || r >= 0x80 && r < 0xa0:
		case modes.BracketedPaste && (r < 0x20 && r != '\t' || r == 0x7f):
		default:
			b = utf8.AppendRune(b, r)
		}
		after = r
	}
	if modes.BracketedPaste {
		b = append(b, "\x1b[201~"...)
	}
	return b
}
