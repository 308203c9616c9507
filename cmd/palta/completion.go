// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// completionScript looks at the words in front of the cursor for what may follow, and then at the flag whose value is being written.
const completionScript = `# Completion of palta for bash. To have it in every shell:
#   palta completion > /usr/share/bash-completion/completions/palta
_palta() {
  local words="${COMP_WORDS[*]:1:COMP_CWORD-1}" current="${COMP_WORDS[COMP_CWORD]}" list=
  local previous="${COMP_WORDS[COMP_CWORD-1]}"
  if [ "$current" = "=" ]; then current=; elif [ "$previous" = "=" ]; then previous="${COMP_WORDS[COMP_CWORD-2]}"; fi
  case "$words" in
%s  esac
  case "$previous" in
%s  esac
  COMPREPLY=($(compgen -W "$list" -- "$current"))
}
complete -o default -F _palta palta
`

// printCompletion prints a script by which bash completes commands, flags and their values.
func printCompletion(_ context.Context, p process, _ input) error {
	var words, values strings.Builder
	following := make(map[string][]string) // what may stand behind some words
	for _, c := range commands() {
		if c.hidden {
			continue
		}
		parts := strings.Fields(c.words)
		for i, part := range parts {
			before := strings.Join(parts[:i], " ")
			following[before] = append(following[before], part)
		}
		var flags []string
		for _, f := range c.flags {
			flags = append(flags, "--"+f.name)
			if f.value != "" {
				fmt.Fprintf(&values, "    --%s) list=%q ;;\n", f.name, strings.Join(f.values, " "))
			}
		}
		fmt.Fprintf(&words, "    %q|%q*) list=%q ;;\n", c.words, c.words+" ", strings.Join(flags, " "))
	}
	for _, before := range slices.Sorted(maps.Keys(following)) {
		fmt.Fprintf(&words, "    %q) list=%q ;;\n", before, strings.Join(slices.Compact(following[before]), " "))
	}
	_, err := fmt.Fprintf(p.stdout, completionScript, words.String(), values.String())
	return err
}
