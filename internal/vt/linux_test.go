// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"fmt"
	"testing"
)

func TestPaletteSequencesOfTheLinuxConsoleHaveNoTerminator(t *testing.T) {
	// Features: TERM-08
	base, red := DefaultPalette().Colors, RGB{0xff, 0, 0}
	for _, c := range []struct {
		input string
		want  string
		entry int
		color RGB
	}{
		{"\x1b]P1ff0000X\x1b]Rline\r\ntwo", "Xline|two", 1, base[1]},
		{"\x1b]P1ff0000\x1b[31mR", "R", 1, red},
		{"\x1b]PFFF0000a", "a", 15, red},
		{"\x1b]Pf0A0b0ca", "a", 15, RGB{0x0a, 0x0b, 0x0c}},
		{"\x1b]P1zz0000text", "text", 1, base[1]},
		{"\x1b]P1ff\x1b[1mtext", "text", 1, base[1]},
		{"\x1b]P1ff\x18text", "text", 1, base[1]},
		{"\x1b]4;1;#ff0000\x07\x1b]Ra", "a", 1, base[1]},
		{"\u009dRa", "a", 1, base[1]},
		{"\x1b]lR a title of dtterm\x07text", "text", 1, base[1]},
		{"\x1b]\x07text", "text", 1, base[1]},
	} {
		t.Run(fmt.Sprintf("%q", c.input), func(t *testing.T) {
			for size := 1; size <= len(c.input); size++ {
				term, _ := newTest(20, 3, "")
				for p := c.input; p != ""; p = p[min(size, len(p)):] {
					write(term, p[:min(size, len(p))])
				}
				wantScreen(t, term, c.want)
				if got := term.Palette().Colors[c.entry]; got != c.color {
					t.Errorf("in pieces of %d: entry %d is %v, want %v", size, c.entry, got, c.color)
				}
			}
		})
	}
}
