// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dump is all visible state, for comparing two terminals.
func dump(t *Terminal) []string {
	out := []string{fmt.Sprintf("%+v %+v margins %d %d %d %d pending %v", t.Cursor(), t.Modes(), t.top, t.bottom, t.left, t.right, t.pending)}
	for row := -t.ScrollbackLen(); row < t.rows; row++ {
		s := fmt.Sprint(row, t.Wrapped(row))
		for _, c := range t.Line(row) {
			s += fmt.Sprintf(" %q:%x:%x:%x:%s", c.Text(t), c.FG, c.BG, c.Attr, c.Link(t))
		}
		out = append(out, s)
	}
	return out
}

// mirror follows a terminal by its damage alone, as a renderer does.
type mirror [][]Cell

func (m *mirror) follow(t *Terminal) {
	d := t.TakeDamage()
	if len(*m) != t.rows || len((*m)[0]) != t.cols {
		*m = make(mirror, t.rows)
		for i := range *m {
			(*m)[i] = make([]Cell, t.cols)
		}
	}
	for _, s := range d.Scrolls {
		m.scroll(s)
	}
	for row, span := range d.Dirty {
		for x := span.From; x < span.To; x++ {
			(*m)[row][x] = t.Cell(x, row)
		}
	}
}

func (m *mirror) scroll(s Scroll) {
	if s.N > 0 {
		for row := s.Top; row < s.Bottom-s.N; row++ {
			copy((*m)[row][s.Left:s.Right], (*m)[row+s.N][s.Left:s.Right])
		}
		return
	}
	for row := s.Bottom - 1; row >= s.Top-s.N; row-- {
		copy((*m)[row][s.Left:s.Right], (*m)[row+s.N][s.Left:s.Right])
	}
}

// difference returns where the mirror is wrong, or "".
func (m *mirror) difference(t *Terminal) string {
	for row := range t.rows {
		for x := range t.cols {
			if got, want := (*m)[row][x], t.Cell(x, row); got != want {
				return fmt.Sprintf("column %d of row %d is %+v by the damage, %+v on the screen", x, row, got, want)
			}
		}
	}
	return ""
}

func seedFuzz(f *testing.F) {
	for _, s := range []string{
		"hello\r\nworld", "\x1b[31;1mred\x1b[0m", "\x1b[2J\x1b[H\x1b[5;3Hx", "中文字\x1b[3D\x1b[P", "e\u0301\u0301 \U0001f468\u200d\U0001f469",
		"\x1b[2;4r\x1b[3;1H\n\n\n\x1bM\x1bM", "\x1b[?69h\x1b[2;5s\x1b[2;3H\x1b[L\x1b[M\x1b[2S\x1b[T中\x1b['}\x1b['~", "\x1b]0;title\x07\x1b]8;;http://a\x1b\\x\x1b]8;;\x07",
		"\x1b[?1049hfull\x1b[?1049l", "\x1b(0lqqk\x1b(B\x1b[5b", "\x1b[?2027h\u2764\ufe0f\U0001f1e9\U0001f1ea", "\x1b[38:2::1:2:3m\x1b[58;5;9m\x1b[4:3mx",
		"\x1bP$qm\x1b\\\x1b]52;c;aGk=\x07\x1b[6n\x1b[c\x1b[>c\x1b[?25$p", "\x1b#8\x1b[1\"qx\x1b[?J\x1b[!p\x1bc", "\x1b[4hinsert\x1b[3G中\x1b[4l\x1b[?7l0123456789abcdef",
		"\x1b]482202;1;p\x07piped\x1b[Hx\x1b]482203;\x07\x1b]482204;5\x07", "\xe4\xb8\xff\xf0\x9f\xc2\x9b31m\xed\xa0\x80",
	} {
		f.Add([]byte(s), uint16(5), uint8(12), uint8(6))
	}
}

// FuzzWrite: any bytes in any split, with a resize within, keep the invariants; the split makes no difference, and the
// damage is complete.
func FuzzWrite(f *testing.F) {
	seedFuzz(f)
	f.Fuzz(func(t *testing.T, input []byte, cut uint16, cols, rows uint8) {
		whole, wholeHost := newTest(9, 5, "")
		split, splitHost := newTest(9, 5, "")
		var m mirror
		at := int(cut) % (len(input) + 1)
		_, _ = whole.Write(input)
		_, _ = split.Write(input[:at])
		m.follow(split)
		for _, b := range input[at:] {
			_, _ = split.Write([]byte{b})
		}
		m.follow(split)
		if s := m.difference(split); s != "" {
			t.Error(s)
		}
		if d := cmp.Diff(dump(whole), dump(split)); d != "" {
			t.Errorf("split at %d (-whole +split):\n%s", at, d)
		}
		if a, b := wholeHost.pipeOutput.String(), splitHost.pipeOutput.String(); a != b {
			t.Errorf("pipe got %q whole, %q split", a, b)
		}
		if s := checkInvariants(whole); s != "" {
			t.Error(s)
		}
		whole.Resize(1+int(cols)%20, 1+int(rows)%10)
		if s := checkInvariants(whole); s != "" {
			t.Errorf("after resize: %s", s)
		}
		_, _ = whole.Write(input)
		m.follow(whole)
		if s := m.difference(whole); s != "" {
			t.Error(s)
		}
		whole.Resize(1+int(rows)%20, 1+int(cols)%10)
		if s := checkInvariants(whole); s != "" {
			t.Errorf("after second resize: %s", s)
		}
		whole.Text(Pos{-200, -200}, Pos{300, 300}, false)
		whole.Word(Pos{int(cols) % 20, int(rows) % 10})
	})
}
