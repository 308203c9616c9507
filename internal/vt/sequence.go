// SPDX-License-Identifier: Apache-2.0

package vt

// Sequences are documented in "XTerm Control Sequences" (invisible-island.net/xterm/ctlseqs), DEC's in the VT510 manual.

// execute obeys a C0 control.
func (t *Terminal) execute(c byte) {
	switch c {
	case 0x05: // ENQ
		t.reply([]byte(t.opts.Enquiry))
	case 0x07: // BEL
		if t.handlers.bell != nil {
			t.handlers.bell.Bell()
		}
	case 0x08: // BS
		t.back(1)
	case 0x09: // HT
		t.tab(1)
	case 0x0a, 0x0b, 0x0c: // LF, VT, FF
		t.lineFeed()
	case 0x0d: // CR
		t.carriageReturn()
	case 0x0e: // SO
		t.charsets.gl = 1
	case 0x0f: // SI
		t.charsets.gl = 0
	}
}

func (t *Terminal) lineFeed() {
	t.pending = false
	t.index()
	if t.modes.NewLine {
		t.carriageReturn()
	}
}

// escape obeys ESC, intermediates and the final character c, or a C1 control as its 7-bit form.
func (t *Terminal) escape(c byte) {
	p := &t.parser
	switch p.ninter {
	case 0:
		t.escapePlain(c)
	case 1:
		t.escapeIntermediate(p.inter[0], c)
	}
}

func (t *Terminal) escapePlain(c byte) {
	switch c {
	case '7': // DECSC
		t.saveCursor()
	case '8': // DECRC
		t.restoreCursor()
	case '=': // DECPAM
		t.modes.Keypad = true
	case '>': // DECPNM
		t.modes.Keypad = false
	case 'D': // IND
		t.pending = false
		t.index()
	case 'E': // NEL
		t.pending = false
		t.index()
		t.carriageReturn()
	case 'H': // HTS
		t.tabs.set(t.x)
	case 'M': // RI
		t.reverseIndex()
	case 'N', 'O': // SS2, SS3
		t.charsets.single = c - 'N' + 2
	case 'Z': // DECID
		t.reply([]byte(t.opts.DeviceAttributes))
	case 'c': // RIS
		t.Reset()
	case 'n', 'o': // LS2, LS3
		t.charsets.gl = c - 'n' + 2
	}
}

func (t *Terminal) escapeIntermediate(inter, c byte) {
	switch inter {
	case '#':
		if c == '8' {
			t.alignment()
		}
	case '(', ')', '*', '+': // SCS, 94-character sets
		t.charsets.designate(int(inter-'('), c)
	case '-', '.', '/': // SCS, 96-character sets: none is supported
		t.charsets.designate(int(inter-'-')+1, 'B')
	}
}

// csi obeys a control sequence with the final character c.
func (t *Terminal) csi(c byte) {
	p := &t.parser
	switch {
	case p.prefix == 0 && p.ninter == 0:
		if !t.csiCursor(c) && !t.csiEdit(c) {
			t.csiOther(c)
		}
	case p.prefix == '?' && p.ninter == 0:
		t.csiPrivate(c)
	case p.prefix == '>' && c == 'c' && p.ninter == 0: // DA2: a VT420 of xterm's patch 277, the first that vim takes SGR mouse from
		if p.arg(0, 0) == 0 {
			t.reply([]byte("\x1b[>41;277;0c"))
		}
	case p.prefix == '>' && c == 'q' && p.ninter == 0: // XTVERSION
		t.reply([]byte("\x1bP>|Palta\x1b\\"))
	case p.prefix == '=' && c == 'c' && p.ninter == 0: // DA3
		t.reply([]byte("\x1bP!|00000000\x1b\\"))
	case p.ninter == 1:
		t.csiIntermediate(p.prefix, p.inter[0], c)
	}
}

// csiCursor obeys the sequences that move the cursor.
func (t *Terminal) csiCursor(c byte) bool {
	p := &t.parser
	n := p.arg(0, 1)
	switch c {
	case 'A': // CUU
		t.up(n)
	case 'B': // CUD
		t.down(n)
	case 'e': // VPR
		t.moveBy(0, n)
	case 'C': // CUF
		t.forward(n)
	case 'a': // HPR
		t.moveBy(n, 0)
	case 'D': // CUB
		t.back(n)
	case 'E': // CNL
		t.down(n)
		t.carriageReturn()
	case 'F': // CPL
		t.up(n)
		t.carriageReturn()
	case 'G', '`': // CHA, HPA
		t.moveToColumn(n - 1)
	case 'H', 'f': // CUP, HVP
		t.moveTo(p.arg(1, 1)-1, n-1)
	case 'I': // CHT
		t.tab(n)
	case 'Z': // CBT
		t.backTab(n)
	case 'd': // VPA
		t.moveToRow(n - 1)
	case 's': // DECSLRM, or SCOSC
		if t.modes.leftRight {
			t.setColumns(p.arg(0, 1), p.arg(1, t.cols))
		} else {
			t.saveCursor()
		}
	case 'u': // SCORC
		t.restoreCursor()
	default:
		return false
	}
	return true
}

