// SPDX-License-Identifier: Apache-2.0

package rdpdr_test

import (
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpdr"
)

func TestCleanPath(t *testing.T) {
	for path, want := range map[string]string{
		"":                    ".",
		`\`:                   ".",
		`\\`:                  ".",
		`\a\b.txt`:            "a/b.txt",
		`\Download\informe ñ`: "Download/informe ñ",
		"/a/b":                "a/b",
		`a\.\\b\`:             "a/b",
		`\con1\com\nulo.txt`:  "con1/com/nulo.txt",
		`\a..b\..c`:           "a..b/..c",
		`\.profile`:           ".profile",
		`\com10\lpt`:          "com10/lpt",
		"\\🥑":                 "🥑",
	} {
		if got, err := rdpdr.CleanPath(path); got != want || err != nil {
			t.Errorf("%q is cleaned to %q, %v; want %q", path, got, err, want)
		}
	}
	for _, path := range []string{
		`..`, `\..`, `\a\..\b`, `/../etc/passwd`, `\a/..`, `\...`, `\.. `, `\ `, `\. .`,
		`\a:b`, `\a:$DATA`, `C:\a`, `\a::$INDEX_ALLOCATION`,
		"\\a\x00b", "\\a\x00", "\\a\nb", "\\\x7f", "\\\u0085", "\\\ufffd",
		`\con`, `\CON.txt`, `\a\Nul`, `\nul.tar.gz`, `\com1`, `\LPT9.x`, `\aux .h`, `\com¹`, `\CONIN$`, `\prn\b`,
		`\a*`, `\a?`, `\a<b`, `\a|b`, `\"`,
	} {
		if got, err := rdpdr.CleanPath(path); err == nil {
			t.Errorf("%q is cleaned to %q", path, got)
		}
	}
}

func TestValidNames(t *testing.T) {
	for name, want := range map[string]bool{"a": true, "a b.txt": true, "": false, ".": false, "..": false, "a/b": false, `a\b`: false, "a:b": false, "nul": false} {
		if got := rdpdr.ValidName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestSplitPattern(t *testing.T) {
	for path, want := range map[string][2]string{
		`\*`:         {".", "*"},
		`\dir\*`:     {"dir", "*"},
		`\dir\a.txt`: {"dir", "a.txt"},
		`\a\b\<.txt`: {"a/b", "<.txt"},
		`*`:          {".", "*"},
		``:           {".", ""},
	} {
		dir, pattern, err := rdpdr.SplitPattern(path)
		if err != nil || dir != want[0] || pattern != want[1] {
			t.Errorf("%q: %q, %q, %v", path, dir, pattern, err)
		}
	}
	if _, _, err := rdpdr.SplitPattern(`\..\*`); err == nil {
		t.Error("a pattern above the root is accepted")
	}
}

func TestPatterns(t *testing.T) {
	for pattern, names := range map[string]map[string]bool{
		"*":           {"a": true, "a.b": true, "": true},
		"":            {"a": true},
		"*.*":         {"a": true, "a.b": true},
		"a.txt":       {"a.txt": true, "A.TXT": true, "a.tx": false, "a.txtx": false, "b.txt": false},
		"*.txt":       {"a.txt": true, ".txt": true, "a.b.txt": true, "a.txt.b": false, "txt": false},
		"a*b*c":       {"abc": true, "axbxc": true, "acb": false, "abcc": true},
		"?":           {"a": true, "ñ": true, "🥑": true, "ab": false, "": false},
		"ÑANDÚ.*":     {"ñandú.txt": true, "nandu.txt": false},
		"<":           {"a": true, "a.b": false, "a.": false},
		"<.txt":       {"a.txt": true, "a.b.txt": true, "a.txt.b": false},
		"foo<":        {"foobar": true, "foo": true, "foo.bar": false},
		`<"`:          {"a": true, "a.": true, "a.b": false},
		`<"*`:         {"a": true, "a.b": true, "a.b.c": true},
		"a>>>":        {"a": true, "ab": true, "abcd": true, "abcde": false},
		`>>>"txt`:     {"abc.txt": true, "a.txt": true, ".txt": true, "abcd.txt": false},
		`a"`:          {"a": true, "a.": true, "ab": false},
		"*<*>*":       {"anything.at.all": true},
		"[a-z]{1}":    {"a": false, "[a-z]{1}": true},
		"dir.ext.bak": {"dir.ext.bak": true, "dirxext.bak": false},
	} {
		p, err := rdpdr.NewPattern(pattern)
		if err != nil {
			t.Errorf("%q: %v", pattern, err)
			continue
		}
		for name, want := range names {
			if got := p.Match(name); got != want {
				t.Errorf("%q matches %q: %v", pattern, name, got)
			}
		}
	}
	for _, pattern := range []string{`a\*`, "a/b", "a\x00", strings.Repeat("a", 256)} {
		if _, err := rdpdr.NewPattern(pattern); err == nil {
			t.Errorf("the pattern %q is accepted", pattern)
		}
	}
	if (rdpdr.Pattern{}).Match("a") {
		t.Error("the zero pattern matches")
	}
}

func TestPatternsTakeNoTimeToSpeakOf(t *testing.T) {
	p, err := rdpdr.NewPattern(strings.Repeat("*a", 120) + "b")
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Repeat("a", 255)
	begin := time.Now()
	for range 100 {
		if p.Match(name) {
			t.Fatal("it matches")
		}
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("100 names take %v", took)
	}
}
