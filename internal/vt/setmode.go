// SPDX-License-Identifier: Apache-2.0

package vt

import "strconv"

// setMode is SM and RM.
func (t *Terminal) setMode(mode int, on bool) {
	if flag := t.modeFlag(mode); flag != nil {
		*flag = on
	}
}

// modeFlag returns the flag of an ANSI mode, or nil.
func (t *Terminal) modeFlag(mode int) *bool {
	switch mode {
	case 4: // IRM
		return &t.modes.insert
	case 20: // LNM
		return &t.modes.NewLine
	}
	return nil
}

// privateFlag returns the flag of a DEC mode that is no more than a flag, or nil.
func (t *Terminal) privateFlag(mode int) *bool {
	m := &t.modes
	switch mode {
	case 1: // DECCKM
		return &m.CursorKeys
	case 5: // DECSCNM
		return &m.ReverseVideo
	case 6: // DECOM
		return &m.origin
	case 7: // DECAWM
		return &m.autoWrap
	case 12: // blinking cursor
		return &t.blink
	case 25: // DECTCEM
		return &m.cursorVisible
	case 40:
		return &m.allow132
	case 45:
		return &m.reverseWrap
	case 66: // DECNKM
		return &m.Keypad
	case 67: // DECBKM
		return &m.BackspaceSendsBS
	case 69: // DECLRMM
		return &m.leftRight
	case 1004:
		return &m.FocusEvents
	case 1007:
		return &m.AlternateScroll
	case 2004:
		return &m.BracketedPaste
	case 2026:
		return &m.SynchronizedOutput
	case 2027:
		return &m.graphemes
	}
	return nil
}

// setPrivateMode is DECSET and DECRST.
func (t *Terminal) setPrivateMode(mode int, on bool) {
	if flag := t.privateFlag(mode); flag != nil {
		*flag = on
		t.modeChanged(mode, on)
		return
	}
	m := &t.modes
	switch mode {
	case 3: // DECCOLM: the width is the user's; what else the mode does is done if mode 40 allows it
		if m.allow132 {
			t.resetMargins()
			t.eraseInDisplay(2, t.eraseCells)
			t.moveTo(0, 0)
		}
	case 9, 1000, 1002, 1003:
		m.Mouse = MouseOff
		if on {
			m.Mouse = MouseMode(mode)
		}
	case 1005, 1006, 1015, 1016:
		if on {
			m.MouseEncoding = MouseEncoding(mode)
		} else if m.MouseEncoding == MouseEncoding(mode) {
			m.MouseEncoding = MouseEncodingDefault
		}
	case 47, 1047, 1048, 1049:
		t.setScreen(mode, on)
	}
}

// modeChanged does what some modes need beside their flag.
func (t *Terminal) modeChanged(mode int, on bool) {
	switch mode {
	case 5:
		t.damage.all()
	case 6:
		t.moveTo(0, 0)
	case 7:
		t.pending = t.pending && on
	case 69:
		if !on {
			t.left, t.right = 0, t.cols
		}
	}
}

// setScreen is modes 47, 1047, 1048 and 1049 (xterm control sequences, "The Alternate Screen Buffer"): what is on the
// alternate screen stays there, save that 1047 clears it when it leaves, and 1049 when it comes.
func (t *Terminal) setScreen(mode int, on bool) {
	if mode == 1048 || mode == 1049 && on {
		if on {
			t.saveCursor()
		} else {
			t.restoreCursor()
		}
	}
	switch {
	case mode == 1048:
	case on:
		if mode == 1049 && t.screen != &t.alternate {
			t.alternate.lines = nil
		}
		t.showAlternate()
	default:
		if mode == 1047 && t.screen == &t.alternate {
			t.alternate.lines = nil
		}
		t.showPrimary()
		if mode == 1049 {
			t.restoreCursor()
		}
	}
}

func (t *Terminal) showAlternate() {
	if t.screen == &t.alternate {
		return
	}
	blank := len(t.alternate.lines) == 0
	t.alternate.resize(t.rows)
	t.screen = &t.alternate
	if blank {
		t.paint(0, t.rows)
	}
	t.damage.all()
}

func (t *Terminal) showPrimary() {
	if t.screen == &t.primary {
		return
	}
	t.screen = &t.primary
	t.damage.all()
}

// reportMode answers DECRQM: 1 set, 2 reset, 0 unknown, 4 permanently reset.
func (t *Terminal) reportMode(mode int, private bool) {
	b := []byte("\x1b[")
	state := 0
	var flag *bool
	if private {
		b = append(b, '?')
		flag = t.privateFlag(mode)
		state = t.privateState(mode)
	} else {
		flag = t.modeFlag(mode)
		switch mode {
		case 2, 12: // KAM, SRM
			state = 4
		}
	}
	if flag != nil {
		state = onOff(*flag)
	}
	b = strconv.AppendInt(b, int64(mode), 10)
	b = append(b, ';', byte('0'+state))
	t.reply(append(b, "$y"...))
}

// privateState returns DECRQM's answer for the DEC modes that are no simple flags.
func (t *Terminal) privateState(mode int) int {
	switch mode {
	case 3, 4, 8: // DECCOLM, DECSCLM, DECARM
		return 4
	case 9, 1000, 1002, 1003:
		return onOff(t.modes.Mouse == MouseMode(mode))
	case 1005, 1006, 1015, 1016:
		return onOff(t.modes.MouseEncoding == MouseEncoding(mode))
	case 47, 1047, 1049:
		return onOff(t.screen == &t.alternate)
	case 1048:
		return 1
	}
	return 0
}

func onOff(on bool) int {
	if on {
		return 1
	}
	return 2
}
