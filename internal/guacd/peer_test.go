// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
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
	t    testing.TB
	conn net.Conn
	r    *guac.Reader
	id   string
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
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &peer{t: t, conn: conn, r: guac.NewReader(conn, guac.HandshakeLimits)}
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
	h := guac.ClientHandshake{
		Select: selection, Value: func(name string) string { return v[name] },
		Info: guac.ClientInfo{Width: 800, Height: 600, DPI: 96, Name: "anna"},
	}
	if _, err := p.conn.Write(h.Start(nil)); err != nil {
		return err
	}
	for {
		ins, err := p.r.Next()
		if err != nil {
			return err
		}
		answer, done, err := h.Step(ins, nil)
		if err != nil {
			return err
		}
		if _, err := p.conn.Write(answer); err != nil {
			return err
		}
		if done {
			p.id = h.ConnectionID
			return nil
		}
	}
}

func (p *peer) key(keysym rune) {
	p.t.Helper()
	p.raw(string(guac.Append(nil, guac.OpKey, strconv.Itoa(int(keysym)), "1")))
}

func (p *peer) raw(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, text); err != nil {
		p.t.Fatal(err)
	}
}

// next returns the next instruction that is neither nop nor msg.
func (p *peer) next() (opcode string, args []string) {
	p.t.Helper()
	for {
		ins, err := p.r.Next()
		if err != nil {
			p.t.Fatalf("read: %v", err)
		}
		if ins.Is(guac.OpNop) || ins.Is(guac.OpMsg) {
			continue
		}
		for _, arg := range ins.Args {
			args = append(args, string(arg))
		}
		return string(ins.Opcode), args
	}
}

// wantSaid asserts what the engine says, up to the given prefix, and returns the rest.
func (p *peer) wantSaid(prefix string) string {
	p.t.Helper()
	opcode, args := p.next()
	if opcode != guac.OpName || !strings.HasPrefix(args[0], prefix) {
		p.t.Fatalf("got %s %q, want name %q", opcode, args, prefix)
	}
	return args[0][len(prefix):]
}

// wantEnd asserts that the connection ends with a status.
func (p *peer) wantEnd(status guac.Status) {
	p.t.Helper()
	opcode, args := p.next()
	switch {
	case status == guac.Success && opcode == guac.OpDisconnect:
	case opcode == guac.OpError && guac.ParseStatus([]byte(args[1])) == status:
	default:
		p.t.Fatalf("got %s %q, want %v", opcode, args, status)
	}
	for {
		_, err := p.r.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			_ = p.conn.Close()
			return
		}
		if err != nil {
			p.t.Fatalf("after the end: %v", err)
		}
	}
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
