// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

func TestSessionsAndJoins(t *testing.T) {
	// Features: GCD-02, GCD-03, GCD-06, GCD-08
	// Part of: GCD-01
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		owner, other := open(t, s, "echo", nil), open(t, s, "echo", nil)
		pid, otherPid := owner.wantSaid("process "), other.wantSaid("process ")
		own := strconv.Itoa(os.Getpid())
		if isolation == IsolationProcess && (pid == otherPid || pid == own || otherPid == own) {
			t.Errorf("processes %s and %s, supervisor %s", pid, otherPid, own)
		}
		joiner := open(t, s, owner.ID, nil)
		watcher := open(t, s, owner.ID, values{"read-only": "true"})
		if joiner.ID != owner.ID || owner.ID == other.ID || !strings.HasPrefix(owner.ID, "$") {
			t.Errorf("ids %s, %s, %s", owner.ID, joiner.ID, other.ID)
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
		if got := s.Sessions(); len(got) != 2 || got[0].ID != owner.ID || got[0].Users != 3 || got[0].Protocol != "echo" {
			t.Errorf("sessions %+v", got)
		}
		owner.raw("10.disconnect;")
		owner.wantEnd(guac.Success)
		joiner.key('a')
		joiner.wantSaid("key a")
		joiner.Close()
		watcher.Close()
		waitFor(t, "the session has ended", func() bool { return len(s.Sessions()) == 1 })
		if err := connect(t, s).handshake(owner.ID, nil); guac.StatusOf(err) != guac.ResourceNotFound {
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
			joiner := open(t, s, owner.ID, nil)
			joiner.wantSaid("process ")
			owner.wantSaid("process ")
			owner.key(key)
			owner.wantEnd(status)
			joiner.wantEnd(status)
		}
		broken := open(t, s, "panic", nil)
		broken.wantEnd(guac.ServerError)
		waitFor(t, "no session is left", func() bool { return len(s.Sessions()) == 0 })
		for _, want := range []string{"bug in a handler of the engine", "bug in the engine", broken.ID} {
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
		joiner := open(t, s, bad.ID, nil)
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
	joiner := open(t, s, owner.ID, nil)
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
				return strings.Contains(line, `level=WARN msg="asked to log"`) && strings.Contains(line, p.ID) &&
					strings.Contains(line, "number=7") && strings.Contains(line, "protocol=echo")
			}) && slices.ContainsFunc(lines, func(line string) bool {
				return strings.Contains(line, "bad parameter value") && strings.Contains(line, "parameter=port") && strings.Contains(line, "user=@")
			})
		})
	})
}

func TestLimitOfSessions(t *testing.T) {
	s, _ := start(t, IsolationNone, func(cfg *Config) { cfg.MaxSessions = 1 })
	owner := open(t, s, "echo", nil)
	if err := connect(t, s).handshake("echo", nil); guac.StatusOf(err) != guac.ServerBusy {
		t.Errorf("second session: %v", err)
	}
	open(t, s, owner.ID, nil).wantSaid("process ")
}

func TestKill(t *testing.T) {
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, nil)
		if err := s.Kill("$none"); !errors.Is(err, ErrNoSession) {
			t.Errorf("Kill of nothing: %v", err)
		}
		p := open(t, s, "echo", nil)
		p.wantSaid("process ")
		if err := s.Kill(p.ID); err != nil {
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

func TestSessionThatHasEndedIsNotKilled(t *testing.T) {
	s, _ := start(t, IsolationNone, nil)
	p := open(t, s, "echo", nil)
	p.wantSaid("process ")
	c := s.child(p.ID)
	p.key('x')
	p.wantEnd(guac.Success)
	waitFor(t, "the users are told why it ended", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.farewell != nil
	})
	c.stop(errors.New("too late")) // as by Close, at the same time
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killer != nil {
		t.Error("it is going to be killed")
	}
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
