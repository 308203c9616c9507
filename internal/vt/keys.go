// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"strconv"
	"unicode/utf8"
)

// Mods are the modifiers held while a key is pressed or a mouse event happens. Super and Hyper count as Meta.
type Mods uint8

// Modifiers, with the bits of xterm's modifier parameter less one.
const (
	ModShift Mods = 1 << iota
	ModAlt
	ModCtrl
	ModMeta
)

// X11 keysyms of the keys that have no character (X11/keysymdef.h).
const (
	keyBackspace = 0xff08
	keyTab       = 0xff09
	keyLinefeed  = 0xff0a
	keyReturn    = 0xff0d
	keyEscape    = 0xff1b
	keyHome      = 0xff50
	keyLeft      = 0xff51
	keyUp        = 0xff52
	keyRight     = 0xff53
	keyDown      = 0xff54
	keyPageUp    = 0xff55
	keyPageDown  = 0xff56
	keyEnd       = 0xff57
	keyInsert    = 0xff63
	keyKPSpace   = 0xff80
	keyKPTab     = 0xff89
	keyKPEnter   = 0xff8d
	keyKPF1      = 0xff91
	keyKPF4      = 0xff94
	keyKPHome    = 0xff95
	keyKPDelete  = 0xff9f
	keyKPFirst   = 0xffaa // KP_Multiply; the keysym less 0xff80 is the character
	keyKPLast    = 0xffb9 // KP_9
	keyKPEqual   = 0xffbd
	keyF1        = 0xffbe
	keyF12       = 0xffc9
	keyISOTab    = 0xfe20 // ISO_Left_Tab
	keyDelete    = 0xffff
	keyUnicode   = 0x01000000
)

// EncodeKey appends what pressing a key sends to the host. Keys that send nothing (modifiers, unknown keysyms) append
// nothing. char is the key's character or 0 if it has none; keysym.Rune has it.
func EncodeKey(b []byte, keysym uint32, char rune, mods Mods, modes Modes, opts KeyOptions) []byte {
	keysym = foldKeypad(keysym)
	switch {
	case keysym >= keyKPFirst && keysym <= keyKPLast || keysym == keyKPEqual || keysym == keyKPSpace:
		return appendKeypad(b, keysym, mods, modes, opts)
	case keysym == keyKPEnter && modes.Keypad && opts.FunctionKeys.keypad():
		return append(b, "\x1bOM"...)
	}
	if s, ok := arrow(keysym); ok {
		return appendArrow(b, s, mods, modes.CursorKeys)
	}
	if out, ok := appendEditing(b, keysym, mods, modes, opts); ok {
		return out
	}
	if keysym >= keyF1 && keysym <= keyF12 {
		return appendFunction(b, int(keysym-keyF1), mods, opts.FunctionKeys)
	}
	if out, ok := appendControl(b, keysym, mods, modes, opts); ok {
		return out
	}
	if char == 0 {
		char = character(keysym)
	}
	return appendChar(b, char, mods)
}

// foldKeypad replaces the keypad's keys by those they stand for without NumLock.
func foldKeypad(keysym uint32) uint32 {
	switch {
	case keysym >= keyKPF1 && keysym <= keyKPF4:
		return keysym - keyKPF1 + keyF1
	case keysym >= keyKPHome && keysym <= keyKPHome+7: // Home, Left, Up, Right, Down, Page_Up, Page_Down, End
		return keysym - keyKPHome + keyHome
	case keysym == keyKPDelete-1:
		return keyInsert
	case keysym == keyKPDelete:
		return keyDelete
	case keysym == keyKPTab:
		return keyTab
	}
	return keysym
}

func arrow(keysym uint32) (byte, bool) {
	switch keysym {
	case keyUp:
		return 'A', true
	case keyDown:
		return 'B', true
	case keyRight:
		return 'C', true
	case keyLeft:
		return 'D', true
	}
	return 0, false
}

