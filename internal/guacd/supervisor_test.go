// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
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
func start(t *testing.T, isolation Isolation, change func(*Config)) (*Supervisor, *journal) {
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
	t    *testing.T
	conn net.Conn
	r    *guac.Reader
	id   string
}

// values are parameter values by name.
type values map[string]string

// connect connects without saying anything.
func connect(t *testing.T, s *Supervisor) *peer {
	t.Helper()
	conn, err := s.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return newPeer(t, conn)
}

func newPeer(t *testing.T, conn net.Conn) *peer {
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &peer{t: t, conn: conn, r: guac.NewReader(conn, guac.HandshakeLimits)}
}

// open connects and speaks the handshake.
func open(t *testing.T, s *Supervisor, selection string, v values) *peer {
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

func TestSessionsAndJoins(t *testing.T) {
	// Features: GCD-01, GCD-02, GCD-03, GCD-06, GCD-08
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		owner, other := open(t, s, "echo", nil), open(t, s, "echo", nil)
		pid, otherPid := owner.wantSaid("process "), other.wantSaid("process ")
		own := strconv.Itoa(os.Getpid())
		if isolation == IsolationProcess && (pid == otherPid || pid == own || otherPid == own) {
			t.Errorf("processes %s and %s, supervisor %s", pid, otherPid, own)
		}
		joiner := open(t, s, owner.id, nil)
		watcher := open(t, s, owner.id, values{"read-only": "true"})
		if joiner.id != owner.id || owner.id == other.id || !strings.HasPrefix(owner.id, "$") {
			t.Errorf("ids %s, %s, %s", owner.id, joiner.id, other.id)
		}
		if got := joiner.wantSaid("process "); got != pid {
			t.Errorf("joiner is in process %s, want %s", got, pid)
		}
		watcher.wantSaid("process " + pid)

		watcher.key('a') // which must have no effect
		joiner.key('a')
		for _, p := range []*peer{owner, joiner, watcher} {
			p.wantSaid("key a of anna")
		}
		if got := s.Sessions(); len(got) != 2 || got[0].ID != owner.id || got[0].Users != 3 || got[0].Protocol != "echo" {
			t.Errorf("sessions %+v", got)
		}
		owner.raw("10.disconnect;")
		owner.wantEnd(guac.Success)
		joiner.key('a')
		joiner.wantSaid("key a")
		_ = joiner.conn.Close()
		_ = watcher.conn.Close()
		waitFor(t, "the session has ended", func() bool { return len(s.Sessions()) == 1 })
		if err := connect(t, s).handshake(owner.id, nil); guac.StatusOf(err) != guac.ResourceNotFound {
			t.Errorf("join after the end: %v", err)
		}
		other.key('a')
		other.wantSaid("key a")
	})
}

func TestEndsOfTheEngine(t *testing.T) {
	// Features: GCD-09, COM-14
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, log := start(t, isolation, nil)
		for key, status := range map[rune]guac.Status{
			'x': guac.Success, 'e': guac.UpstreamUnavailable, 'p': guac.ServerError,
		} {
			owner := open(t, s, "echo", nil)
			joiner := open(t, s, owner.id, nil)
			joiner.wantSaid("process ")
			owner.wantSaid("process ")
			owner.key(key)
			owner.wantEnd(status)
			joiner.wantEnd(status)
		}
		broken := open(t, s, "panic", nil)
		broken.wantEnd(guac.ServerError)
		waitFor(t, "no session is left", func() bool { return len(s.Sessions()) == 0 })
		for _, want := range []string{"bug in a handler of the engine", "bug in the engine", broken.id} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("log does not have %q:\n%s", want, log)
			}
		}
	})
}

func TestWorkerThatDiesTakesNobodyWithIt(t *testing.T) {
	// Features: GCD-06, GCD-09
	s, log := start(t, IsolationProcess, nil)
	good := open(t, s, "echo", nil)
	good.wantSaid("process ")
	for _, how := range []string{"killed", "crashed"} {
		bad := open(t, s, "echo", nil)
		pid, _ := strconv.Atoi(bad.wantSaid("process "))
		joiner := open(t, s, bad.id, nil)
		joiner.wantSaid("process ")
		if how == "killed" {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		} else {
			bad.key('g')
		}
		bad.wantEnd(guac.ServerError)
		joiner.wantEnd(guac.ServerError)
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d was not reaped: %v", pid, err)
		}
	}
	good.key('a')
	good.wantSaid("key a")
	waitFor(t, "the log has the crash", func() bool {
		return strings.Contains(log.String(), "bug in a goroutine of the engine") && strings.Contains(log.String(), "signal: killed")
	})
}

