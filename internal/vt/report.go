// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"fmt"
	"strconv"
)

// deviceStatus answers DSR 5 and 6 (CPR).
func (t *Terminal) deviceStatus(v int) {
	switch v {
	case 5:
		t.reply([]byte("\x1b[0n"))
	case 6:
		t.reply(t.position("\x1b["))
	}
}

// privateStatus answers DEC's DSR: DECXCPR, printer, user-defined keys, keyboard, locator.
func (t *Terminal) privateStatus(v int) {
	switch v {
	case 6:
		t.reply(t.position("\x1b[?"))
	case 15:
		t.reply([]byte("\x1b[?13n"))
	case 25:
		t.reply([]byte("\x1b[?21n"))
	case 26:
		t.reply([]byte("\x1b[?27;1;0;0n"))
	case 53, 55:
		t.reply([]byte("\x1b[?50n"))
	}
}

// position is a cursor position report; in origin mode it counts from the margins.
func (t *Terminal) position(start string) []byte {
	x, y := t.x, t.y
	if t.modes.origin {
		x, y = x-t.left, y-t.top
	}
	b := strconv.AppendInt([]byte(start), int64(y+1), 10)
	b = strconv.AppendInt(append(b, ';'), int64(x+1), 10)
	return append(b, 'R')
}

// maxTitles bounds the stack of titles.
const maxTitles = 10

// windowOperation is what of XTWINOPS concerns text: the size in characters and the stack of titles. Reports of the
// title are refused, as they would let the host type.
func (t *Terminal) windowOperation() {
	p := &t.parser
	switch p.arg(0, 0) {
	case 18:
		t.reply(fmt.Appendf(nil, "\x1b[8;%d;%dt", t.rows, t.cols))
	case 22:
		if v := p.arg(1, 0); v == 0 || v == 2 {
			if len(t.titles) == maxTitles {
				t.titles = t.titles[1:]
			}
			t.titles = append(t.titles, t.title)
		}
	case 23:
		if n := len(t.titles); n > 0 && (p.arg(1, 0) == 0 || p.arg(1, 0) == 2) {
			title := t.titles[n-1]
			t.titles = t.titles[:n-1]
			t.setTitle(title)
		}
	}
}

// dcs obeys a device control string: DECRQSS; XTGETTCAP is refused, everything else ignored.
func (t *Terminal) dcs(data []byte) {
	p := &t.parser
	if p.final != 'q' || p.ninter != 1 {
		return
	}
	switch p.inter[0] {
	case '$':
		if setting, ok := t.setting(string(data)); ok {
			t.reply([]byte("\x1bP1$r" + setting + string(data) + "\x1b\\"))
		} else {
			t.reply([]byte("\x1bP0$r\x1b\\"))
		}
	case '+':
		t.reply([]byte("\x1bP0+r\x1b\\"))
	}
}

// setting returns the parameters that DECRQSS asks for.
func (t *Terminal) setting(name string) (string, bool) {
	switch name {
	case "m":
		return t.penParameters(), true
	case "r":
		return fmt.Sprintf("%d;%d", t.top+1, t.bottom), true
	case "s":
		return fmt.Sprintf("%d;%d", t.left+1, t.right), true
	case " q":
		v := 2*int(t.style) + 2
		if t.blink {
			v--
		}
		return strconv.Itoa(v), true
	case "\"q":
		return strconv.Itoa(onOff(t.pen.Attr.Has(Protected))), true
	}
	return "", false
}

// penParameters returns the SGR parameters that set the pen.
func (t *Terminal) penParameters() string {
	s := "0"
	for _, a := range []struct {
		attr Attr
		sgr  string
	}{{Bold, "1"}, {Faint, "2"}, {Italic, "3"}, {Blink, "5"}, {Inverse, "7"}, {Invisible, "8"}, {Strike, "9"}, {Overline, "53"}} {
		if t.pen.Attr.Has(a.attr) {
			s += ";" + a.sgr
		}
	}
	if u := t.pen.Attr.Underline(); u != UnderlineNone {
		s += ";4:" + strconv.Itoa(int(u))
	}
	s += colorParameters(t.pen.FG, 30)
	s += colorParameters(t.pen.BG, 40)
	if c := t.exts.get(t.pen.ext).underline; c != DefaultColor {
		s += colorParameters(c, 50)
	}
	return s
}

// colorParameters returns the SGR parameters of a colour, base being 30, 40 or 50.
func colorParameters(c Color, base int) string {
	i, indexed := c.Index()
	switch {
	case c == DefaultColor:
		return ""
	case !indexed:
		d := c.direct()
		return fmt.Sprintf(";%d:2::%d:%d:%d", base+8, d.R, d.G, d.B)
	case i < 8 && base < 50:
		return ";" + strconv.Itoa(base+int(i))
	case i < 16 && base < 50:
		return ";" + strconv.Itoa(base+60+int(i)-8)
	}
	return fmt.Sprintf(";%d:5:%d", base+8, i)
}
