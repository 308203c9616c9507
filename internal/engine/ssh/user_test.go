// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
	"github.com/palta-gateway/palta/test/inprocess"
	"github.com/palta-gateway/palta/test/servers"
)

const (
	testWidth  = 800
	testHeight = 480
)

// fixture is a running connection, and its owner.
type fixture struct {
	*guacuser.User
	t      testing.TB
	daemon *inprocess.Daemon
}

// start opens a connection.
func start(t testing.TB, opts Options, params map[string]string) *fixture {
	t.Helper()
	if opts.KnownHosts == "" {
		opts.KnownHosts = t.TempDir() + "/none"
	}
	f := &fixture{t: t, daemon: inprocess.Start(t, Protocol(opts))}
	f.User = f.daemon.Connect(guacuser.Config{
		Select: "ssh", Params: params, Width: testWidth, Height: testHeight, Timezone: "Europe/Vienna",
	})
	return f
}

// join adds a user with parameters of its own.
func (f *fixture) join(params map[string]string) *guacuser.User {
	f.t.Helper()
	return f.daemon.Connect(guacuser.Config{Select: f.ID, Params: params, Width: testWidth, Height: testHeight})
}

func (f *fixture) wantNormalEnd() {
	f.t.Helper()
	if err := f.WaitEnd(); !errors.Is(err, guacuser.ErrDisconnected) {
		f.t.Errorf("ended with %v, want a normal end", err)
	}
}

func (f *fixture) waitTitle(want string) {
	f.t.Helper()
	waitTitle(f.User, want)
}

func waitTitle(u *guacuser.User, want string) {
	u.Wait("title", func() error {
		if got := u.Title(); got != want {
			return fmt.Errorf("it is %q, want %q", got, want)
		}
		return nil
	})
}

// waitFile waits until a file has the given content: an upload is done some time after its last acknowledgement.
func (f *fixture) waitFile(path string, want []byte) {
	f.t.Helper()
	servers.Eventually(f.t, path, func(context.Context) error {
		got, err := os.ReadFile(path)
		if err == nil && !bytes.Equal(got, want) {
			err = fmt.Errorf("it does not have the %d bytes that were sent, but %d", len(want), len(got))
		}
		return err
	})
}

func wantStatus(t *testing.T, err error, want guac.Status, words string) {
	t.Helper()
	if got := guac.StatusOf(err); got != want {
		t.Errorf("ended with %v (%v), want %v", got, err, want)
	}
	var e *guac.Error
	if words != "" && (!errors.As(err, &e) || !strings.Contains(e.Message, words)) {
		t.Errorf("error %v does not tell %q", err, words)
	}
}
