// SPDX-License-Identifier: Apache-2.0

package vt

import "testing"

func TestAlternateScreenKeepsWhatXtermKeeps(t *testing.T) {
	// Features: TERM-05
	for _, c := range []struct{ name, input, want string }{
		{"47 keeps", "primary\x1b[?47h\x1b[Hother\x1b[?47l\x1b[?47h", "other"},
		{"1047 clears when it leaves", "\x1b[?1047h\x1b[Hother\x1b[?1047l\x1b[?47h", ""},
		{"1047 does not clear when it comes", "\x1b[?47h\x1b[Hother\x1b[?47l\x1b[?1047h", "other"},
		{"1049 clears when it comes", "\x1b[?47h\x1b[Hother\x1b[?47l\x1b[?1049h", ""},
		{"1049 keeps when it leaves", "\x1b[?1049h\x1b[Hother\x1b[?1049l\x1b[?47h", "other"},
		{"1049 on the alternate screen changes nothing", "\x1b[?47h\x1b[Hother\x1b[?1049h", "other"},
		{"1047 on the primary screen clears nothing", "\x1b[?47h\x1b[Hother\x1b[?47l\x1b[?1047l\x1b[?47h", "other"},
		{"the primary screen comes back", "primary\x1b[?47h\x1b[2J\x1b[Hother\x1b[?47l", "primary"},
		{"a reset clears", "\x1b[?47h\x1b[Hother\x1bc\x1b[?47h", ""},
	} {
		term, _ := newTest(20, 3, c.input)
		if got := rowString(term, 0); got != c.want {
			t.Errorf("%s: the first row is %q, want %q", c.name, got, c.want)
		}
	}
}

func TestHiddenAlternateScreenFollowsTheSize(t *testing.T) {
	term, _ := newTest(10, 4, "\x1b[?47h\x1b[1;1H0123456789\x1b[4;1Hlast\x1b[?47l")
	term.Resize(5, 3)
	write(term, "\x1b[?47h")
	wantScreen(t, term, "01234")
	term.Resize(8, 6)
	write(term, "\x1b[6;8Hx")
	wantScreen(t, term, "01234|||||       x")
}
