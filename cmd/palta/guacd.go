// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strconv"

	"github.com/palta-gateway/palta/internal/guacd"
	"github.com/palta-gateway/palta/internal/version"
	"github.com/palta-gateway/palta/internal/worker"
)

// guacdConfig is the file that upstream's daemon reads.
const guacdConfig = "/etc/guacamole/guacd.conf"

// guacdHelp is what --help prints; upstream's daemon has no such option.
const guacdHelp = guacd.Usage + `

Run sessions for a gateway on another machine, or for any other client of guacd.

  -b HOST    address to listen on (default localhost)
  -l PORT    port to listen on (default 4822)
  -p FILE    write the process id to this file
  -L LEVEL   trace, debug, info, warning or error (default info)
  -C FILE    TLS certificate; with it or -K every client must speak TLS
  -K FILE    TLS private key
  -f         stay in the foreground, and log to stderr too; palta guacd always does
  -v         print the version

Settings are also read from ` + guacdConfig + `; options win over the file.
The log goes to the system log. Called by the name guacd without -f, it runs in the background.
The protocol has no passwords: let only the gateway reach the port.
`

// runGuacd is the daemon, which runs in the foreground always or, as upstream's does, with -f only. It returns the exit
// code.
func runGuacd(ctx context.Context, p process, args []string, foreground bool) int {
	if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
		say(p.stdout, "%s", guacdHelp)
		return exitDone
	}
	given, err := guacd.ParseArgs(args)
	if err != nil {
		say(p.stderr, "%v\n", err)
		return exitUsage
	}
	if given.ShowVersion {
		say(p.stdout, "Guacamole proxy daemon (guacd) of %s\n", version.String())
		return exitDone
	}
	given.Foreground = given.Foreground || foreground
	if !given.Foreground && !isDetached(p) {
		return detach(p, cmp.Or(p.executable, executable()))
	}
	if err := serveGuacd(ctx, p, given); err != nil {
		return fail(p, err)
	}
	return exitDone
}

func serveGuacd(ctx context.Context, p process, given guacd.Options) error {
	file, err := readGuacdConfig(guacdConfig)
	if err != nil {
		return withHint(err, "Correct the file, or remove it to use the defaults.")
	}
	options := given.Over(file).Over(guacd.DefaultOptions)
	secured, err := options.TLS()
	if err != nil {
		return err
	}
	logger := guacdLogger(p, options)
	supervisor, err := guacd.New(guacd.Config{
		Registry: registry(), Executable: cmp.Or(p.executable, executable()), WorkerArgs: []string{"worker"},
		WorkerEnv: worker.Environment, TLS: secured, Logger: logger, LogLevel: options.Level(),
	})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", options.Address())
	if err != nil {
		return errors.Join(withHint(fmt.Errorf("listen on %s: %w", options.Address(), err),
			"Choose another address and port with -b HOST and -l PORT."), supervisor.Close())
	}
	if err := writePID(options.PIDFile); err != nil {
		return errors.Join(err, listener.Close(), supervisor.Close())
	}
	defer removePID(options.PIDFile)
	logger.Info("guacd listens", "version", version.Number(), "address", listener.Addr().String(), "tls", secured != nil)
	if p.ready != nil {
		p.ready(listener.Addr().String())
	}
	if !options.Foreground {
		if err := announce(); err != nil {
			return errors.Join(err, listener.Close(), supervisor.Close())
		}
	}
	err = supervisor.Serve(ctx, listener)
	return errors.Join(err, supervisor.Close())
}

// guacdLogger logs to the system log, where there is one, and in the foreground to stderr.
func guacdLogger(p process, options guacd.Options) *slog.Logger {
	system, err := newSyslogHandler("", options.Level())
	if err != nil && !options.Foreground {
		say(p.stderr, "guacd: there is no system log, so nothing will be logged; -f logs here (%v)\n", err)
		return slog.New(slog.DiscardHandler)
	}
	if !options.Foreground {
		return slog.New(system)
	}
	text := slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: options.Level()})
	if err != nil {
		return slog.New(text)
	}
	return slog.New(slog.NewMultiHandler(text, system))
}

// readGuacdConfig reads the file; that there is none is fine.
func readGuacdConfig(path string) (guacd.Options, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return guacd.Options{}, nil
	}
	if err != nil {
		return guacd.Options{}, err
	}
	options, err := guacd.ParseConfig(string(text))
	if err != nil {
		return options, fmt.Errorf("%s: %w", path, err)
	}
	return options, nil
}

func writePID(path string) error {
	if path == "" {
		return nil
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil { //nolint:gosec // other users' scripts read it
		return withHint(fmt.Errorf("write the process id: %w", err), "Choose another file with -p, or make its directory writable.")
	}
	return nil
}

func removePID(path string) {
	if path != "" {
		_ = os.Remove(path) // it was replaced or removed already
	}
}
