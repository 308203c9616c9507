// SPDX-License-Identifier: Apache-2.0

//go:build integration

package vt

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// generator writes random programs of control sequences.
type generator struct {
	*rand.Rand
	cols, rows int
	modes      bool
	origin     bool
}

// text is letters, with wide and combining characters if modes are on.
func (g *generator) text() string {
	s := ""
	for range 1 + g.IntN(2*g.cols) {
		switch k := g.IntN(40); {
		case g.modes && k == 0:
			s += "中"
		case g.modes && k == 1:
			s += "e\u0301"
		case k < 6:
			s += " "
		default:
			s += string(rune('a' + g.IntN(26)))
		}
		if g.IntN(12) == 0 {
			return s
		}
	}
	return s
}

func (g *generator) csi(finals string) string {
	final := finals[g.IntN(len(finals))]
	if g.IntN(4) == 0 {
		return "\x1b[" + string(final)
	}
	return fmt.Sprintf("\x1b[%d%c", g.IntN(max(g.cols, g.rows)/2+2), final)
}

func (g *generator) sgr() string {
	choices := []string{
		"0", "1", "2", "3", "4", "7", "8", "9", "22", "23", "24", "27", "29", "31", "42", "39", "49", "95", "106", "38;5;200", "48;5;17",
		"38;2;1;2;3", "48;2;9;8;7", "38:5:99", "38:2::4:5:6", "4:3", "53", "55", "21", "5", "25", "1;31;44",
	}
	return "\x1b[" + choices[g.IntN(len(choices))] + "m"
}

// code is one control sequence.
func (g *generator) code() string {
	pick := func(s ...string) string { return s[g.IntN(len(s))] }
	switch g.IntN(14) {
	case 0:
		return fmt.Sprintf("\x1b[%d;%dH", 1+g.IntN(g.rows), 1+g.IntN(g.cols))
	case 1:
		return g.csi("ABCDEFGd")
	case 2:
		return pick("\r\n", "\n", "\r", "\b", "\t", "\r\n\r\n")
	case 3:
		return fmt.Sprintf("\b\x1b[%d%c", g.IntN(3), "JK"[g.IntN(2)])
	case 4:
		return g.csi("@PX")
	case 5:
		return g.csi("LM")
	case 6:
		return "\x1b[49m" + g.csi("ST")
	case 7:
		top := 1 + g.IntN(g.rows-1)
		return fmt.Sprintf("\x1b[%d;%dr", top, top+1+g.IntN(g.rows-top))
	case 8:
		return pick("\x1bM", "\x1bD", "\x1bE", "\b\x1b7", "\x1b8", "\b\x1b[s", "\x1b[u")
	case 9, 10:
		return g.sgr()
	case 11:
		return pick("\x1bH", "\x1b[g", "\x1b[2I", "\x1b[Z", "\x1b[3g", "\x1b[r\x1b[m\x1b#8")
	case 12:
		return string(rune('a'+g.IntN(26))) + g.csi("b")
	}
	if !g.modes {
		return g.csi("ae`f")
	}
	return pick("\x1b[4h", "\x1b[4l", "\x1b[?6h", "\x1b[?6l", "\x1b[?7l", "\x1b[?7h", "\x1b[20h", "\x1b[20l", "\b\x1b[?1049h\x1b[r", "\b\x1b[?1049l\x1b[r",
		"\b\x1b[?47h\x1b[r", "\b\x1b[?47l\x1b[r", "\b\x1b[?1048h", "\x1b[?1048l", "\x1b(0", "\x1b(B", "\x0e", "\x0f", "\x1b)0", "\x1b[!p", "\x1b[?1h", "\x1b[1\"q", "\x1b[0\"q", "\x1b[?J", "\x1b[?K")
}

// settle keeps the emulators in step where DECRC, which restores origin mode only in vt, follows DECOM.
func (g *generator) settle(code string) string {
	if code == "\x1b[?6h" {
		g.origin = true
	}
	restores := strings.HasSuffix(code, "\x1b8") || strings.HasSuffix(code, "u") || strings.Contains(code, "48l") || strings.Contains(code, "49l")
	if restores && g.origin {
		g.origin = false
		return code + "\x1b[?6l"
	}
	return code
}

func (g *generator) program(seed int) oracleCase {
	g.cols, g.rows = 5+g.IntN(36), 3+g.IntN(12)
	c := oracleCase{Name: fmt.Sprintf("program %d", seed), Cols: g.cols, Rows: g.rows, Scrollback: 0}
	s := ""
	for range 10 + g.IntN(50) {
		if g.IntN(2) == 0 {
			s += g.text()
		} else {
			s += g.settle(g.code())
		}
	}
	c.Steps = []step{{Data: []byte(s)}}
	return c
}

func programs(first, count int, modes bool) []oracleCase {
	var cases []oracleCase
	for seed := first; seed < first+count; seed++ {
		g := &generator{Rand: rand.New(rand.NewPCG(uint64(seed), 1)), modes: modes}
		cases = append(cases, g.program(seed))
	}
	return cases
}

func TestRandomProgramsLookAsOnXterm(t *testing.T) {
	compare(t, programs(0, 400, false))
}

func TestRandomProgramsWithModesLookAsOnXterm(t *testing.T) {
	compare(t, programs(1000, 400, true))
}

// resized is a program of text, line ends and colours, cut by resizes at the beginning of a line: xterm.js does not take
// the cursor's column along. Its scrollback is compared too.
func (g *generator) resized(seed int) oracleCase {
	g.cols, g.rows = 5+g.IntN(30), 3+g.IntN(10)
	c := oracleCase{Name: fmt.Sprintf("resized program %d", seed), Cols: g.cols, Rows: g.rows, Scrollback: 200, History: true}
	for range 2 + g.IntN(4) {
		s := ""
		for range 1 + g.IntN(8) {
			s += g.text()
			if g.IntN(3) > 0 {
				s += "\r\n"
			}
			if g.IntN(4) == 0 {
				s += []string{"\x1b[m", "\x1b[1m", "\x1b[31m", "\x1b[4m"}[g.IntN(4)]
			}
		}
		c.Steps = append(c.Steps, step{Data: []byte(s + "\r\n")}, step{Cols: 5 + g.IntN(30), Rows: 3 + g.IntN(10)})
	}
	return c
}

func TestResizedProgramsLookAsOnXterm(t *testing.T) {
	var cases []oracleCase
	for seed := range 300 {
		g := &generator{Rand: rand.New(rand.NewPCG(uint64(seed), 2))}
		cases = append(cases, g.resized(seed))
	}
	compare(t, cases)
}
