// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os/exec"
	"strings"
	"testing"
)

func TestBashCompletes(t *testing.T) {
	script := palta(t, "", "completion")
	if script.code != exitDone {
		t.Fatalf("code %d, %s", script.code, script.stderr)
	}
	for _, test := range []struct {
		words []string // as bash splits the line; the cursor is at the end of the last
		want  string
	}{
		{[]string{"palta", "se"}, "serve"},
		{[]string{"palta", "work"}, ""},
		{[]string{"palta", "user", ""}, "create password"},
		{[]string{"palta", "user", "create", "--ad"}, "--admin"},
		{[]string{"palta", "user", "create", "alice", "--data"}, "--database --data-directory"},
		{[]string{"palta", "serve", "--http-p"}, "--http-port"},
		{[]string{"palta", "serve", "--http-port", "80", "--log-l"}, "--log-level"},
		{[]string{"palta", "serve", "--log-level", "de"}, "debug"},
		{[]string{"palta", "serve", "--log-level", "=", "de"}, "debug"},
		{[]string{"palta", "serve", "--log-format", "="}, "text json guacamole"},
		{[]string{"palta", "serve", "--database", "--"}, ""}, // a file comes here
		{[]string{"palta", "version", "--"}, ""},
	} {
		// The script comes by standard input, the line as arguments.
		cmd := exec.CommandContext(t.Context(), "bash", append([]string{
			"-c", `eval "$(cat)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _palta; echo "${COMPREPLY[*]}"`, "bash",
		}, test.words...)...)
		cmd.Stdin = strings.NewReader(script.stdout)
		got, err := cmd.CombinedOutput()
		if err != nil || strings.TrimSpace(string(got)) != test.want {
			t.Errorf("%q: %q, error %v; want %q", test.words, got, err, test.want)
		}
	}
}
