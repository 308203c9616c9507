// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/alecthomas/kong"

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

// commands is the command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve the gateway: web client, API and sessions."`
	Guacd   guacdCommand   `cmd:"" passthrough:"" help:"Run sessions for a gateway on another machine, as guacd does."`
	User    userCommand    `cmd:"" help:"Create accounts and set passwords."`
	Version versionCommand `cmd:"" help:"Print the version."`
	Worker  workerCommand  `cmd:"" hidden:"" help:"Run one session; started by serve and guacd."`
}

// workerCommand exists so that the command is known; run starts it without the command line parser.
type workerCommand struct{}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p process) error {
	_, err := fmt.Fprintln(p.stdout, version.String())
	return err
}

// run executes the command line and returns the exit code.
func run(ctx context.Context, p process) int {
	if len(p.args) > 0 && filepath.Base(p.args[0]) == "guacd" {
		return runGuacd(ctx, p, p.args[1:], false)
	}
	if len(p.args) > 1 {
		switch p.args[1] {
		case "worker":
			return worker.Main(registry(), p.stderr)
		case "guacd":
			return runGuacd(ctx, p, p.args[2:], true)
		}
	}
	return runParsed(ctx, p)
}

// stop is the panic by which the parser's own exits, as after --help, come back here.
type stop int

func runParsed(ctx context.Context, p process) (code int) {
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case stop:
			code = int(failure)
		default:
			panic(failure)
		}
	}()
	var line commands
	line.Serve.Plugins = kong.Plugins{line.Serve.settings.options()}
	parser, err := kong.New(&line,
		kong.Name("palta"),
		kong.Description("A remote access gateway for the browser. Start with: palta serve"),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(code int) { panic(stop(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
	if err != nil {
		return fail(p, err)
	}
	args := p.args[min(1, len(p.args)):]
	if len(args) == 0 {
		args = []string{"--help"}
	}
	selected, err := parser.Parse(args)
	if err != nil {
		say(p.stderr, "palta: %v\nRun \"palta --help\", or \"palta COMMAND --help\" for one command.\n", err)
		return exitUsage
	}
	if err := selected.Run(); err != nil {
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
