// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"
)

// osc obeys an operating system command: a number, a semicolon and its data.
func (t *Terminal) osc(s []byte) {
	code, data, _ := bytes.Cut(s, []byte{';'})
	n, ok := number(code)
	if !ok {
		return
	}
	switch n {
	case 0, 2:
		t.setTitle(string(data))
	case 4:
		t.setColors(string(data))
	case 7:
		if t.handlers.directory != nil && len(data) <= MaxTitle {
			t.handlers.directory.Directory(strings.ToValidUTF8(string(data), ""))
		}
	case 8:
		t.hyperlink(string(data))
	case 10, 11, 12:
		t.setDynamicColors(n, string(data))
	case 52:
		t.clipboard(string(data))
	case 104:
		t.resetColors(string(data))
	case 110, 111, 112:
		*t.dynamicColor(&t.palette, n-100) = *t.dynamicColor(&t.base, n-100)
		t.damage.all()
	default:
		t.console(n, data)
	}
}

// number reads decimal digits; anything else is false.
func number(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// setTitle keeps and reports the title, without control characters and no longer than MaxTitle.
func (t *Terminal) setTitle(s string) {
	s = strings.ToValidUTF8(s[:min(len(s), MaxTitle)], "")
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
	t.title = s
	if t.handlers.title != nil {
		t.handlers.title.Title(s)
	}
}

// hyperlink is OSC 8: parameters, a semicolon and the target; an empty target ends the link. Links with equal targets and
// ids are one.
func (t *Terminal) hyperlink(s string) {
	params, uri, ok := strings.Cut(s, ";")
	if !ok || len(uri) > maxURI || !utf8.ValidString(uri) {
		return
	}
	e := ext{underline: t.exts.get(t.pen.ext).underline}
	if uri != "" {
		e.uri = uri
		e.link = t.linkNumber(params, uri)
	}
	t.setExt(e)
}

// linkNumber returns the number of the link with the id of the parameters, or a new one.
func (t *Terminal) linkNumber(params, uri string) int {
	for p := range strings.SplitSeq(params, ":") {
		id, ok := strings.CutPrefix(p, "id=")
		if !ok || id == "" {
			continue
		}
		// Equal numbers for equal ids, without a table: a hash kept apart from the counted numbers by its sign.
		h := uint64(14695981039346656037)
		for _, c := range []byte(id + "\x00" + uri) {
			h = (h ^ uint64(c)) * 1099511628211
		}
		return -int(h>>2) - 1
	}
	t.links++
	return t.links
}

// clipboard is OSC 52: selections, a semicolon and base64, or ? to read.
func (t *Terminal) clipboard(s string) {
	h := t.handlers.clipboard
	selections, data, ok := strings.Cut(s, ";")
	if h == nil || !ok || len(selections) > 16 {
		return
	}
	if selections == "" {
		selections = "s0"
	}
	if data == "?" {
		if content, ok := h.Clipboard(selections); ok {
			b := []byte("\x1b]52;" + selections + ";")
			b = base64.StdEncoding.AppendEncode(b, content)
			t.reply(append(b, "\x1b\\"...))
		}
		return
	}
	content, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		if content, err = base64.RawStdEncoding.DecodeString(data); err != nil {
			content = nil // xterm: what is no base64 clears the selection
		}
	}
	h.SetClipboard(selections, content)
}

// setColors is OSC 4: pairs of an entry and a colour, or ? to ask for it.
func (t *Terminal) setColors(s string) {
	for s != "" {
		var entry, spec string
		entry, s, _ = strings.Cut(s, ";")
		spec, s, _ = strings.Cut(s, ";")
		i, ok := number([]byte(entry))
		if !ok || i > 255 {
			return
		}
		t.setColorEntry(&t.palette.Colors[i], spec, "4;"+strconv.Itoa(i))
	}
}

// setDynamicColors is OSC 10 to 12; further colours of the list are for the following codes.
func (t *Terminal) setDynamicColors(n int, s string) {
	for spec := range strings.SplitSeq(s, ";") {
		if n > 12 {
			return
		}
		t.setColorEntry(t.dynamicColor(&t.palette, n), spec, strconv.Itoa(n))
		n++
	}
}

// dynamicColor returns the colour of OSC 10, 11 or 12.
func (t *Terminal) dynamicColor(p *Palette, n int) *RGB {
	switch n {
	case 10:
		return &p.Foreground
	case 11:
		return &p.Background
	}
	return &p.Cursor
}

// setColorEntry obeys one colour specification; code is the OSC's number, for the answer to ?.
func (t *Terminal) setColorEntry(c *RGB, spec, code string) {
	if spec == "?" {
		t.reply([]byte("\x1b]" + code + ";rgb:" + channel(c.R) + "/" + channel(c.G) + "/" + channel(c.B) + "\x1b\\"))
		return
	}
	if v, ok := ParseColor(spec); ok && v != *c {
		*c = v
		t.damage.all()
	}
}

func channel(v uint8) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[v>>4], digits[v&15], digits[v>>4], digits[v&15]})
}

// consolePaletteDigit collects the seven hexadecimal digits of ESC ] P: the entry, and two each of red, green and blue.
// Seven characters of which one is no such digit change nothing.
func (t *Terminal) consolePaletteDigit(c byte) {
	p := &t.parser
	p.put(c)
	if len(p.str) < 7 {
		return
	}
	p.state = ground
	v, err := strconv.ParseUint(string(p.str), 16, 32)
	if err != nil {
		return
	}
	t.palette.Colors[v>>24] = RGB{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v)}
	t.damage.all()
}

// resetColors is OSC 104: the entries listed, or all.
func (t *Terminal) resetColors(s string) {
	t.damage.all()
	if s == "" {
		t.palette.Colors = t.base.Colors
		return
	}
	for entry := range strings.SplitSeq(s, ";") {
		if i, ok := number([]byte(entry)); ok && i < 256 {
			t.palette.Colors[i] = t.base.Colors[i]
		}
	}
}

// ParseColor reads a colour as XParseColor has it: rgb:h/h/h with one to four digits a channel, or # and three to twelve
// digits. Colour names are the caller's.
func ParseColor(s string) (RGB, bool) {
	if rest, ok := strings.CutPrefix(s, "#"); ok {
		n := len(rest) / 3
		if len(rest)%3 != 0 || n < 1 || n > 4 {
			return RGB{}, false
		}
		// Here short channels are the high bits, so #f00 is f0/00/00; with rgb: they are scaled, so f is ff.
		return parseChannels([3]string{rest[:n], rest[n : 2*n], rest[2*n:]}, func(v uint64) uint8 { return uint8(v << 8 >> (4 * n)) })
	}
	rest, ok := strings.CutPrefix(s, "rgb:")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) != 3 {
		return RGB{}, false
	}
	var c RGB
	for i, p := range []*uint8{&c.R, &c.G, &c.B} {
		v, ok := hex(parts[i])
		if !ok {
			return RGB{}, false
		}
		*p = uint8(v * 255 / (1<<(4*len(parts[i])) - 1))
	}
	return c, true
}

func parseChannels(parts [3]string, scale func(v uint64) uint8) (RGB, bool) {
	var c RGB
	for i, p := range []*uint8{&c.R, &c.G, &c.B} {
		v, ok := hex(parts[i])
		if !ok {
			return RGB{}, false
		}
		*p = scale(v)
	}
	return c, true
}

// hex reads one to four hexadecimal digits.
func hex(s string) (uint64, bool) {
	if len(s) < 1 || len(s) > 4 {
		return 0, false
	}
	v, err := strconv.ParseUint(s, 16, 16)
	return v, err == nil
}