// csiEdit obeys the sequences that change the text.
func (t *Terminal) csiEdit(c byte) bool {
	p := &t.parser
	n := p.arg(0, 1)
	switch c {
	case '@': // ICH
		t.insertCells(n)
	case 'J': // ED
		t.eraseInDisplay(p.arg(0, 0), t.eraseCells)
	case 'K': // EL
		t.eraseInLine(p.arg(0, 0), t.eraseCells)
	case 'L': // IL
		t.insertLines(n)
	case 'M': // DL
		t.deleteLines(n)
	case 'P': // DCH
		t.deleteCells(n)
	case 'S': // SU
		t.scrollUp(t.top, n)
	case 'T', '^': // SD
		if p.len() <= 1 {
			t.scrollDown(t.top, n)
		}
	case 'X': // ECH
		t.eraseChars(n)
	case 'b': // REP
		t.repeat(n)
	default:
		return false
	}
	return true
}

// csiOther obeys the remaining sequences without prefix and intermediate.
func (t *Terminal) csiOther(c byte) {
	p := &t.parser
	switch c {
	case 'c': // DA1
		if p.arg(0, 0) == 0 {
			t.reply([]byte(t.opts.DeviceAttributes))
		}
	case 'g': // TBC
		switch p.arg(0, 0) {
		case 0:
			t.tabs.unset(t.x)
		case 3:
			t.tabs = tabStops{}
		}
	case 'h', 'l': // SM, RM
		for i := range p.len() {
			t.setMode(int(p.params[i]), c == 'h')
		}
	case 'm': // SGR
		t.sgr()
	case 'n': // DSR
		t.deviceStatus(p.arg(0, 0))
	case 'r': // DECSTBM
		t.setRows(p.arg(0, 1), p.arg(1, t.rows))
	case 't': // XTWINOPS
		t.windowOperation()
	}
}

// csiPrivate obeys the sequences with the prefix ?.
func (t *Terminal) csiPrivate(c byte) {
	p := &t.parser
	switch c {
	case 'J': // DECSED
		t.eraseInDisplay(p.arg(0, 0), t.eraseUnprotected)
	case 'K': // DECSEL
		t.eraseInLine(p.arg(0, 0), t.eraseUnprotected)
	case 'h', 'l': // DECSET, DECRST
		for i := range p.len() {
			t.setPrivateMode(int(p.params[i]), c == 'h')
		}
	case 'n': // DSR, DEC's
		t.privateStatus(p.arg(0, 0))
	case 'W': // DECST8C
		if p.arg(0, 0) == 5 {
			t.tabs.reset()
		}
	}
}

// csiIntermediate obeys the sequences with one intermediate character.
func (t *Terminal) csiIntermediate(prefix, inter, c byte) {
	p := &t.parser
	key := string([]byte{inter, c})
	switch {
	case key == "$p" && prefix == 0: // DECRQM, ANSI
		t.reportMode(p.arg(0, 0), false)
	case key == "$p" && prefix == '?': // DECRQM, DEC
		t.reportMode(p.arg(0, 0), true)
	case prefix != 0:
	case key == " q": // DECSCUSR
		t.setCursorStyle(p.arg(0, 1))
	case key == " @": // SL
		t.shiftColumns(-p.arg(0, 1))
	case key == " A": // SR
		t.shiftColumns(p.arg(0, 1))
	case key == "!p": // DECSTR
		t.softReset()
	case key == "\"q": // DECSCA
		if v := p.arg(0, 0); v == 1 {
			t.pen.Attr |= Protected
		} else if v == 0 || v == 2 {
			t.pen.Attr &^= Protected
		}
	case key == "'}": // DECIC
		t.insertColumns(p.arg(0, 1))
	case key == "'~": // DECDC
		t.insertColumns(-p.arg(0, 1))
	}
}

func (t *Terminal) setCursorStyle(v int) {
	if v < 1 || v > 6 {
		return
	}
	t.style = CursorStyle((v - 1) / 2)
	t.blink = v%2 == 1
}

// softReset is DECSTR (VT510 manual, table 5-11).
func (t *Terminal) softReset() {
	t.modes.cursorVisible = true
	t.modes.insert = false
	t.modes.origin = false
	t.modes.autoWrap = true
	t.modes.reverseWrap = false
	t.modes.CursorKeys = false
	t.modes.Keypad = false
	t.modes.leftRight = false
	t.resetMargins()
	t.pen = Cell{}
	t.charsets = charsets{}
	t.screen.saved = savedCursor{}
	t.pending = false
}
