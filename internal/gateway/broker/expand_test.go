// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	tokens := map[string]string{"NAME": "Alice", "EMPTY": "", "TRICK": "${NAME}"}
	for _, test := range []struct{ value, want string }{
		{"plain", "plain"},
		{"${NAME}", "Alice"},
		{"<${NAME}>", "<Alice>"},
		{"${NAME}${NAME}", "AliceAlice"},
		{"${NAME:UPPER}/${NAME:LOWER}", "ALICE/alice"},
		{"${NAME:lower}", "Alice"},
		{"${EMPTY}", ""},
		{"${OTHER}", "${OTHER}"},
		{"${OTHER:UPPER}", "${OTHER:UPPER}"},
		{"a${OTHER:OPTIONAL}b", "ab"},
		{"${NAME:OPTIONAL}", "Alice"},
		{"$${NAME}", "${NAME}"},
		{"$$${NAME}", "$${NAME}"},
		{"${TRICK}", "${NAME}"},
		{"${", "${"},
		{"${}", "${}"},
		{"${na me} ${NAME}", "${na me} Alice"},
		{"${${NAME}}", "${Alice}"},
		{"$NAME", "$NAME"},
	} {
		if got := Expand(test.value, tokens); got != test.want {
			t.Errorf("Expand(%q) = %q, want %q", test.value, got, test.want)
		}
	}
}

func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"${A}", "$${A:UPPER}", "${${A}", "x${B:OPTIONAL}y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got := Expand(value, map[string]string{"A": "value"})
		if !strings.Contains(value, "${") && got != value {
			t.Errorf("Expand(%q) = %q though there is no token", value, got)
		}
		if len(got) > len(value)*5 {
			t.Errorf("Expand(%q) grew to %d bytes", value, len(got))
		}
	})
}
