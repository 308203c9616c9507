// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"bytes"
	"unicode/utf8"
)

// Write interprets output of the host. It takes all of p and never fails; sequences and characters may be split between
// calls anywhere.
func (t *Terminal) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if t.pipe && t.parser.state == ground {
			p = t.writePipe(p)
		} else {
			p = t.interpret(p)
		}
	}
	return n, nil
}

// interpret handles the beginning of p and returns the rest.
func (t *Terminal) interpret(p []byte) []byte {
	switch {
	case t.npart > 0:
		return t.completePartial(p)
	case t.parser.state == ground:
		return t.writeText(p)
	case t.parser.state == oscString || t.parser.state == dcsPassthrough:
		return t.writeString(p)
	case t.parser.state == csiParam:
		return t.writeParams(p)
	}
	return t.writeCode(p)
}

// writeParams takes a run of a control sequence's parameters, or one code point.
func (t *Terminal) writeParams(p []byte) []byte {
	n := 0
	for n < len(p) && p[n]-'0' <= ';'-'0' {
		t.parser.param(p[n])
		n++
	}
	if n < len(p) {
		return t.writeCode(p[n:])
	}
	return nil
}

// writeText handles a run of printable ASCII or, if there is none, one code point.
func (t *Terminal) writeText(p []byte) []byte {
	n := 0
	for n < len(p) && p[n]-0x20 < 0x5f {
		n++
	}
	if n == 0 {
		return t.writeCode(p)
	}
	if t.charsets.plain() && !t.modes.insert {
		t.printASCII(p[:n])
	} else {
		for _, c := range p[:n] {
			t.printRune(rune(c))
		}
	}
	return p[n:]
}

// writeCode handles one code point.
func (t *Terminal) writeCode(p []byte) []byte {
	if p[0] < utf8.RuneSelf {
		t.step(rune(p[0]))
		return p[1:]
	}
	r, n := decodeRune(p)
	if n == 0 {
		t.npart = copy(t.partial[:], p)
		return nil
	}
	t.step(r)
	return p[n:]
}

// writeString takes what it can of an OSC or DCS up to the next control character.
func (t *Terminal) writeString(p []byte) []byte {
	n := 0
	for n < len(p) && p[n] >= 0x20 && p[n] < 0x7f {
		n++
	}
	if n == 0 {
		return t.writeCode(p)
	}
	t.parser.put(p[:n]...)
	return p[n:]
}

// writePipe gives output to the open pipe stream up to the next ESC, and draws it too if the pipe's flags say so. Where it
// is drawn, it is cut after the byte that may begin a C1 control, so that what the pipe gets does not depend on how the
// output was split.
func (t *Terminal) writePipe(p []byte) []byte {
	if p[0] == 0x1b {
		return t.interpret(p)
	}
	n := len(p)
	if t.piping&PipeInterpret == 0 {
		if i := bytes.IndexByte(p, 0x1b); i >= 0 {
			n = i
		}
		t.handlers.console.PipeData(p[:n])
		return p[n:]
	}
	if i := bytes.IndexAny(p, "\x1b\xc2"); i >= 0 {
		n = max(i, 1)
	}
	if t.npart > 0 {
		n = 1
	}
	t.handlers.console.PipeData(p[:n])
	for q := p[:n]; len(q) > 0; {
		q = t.interpret(q)
	}
	return p[n:]
}

// completePartial finishes the character that the last Write ended in and returns what remains of p.
func (t *Terminal) completePartial(p []byte) []byte {
	have := t.npart
	n := have + copy(t.partial[have:], p)
	r, size := decodeRune(t.partial[:n])
	if size == 0 {
		t.npart = n
		return nil
	}
	t.npart = 0
	t.step(r)
	return p[size-have:]
}

// step feeds one code point to the state machine.
func (t *Terminal) step(r rune) {
	p := &t.parser
	class := min(r, classes-1)
	tr := transitions[p.state][class]
	if tr.next != p.state && (p.state == oscString || p.state == dcsPassthrough) {
		t.endString(r)
	}
	p.state = tr.next
	switch tr.action {
	case actPrint:
		t.printRune(r)
	case actExecute:
		t.execute(byte(r))
		t.forget()
	case actClear:
		p.clear()
	case actCollect:
		p.collect(byte(r))
	case actParam:
		p.param(byte(r))
	case actEscape:
		if r >= 0x80 {
			p.clear()
			r -= 0x40
		}
		t.escape(byte(r))
		t.forget()
	case actCSI:
		t.csi(byte(r))
		t.forget()
	case actHook:
		p.final = byte(r)
		p.startString()
	case actOSCStart:
		p.startString()
	case actPut:
		if p.state == oscString || p.state == dcsPassthrough {
			var b [utf8.UTFMax]byte
			p.put(b[:utf8.EncodeRune(b[:], r)]...)
		}
	case actPaletteReset:
		t.resetColors("")
	case actPaletteDigit:
		t.consolePaletteDigit(byte(r))
	case actIgnore:
	}
}

// forget ends what only holds for the character just written: that REP repeats it, and that combining characters and
// clusters find it even where the cursor cannot move on.
func (t *Terminal) forget() {
	t.last = 0
	t.joinRow = -1
}

// endString obeys the OSC or DCS that r ends; CAN and SUB abandon it.
func (t *Terminal) endString(r rune) {
	p := &t.parser
	if r == 0x18 || r == 0x1a || p.over {
		return
	}
	if p.state == oscString {
		t.osc(p.str)
		return
	}
	t.dcs(p.str)
}

// decodeRune reads one code point. Malformed input gives U+FFFD for each maximal subpart (Unicode 16, section 3.9.6).
// n is 0 if p ends within a character that is well-formed so far.
func decodeRune(p []byte) (r rune, n int) {
	b := p[0]
	low, high, need := byte(0x80), byte(0xbf), 0
	switch {
	case b < 0xc2 || b > 0xf4:
		return utf8.RuneError, 1
	case b < 0xe0:
		need, r = 2, rune(b&0x1f)
	case b < 0xf0:
		need, r = 3, rune(b&0x0f)
	default:
		need, r = 4, rune(b&0x07)
	}
	switch b {
	case 0xe0:
		low = 0xa0
	case 0xed:
		high = 0x9f
	case 0xf0:
		low = 0x90
	case 0xf4:
		high = 0x8f
	}
	for i := 1; i < need; i++ {
		if i == len(p) {
			return 0, 0
		}
		if p[i] < low || p[i] > high {
			return utf8.RuneError, i
		}
		low, high = 0x80, 0xbf
		r = r<<6 | rune(p[i]&0x3f)
	}
	return r, need
}
