// SPDX-License-Identifier: Apache-2.0

// Package inprocess is a whole daemon in a test's process, for tests of engines: what a user of it is told has gone
// through handshake, worker and session as it does in production.
//
//	d := inprocess.Start(t, ssh.Protocol(ssh.Options{}))
//	u := d.Connect(guacuser.Config{Select: "ssh", Params: …})
package inprocess

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/guacd"
	"github.com/palta-gateway/palta/test/guacuser"
)

// Daemon is a supervisor that runs its engines in the test's process.
type Daemon struct {
	t          testing.TB
	supervisor *guacd.Supervisor
	log        *log
}

// log keeps what is logged, and shows it beside the test.
type log struct {
	t testing.TB

	mu   sync.Mutex // guards text
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	return l.t.Output().Write(p)
}

// Log returns what the daemon has logged.
func (d *Daemon) Log() string {
	d.log.mu.Lock()
	defer d.log.mu.Unlock()
	return d.log.text.String()
}

// Start starts a daemon with the given engines.
func Start(t testing.TB, protocols ...engine.Protocol) *Daemon {
	t.Helper()
	registry := engine.Registry{}
	for _, p := range protocols {
		registry[p.Name] = p
	}
	d := &Daemon{t: t, log: &log{t: t}}
	var err error
	d.supervisor, err = guacd.New(guacd.Config{
		Registry: registry, Isolation: guacd.IsolationNone, Logger: slog.New(slog.NewTextHandler(d.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.supervisor.Close(); err != nil {
			t.Errorf("close the daemon: %v", err)
		}
	})
	return d
}

// Dial returns a connection that speaks guacd's protocol.
func (d *Daemon) Dial() net.Conn {
	d.t.Helper()
	conn, err := d.supervisor.Connect(context.Background())
	if err != nil {
		d.t.Fatal(err)
	}
	return conn
}

// Connect joins a user.
func (d *Daemon) Connect(cfg guacuser.Config) *guacuser.User {
	d.t.Helper()
	return guacuser.Connect(d.t, d.Dial(), cfg)
}
