// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// The width of help: that of the terminal, within bounds, or the lesser.
const (
	minWidth = 80
	maxWidth = 110
)

// nameWidth is how wide the names of flags may be beside their help; longer ones stand on a line of their own.
const nameWidth = 28

// printHelp prints what the program can do.
func printHelp(w io.Writer, table []command) {
	say(w, "Usage: palta COMMAND\n\nA remote access gateway for the browser. Start with: palta serve\n\nCommands:\n")
	for _, c := range table {
		if !c.hidden {
			printEntry(w, c.usage(), c.summary)
		}
	}
	say(w, "\n\"palta COMMAND --help\" tells more of one.\n")
}

// usage is the command with its operands.
func (c *command) usage() string { return strings.Join(append([]string{c.words}, c.operands...), " ") }

// printHelp prints what the command does and which flags it has.
func (c *command) printHelp(w io.Writer) {
	say(w, "Usage: palta %s [FLAGS]\n", c.usage())
	for _, paragraph := range append([]string{c.summary}, c.details...) {
		say(w, "\n")
		for _, line := range wrap(paragraph, widthOf(w)) {
			say(w, "%s\n", line)
		}
	}
	group := "Flags"
	for i, f := range c.flags {
		if i == 0 || f.group != "" && f.group != group {
			if f.group != "" {
				group = f.group
			}
			say(w, "\n%s:\n", group)
		}
		name := "--" + f.name
		if f.value != "" {
			name += "=" + f.value
		}
		printEntry(w, name, f.help)
	}
}

// printEntry prints a name with what it means beside or below it.
func printEntry(w io.Writer, name, meaning string) {
	lines := wrap(meaning, widthOf(w)-nameWidth-4)
	if len(name) > nameWidth {
		say(w, "  %s\n", name)
		name = ""
	}
	for _, line := range lines {
		say(w, "  %-*s  %s\n", nameWidth, name, line)
		name = ""
	}
}

func widthOf(w io.Writer) int {
	if file, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			return max(minWidth, min(width, maxWidth))
		}
	}
	return minWidth
}

// wrap breaks a text at blanks into lines of that width.
func wrap(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) > width:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}
