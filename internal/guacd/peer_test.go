// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
)

// journal is a log that tests can read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// start returns a supervisor, and its log.
func start(t testing.TB, isolation Isolation, change func(*Config)) (*Supervisor, *journal) {
	t.Helper()
	t.Setenv("PALTA_TEST_SECRET", "of the gateway")
	log := new(journal)
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Registry: registry, Isolation: isolation, Executable: executable, WorkerEnv: []string{workerVariable + "=1"},
		Logger:   slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: LevelTrace})),
		LogLevel: slog.LevelDebug,
	}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, log
}

// eachIsolation runs a test with both isolations: the code is the same, and so must be
// what users see.
func eachIsolation(t *testing.T, test func(t *testing.T, isolation Isolation)) {
	for _, isolation := range []Isolation{IsolationProcess, IsolationNone} {
		t.Run(string(isolation), func(t *testing.T) { test(t, isolation) })
	}
}

// peer is the gateway's end of a user.
type peer struct {
	*guacuser.Peer
	t testing.TB
}

// values are parameter values by name.
type values map[string]string

// connect connects without saying anything.
func connect(t testing.TB, s *Supervisor) *peer {
	t.Helper()
	conn, err := s.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return newPeer(t, conn)
}

func newPeer(t testing.TB, conn net.Conn) *peer {
	p := &peer{guacuser.NewPeer(t, conn), t}
	p.Skip = []string{guac.OpMsg}
	return p
}

// open connects and speaks the handshake.
func open(t testing.TB, s *Supervisor, selection string, v values) *peer {
	t.Helper()
	p := connect(t, s)
	if err := p.handshake(selection, v); err != nil {
		t.Fatalf("handshake: %v", err)
	}
	return p
}

func (p *peer) handshake(selection string, v values) error {
	return p.Handshake(guacuser.Config{Select: selection, Params: v, Width: 800, Height: 600, Name: "anna"})
}

func (p *peer) key(keysym rune) { p.KeyEvent(uint32(keysym), true) }

func (p *peer) raw(text string) { p.Write([]byte(text)) }

// wantSaid asserts what the engine says, up to the given prefix, and returns the rest.
func (p *peer) wantSaid(prefix string) string {
	p.t.Helper()
	got := p.Next()
	if len(got) != 2 || got[0] != guac.OpName || !strings.HasPrefix(got[1], prefix) {
		p.t.Fatalf("got %q, want name %q", got, prefix)
	}
	return got[1][len(prefix):]
}

// wantEnd asserts that the connection ends with a status.
func (p *peer) wantEnd(status guac.Status) {
	p.t.Helper()
	p.WantEnd("the session is over", status)
}

// waitFor waits until something that other goroutines do has happened.
func waitFor(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
