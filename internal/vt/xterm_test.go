// SPDX-License-Identifier: Apache-2.0

//go:build integration

package vt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// step is output of the host or, without data, a resize.
type step struct {
	Data []byte `json:"data,omitempty"`
	Cols int    `json:"cols,omitempty"`
	Rows int    `json:"rows,omitempty"`
}

// oracleCase is what both emulators replay.
type oracleCase struct {
	Name       string `json:"-"`
	History    bool   `json:"-"` // the scrollback is compared too
	Cols       int    `json:"cols"`
	Rows       int    `json:"rows"`
	Scrollback int    `json:"scrollback"`
	Steps      []step `json:"steps"`
}

// picture is the outcome, in testdata/xterm.mjs's words.
type picture struct {
	Screen     []string `json:"screen"`
	Scrollback []string `json:"scrollback"`
	X          int      `json:"x"`
	Y          int      `json:"y"`
	Replies    string   `json:"replies"`
	Error      string   `json:"error"`
}

// askXterm replays the cases on xterm.js.
func askXterm(t *testing.T, cases []oracleCase) []picture {
	t.Helper()
	modules, err := filepath.Abs("../../web")
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/xterm.mjs", modules)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		text := stderr.String()
		t.Fatalf("xterm.js: %v\n%s", err, text[max(0, len(text)-600):])
	}
	var pictures []picture
	if err := json.Unmarshal(out, &pictures); err != nil {
		t.Fatal(err)
	}
	return pictures
}

// ours replays a case on a Terminal.
func ours(c oracleCase) picture {
	h := &host{}
	t := New(c.Cols, c.Rows, Options{Handler: h, Scrollback: c.Scrollback})
	for _, s := range c.Steps {
		if s.Data == nil {
			t.Resize(s.Cols, s.Rows)
		} else {
			_, _ = t.Write(s.Data)
		}
	}
	p := picture{X: t.x, Y: t.y, Replies: h.replies.String(), Scrollback: []string{}}
	for row := range t.rows {
		p.Screen = append(p.Screen, styledRow(t, row))
	}
	for row := -t.ScrollbackLen(); row < 0; row++ {
		p.Scrollback = append(p.Scrollback, styledRow(t, row))
	}
	return p
}

func styledRow(t *Terminal, row int) string {
	var b strings.Builder
	end, last := 0, ";;"
	for x := range t.cols {
		c := t.Cell(x, row)
		if c.Width() == 0 {
			continue
		}
		s := styleName(c)
		if s != last {
			b.WriteString("{" + s + "}")
			last = s
		}
		text := c.Text(t)
		b.WriteString(text)
		if s != ";;" || text != " " {
			end = b.Len()
		}
	}
	return b.String()[:end]
}

func styleName(c Cell) string {
	s := ""
	for i, a := range []Attr{Bold, Faint, Italic, 0, Blink, Inverse, Invisible, Strike, Overline} {
		if a != 0 && c.Attr.Has(a) || a == 0 && c.Attr.Underline() != UnderlineNone {
			s += "BFIUKRHSO"[i : i+1]
		}
	}
	return s + ";" + colorName(c.FG) + ";" + colorName(c.BG)
}

func colorName(c Color) string {
	i, indexed := c.Index()
	switch {
	case c.IsDefault():
		return ""
	case indexed:
		return fmt.Sprintf("p%d", i)
	}
	d := c.direct()
	return fmt.Sprintf("#%02x%02x%02x", d.R, d.G, d.B)
}

// compare replays the cases on both and reports the differences.
func compare(t *testing.T, cases []oracleCase) {
	t.Helper()
	reported := 0
	for i, want := range askXterm(t, cases) {
		c := cases[i]
		if want.Error != "" {
			t.Errorf("%s: xterm.js threw %s", c.Name, want.Error)
			continue
		}
		got := ours(c)
		want.Replies, got.Replies = "", ""
		if !c.History {
			want.Scrollback, got.Scrollback = nil, nil
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s, %dx%d (-xterm.js +vt):\n%s", c.Name, c.Cols, c.Rows, d)
			for _, s := range c.Steps {
				if s.Data == nil {
					t.Logf("resize %dx%d", s.Cols, s.Rows)
				} else {
					t.Logf("%q", s.Data)
				}
			}
			if reported++; reported == 5 {
				t.Fatal("more differences are not shown")
			}
		}
	}
}

// TestFixturesLookAsOnXterm replays the .in files on xterm.js.
func TestFixturesLookAsOnXterm(t *testing.T) {
	var cases []oracleCase
	for _, file := range fixtures(t) {
		input, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, oracleCase{Name: file, Cols: 80, Rows: 24, Steps: []step{{Data: input}}})
	}
	compare(t, cases)
}
