// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

var params = []engine.Param{{Name: "hostname", Host: true}, engine.ReadOnly}

// supervise runs a worker in the bubble of a test and returns the supervisor's end.
func supervise(t *testing.T, run func(ctx context.Context, cfg engine.Config) error) (Control, <-chan error) {
	t.Helper()
	ours, theirs := Pipe()
	ended := make(chan error, 1)
	registry := engine.Registry{"test": {Name: "test", Params: params, Run: run}}
	go func() { ended <- Run(context.Background(), theirs, Config{Registry: registry}) }()
	t.Cleanup(func() { _ = ours.Close() })
	if err := ours.Send(Message{Kind: KindStart, Session: "$1", Protocol: "test"}, nil); err != nil {
		t.Fatal(err)
	}
	return ours, ended
}

// user hands a user to the worker and speaks its handshake.
func user(t *testing.T, control Control, m Message) *guac.Reader {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = ours.Close() })
	m.Kind = KindUser
	if err := control.Send(m, theirs); err != nil {
		t.Fatal(err)
	}
	r := guac.NewReader(ours, guac.HandshakeLimits)
	wantOpcode(t, r, guac.OpArgs)
	if _, err := io.WriteString(ours, "4.size,3.800,3.600;7.connect,13.VERSION_1_5_0,9.127.0.0.1,0.;"); err != nil {
		t.Fatal(err)
	}
	wantOpcode(t, r, guac.OpReady)
	return r
}

func wantOpcode(t *testing.T, r *guac.Reader, want string) *guac.Instruction {
	t.Helper()
	for {
		ins, err := r.Next()
		if err != nil {
			t.Fatalf("waiting for %s: %v", want, err)
		}
		if ins.Is(guac.OpNop) || ins.Is(guac.OpMsg) {
			continue
		}
		if !ins.Is(want) {
			t.Fatalf("got %s, want %s", ins.Append(nil), want)
		}
		return ins
	}
}

// wantMessage asserts the worker's next message.
func wantMessage(t *testing.T, control Control, want Message) Message {
	t.Helper()
	got, handle, err := control.Receive()
	closeHandle(handle)
	if err != nil {
		t.Fatalf("waiting for %s: %v", want.Kind, err)
	}
	ignored := got
	ignored.Timeout = want.Timeout
	if diff := cmp.Diff(want, ignored); diff != "" {
		t.Fatalf("message (-want +got):\n%s", diff)
	}
	return got
}

