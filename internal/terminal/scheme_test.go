// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/vt"
)

func TestParseColorScheme(t *testing.T) {
	// Features: TERM-09
	base := vt.DefaultPalette().Colors
	for _, c := range []struct {
		scheme string
		fg, bg vt.RGB
		ok     bool
	}{
		{"", base[7], base[0], true},
		{"gray-black", base[7], base[0], true},
		{"black-white", base[0], base[15], true},
		{"green-black", base[2], base[0], true},
		{"white-black", base[15], base[0], true},
		{"foreground: color4; background: rgb:ff/0/8", base[4], vt.RGB{R: 255, B: 136}, true},
		{" ;\n foreground :  Light Sea Green ;;", vt.RGB{R: 32, G: 178, B: 170}, base[0], true},
		{"foreground:rgb:fff/8000/0001", vt.RGB{R: 255, G: 128}, base[0], true},
		{"color4: red; foreground: color4; color4: blue", vt.RGB{R: 255}, base[0], true},
		{"background: white; nonsense; foreground: red", base[7], vt.RGB{R: 255, G: 255, B: 255}, false},
		{"foreground: no-such-colour", base[7], base[0], false},
		{"color256: red", base[7], base[0], false},
		{"foreground: rgb:1/2", base[7], base[0], false},
		{"foreground: rgb:12345/1/1", base[7], base[0], false},
		{"foreground: background", base[7], base[0], false},
		{"FOREGROUND: red", base[7], base[0], false},
	} {
		p, err := ParseColorScheme(c.scheme)
		if (err == nil) != c.ok || p.Foreground != c.fg || p.Background != c.bg {
			t.Errorf("%q: %v on %v, error %v; want %v on %v, ok %v", c.scheme, p.Foreground, p.Background, err, c.fg, c.bg, c.ok)
		}
	}
}

func FuzzParseColorScheme(f *testing.F) {
	for _, s := range []string{
		"", "gray-black", "foreground: red", "color1: rgb:f/f/f; color2: color1", "a:b", ":", ";", "color999:x", strings.Repeat(";", 100),
		"background: rgb:ffff/0/000", "foreground:color255",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, scheme string) {
		p, err := ParseColorScheme(scheme)
		if p == nil {
			t.Fatal("no palette")
		}
		if err != nil {
			return
		}
		// What is accepted can be extended: later pairs win, whatever came before.
		if _, preset := presets[strings.TrimSpace(scheme)]; preset || len(scheme) > MaxSchemeLength-40 {
			return
		}
		q, err := ParseColorScheme(scheme + ";foreground:rgb:1/2/3")
		if err != nil || q.Foreground != (vt.RGB{R: 0x11, G: 0x22, B: 0x33}) || q.Background != p.Background || q.Colors != p.Colors {
			t.Errorf("%q extended: %v, %v", scheme, q.Foreground, err)
		}
	})
}