func appendArrow(b []byte, final byte, mods Mods, application bool) []byte {
	switch {
	case mods != 0:
		return appendModified(b, 1, mods, final)
	case application:
		return append(b, 0x1b, 'O', final)
	}
	return append(b, 0x1b, '[', final)
}

// appendModified appends CSI n ; modifiers final (xterm control sequences, "PC-Style Function Keys").
func appendModified(b []byte, n int, mods Mods, final byte) []byte {
	b = strconv.AppendInt(append(b, "\x1b["...), int64(n), 10)
	b = strconv.AppendInt(append(b, ';'), int64(mods)+1, 10)
	return append(b, final)
}

// appendKeypad appends a key of the keypad that has a character.
func appendKeypad(b []byte, keysym uint32, mods Mods, modes Modes, opts KeyOptions) []byte {
	c := byte(keysym - 0xff80)
	if keysym == keyKPSpace {
		c = ' '
	}
	if !modes.Keypad || !opts.FunctionKeys.keypad() {
		return appendChar(b, rune(c), mods)
	}
	if opts.FunctionKeys == FunctionKeysVT100 {
		// The VT100's keypad has a comma and an Enter where this one has * and + (VT100 user guide, table 3-8).
		switch c {
		case '*':
			c = ','
		case '+':
			return append(b, "\x1bOM"...)
		case '/':
			return append(b, '/')
		}
	}
	switch c {
	case ' ':
	case '=':
		c = 'X'
	default:
		c += 0x40 // 0 is p, 9 is y, - is m
	}
	return append(b, 0x1b, 'O', c)
}

// appendControl appends the keys that send a control character.
func appendControl(b []byte, keysym uint32, mods Mods, modes Modes, opts KeyOptions) ([]byte, bool) {
	var c byte
	switch keysym {
	case keyBackspace:
		c = opts.Backspace
		if c == 0 {
			c = 0x7f
		}
		if modes.BackspaceSendsBS {
			c = 0x08
		}
		if mods&ModCtrl != 0 {
			c = 0x17 // Ctrl+W: erase the word
		}
	case keyTab, keyISOTab:
		if mods&ModShift != 0 || keysym == keyISOTab {
			return append(b, "\x1b[Z"...), true
		}
		c = '\t'
	case keyLinefeed:
		c = '\n'
	case keyReturn, keyKPEnter:
		c = '\r'
	case keyEscape:
		c = 0x1b
	default:
		return b, false
	}
	if mods&ModAlt != 0 {
		b = append(b, 0x1b)
	}
	b = append(b, c)
	if c == '\r' && modes.NewLine {
		b = append(b, '\n')
	}
	return b, true
}

// character returns the character of a keysym that is Latin-1 or Unicode, or 0.
func character(keysym uint32) rune {
	switch {
	case keysym >= 0x20 && keysym <= 0x7e, keysym >= 0xa0 && keysym <= 0xff:
		return rune(keysym)
	case keysym > keyUnicode && keysym <= keyUnicode+utf8.MaxRune:
		return rune(keysym - keyUnicode)
	}
	return 0
}

// appendChar appends a character, as a control character with Ctrl and after ESC with Alt.
func appendChar(b []byte, r rune, mods Mods) []byte {
	if r == 0 || !utf8.ValidRune(r) {
		return b
	}
	if mods&ModCtrl != 0 {
		c, ok := control(r)
		if !ok {
			return b
		}
		r = rune(c)
	}
	if mods&ModAlt != 0 {
		b = append(b, 0x1b)
	}
	return utf8.AppendRune(b, r)
}

// control returns what Ctrl makes of a character: that of its column in ASCII, and the digits as on a VT220.
func control(r rune) (byte, bool) {
	switch {
	case r >= '@' && r <= '_':
		return byte(r - '@'), true
	case r >= 'a' && r <= 'z':
		return byte(r - 'a' + 1), true
	case r == '?' || r == '8':
		return 0x7f, true
	case r == ' ' || r == '2':
		return 0, true
	case r >= '3' && r <= '7':
		return byte(r - '3' + 0x1b), true
	case r == '/':
		return 0x1f, true
	}
	return 0, false
}
