// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the .text files of testdata")

// fixtures returns the .in files: sequences by theme, and what vim, less, htop, tmux and bash sent in real sessions.
func fixtures(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob("testdata/*/*.in")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no fixtures: %v", err)
	}
	return files
}

// TestFixturesGiveTheirScreens replays each .in file on 80x24 and compares the screen with its .text file, which was
// checked against xterm.js (TestFixturesLookAsOnXterm).
func TestFixturesGiveTheirScreens(t *testing.T) {
	// Features: TERM-02, TERM-03, TERM-04, TERM-05
	for _, file := range fixtures(t) {
		input, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		term, _ := newTest(80, 24, string(input))
		rows := make([]string, term.rows)
		for i := range rows {
			rows[i] = rowString(term, i)
		}
		got := strings.TrimRight(strings.Join(rows, "\n"), "\n") + "\n"
		text := strings.TrimSuffix(file, ".in") + ".text"
		if *update {
			if err := os.WriteFile(text, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(text)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got):\n%s", file, d)
		}
		if s := checkInvariants(term); s != "" {
			t.Errorf("%s: %s", file, s)
		}
	}
}
