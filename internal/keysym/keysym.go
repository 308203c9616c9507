// SPDX-License-Identifier: Apache-2.0

// Package keysym has the X11 keysyms, which the Guacamole protocol, RFB and the web client use as the numbers of keys (X
// Window System Protocol, appendix A).
//
// A keysym is a plain uint32. Those of Latin-1 are their code points, those of other characters are 0x01000000 and the code
// point or one of the older ranges that Rune also knows, and keys without a character are at 0xff00.
package keysym

import (
	"sort"
	"unicode/utf8"
)

// Unicode is added to a code point outside of Latin-1 to make its keysym.
const Unicode = 0x01000000

// Keys without a character of their own.
const (
	BackSpace      = 0xff08
	Tab            = 0xff09
	Linefeed       = 0xff0a
	Clear          = 0xff0b
	Return         = 0xff0d
	Pause          = 0xff13
	ScrollLock     = 0xff14
	SysReq         = 0xff15
	Escape         = 0xff1b
	MultiKey       = 0xff20
	Kanji          = 0xff21
	Muhenkan       = 0xff22
	HenkanMode     = 0xff23
	Hiragana       = 0xff25
	Katakana       = 0xff26
	HiraganaKata   = 0xff27
	ZenkakuHankaku = 0xff2a
	Hangul         = 0xff31
	HangulHanja    = 0xff34
	Home           = 0xff50
	Left           = 0xff51
	Up             = 0xff52
	Right          = 0xff53
	Down           = 0xff54
	PageUp         = 0xff55
	PageDown       = 0xff56
	End            = 0xff57
	Begin          = 0xff58
	Select         = 0xff60
	Print          = 0xff61
	Execute        = 0xff62
	Insert         = 0xff63
	Undo           = 0xff65
	Redo           = 0xff66
	Menu           = 0xff67
	Find           = 0xff68
	Cancel         = 0xff69
	Help           = 0xff6a
	Break          = 0xff6b
	ModeSwitch     = 0xff7e
	NumLock        = 0xff7f
	KPSpace        = 0xff80
	KPTab          = 0xff89
	KPEnter        = 0xff8d
	KPF1           = 0xff91
	KPF2           = 0xff92
	KPF3           = 0xff93
	KPF4           = 0xff94
	KPHome         = 0xff95
	KPLeft         = 0xff96
	KPUp           = 0xff97
	KPRight        = 0xff98
	KPDown         = 0xff99
	KPPageUp       = 0xff9a
	KPPageDown     = 0xff9b
	KPEnd          = 0xff9c
	KPBegin        = 0xff9d
	KPInsert       = 0xff9e
	KPDelete       = 0xff9f
	KPMultiply     = 0xffaa
	KPAdd          = 0xffab
	KPSeparator    = 0xffac
	KPSubtract     = 0xffad
	KPDecimal      = 0xffae
	KPDivide       = 0xffaf
	KP0            = 0xffb0
	KP9            = 0xffb9
	KPEqual        = 0xffbd
	F1             = 0xffbe
	F2             = 0xffbf
	F3             = 0xffc0
	F4             = 0xffc1
	F5             = 0xffc2
	F6             = 0xffc3
	F7             = 0xffc4
	F8             = 0xffc5
	F9             = 0xffc6
	F10            = 0xffc7
	F11            = 0xffc8
	F12            = 0xffc9
	F13            = 0xffca
	F24            = 0xffd5
	F35            = 0xffe0
	ShiftL         = 0xffe1
	ShiftR         = 0xffe2
	ControlL       = 0xffe3
	ControlR       = 0xffe4
	CapsLock       = 0xffe5
	ShiftLock      = 0xffe6
	MetaL          = 0xffe7
	MetaR          = 0xffe8
	AltL           = 0xffe9
	AltR           = 0xffea
	SuperL         = 0xffeb
	SuperR         = 0xffec
	HyperL         = 0xffed
	HyperR         = 0xffee
	Delete         = 0xffff
	ISOLevel3Shift = 0xfe03
	ISOLevel3Latch = 0xfe04
	ISOLevel3Lock  = 0xfe05
	ISOLevel5Shift = 0xfe11
	ISOLeftTab     = 0xfe20
)

// Rune returns the character that a keysym types, or false if it types none. The keypad's digits and operators have one;
// Return, Tab and their like do not.
func Rune(keysym uint32) (rune, bool) {
	switch {
	case keysym >= 0x20 && keysym <= 0x7e, keysym >= 0xa0 && keysym <= 0xff:
		return rune(keysym), true
	case keysym >= Unicode && keysym <= Unicode+utf8.MaxRune:
		r := rune(keysym - Unicode)
		return r, utf8.ValidRune(r) && r >= 0x20 && (r < 0x7f || r >= 0xa0)
	case keysym >= KPMultiply && keysym <= KP9, keysym == KPEqual:
		return rune(keysym - 0xff80), true
	case keysym == KPSpace:
		return ' ', true
	}
	i := sort.Search(len(legacy), func(i int) bool { return legacy[i]>>16 >= keysym })
	if i < len(legacy) && legacy[i]>>16 == keysym {
		return rune(legacy[i] & 0xffff), true
	}
	return 0, false
}

// FromRune returns the keysym that types a character, in the form the web client sends: Latin-1 as it is, others with
// Unicode added, line ends and the like as the key's. It is 0 for control characters without a key.
func FromRune(r rune) uint32 {
	switch {
	case r >= 0x20 && r <= 0x7e, r >= 0xa0 && r <= 0xff:
		return uint32(r)
	case r == '\n' || r == '\r':
		return Return
	case r == '\t':
		return Tab
	case r == '\b':
		return BackSpace
	case r == 0x1b:
		return Escape
	case r == 0x7f:
		return Delete
	case r < 0xa0 || !utf8.ValidRune(r):
		return 0
	}
	return Unicode + uint32(r)
}

// IsModifier reports whether a key only modifies others: Shift, Control, Alt, Meta, Super, Hyper, the locks and the level
// shifts.
func IsModifier(keysym uint32) bool {
	return keysym >= ShiftL && keysym <= HyperR || keysym >= 0xfe01 && keysym <= 0xfe13 ||
		keysym == ModeSwitch || keysym == NumLock
}

// IsLock reports whether a key toggles a state that a keyboard shows with a light.
func IsLock(keysym uint32) bool {
	return keysym == CapsLock || keysym == NumLock || keysym == ScrollLock
}

// IsKeypad reports whether a key is on the keypad.
func IsKeypad(keysym uint32) bool { return keysym >= KPSpace && keysym <= KPEqual }

// FoldKeypad returns the key of the main block that does the same as one of the keypad without NumLock: Home for KPHome,
// Return for KPEnter. Other keysyms are returned as they are.
func FoldKeypad(keysym uint32) uint32 {
	switch {
	case keysym >= KPF1 && keysym <= KPF4:
		return keysym - KPF1 + F1
	case keysym >= KPHome && keysym <= KPBegin:
		return keysym - KPHome + Home
	case keysym == KPInsert:
		return Insert
	case keysym == KPDelete:
		return Delete
	case keysym == KPTab:
		return Tab
	case keysym == KPEnter:
		return Return
	}
	return keysym
}
