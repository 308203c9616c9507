// SPDX-License-Identifier: Apache-2.0

// Command palta is a remote access gateway for the browser: VNC, RDP, SSH, telnet and Kubernetes in a tab.
//
//	palta serve            the gateway: web client, API, and the sessions themselves
//	palta guacd            the sessions alone, for a gateway on another machine (also under the name guacd)
//	palta user create      accounts, from the command line
//	palta user password
//	palta backup           a copy of the database
//	palta version
//	palta completion       for bash
//
// The command worker is started by serve and guacd, once for each connection. The table of commands is in command.go.
//
// This package is where everything is composed: only it
// names engines, login providers (registry.go) and databases (serve.go).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start()) }

// start runs the command until it ends by itself or by a signal. A second signal ends the process at once.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, process{
		args: os.Args, environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	})
}
