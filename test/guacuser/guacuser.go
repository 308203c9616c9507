// SPDX-License-Identifier: Apache-2.0

package guacuser

import (
	"context"
	"errors"
	"image"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/canvas"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// User is one joined user. Its methods are safe for concurrent use.
type User struct {
	wire

	cfg Config
	ctx context.Context
	end context.CancelCauseFunc

	mu        sync.Mutex
	change    chan struct{} // closed and renewed at each change of what follows
	canvas    *canvas.Canvas
	counts    map[string]int // of instructions
	title     string
	clipboard string
	copies    int // how often a clipboard came
	argv      map[string]string
	streams   map[int]*Stream
	received  []*Stream // that have ended, and that nobody took yet
	objects   map[string]int
	acks      map[int][]guac.Status
	stream    int // the last stream of ours
}

// Connect runs the handshake on conn and starts drawing. It fails the test if the daemon refuses.
func Connect(t testing.TB, conn net.Conn, cfg Config) *User {
	t.Helper()
	u, err := Try(t, conn, cfg)
	if err != nil {
		t.Fatalf("handshake with %s: %v", cfg.Select, err)
	}
	return u
}

// Try is Connect, with an error where that fails the test.
func Try(t testing.TB, conn net.Conn, cfg Config) (*User, error) {
	t.Helper()
	u := newUser(t, conn, cfg)
	if err := u.handshake(u.cfg); err != nil {
		conn.Close()
		return nil, err
	}
	u.start()
	return u, nil
}

// Join starts drawing what comes by conn, on which the handshake is over.
func Join(t testing.TB, conn net.Conn, cfg Config) *User {
	t.Helper()
	u := newUser(t, conn, cfg)
	u.start()
	return u
}

func newUser(t testing.TB, conn net.Conn, cfg Config) *User {
	u := &User{
		wire: newWire(t, conn), cfg: cfg.withDefaults(), change: make(chan struct{}), counts: map[string]int{}, canvas: canvas.New(canvas.Config{}),
		argv: map[string]string{}, streams: map[int]*Stream{}, objects: map[string]int{}, acks: map[int][]guac.Status{},
	}
	u.ctx, u.end = context.WithCancelCause(context.Background())
	return u
}

func (u *User) start() {
	u.t.Cleanup(u.Leave)
	go u.run()
	go u.keepAlive()
}

// run reads until the connection ends.
func (u *User) run() {
	for {
		ins, err := u.next()
		if err == nil {
			err = u.handle(ins)
		}
		if err != nil {
			u.end(err)
			u.Close()
			return
		}
	}
}

// keepAlive has the daemon see that the user is there.
func (u *User) keepAlive() {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			u.Send(guac.OpNop)
		case <-u.ctx.Done():
			return
		}
	}
}

// ErrDisconnected is how a session ends normally.
var ErrDisconnected = errors.New("guacuser: the daemon disconnected")

func (u *User) handle(ins *guac.Instruction) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	defer u.changedLocked()
	u.counts[string(ins.Opcode)]++
	switch string(ins.Opcode) {
	case guac.OpError:
		return &guac.Error{Status: guac.ParseStatus(ins.Arg(1)), Message: ins.Text(0)}
	case guac.OpDisconnect:
		return ErrDisconnected
	case guac.OpSync:
		u.Send(guac.OpSync, ins.Text(0))
	case guac.OpName:
		u.title = ins.Text(0)
	case guac.OpRequired:
		for i := range ins.Args {
			u.answerLocked(ins.Text(i))
		}
	default:
		handled, err := u.streamLocked(ins)
		if handled || err != nil {
			return err
		}
	}
	return u.canvas.Apply(ins)
}

// answerLocked sends the value of a parameter that the daemon asks for.
func (u *User) answerLocked(name string) {
	u.stream++
	b := guac.Begin(nil, guac.OpArgv).Int(u.stream).Str("text/plain").Str(name).End()
	u.Write(guac.AppendEnd(guac.AppendBlobs(b, u.stream, []byte(u.cfg.Answers[name])), u.stream))
}

func (u *User) changedLocked() {
	close(u.change)
	u.change = make(chan struct{})
}

// Wait waits until condition returns nil, which is asked again after each change. It fails the test after a while, or
// when the session ends before.
func (u *User) Wait(what string, condition func() error) {
	u.t.Helper()
	deadline := time.After(Timeout)
	for {
		u.mu.Lock()
		change := u.change
		u.mu.Unlock()
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-change:
		case <-u.ctx.Done():
			u.fatal("session ended while waiting for %s: %v (%v)", what, context.Cause(u.ctx), err)
		case <-deadline:
			u.fatal("gave up waiting for %s: %v", what, err)
		}
	}
}

// WaitPixels waits until the picture is as condition wants it, which is asked at the ends of frames: between them the
// picture is not whole, and a copy of a large one costs more than what comes meanwhile.
func (u *User) WaitPixels(what string, condition func(img *image.RGBA) error) {
	u.t.Helper()
	frames, asked, answer := -1, time.Time{}, error(nil)
	u.Wait(what, func() error {
		if n := u.Count(guac.OpSync); n != frames || time.Since(asked) > time.Second {
			frames, asked, answer = n, time.Now(), condition(u.Screen())
		}
		return answer
	})
}

// WaitEnd waits until the session has ended and returns why: ErrDisconnected or EOF for a normal end, a *guac.Error if
// the daemon sent one.
func (u *User) WaitEnd() error {
	u.t.Helper()
	select {
	case <-u.ctx.Done():
		return context.Cause(u.ctx)
	case <-time.After(Timeout):
		u.fatal("the session goes on")
		return nil
	}
}

// Screen returns a copy of the picture.
func (u *User) Screen() *image.RGBA {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.canvas.Image()
}

// Count returns how many instructions with an opcode have come.
func (u *User) Count(opcode string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.counts[opcode]
}

// Title returns the last name that was sent.
func (u *User) Title() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.title
}

// Argv returns the last value that the daemon told of a parameter.
func (u *User) Argv(name string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.argv[name]
}
