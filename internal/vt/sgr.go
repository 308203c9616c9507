// SPDX-License-Identifier: Apache-2.0

package vt

// sgr obeys SGR (ECMA-48, section 8.3.117; ITU-T T.416 for the colours with colons).
func (t *Terminal) sgr() {
	p := &t.parser
	if p.len() == 0 {
		t.resetPen()
		return
	}
	for i := 0; i < p.len(); {
		n := 1 // parameters that belong together by colons
		for i+n < p.len() && p.sub>>(i+n)&1 != 0 {
			n++
		}
		i += t.rendition(i, n)
	}
}

// resetPen is SGR 0, which leaves DECSCA's protection and an open hyperlink.
func (t *Terminal) resetPen() {
	e := t.exts.get(t.pen.ext)
	t.pen = Cell{Attr: t.pen.Attr & Protected, ext: t.pen.ext}
	if e.underline != DefaultColor {
		t.setExt(ext{link: e.link, uri: e.uri})
	}
}

// rendition obeys the parameter i, which has n-1 subparameters, and returns how many parameters it used.
func (t *Terminal) rendition(i, n int) int {
	p := &t.parser
	v := int(p.params[i])
	pen := &t.pen
	switch {
	case v == 0:
		t.resetPen()
	case v >= 30 && v <= 37:
		pen.FG = Indexed(uint8(v - 30))
	case v >= 40 && v <= 47:
		pen.BG = Indexed(uint8(v - 40))
	case v >= 90 && v <= 97:
		pen.FG = Indexed(uint8(v - 90 + 8))
	case v >= 100 && v <= 107:
		pen.BG = Indexed(uint8(v - 100 + 8))
	case v == 38 || v == 48 || v == 58:
		c, used, ok := p.color(i, n)
		if ok {
			t.setColor(v, c)
		}
		return used
	case v == 39:
		pen.FG = DefaultColor
	case v == 49:
		pen.BG = DefaultColor
	case v == 59:
		t.setColor(58, DefaultColor)
	case v == 4 && n > 1:
		if u := p.params[i+1]; u <= int32(UnderlineDashed) {
			pen.Attr = pen.Attr.WithUnderline(Underline(u))
		}
	default:
		pen.Attr = attribute(pen.Attr, v)
	}
	return n
}

// attribute applies an SGR parameter that sets or resets attributes.
func attribute(a Attr, v int) Attr {
	switch v {
	case 1:
		return a | Bold
	case 2:
		return a | Faint
	case 3:
		return a | Italic
	case 4:
		return a.WithUnderline(UnderlineSingle)
	case 5, 6:
		return a | Blink
	case 7:
		return a | Inverse
	case 8:
		return a | Invisible
	case 9:
		return a | Strike
	case 21:
		return a.WithUnderline(UnderlineDouble)
	case 22:
		return a &^ (Bold | Faint)
	case 23:
		return a &^ Italic
	case 24:
		return a.WithUnderline(UnderlineNone)
	case 25:
		return a &^ Blink
	case 27:
		return a &^ Inverse
	case 28:
		return a &^ Invisible
	case 29:
		return a &^ Strike
	case 53:
		return a | Overline
	case 55:
		return a &^ Overline
	}
	return a
}

func (t *Terminal) setColor(which int, c Color) {
	switch which {
	case 38:
		t.pen.FG = c
	case 48:
		t.pen.BG = c
	case 58:
		e := t.exts.get(t.pen.ext)
		e.underline = c
		t.setExt(e)
	}
}

// setExt gives the pen rare properties; if their table is full it has none.
func (t *Terminal) setExt(e ext) {
	t.pen.ext = 0
	if e == (ext{}) {
		return
	}
	if i, ok := t.exts.intern(e, t.sweep); ok {
		t.pen.ext = uint16(i)
	}
}

// color reads the colour of 38, 48 or 58 at parameter i: 38;5;n, 38:5:n, 38;2;r;g;b, 38:2:r:g:b and 38:2:space:r:g:b.
// used is the number of parameters that belong to it.
func (p *parser) color(i, n int) (c Color, used int, ok bool) {
	args := p.params[i+1 : p.len()]
	used = 3
	if n > 1 {
		args = p.params[i+1 : i+n]
		used = n
	}
	if len(args) == 0 {
		return 0, max(n, 1), false
	}
	switch args[0] {
	case 5:
		if len(args) < 2 || args[1] > 255 {
			return 0, min(used, p.len()-i), false
		}
		return Indexed(uint8(args[1])), used, true
	case 2:
		if n == 1 {
			used = 5
		}
		args = args[1:]
		if n > 5 {
			args = args[1:] // the colour space
		}
		if len(args) < 3 || max(args[0], args[1], args[2]) > 255 {
			return 0, min(used, p.len()-i), false
		}
		return Direct(RGB{uint8(args[0]), uint8(args[1]), uint8(args[2])}), used, true
	}
	if n > 1 {
		return 0, n, false
	}
	return 0, 2, false
}
