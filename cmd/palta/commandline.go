// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/palta-gateway/palta/internal/config"
)

// command is a row of the table of commands.
type command struct {
	words    string   // its name, such as "user create"
	operands []string // names of what stands behind, all of which must be given
	summary  string   // a sentence
	details  []string // paragraphs of its help
	flags    []commandFlag
	hidden   bool
	run      func(ctx context.Context, p process, in input) error
	// raw, in place of run, takes the arguments as they are.
	raw func(ctx context.Context, p process, args []string) int
}

// commandFlag is a flag of a command.
type commandFlag struct {
	name    string   // without dashes
	alias   string   // another name, which the help does not show
	value   string   // what stands behind it, such as FILE; empty for a switch
	values  []string // all that may stand there; nil if there are others
	help    string
	group   string // the heading in the help; empty for the first ones
	setting bool   // it is an option of the settings, by the same name
}

// input is what a command line says.
type input struct {
	operands []string
	// settings are the flags that are settings, flags the others; switches are "true" or "false".
	settings, flags map[string]string
}

// errHelp asks for the help of a command.
var errHelp = errors.New("help is wanted")

// find returns the command that the arguments begin with, and the other arguments. Without one it says what would be right.
func find(table []command, args []string) (*command, []string, error) {
	for n := 0; ; n++ {
		var following []string // words that may stand behind the first n
		for i := range table {
			words := strings.Fields(table[i].words)
			switch {
			case n > len(words) || !slices.Equal(words[:n], args[:n]):
			case n == len(words):
				return &table[i], args[n:], nil
			default:
				following = append(following, words[n])
			}
		}
		following = slices.Compact(following)
		switch {
		case n == len(args):
			return nil, nil, fmt.Errorf("%q wants one of: %s", strings.Join(args, " "), strings.Join(following, ", "))
		case isHelp(args[n]):
			return nil, nil, errHelp
		case !slices.Contains(following, args[n]):
			return nil, nil, fmt.Errorf("there is no command %q%s", strings.Join(args[:n+1], " "), config.Suggestion(args[n], following))
		}
	}
}

func isHelp(arg string) bool { return arg == "--help" || arg == "-h" }

// parse reads the arguments behind the words of a command. Flags may stand before and after operands, until "--".
func (c *command) parse(args []string) (input, error) {
	in := input{settings: make(map[string]string), flags: make(map[string]string)}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			in.operands = append(in.operands, args...)
			args = nil
		case isHelp(arg):
			return in, errHelp
		case !strings.HasPrefix(arg, "-") || arg == "-":
			in.operands = append(in.operands, arg)
		default:
			f, value, rest, err := c.parseFlag(arg, args)
			if err != nil {
				return in, err
			}
			args = rest
			if f.setting {
				in.settings[f.name] = value
			} else {
				in.flags[f.name] = value
			}
		}
	}
	switch given, wanted := len(in.operands), len(c.operands); {
	case given > wanted:
		return in, fmt.Errorf("unexpected argument %q", in.operands[wanted])
	case given < wanted:
		return in, fmt.Errorf("%s is missing", c.operands[given])
	}
	return in, nil
}

// parseFlag reads --name, --name=value, or --name and the value from the next of args, of which it returns the rest.
func (c *command) parseFlag(arg string, args []string) (f commandFlag, value string, rest []string, err error) {
	name, value, joined := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	var known []string
	for _, f := range c.flags {
		known = append(known, "--"+f.name)
	}
	i := slices.IndexFunc(c.flags, func(f commandFlag) bool { return f.name == name || f.alias != "" && f.alias == name })
	if i < 0 || !strings.HasPrefix(arg, "--") {
		arg, _, _ = strings.Cut(arg, "=")
		return f, "", nil, fmt.Errorf("there is no flag %s%s", arg, config.Suggestion(arg, known))
	}
	f = c.flags[i]
	switch {
	case f.value == "" && !joined:
		value = "true"
	case f.value == "" && !f.setting && value != "true" && value != "false": // settings are checked with all others
		return f, "", nil, fmt.Errorf("--%s: %q is neither true nor false", f.name, value)
	case f.value != "" && !joined:
		if len(args) == 0 || strings.HasPrefix(args[0], "--") {
			return f, "", nil, fmt.Errorf("--%s needs a value: --%s=%s", f.name, f.name, f.value)
		}
		value, args = args[0], args[1:]
	}
	return f, value, args, nil
}
