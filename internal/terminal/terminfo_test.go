// SPDX-License-Identifier: Apache-2.0

//go:build integration

package terminal

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/keysym"
)

// capabilities are the terminfo capabilities of keys: what is pressed for each.
var capabilities = map[string][]uint32{
	"kcuu1": {keysym.Up}, "kcud1": {keysym.Down}, "kcuf1": {keysym.Right}, "kcub1": {keysym.Left},
	"khome": {keysym.Home}, "kend": {keysym.End}, "kich1": {keysym.Insert}, "kdch1": {keysym.Delete},
	"kpp": {keysym.PageUp}, "knp": {keysym.PageDown},
	"kf1": {keysym.F1}, "kf2": {keysym.F1 + 1}, "kf3": {keysym.F1 + 2}, "kf4": {keysym.F1 + 3}, "kf5": {keysym.F1 + 4}, "kf6": {keysym.F1 + 5},
	"kf7": {keysym.F1 + 6}, "kf8": {keysym.F1 + 7}, "kf9": {keysym.F1 + 8}, "kf10": {keysym.F1 + 9}, "kf11": {keysym.F1 + 10}, "kf12": {keysym.F1 + 11},
	"kf13": {keysym.ShiftL, keysym.F1}, "kf14": {keysym.ShiftL, keysym.F1 + 1}, "kf15": {keysym.ShiftL, keysym.F1 + 2},
	"kf16": {keysym.ShiftL, keysym.F1 + 3}, "kf17": {keysym.ShiftL, keysym.F1 + 4}, "kf20": {keysym.ShiftL, keysym.F1 + 7},
}

// otherKeyboards are capabilities of keys that the type's own keyboard has and a PC's has not, or has elsewhere.
var otherKeyboards = map[string]string{
	"vt220": "kf13 kf14 kf15 kf16 kf17 kf20 kcuu1 kcud1 kcuf1 kcub1",
	"ansi":  "kich1",
	"rxvt":  "kf13 kf14 kf15 kf16 kf17 kf20", // rxvt counts Shift+F1 as F11
}

func TestKeysAreThoseOfTerminfo(t *testing.T) {
	// Features: TERM-16
	escapes := strings.NewReplacer(`\E`, "\x1b", `\^`, "^")
	capability := regexp.MustCompile(`(?m)^\t(k\w+)=(\S+),$`)
	for _, name := range []string{
		"linux", "xterm", "xterm-256color", "vt100", "vt102", "vt220", "screen", "screen-256color", "tmux", "tmux-256color", "rxvt", "ansi",
	} {
		out, err := exec.Command("infocmp", "-1x", name).CombinedOutput()
		if err != nil {
			t.Fatalf("infocmp %s (Debian package ncurses-base): %v\n%s", name, err, out)
		}
		checked := 0
		for _, m := range capability.FindAllStringSubmatch(string(out), -1) {
			keys, ok := capabilities[m[1]]
			if !ok || strings.Contains(otherKeyboards[name]+" ", m[1]+" ") {
				continue
			}
			checked++
			f := newTerminal(t, func(c *Config) { c.TerminalType = name })
			if strings.Contains(string(out), "\tsmkx=\\E[?1h") {
				f.write("\x1b[?1h\x1b=")
			}
			f.press(keys...)
			if got, want := f.typed(), escapes.Replace(m[2]); got != want {
				t.Errorf("%s: %s sends %q, want %q", name, m[1], got, want)
			}
		}
		t.Logf("%s: %d keys", name, checked)
		if checked < 5 && name != "ansi" {
			t.Errorf("%s has %d keys", name, checked)
		}
	}
}
