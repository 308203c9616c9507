// SPDX-License-Identifier: Apache-2.0

package filetransfer

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"report.pdf": "report.pdf", "../../etc/passwd": "passwd", `C:\Users\me\x.txt`: "x.txt", "": "file", "..": "file",
		".": "file", "a/": "file", " padded ": "padded", "a\x00b\nc": "abc", "evil\u202efdp.exe": "evilfdp.exe",
		".bashrc": ".bashrc", "grüße": "grüße", "bad\xffbyte": "badbyte",
	} {
		if got := SafeName(name); got != want {
			t.Errorf("SafeName(%q) = %q, want %q", name, got, want)
		}
	}
	if got := SafeName(strings.Repeat("ü", 200)); len(got) != 254 || !utf8.ValidString(got) {
		t.Errorf("long name has %d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"a", "..", "a/b", `a\..`, "\u202e", "\xff", strings.Repeat("x", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := SafeName(name)
		if !validName(got) || strings.ContainsAny(got, "/\\") || strings.IndexFunc(got, unicode.IsControl) >= 0 {
			t.Errorf("SafeName(%q) = %q", name, got)
		}
		if again := SafeName(got); again != got {
			t.Errorf("SafeName(%q) = %q, and of that %q", name, got, again)
		}
	})
}

func FuzzCleanPath(f *testing.F) {
	for _, s := range []string{"", "/", "..", "/a/../..", "a//b", "/./x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, p string) {
		got := cleanPath(p)
		if got[0] != '/' || got != cleanPath(got) || !inside("/", got) {
			t.Errorf("cleanPath(%q) = %q", p, got)
		}
		for part := range strings.SplitSeq(got[1:], "/") {
			if part == ".." {
				t.Errorf("cleanPath(%q) = %q climbs", p, got)
			}
		}
	})
}

func TestInside(t *testing.T) {
	for _, c := range []struct {
		root, path string
		want       bool
	}{
		{"/", "/etc", true}, {"/srv", "/srv", true}, {"/srv", "/srv/x", true}, {"/srv", "/srvx", false}, {"/srv", "/", false},
	} {
		if got := inside(c.root, c.path); got != c.want {
			t.Errorf("inside(%s, %s) = %v", c.root, c.path, got)
		}
	}
}
