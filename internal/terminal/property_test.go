// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// randomOutput returns output of a host that moves, writes, scrolls and erases anywhere.
func randomOutput(r *rand.Rand) string {
	n := r.IntN(10)
	switch r.IntN(16) {
	case 0:
		return fmt.Sprintf("\x1b[%d;%dH", r.IntN(testRows+2), r.IntN(testCols+2))
	case 1:
		return strings.Repeat("line\r\n", n)
	case 2:
		return fmt.Sprintf("\x1b[%dL", n)
	case 3:
		return fmt.Sprintf("\x1b[%dM", n)
	case 4:
		return fmt.Sprintf("\x1b[%d;%dr", 1+r.IntN(3), 3+r.IntN(3))
	case 5:
		return fmt.Sprintf("\x1b[%d%c", n, "STPX@"[r.IntN(5)])
	case 6:
		return fmt.Sprintf("\x1b[%d%c", r.IntN(3), "JK"[r.IntN(2)])
	case 7:
		return fmt.Sprintf("\x1b[%d;%dm", r.IntN(10), 30+r.IntN(78))
	case 8:
		return "世界" + strings.Repeat("x", n) + "ü\u0301│▒"
	case 9:
		return []string{"\x1b[?1049h", "\x1b[?1049l", "\x1b[?25l", "\x1b[?25h", "\x1b[r", "\x1b[?2026h", "\x1b[?2026l"}[r.IntN(7)]
	case 10:
		return fmt.Sprintf("\x1b[%d q", r.IntN(7))
	case 11:
		return "\x1bM\x1b[m"
	case 12:
		return "\x1b[4:3m\x1b[58;5;1mcurly\x1b[m"
	}
	return strings.Repeat(string(rune('a'+r.IntN(26))), n) + "\r\n"
}

func (f *fixture) randomAction(r *rand.Rand) {
	col, row := r.IntN(testCols), r.IntN(testRows)
	switch r.IntN(12) {
	case 0:
		f.click(col, row, buttonUp)
	case 1:
		f.click(col, row, buttonDown)
	case 2:
		f.drag(col, row, r.IntN(testCols), r.IntN(testRows))
	case 3:
		f.click(col, row, buttonLeft)
		f.click(col, row, buttonLeft)
	case 4:
		f.press('x')
		f.typed()
	case 5:
		f.Resize(testWidth-r.IntN(60), testHeight-r.IntN(40))
	case 6:
		_ = f.SetColorScheme([]string{"gray-black", "black-white", "background: rgb:20/20/40"}[r.IntN(3)])
	case 7:
		f.SetFont("", 9+r.IntN(5))
	}
}

// What a user has got by pictures, moves and fills must be what one picture of everything would show.
func TestPictureOfUserIsThatOfAFullRepaint(t *testing.T) {
	// Features: TERM-25
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			f := newTerminal(t, nil)
			u := f.watch()
			var log []string
			for range 40 {
				for range 1 + r.IntN(12) {
					out := randomOutput(r)
					log = append(log, fmt.Sprintf("%q", out))
					f.write(out)
				}
				f.randomAction(r)
				if r.IntN(3) > 0 {
					continue // more output before the user has caught up
				}
				f.write("\x1b[?2026l")
				f.wantSame(u, strings.Join(log, "\n"))
				log = log[:0]
			}
			f.write("\x1b[?2026l")
			f.wantSame(u, strings.Join(log, "\n"))
		})
	}
}

func TestScrollingSendsCopies(t *testing.T) {
	f := newTerminal(t, nil)
	u := f.watch()
	for i := range 30 {
		f.write(fmt.Sprintf("row %d of the text\r\n", i))
		f.wantSame(u, "a row")
	}
	if got := u.Count(guac.OpCopy); got < 20 {
		t.Errorf("%d copies for 25 rows that scrolled one by one", got)
	}
}
