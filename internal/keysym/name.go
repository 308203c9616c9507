// SPDX-License-Identifier: Apache-2.0

package keysym

import "fmt"

// names are X11's names of keys without a character, less the prefix XK_.
var names = map[uint32]string{
	BackSpace: "BackSpace", Tab: "Tab", Linefeed: "Linefeed", Clear: "Clear", Return: "Return", Pause: "Pause",
	ScrollLock: "Scroll_Lock", SysReq: "Sys_Req", Escape: "Escape", MultiKey: "Multi_key", Kanji: "Kanji",
	Muhenkan: "Muhenkan", HenkanMode: "Henkan_Mode", Hiragana: "Hiragana", Katakana: "Katakana",
	HiraganaKata: "Hiragana_Katakana", ZenkakuHankaku: "Zenkaku_Hankaku", Hangul: "Hangul", HangulHanja: "Hangul_Hanja",
	Home: "Home", Left: "Left", Up: "Up", Right: "Right", Down: "Down", PageUp: "Page_Up", PageDown: "Page_Down",
	End: "End", Begin: "Begin", Select: "Select", Print: "Print", Execute: "Execute", Insert: "Insert", Undo: "Undo",
	Redo: "Redo", Menu: "Menu", Find: "Find", Cancel: "Cancel", Help: "Help", Break: "Break", ModeSwitch: "Mode_switch",
	NumLock: "Num_Lock", KPSpace: "KP_Space", KPTab: "KP_Tab", KPEnter: "KP_Enter",
	KPHome: "KP_Home", KPLeft: "KP_Left", KPUp: "KP_Up", KPRight: "KP_Right", KPDown: "KP_Down", KPPageUp: "KP_Page_Up",
	KPPageDown: "KP_Page_Down", KPEnd: "KP_End", KPBegin: "KP_Begin", KPInsert: "KP_Insert", KPDelete: "KP_Delete",
	KPMultiply: "KP_Multiply", KPAdd: "KP_Add", KPSeparator: "KP_Separator", KPSubtract: "KP_Subtract",
	KPDecimal: "KP_Decimal", KPDivide: "KP_Divide", KPEqual: "KP_Equal",
	ShiftL: "Shift_L", ShiftR: "Shift_R", ControlL: "Control_L", ControlR: "Control_R", CapsLock: "Caps_Lock",
	ShiftLock: "Shift_Lock", MetaL: "Meta_L", MetaR: "Meta_R", AltL: "Alt_L", AltR: "Alt_R", SuperL: "Super_L",
	SuperR: "Super_R", HyperL: "Hyper_L", HyperR: "Hyper_R", Delete: "Delete", ISOLevel3Shift: "ISO_Level3_Shift",
	ISOLevel3Latch: "ISO_Level3_Latch", ISOLevel3Lock: "ISO_Level3_Lock", ISOLevel5Shift: "ISO_Level5_Shift",
	ISOLeftTab: "ISO_Left_Tab",
}

// Name returns what to call a key: X11's name of it, its character, or its number.
func Name(keysym uint32) string {
	switch {
	case keysym >= F1 && keysym <= F35:
		return fmt.Sprintf("F%d", keysym-F1+1)
	case keysym >= KPF1 && keysym <= KPF4:
		return fmt.Sprintf("KP_F%d", keysym-KPF1+1)
	case keysym >= KP0 && keysym <= KP9:
		return fmt.Sprintf("KP_%d", keysym-KP0)
	}
	if s, ok := names[keysym]; ok {
		return s
	}
	if r, ok := Rune(keysym); ok {
		if r == ' ' {
			return "space"
		}
		return string(r)
	}
	return fmt.Sprintf("0x%x", keysym)
}