// untilDone is an engine that waits.
func untilDone(ctx context.Context, _ engine.Config) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func TestLifeOfAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		control, ended := supervise(t, func(ctx context.Context, cfg engine.Config) error {
			if cfg.Params.String("hostname") != "127.0.0.1" || cfg.Owner.Width != 800 || cfg.Session.ID() != "$1" {
				t.Errorf("engine got %v, %+v, %s", cfg.Params, cfg.Owner, cfg.Session.ID())
			}
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			conn, err := cfg.Dialer.DialContext(ctx, "tcp", "127.0.0.1:22")
			if err != nil {
				return err
			}
			defer conn.Close()
			_, err = io.Copy(io.Discard, conn)
			return err
		})
		r := user(t, control, Message{User: "@o", Owner: true})
		wantMessage(t, control, Message{Kind: KindReach, Reach: engine.Reach{Hosts: []string{"127.0.0.1"}}})
		m := wantMessage(t, control, Message{Kind: KindDial, Request: 1, Network: "tcp", Address: "127.0.0.1:22"})
		if m.Timeout <= 0 || m.Timeout > 10*time.Second {
			t.Errorf("timeout %v", m.Timeout)
		}
		remote, theirs := net.Pipe()
		if err := control.Send(Message{Kind: KindAnswer, Request: 1}, theirs); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		_ = remote.Close() // the remote host ends the connection normally
		wantOpcode(t, r, guac.OpDisconnect)
		wantMessage(t, control, Message{Kind: KindLeft, User: "@o"})
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestDialThatFailsOrIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		results := make(chan error, 2)
		control, ended := supervise(t, func(ctx context.Context, cfg engine.Config) error {
			_, err := cfg.Dialer.DialContext(ctx, "tcp", "127.0.0.1:1")
			results <- err
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err = cfg.Dialer.DialContext(short, "tcp", "127.0.0.1:2")
			results <- err
			return err
		})
		r := user(t, control, Message{User: "@o", Owner: true})
		wantMessage(t, control, Message{Kind: KindReach, Reach: engine.Reach{Hosts: []string{"127.0.0.1"}}})
		wantMessage(t, control, Message{Kind: KindDial, Request: 1, Network: "tcp", Address: "127.0.0.1:1"})
		_ = control.Send(Message{Kind: KindAnswer, Request: 1, Status: guac.UpstreamNotFound, Text: "unknown"}, nil)
		var known *guac.Error
		if err := <-results; !errors.As(err, &known) || known.Status != guac.UpstreamNotFound || known.Message != "unknown" {
			t.Errorf("first dial: %v", err)
		}
		wantMessage(t, control, Message{Kind: KindDial, Request: 2, Network: "tcp", Address: "127.0.0.1:2"})
		wantMessage(t, control, Message{Kind: KindCancel, Request: 2})
		if err := <-results; guac.StatusOf(err) != guac.UpstreamTimeout {
			t.Errorf("second dial: %v", err)
		}
		late, theirs := net.Pipe()
		_ = control.Send(Message{Kind: KindAnswer, Request: 2}, theirs)
		if _, err := late.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("a late connection is still open: %v", err)
		}
		wantOpcode(t, r, guac.OpError)
		wantMessage(t, control, Message{Kind: KindLeft, User: "@o"})
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestEachRequestOfAnEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mac := net.HardwareAddr{1, 2, 3, 4, 5, 6}
		control, ended := supervise(t, func(ctx context.Context, cfg engine.Config) error {
			if conn, err := cfg.Dialer.DialNamed(ctx, "tcp", "other:1"); err != nil || conn == nil {
				t.Errorf("DialNamed = %v, %v", conn, err)
			}
			if conn, err := cfg.Dialer.Accept(ctx, 5500); guac.StatusOf(err) != guac.ServerError || conn != nil {
				t.Errorf("Accept without a connection = %v, %v", conn, err)
			}
			if err := cfg.Dialer.Wake(ctx, "255.255.255.255:9", mac); err != nil {
				t.Errorf("Wake = %v", err)
			}
			return nil
		})
		r := user(t, control, Message{User: "@o", Owner: true})
		wantMessage(t, control, Message{Kind: KindReach, Reach: engine.Reach{Hosts: []string{"127.0.0.1"}}})
		wantMessage(t, control, Message{Kind: KindDialNamed, Request: 1, Network: "tcp", Address: "other:1"})
		_, theirs := net.Pipe()
		_ = control.Send(Message{Kind: KindAnswer, Request: 1}, theirs)
		wantMessage(t, control, Message{Kind: KindAccept, Request: 2, Port: 5500})
		_ = control.Send(Message{Kind: KindAnswer, Request: 2}, nil)
		wantMessage(t, control, Message{Kind: KindWake, Request: 3, Address: "255.255.255.255:9", MAC: mac})
		_ = control.Send(Message{Kind: KindAnswer, Request: 3}, nil)
		wantOpcode(t, r, guac.OpDisconnect)
		wantMessage(t, control, Message{Kind: KindLeft, User: "@o"})
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestSupervisorEndsTheSession(t *testing.T) {
	for name, end := range map[string]func(control Control){
		"stop": func(control Control) {
			_ = control.Send(Message{Kind: KindStop, Status: guac.SessionClosed, Text: "enough"}, nil)
		},
		"close": func(control Control) { _ = control.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				control, ended := supervise(t, untilDone)
				r := user(t, control, Message{User: "@o", Owner: true})
				end(control)
				ins := wantOpcode(t, r, guac.OpError)
				if name == "stop" && (ins.Text(0) != "enough" || ins.Text(1) != "523") {
					t.Errorf("got %s", ins.Append(nil))
				}
				if err := <-ended; err != nil {
					t.Errorf("Run = %v", err)
				}
			})
		})
	}
}

func TestEngineThatHangsIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		control, ended := supervise(t, func(context.Context, engine.Config) error { <-release; return nil })
		r := user(t, control, Message{User: "@o", Owner: true})
		begin := time.Now()
		_ = control.Send(Message{Kind: KindStop, Status: guac.SessionClosed}, nil)
		wantOpcode(t, r, guac.OpError)
		if err := <-ended; err == nil || time.Since(begin) != endGrace {
			t.Errorf("Run = %v after %v", err, time.Since(begin))
		}
		close(release)
	})
}

func TestUserWhoComesTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		control, ended := supervise(t, func(context.Context, engine.Config) error { <-release; return nil })
		r := user(t, control, Message{User: "@o", Owner: true})
		_ = control.Send(Message{Kind: KindStop, Status: guac.SessionClosed}, nil)
		wantOpcode(t, r, guac.OpError)
		synctest.Wait()
		ours, theirs := net.Pipe()
		_ = control.Send(Message{Kind: KindUser, User: "@late"}, theirs)
		if ins := wantOpcode(t, guac.NewReader(ours, guac.DefaultLimits), guac.OpError); ins.Text(1) != "523" {
			t.Errorf("got %s, want SESSION_CLOSED", ins.Append(nil))
		}
		close(release)
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

func TestBadStarts(t *testing.T) {
	for _, m := range []Message{{Kind: KindStart, Protocol: "other"}, {Kind: KindUser, Protocol: "test"}} {
		ours, theirs := Pipe()
		_ = ours.Send(m, nil)
		if err := Run(t.Context(), theirs, Config{Registry: engine.Registry{"test": {}}}); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
	ours, theirs := Pipe()
	_ = ours.Close()
	if err := Run(t.Context(), theirs, Config{}); !errors.Is(err, io.EOF) {
		t.Errorf("closed control socket: %v", err)
	}
}

func TestPipe(t *testing.T) {
	a, b := Pipe()
	conn, _ := net.Pipe()
	if err := a.Send(Message{Kind: KindUser, User: "@1"}, conn); err != nil {
		t.Fatal(err)
	}
	_ = a.Close()
	m, got, err := b.Receive()
	if err != nil || m.User != "@1" || got != conn {
		t.Errorf("Receive = %+v, %v, %v", m, got, err)
	}
	if _, _, err := b.Receive(); !errors.Is(err, io.EOF) {
		t.Errorf("Receive after the end: %v", err)
	}
	ours, theirs := net.Pipe()
	if err := b.Send(Message{Kind: KindLeft}, theirs); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Send after the end: %v", err)
	}
	if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("connection of a message that was not sent is open: %v", err)
	}
}

func TestMessageBounds(t *testing.T) {
	if _, err := (Message{Kind: KindUser, Buffered: make([]byte, maxMessage)}).encode(); err == nil {
		t.Error("a huge message was encoded")
	}
	b, err := Message{Kind: KindStop, Text: strings.Repeat("é", maxText)}.encode()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := decodeMessage(b); err != nil || len(m.Text) > maxText+3 {
		t.Errorf("text of %d bytes, %v", len(m.Text), err)
	}
	for _, text := range []string{"", "{}", `{"kind":"other"}`, `{"kind":1}`, "[]", `{"kind":"user","buffered":"!"}`, strings.Repeat(" ", maxMessage+1)} {
		if m, err := decodeMessage([]byte(text)); err == nil {
			t.Errorf("%.40q was accepted: %+v", text, m)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, m := range []Message{
		{Kind: KindStart, Session: "$1", Protocol: "ssh", LogLevel: -4},
		{Kind: KindUser, User: "@1", Owner: true, Buffered: []byte("4.size")},
		{Kind: KindDial, Request: 1, Network: "tcp", Address: "a:22", Timeout: time.Second},
		{Kind: KindReach, Reach: engine.Reach{Hosts: []string{"a", ""}, Port: 5500, Wake: "255.255.255.255:9"}},
		{Kind: KindAccept, Request: 2, Port: 5500},
		{Kind: KindCreate, Request: 4, File: engine.File{Path: "/x", Name: "y", CreatePath: true}},
		{Kind: KindWake, Request: 3, Address: "255.255.255.255:9", MAC: net.HardwareAddr{1, 2, 3, 4, 5, 6}},
		{Kind: KindStop, Status: guac.SessionClosed, Text: "x"},
	} {
		b, err := m.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decodeMessage(b)
		if err != nil || len(m.Text) > maxText {
			return
		}
		encoded, err := m.encode()
		if err != nil {
			return // longer in its canonical form
		}
		again, err := decodeMessage(encoded)
		if len(m.Buffered) == 0 {
			m.Buffered = nil
		}
		if len(m.Reach.Hosts) == 0 {
			m.Reach.Hosts = nil
		}
		if len(m.Reach.Files) == 0 {
			m.Reach.Files = nil
		}
		if len(m.MAC) == 0 {
			m.MAC = nil
		}
		if diff := cmp.Diff(m, again); diff != "" || err != nil {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	})
}
