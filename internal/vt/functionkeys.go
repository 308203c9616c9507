// SPDX-License-Identifier: Apache-2.0

package vt

import "strconv"

// FunctionKeys is the style of the sequences of F1 to F12, Home, End and the keypad: one of the two that
// func-keys-and-keypad names, or what the terminfo entries of a family of terminal types have (ncurses 6.4).
type FunctionKeys uint8

// Styles of function keys.
const (
	// FunctionKeysConsole is func-keys-and-keypad=esc: F1 to F5 as on the Linux console, F11 and F12 as upstream has them.
	FunctionKeysConsole FunctionKeys = iota
	// FunctionKeysVT100 is func-keys-and-keypad=vt100: F1 to F4 as SS3, F5 as on the VT220, and the VT100's application keypad.
	FunctionKeysVT100
	// FunctionKeysLinux is linux: F1 to F5 as on its console, Shift+F1 to F8 as F13 to F20.
	FunctionKeysLinux
	// FunctionKeysXterm is xterm, and all that follow it; vt220 too, as far as that has the key.
	FunctionKeysXterm
	// FunctionKeysScreen is screen and tmux: xterm's, with Home and End as on the VT220.
	FunctionKeysScreen
	// FunctionKeysDEC is vt100 and vt102, whose F5 to F10 are on the keypad.
	FunctionKeysDEC
	// FunctionKeysRxvt is rxvt.
	FunctionKeysRxvt
)

// KeyOptions are what of the connection's parameters concerns keys; the zero value is upstream's default.
type KeyOptions struct {
	// Backspace is the code of the Backspace key; 0 is 127.
	Backspace byte
	// FunctionKeys follows from func-keys-and-keypad, or without it from terminal-type.
	FunctionKeys FunctionKeys
	// ConsoleEnd makes End send ESC[4~ in the two styles of func-keys-and-keypad, as terminal-type=linux has it.
	ConsoleEnd bool
}

// keypad reports whether programs may set the keypad to application mode.
func (f FunctionKeys) keypad() bool { return f != FunctionKeysConsole && f != FunctionKeysLinux }

// appendEditing appends Home, End, Insert, Delete and the page keys.
func appendEditing(b []byte, keysym uint32, mods Mods, modes Modes, opts KeyOptions) ([]byte, bool) {
	n := 0
	var letter byte
	switch keysym {
	case keyHome:
		n, letter = opts.home()
	case keyInsert:
		n = 2
	case keyDelete:
		n = 3
	case keyEnd:
		n, letter = opts.end()
	case keyPageUp:
		n = 5
	case keyPageDown:
		n = 6
	default:
		return b, false
	}
	switch {
	case letter != 0 && mods != 0:
		return appendModified(b, 1, mods, letter), true
	case letter != 0 && modes.CursorKeys && opts.FunctionKeys == FunctionKeysXterm:
		return append(b, 0x1b, 'O', letter), true
	case letter != 0:
		return append(b, 0x1b, '[', letter), true
	}
	return appendCode(b, n, mods, opts.FunctionKeys), true
}

// home and end return the number or, if it is not 0, the letter that the key sends.
func (o KeyOptions) home() (n int, letter byte) {
	switch o.FunctionKeys {
	case FunctionKeysXterm:
		return 0, 'H'
	case FunctionKeysRxvt:
		return 7, 0
	}
	return 1, 0
}

func (o KeyOptions) end() (n int, letter byte) {
	switch o.FunctionKeys {
	case FunctionKeysXterm:
		return 0, 'F'
	case FunctionKeysRxvt:
		return 8, 0
	case FunctionKeysLinux, FunctionKeysScreen:
		return 4, 0
	}
	if o.ConsoleEnd {
		return 4, 0
	}
	return 0, 'F'
}

// functionCodes are the numbers of F1 to F20 on the VT220, whose gaps are the keyboard's.
var functionCodes = [20]int{11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34}

// appendFunction appends F1 (n = 0) to F12.
func appendFunction(b []byte, n int, mods Mods, style FunctionKeys) []byte {
	switch {
	case style == FunctionKeysLinux && mods == ModShift && n < 8:
		return appendCode(b, functionCodes[n+12], 0, style) // F13 to F20
	case style == FunctionKeysRxvt:
		return appendRxvtFunction(b, n, mods)
	case n < 4 && mods != 0:
		return appendModified(b, 1, mods, byte('P'+n))
	case mods != 0:
		return appendCode(b, functionCodes[n], mods, style)
	case n < 5 && (style == FunctionKeysConsole || style == FunctionKeysLinux):
		return append(b, 0x1b, '[', '[', byte('A'+n))
	case n < 4:
		return append(b, 0x1b, 'O', byte('P'+n))
	case n < 10 && style == FunctionKeysDEC:
		return append(b, 0x1b, 'O', "tuvlwx"[n-4])
	}
	code := functionCodes[n]
	if n >= 10 && (style == FunctionKeysConsole || style == FunctionKeysVT100) {
		code-- // as upstream has F11 and F12
	}
	return appendCode(b, code, 0, style)
}

// appendRxvtFunction appends F1 (n = 0) to F12 as rxvt sends them: Shift adds ten to the key as far as there are
// numbers, and Ctrl ends the sequence in another character.
func appendRxvtFunction(b []byte, n int, mods Mods) []byte {
	if mods&ModShift != 0 && n < 10 {
		n += 10
		mods &^= ModShift
	}
	return appendCode(b, functionCodes[n], mods, FunctionKeysRxvt)
}

// appendCode appends CSI n ~ with the modifiers: as a parameter, or with rxvt as the last character.
func appendCode(b []byte, n int, mods Mods, style FunctionKeys) []byte {
	if style != FunctionKeysRxvt {
		if mods != 0 {
			return appendModified(b, n, mods, '~')
		}
		b = strconv.AppendInt(append(b, "\x1b["...), int64(n), 10)
		return append(b, '~')
	}
	if mods&ModAlt != 0 {
		b = append(b, 0x1b)
	}
	b = strconv.AppendInt(append(b, "\x1b["...), int64(n), 10)
	final := [4]byte{'~', '$', '^', '@'}[mods&ModShift/ModShift|mods&ModCtrl/ModCtrl<<1]
	return append(b, final)
}
