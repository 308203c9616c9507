// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/palta-gateway/palta/internal/vt"
)

// MaxSchemeLength bounds the text of a colour scheme; every one of its 258 names fits many times over.
const MaxSchemeLength = 16384

// x11Colors is the colour table of the X Window System (rgb.txt): a name without spaces in lower case, a space, and
// six hexadecimal digits a line.
//
//go:embed x11colors.txt
var x11Colors string

// presets are the named schemes: palette entries of foreground and background.
var presets = map[string][2]uint8{
	"":            {7, 0},
	"gray-black":  {7, 0},
	"black-white": {0, 15},
	"green-black": {2, 0},
	"white-black": {15, 0},
}

// ParseColorScheme reads the value of the parameter color-scheme: a preset's name, or pairs "name: value" separated by
// semicolons that apply in their order on top of gray-black. The palette is always usable: at an error parsing stops,
// and what stood before it holds.
func ParseColorScheme(scheme string) (*vt.Palette, error) {
	p := vt.DefaultPalette()
	if len(scheme) > MaxSchemeLength {
		return p, fmt.Errorf("terminal: colour scheme of %d bytes is too long", len(scheme))
	}
	if preset, ok := presets[strings.TrimSpace(scheme)]; ok {
		p.Foreground, p.Background = p.Colors[preset[0]], p.Colors[preset[1]]
		p.Cursor = p.Foreground
		return p, nil
	}
	err := applyPairs(p, scheme)
	p.Cursor = p.Foreground
	return p, err
}

func applyPairs(p *vt.Palette, scheme string) error {
	for pair := range strings.SplitSeq(scheme, ";") {
		pair = strings.TrimSpace(pair)
		if pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, ":")
		if !ok {
			return fmt.Errorf("terminal: colour scheme: no colon in %.40q", pair)
		}
		entry := colorEntry(p, strings.TrimSpace(name))
		if entry == nil {
			return fmt.Errorf("terminal: colour scheme: unknown name %.40q", name)
		}
		c, ok := parseColor(p, strings.TrimSpace(value))
		if !ok {
			return fmt.Errorf("terminal: colour scheme: bad colour %.40q", value)
		}
		*entry = c
	}
	return nil
}

// colorEntry returns the palette's entry of a name of the scheme, or nil.
func colorEntry(p *vt.Palette, name string) *vt.RGB {
	switch name {
	case "foreground":
		return &p.Foreground
	case "background":
		return &p.Background
	}
	digits, ok := strings.CutPrefix(name, "color")
	if !ok {
		return nil
	}
	n, err := strconv.ParseUint(digits, 10, 8)
	if err != nil {
		return nil
	}
	return &p.Colors[n]
}

func parseColor(p *vt.Palette, value string) (vt.RGB, bool) {
	if e := colorEntry(p, value); e != nil && strings.HasPrefix(value, "color") {
		return *e, true
	}
	if spec, ok := strings.CutPrefix(value, "rgb:"); ok {
		return parseRGB(spec)
	}
	return namedColor(value)
}

// parseRGB reads h/h/h to hhhh/hhhh/hhhh (XParseColor(3)); each component is scaled by its number of digits.
func parseRGB(spec string) (vt.RGB, bool) {
	parts := strings.Split(spec, "/")
	if len(parts) != 3 {
		return vt.RGB{}, false
	}
	var c [3]uint8
	for i, part := range parts {
		if len(part) < 1 || len(part) > 4 {
			return vt.RGB{}, false
		}
		v, err := strconv.ParseUint(part, 16, 16)
		if err != nil {
			return vt.RGB{}, false
		}
		limit := uint64(1)<<(4*len(part)) - 1
		c[i] = uint8((v*255 + limit/2) / limit)
	}
	return vt.RGB{R: c[0], G: c[1], B: c[2]}, true
}

func namedColor(name string) (vt.RGB, bool) {
	name = strings.ToLower(strings.ReplaceAll(name, " ", ""))
	if name == "" {
		return vt.RGB{}, false
	}
	for line := range strings.Lines(x11Colors) {
		n, hex, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if n != name {
			continue
		}
		v, err := strconv.ParseUint(hex, 16, 24)
		return vt.RGB{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v)}, err == nil
	}
	return vt.RGB{}, false
}
