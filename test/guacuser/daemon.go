// SPDX-License-Identifier: Apache-2.0

package guacuser

import (
	"context"
	"log/slog"
	"net"
	"testing"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/guacd"
)

// Daemon is a supervisor in the test's process, with the given engines.
type Daemon struct {
	t          testing.TB
	supervisor *guacd.Supervisor
}

// StartDaemon starts a supervisor that runs its engines in this process.
func StartDaemon(t testing.TB, protocols ...engine.Protocol) *Daemon {
	t.Helper()
	registry := engine.Registry{}
	for _, p := range protocols {
		registry[p.Name] = p
	}
	s, err := guacd.New(guacd.Config{
		Registry: registry, Isolation: guacd.IsolationNone, Logger: slog.New(slog.NewTextHandler(testLog{t}, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the daemon: %v", err)
		}
	})
	return &Daemon{t: t, supervisor: s}
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
func (d *Daemon) Connect(cfg Config) *User {
	d.t.Helper()
	return Connect(d.t, d.Dial(), cfg)
}

// testLog shows the daemon's log beside the test's.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(string(p))
	return len(p), nil
}
