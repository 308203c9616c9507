// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRepeatWritesWhatTypingWould(t *testing.T) {
	// Features: TERM-02
	const before = "some text 中文 to write over\r\nand more of it\r\nthird"
	for _, modes := range []string{"", "\x1b[4h", "\x1b[?7l", "\x1b[4h\x1b[?7l", "\x1b[?69h\x1b[4;11s", "\x1b[?69h\x1b[4;11s\x1b[4h"} {
		for _, char := range []string{"x", "─", "中"} {
			for _, at := range []string{"1;1", "1;8", "2;20", "2;19", "4;5"} {
				for _, n := range []int{1, 2, 7, 19, 20, 39, 60, 79} {
					start := before + modes + "\x1b[" + at + "H\x1b[1;31m" + char
					typed, _ := newTest(20, 4, start+strings.Repeat(char, n))
					repeated, _ := newTest(20, 4, start+fmt.Sprintf("\x1b[%db", n))
					if d := cmp.Diff(everything(typed), everything(repeated)); d != "" {
						t.Fatalf("%q, %s at %s, %d times (-typed +repeated):\n%s", modes, char, at, n, d)
					}
				}
			}
		}
	}
}

// everything is all that can be seen of a terminal: rows with the colours of their cells, the cursor and the scrollback.
func everything(term *Terminal) (rows []string) {
	for row := -term.ScrollbackLen(); row < term.rows; row++ {
		var b strings.Builder
		for _, c := range term.Line(row) {
			fmt.Fprintf(&b, "%s/%x/%x ", c.Text(term), c.FG, c.Attr)
		}
		rows = append(rows, fmt.Sprint(strings.TrimRight(b.String(), " /0"), term.Wrapped(row)))
	}
	return append(rows, fmt.Sprintf("%+v pending %v", term.Cursor(), term.pending))
}