func TestUserLeavesItsSocket(t *testing.T) {
	s, _ := start(t, IsolationProcess, nil)
	owner := open(t, s, "echo", nil)
	owner.wantSaid("process ")
	joiner := open(t, s, owner.id, nil)
	joiner.raw("10.disconnect;")
	joiner.wantSaid("process ")
	joiner.wantEnd(guac.Success) // which needs all descriptors of the socket closed
	waitFor(t, "one user is left", func() bool { return s.Sessions()[0].Users == 1 })
}

func TestWorkerDoesNotSeeTheEnvironment(t *testing.T) {
	s, _ := start(t, IsolationProcess, nil)
	p := open(t, s, "echo", nil)
	p.wantSaid("process ")
	p.key('v')
	if got := p.wantSaid(""); got != "" {
		t.Errorf("worker sees %q", got)
	}
}

func TestWorkerHasNoNetworkOfItsOwn(t *testing.T) {
	s, log := start(t, IsolationProcess, nil)
	p := open(t, s, "echo", nil)
	p.wantSaid("process ")
	p.key('s')
	if got := p.wantSaid(""); got != "true true true" {
		t.Errorf("listening, sending, executing are refused: %s\n%s", got, log)
	}
}

func TestLogLinesOfWorkers(t *testing.T) {
	// Features: GCD-10
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, log := start(t, isolation, nil)
		p := open(t, s, "echo", values{"port": "x"})
		p.key('l')
		waitFor(t, "both lines are in the log", func() bool {
			lines := strings.Split(log.String(), "\n")
			return slices.ContainsFunc(lines, func(line string) bool {
				return strings.Contains(line, `level=WARN msg="asked to log"`) && strings.Contains(line, p.id) &&
					strings.Contains(line, "number=7") && strings.Contains(line, "protocol=echo")
			}) && slices.ContainsFunc(lines, func(line string) bool {
				return strings.Contains(line, "bad parameter value") && strings.Contains(line, "parameter=port") && strings.Contains(line, "user=@")
			})
		})
	})
}

func TestHandshakeErrors(t *testing.T) {
	// Features: GCD-09, DIS-22
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		for _, tc := range []struct {
			name, send string
			want       guac.Status
		}{
			{"unknown protocol", "6.select,6.gopher;", guac.Unsupported},
			{"unknown session", "6.select,3.$no;", guac.ResourceNotFound},
			{"no select", "4.size,1.1,1.1;", guac.ClientBadRequest},
			{"a web browser", "GET / HTTP/1.1\r\n\r\n", guac.ClientBadRequest},
			{"oversized select", "6.select,9000." + strings.Repeat("x", 9000) + ";", guac.ClientBadRequest},
			{"too few values", "6.select,4.echo;7.connect,13.VERSION_1_5_0;", guac.ClientBadRequest},
			{"garbage in the handshake", "6.select,4.echo;xyz;", guac.ClientBadRequest},
			{"bad size", "6.select,4.echo;4.size,1.x,1.y;", guac.ClientBadRequest},
		} {
			t.Run(tc.name, func(t *testing.T) {
				p := connect(t, s)
				p.raw(tc.send)
				for {
					opcode, args := p.next()
					if opcode == guac.OpArgs {
						continue
					}
					if opcode != guac.OpError || guac.ParseStatus([]byte(args[1])) != tc.want {
						t.Fatalf("got %s %q, want %v", opcode, args, tc.want)
					}
					return
				}
			})
		}
		waitFor(t, "no session is left", func() bool { return len(s.Sessions()) == 0 })
	})
}

func TestHandshakeAtOnce(t *testing.T) {
	// A client that does not wait for args sends everything in one piece.
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		p := connect(t, s)
		p.raw("6.select,4.echo;4.size,3.800,3.600;5.audio;5.video;5.image;7.connect,13.VERSION_1_5_0,0.,0.,0.;3.key,2.97,1.1;")
		for _, want := range []string{guac.OpArgs, guac.OpReady} {
			if opcode, _ := p.next(); opcode != want {
				t.Fatalf("got %s, want %s", opcode, want)
			}
		}
		p.wantSaid("process ")
	})
}

func TestHandshakeTimeout(t *testing.T) {
	s, _ := start(t, IsolationNone, func(cfg *Config) { cfg.HandshakeTimeout = 50 * time.Millisecond })
	silent := connect(t, s)
	silent.wantEnd(guac.ClientTimeout)
	half := connect(t, s)
	half.raw("6.select,4.echo;")
	if opcode, _ := half.next(); opcode != guac.OpArgs {
		t.Fatalf("got %s, want args", opcode)
	}
	half.wantEnd(guac.ClientTimeout)
	waitFor(t, "no session is left", func() bool { return len(s.Sessions()) == 0 })
}

