// SPDX-License-Identifier: Apache-2.0

// Command manual writes docs/manual/settings.md from the table of options.
package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/palta-gateway/palta/internal/config"
)

const outFile = "docs/manual/settings.md"

const introduction = `# Settings

Written by ` + "`make generate`" + ` from the table of options; do not edit.
Where settings come from, and which place wins, is in [the manual](README.md#settings).
A key is a line of ` + "`palta.properties`" + ` or ` + "`guacamole.properties`" + `, and behind two dashes a flag of ` + "`palta serve`" + `.
Of several environment variables the first that is set counts; each may also end in ` + "`_FILE`" + ` and name a file that has the value.
`

func main() {
	if err := os.WriteFile(outFile, []byte(render(config.Options())), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

// render returns the page.
func render(options []config.Option) string {
	var b strings.Builder
	b.WriteString(introduction)
	group := ""
	for _, o := range options {
		if o.Group != group {
			group = o.Group
			fmt.Fprintf(&b, "\n## %s\n\n| key | environment | default | kind | what it is |\n| --- | --- | --- | --- | --- |\n", group)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", code(o.Key), code(o.Environment()...), code(o.Default), kind(o), cell(o.Doc))
	}
	return b.String()
}

// kind tells what the value may be.
func kind(o config.Option) string {
	switch {
	case len(o.Values) > 0:
		return code(o.Values...)
	case o.Secret:
		return string(o.Kind) + "; no flag, as it is a secret"
	case o.Max > 0:
		return fmt.Sprintf("%s, %d to %d", o.Kind, o.Min, o.Max)
	}
	return cmp.Or(string(o.Kind), "text")
}

// code returns words in the manner of code.
func code(words ...string) string {
	var list []string
	for _, word := range words {
		if word != "" {
			list = append(list, "`"+cell(word)+"`")
		}
	}
	return strings.Join(list, ", ")
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
