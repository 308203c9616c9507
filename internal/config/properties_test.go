// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestPropertiesAreReadAsJavaDoes(t *testing.T) {
	// Part of: DEP-01
	tests := map[string]struct {
		text string
		want []property
	}{
		"separators":             {"a=1\nb:2\nc 3\nd\t=\t4\n  e  :  5", props("a", "1", "b", "2", "c", "3", "d", "4", "e", "5")},
		"comments and blanks":    {"# a=1\n  ! b=2\n\n \t\nc=3", []property{{"c", "3", 5}}},
		"continued lines":        {"a = 1\\\n   2\\\n\t3\nb = x", []property{{"a", "123", 1}, {"b", "x", 4}}},
		"a continued comment":    {"# a\\\nb = 1", []property{{"b", "1", 2}}},
		"an escaped backslash":   {"a = c:\\\\\nb = 1", []property{{"a", `c:\`, 1}, {"b", "1", 2}}},
		"a backslash at the end": {"a = 1\\", props("a", "1")},
		"escapes":                {`a\ b\:c = \u00e9\t\n\x`, []property{{"a b:c", "é\t\nx", 1}}},
		"trailing blanks stay":   {"a = 1 ", props("a", "1 ")},
		"no value":               {"a\nb=", props("a", "", "b", "")},
		"separators in values":   {"a = b=c:d # e", props("a", "b=c:d # e")},
		"no expansion":           {"a = ${b} ${a}", props("a", "${b} ${a}")},
		"line ends":              {"a=1\r\nb=2\rc=3", props("a", "1", "b", "2", "c", "3")},
		"UTF-8":                  {"a = grün", props("a", "grün")},
		"ISO 8859-1":             {"a = gr\xfcn", props("a", "grün")},
		"a key that comes twice": {"a=1\na=2", props("a", "1", "a", "2")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseProperties([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(property{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// props returns settings on lines of their own.
func props(pairs ...string) []property {
	var list []property
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, property{key: pairs[i], value: pairs[i+1], line: i/2 + 1})
	}
	return list
}

func TestBrokenEscapeNamesItsLine(t *testing.T) {
	_, err := parseProperties([]byte("a = 1\n\nb = \\u12"))
	if err == nil || !strings.HasPrefix(err.Error(), "3: ") {
		t.Errorf("got error %v, want one for line 3", err)
	}
}

func FuzzProperties(f *testing.F) {
	for _, seed := range []string{
		"a=1", "a : b\\\n c", "# x\n!y\n", "k\\ ey = \\u00e9", "a\\", "\\\n\\\n", "a=\xff", "= 1", "a\r\nb", "\\u", "a=\\\\\\",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := parseProperties(text)
		if err != nil {
			return
		}
		lines := len(splitLines(string(text)))
		last := 0
		for _, p := range list {
			if p.line <= last || p.line > lines {
				t.Errorf("setting %+v is after line %d of %d", p, last, lines)
			}
			last = p.line
		}
		if !utf8.Valid(text) {
			return
		}
		// What was read, written with everything escaped, reads the same.
		again, err := parseProperties([]byte(format(list)))
		if err != nil {
			t.Fatalf("written anew: %v", err)
		}
		for i := range again {
			again[i].line = list[min(i, len(list)-1)].line
		}
		if diff := cmp.Diff(list, again, cmp.AllowUnexported(property{})); diff != "" {
			t.Error(diff)
		}
	})
}

// format writes settings with every character that could mean something escaped.
func format(list []property) string {
	escape := func(text string) string {
		var b strings.Builder
		for _, r := range text {
			switch r {
			case '\n':
				b.WriteString(`\n`)
			case '\r':
				b.WriteString(`\r`)
			case '\t':
				b.WriteString(`\t`)
			case '\f':
				b.WriteString(`\f`)
			case ' ', '=', ':', '#', '!', '\\':
				b.WriteString(`\` + string(r))
			default:
				b.WriteRune(r)
			}
		}
		return b.String()
	}
	var b strings.Builder
	for _, p := range list {
		b.WriteString(escape(p.key) + "=" + escape(p.value) + "\n")
	}
	return b.String()
}

func FuzzValues(f *testing.F) {
	for _, seed := range []string{"true", "8080", "10.0.0.0/8, ::1", "a,b;c", "ROOT", "/a/b", "-1", "99999999999999999999", "warn"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, o := range Options() {
			c := &Config{}
			if err := o.set(c, text); err != nil {
				continue
			}
			switch field := o.field(c).(type) {
			case *int:
				if int64(*field) < o.Min || int64(*field) > o.Max {
					t.Errorf("%s = %d is out of range", o.Key, *field)
				}
			case *string:
				if o.Kind == URLPath && (!strings.HasPrefix(*field, "/") || !strings.HasSuffix(*field, "/") || strings.Contains(*field, "//")) {
					t.Errorf("%q became the path %q", text, *field)
				}
			case *[]string:
				for _, item := range *field {
					if item == "" || strings.TrimSpace(item) != item {
						t.Errorf("%q has the item %q", text, item)
					}
				}
			}
		}
	})
}