func TestBareConnectIsQuiet(t *testing.T) {
	// Features: DEP-13
	s, log := start(t, IsolationNone, nil)
	ln := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()
	for range 3 {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	waitFor(t, "the connections are noticed", func() bool { return strings.Count(log.String(), "without a handshake") == 3 })
	for _, line := range strings.Split(strings.TrimSpace(log.String()), "\n") {
		if !strings.Contains(line, "level=DEBUG") {
			t.Errorf("loud line: %s", line)
		}
	}
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve = %v", err)
	}
	if conn, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		_ = conn.Close()
		t.Error("listener is still open")
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

func TestOverTCP(t *testing.T) {
	// Features: GCD-02, GCD-03
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		ln := listen(t)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx, ln) }()
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		p := newPeer(t, conn)
		if err := p.handshake("echo", nil); err != nil {
			t.Fatal(err)
		}
		p.wantSaid("process ")
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
		p.key('a')
		p.wantSaid("key a") // the session outlives the listener
		p.key('e')
		p.wantEnd(guac.UpstreamUnavailable)
	})
}

func TestLimitOfSessions(t *testing.T) {
	s, _ := start(t, IsolationNone, func(cfg *Config) { cfg.MaxSessions = 1 })
	owner := open(t, s, "echo", nil)
	if err := connect(t, s).handshake("echo", nil); guac.StatusOf(err) != guac.ServerBusy {
		t.Errorf("second session: %v", err)
	}
	open(t, s, owner.id, nil).wantSaid("process ")
}

func TestKill(t *testing.T) {
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		if err := s.Kill("$none"); !errors.Is(err, ErrNoSession) {
			t.Errorf("Kill of nothing: %v", err)
		}
		p := open(t, s, "echo", nil)
		p.wantSaid("process ")
		if err := s.Kill(p.id); err != nil {
			t.Fatal(err)
		}
		p.wantEnd(guac.SessionClosed)
		waitFor(t, "the session has ended", func() bool { return len(s.Sessions()) == 0 })
	})
}

func TestEngineThatDoesNotEndIsKilled(t *testing.T) {
	// Features: GCD-11
	s, log := start(t, IsolationProcess, func(cfg *Config) { cfg.StopGrace = 100 * time.Millisecond })
	p := open(t, s, "hang", nil)
	p.wantSaid("process ")
	begin := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	p.wantEnd(guac.SessionClosed)
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("Close took %v", took)
	}
	if !strings.Contains(log.String(), "killing it") {
		t.Errorf("log does not say so:\n%s", log)
	}
	if _, err := s.Connect(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Connect after Close: %v", err)
	}
}

func TestDial(t *testing.T) {
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		policy, err := ParsePolicy(nil, []string{"127.0.0.9"})
		if err != nil {
			t.Fatal(err)
		}
		s, log := start(t, isolation, func(cfg *Config) { cfg.Targets = policy })
		ln := listen(t)
		go func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, "welcome")
				_ = conn.Close()
			}
		}()
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		closed := listen(t)
		_, closedPort, _ := net.SplitHostPort(closed.Addr().String())
		_ = closed.Close()
		for _, tc := range []struct {
			name, host, port string
			key              rune
			want             string
		}{
			{"own host", "127.0.0.1", port, 'd', `remote "welcome" <nil>`},
			{"own host by name", "localhost", port, 'd', `remote "welcome" <nil>`},
			{"refused", "127.0.0.1", closedPort, 'd', "dial: UPSTREAM_UNAVAILABLE, known true"},
			{"denied by the operator", "127.0.0.9", port, 'd', "dial: CLIENT_FORBIDDEN, known true"},
			{"not the connection's host", "127.0.0.1", port, 'f', "dial: CLIENT_FORBIDDEN, known true"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				p := open(t, s, "echo", values{"hostname": tc.host, "port": tc.port})
				p.wantSaid("process ")
				p.key(tc.key)
				if got := p.wantSaid(""); got != tc.want {
					t.Errorf("got %s, want %s", got, tc.want)
				}
			})
		}
		if !strings.Contains(log.String(), "dial refused") {
			t.Error("refused dial is not in the log")
		}
	})
}

func TestNewRefusesBadConfigs(t *testing.T) {
	for _, cfg := range []Config{{}, {Isolation: "container"}} {
		if _, err := New(cfg); err == nil {
			t.Errorf("New(%+v) succeeded", cfg)
		}
	}
}

func TestWorkerThatDoesNotStart(t *testing.T) {
	for _, executable := range []string{"/nonexistent", "/bin/false"} {
		s, _ := start(t, IsolationProcess, func(cfg *Config) { cfg.Executable = executable })
		if err := connect(t, s).handshake("echo", nil); guac.StatusOf(err) != guac.ServerError {
			t.Errorf("%s: %v", executable, err)
		}
		waitFor(t, "no session is left", func() bool { return len(s.Sessions()) == 0 })
	}
}
