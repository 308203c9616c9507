// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/palta-gateway/palta/internal/version"
	"github.com/palta-gateway/palta/internal/worker"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// process is what a command has to do with the world outside.
type process struct {
	args    []string // the program's name first
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	// executable starts this program again as a worker; empty means the running file.
	executable string
	// ready, if not nil, is told the address that the gateway listens on.
	ready func(address string)
}

// commands returns the table of commands.
func commands() []command {
	databasePlace := append(placeFlags(), commandFlag{
		name: "data-directory", alias: aliases["data-directory"], value: "PATH", setting: true,
		help: "Directory of the database, as for palta serve.",
	})
	return []command{
		{
			words: "serve", run: runServe,
			summary: "Serve the gateway: web client, API and sessions.",
			details: []string{
				"On an empty database this prints a link at which the first administrator is created.",
				"Every setting is also an environment variable with PALTA_ in front (PALTA_HTTP_PORT), and a line of " +
					"palta.properties or guacamole.properties in GUACAMOLE_HOME.",
			},
			flags: slices.Concat([]commandFlag{
				{name: "listen", value: "HOST:PORT", help: "Where to listen; short for --http-bind and --http-port."},
			}, placeFlags(), settingFlags()),
		},
		{
			words: "guacd", summary: "Run sessions for a gateway on another machine, as guacd does.",
			raw: func(ctx context.Context, p process, args []string) int { return runGuacd(ctx, p, args, true) },
		},
		{
			words: "user create", operands: []string{"NAME"}, run: createUser,
			summary: "Create an account. The password is read from standard input, or asked for.",
			flags:   append([]commandFlag{{name: "admin", help: "Make the user an administrator."}}, databasePlace...),
		},
		{
			words: "user password", operands: []string{"NAME"}, run: setPassword,
			summary: "Set an account's password, which is read from standard input, or asked for.",
			flags:   databasePlace,
		},
		{
			words: "backup", operands: []string{"FILE"}, run: backUp,
			summary: "Copy the built-in database to a new file, while the gateway runs or not.",
			details: []string{
				"The copy has everything: accounts, connections with their passwords, history. Only its owner can read it. " +
					"To restore it, stop the gateway and put the copy in the place of the database.",
			},
			flags: databasePlace,
		},
		{words: "version", summary: "Print the version.", run: printVersion},
		{words: "completion", summary: "Print a script by which bash completes these commands.", run: printCompletion},
		{
			words: "worker", hidden: true, summary: "Run one session; started by serve and guacd.",
			raw: func(_ context.Context, p process, _ []string) int { return worker.Main(registry(), p.stderr) },
		},
	}
}

func printVersion(_ context.Context, p process, _ input) error {
	_, err := fmt.Fprintln(p.stdout, version.String())
	return err
}

// run executes the command line and returns the exit code.
func run(ctx context.Context, p process) int {
	if len(p.args) > 0 && filepath.Base(p.args[0]) == "guacd" {
		return runGuacd(ctx, p, p.args[1:], false)
	}
	table, args := commands(), p.args[min(1, len(p.args)):]
	c, args, err := find(table, args)
	if len(p.args) < 2 || errors.Is(err, errHelp) {
		printHelp(p.stdout, table)
		return exitDone
	}
	if err != nil {
		say(p.stderr, "palta: %v\nRun \"palta --help\" to see the commands.\n", err)
		return exitUsage
	}
	if c.raw != nil {
		return c.raw(ctx, p, args)
	}
	in, err := c.parse(args)
	switch {
	case errors.Is(err, errHelp):
		c.printHelp(p.stdout)
		return exitDone
	case err != nil:
		say(p.stderr, "palta: %v\nRun \"palta %s --help\" to see how it is used.\n", err, c.words)
		return exitUsage
	}
	if err := c.run(ctx, p, in); err != nil {
		return fail(p, err)
	}
	return exitDone
}

// say prints for a person. A terminal that has gone cannot be told anyway.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// hinted is an error with advice on what to do next.
type hinted struct {
	error
	hint string
}

// Unwrap returns the error without the advice.
func (h hinted) Unwrap() error { return h.error }

// withHint adds advice to an error.
func withHint(err error, format string, args ...any) error {
	return hinted{error: err, hint: fmt.Sprintf(format, args...)}
}
