// SPDX-License-Identifier: Apache-2.0

// Package guacuser is a user of a guacd-compatible daemon for tests: it runs the handshake,
// draws what it is sent on a canvas, answers each sync, and sends input.
//
//	u := guacuser.Connect(t, conn, guacuser.Config{Select: "ssh", Params: …})
//	u.Type("echo hello\n")
//	u.WaitPixels("a red corner", func(img *image.RGBA) error { … })
package guacuser

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/canvas"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// timeout bounds each wait.
const timeout = 20 * time.Second

// Config says what to ask for. The zero value of all but Select has a default.
type Config struct {
	// Select is a protocol's name or the "$" id of a connection to join.
	Select string
	// Params are the connection's parameters by name; one that the daemon does not name is
	// an error.
	Params        map[string]string
	Width, Height int
	Name          string
	Image         []string
	// Answers are what the user enters where the daemon asks for missing parameters.
	Answers map[string]string
	// HoldSync has the user never answer a sync.
	HoldSync bool
}

// User is one joined user. Its methods are safe for concurrent use.
type User struct {
	// ID is the daemon's id of the connection.
	ID string

	t    testing.TB
	cfg  Config
	conn net.Conn
	ctx  context.Context
	end  context.CancelCauseFunc

	write sync.Mutex

	mu      sync.Mutex
	change  chan struct{} // closed and renewed at each change of what follows
	canvas  *canvas.Canvas
	frames  int
	title   string
	text    string // of the clipboard
	streams map[int]*stream
	objects map[string]int
	acks    map[int][]guac.Status
	bodies  map[string][]byte
	next    int // the next stream of ours
}

// stream is one that the daemon has opened and that is not a picture.
type stream struct {
	kind, mimetype, name string
	data                 []byte
}

// Connect runs the handshake on conn and starts drawing. It fails the test if the daemon
// refuses.
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
	if cfg.Width == 0 {
		cfg.Width, cfg.Height = 1024, 768
	}
	if cfg.Image == nil {
		cfg.Image = []string{"image/png", "image/jpeg"}
	}
	u := &User{
		t: t, cfg: cfg, conn: conn, change: make(chan struct{}), canvas: canvas.New(canvas.Config{}), streams: map[int]*stream{},
		objects: map[string]int{}, acks: map[int][]guac.Status{}, bodies: map[string][]byte{},
	}
	u.ctx, u.end = context.WithCancelCause(context.Background())
	t.Cleanup(u.Leave)
	r := guac.NewReader(conn, guac.HandshakeLimits)
	if err := u.handshake(r); err != nil {
		conn.Close()
		return nil, err
	}
	go u.run(r)
	go u.keepAlive()
	return u, nil
}

func (u *User) handshake(r *guac.Reader) error {
	unknown := maps.Clone(u.cfg.Params)
	h := guac.ClientHandshake{
		Select: u.cfg.Select,
		Info:   guac.ClientInfo{Width: u.cfg.Width, Height: u.cfg.Height, DPI: 96, Image: u.cfg.Image, Name: u.cfg.Name},
		Value: func(name string) string {
			delete(unknown, name)
			return u.cfg.Params[name]
		},
	}
	if err := u.conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	out := h.Start(nil)
	for {
		if _, err := u.conn.Write(out); err != nil {
			return err
		}
		ins, err := r.Next()
		if err != nil {
			return err
		}
		var done bool
		if out, done, err = h.Step(ins, nil); err != nil {
			return err
		}
		if done {
			break
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("the daemon does not name the parameters %v", slices.Sorted(maps.Keys(unknown)))
	}
	u.ID = h.ConnectionID
	return u.conn.SetDeadline(time.Time{})
}

// run reads until the connection ends.
func (u *User) run(r *guac.Reader) {
	for {
		ins, err := r.Next()
		if err != nil {
			u.end(err)
			return
		}
		if err := u.handle(ins); err != nil {
			u.end(err)
			u.conn.Close()
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
			u.send(guac.Append(nil, guac.OpNop))
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
	switch string(ins.Opcode) {
	case guac.OpError:
		return &guac.Error{Status: guac.ParseStatus(ins.Arg(1)), Message: ins.Text(0)}
	case guac.OpDisconnect:
		return ErrDisconnected
	case guac.OpSync:
		u.frames++
		if !u.cfg.HoldSync {
			u.send(guac.Append(nil, guac.OpSync, ins.Text(0)))
		}
	case guac.OpName:
		u.title = ins.Text(0)
	case guac.OpRequired:
		for i := range ins.Args {
			u.answerLocked(ins.Text(i))
		}
	case guac.OpFilesystem:
		object, err := ins.Int(0)
		u.objects[ins.Text(1)] = object
		return err
	case guac.OpAck:
		return u.ackLocked(ins)
	case guac.OpClipboard, guac.OpFile, guac.OpPipe, guac.OpArgv:
		return u.openLocked(ins, ins.Text(1), ins.Text(2), 0)
	case guac.OpBody:
		return u.openLocked(ins, ins.Text(2), ins.Text(3), 1)
	case guac.OpBlob, guac.OpEnd:
		handled, err := u.streamLocked(ins)
		if handled || err != nil {
			return err
		}
	}
	return u.canvas.Apply(ins)
}

// answerLocked sends the value of a parameter that the daemon asks for.
func (u *User) answerLocked(name string) {
	u.next++
	b := guac.Begin(nil, guac.OpArgv).Int(u.next).Str("text/plain").Str(name).End()
	u.send(guac.AppendEnd(guac.AppendBlobs(b, u.next, []byte(u.cfg.Answers[name])), u.next))
}

func (u *User) openLocked(ins *guac.Instruction, mimetype, name string, streamArg int) error {
	index, err := ins.Int(streamArg)
	if err != nil {
		return err
	}
	u.streams[index] = &stream{kind: string(ins.Opcode), mimetype: mimetype, name: name}
	u.send(guac.AppendAck(nil, index, "OK", guac.Success))
	return nil
}

// streamLocked takes a blob or end of a stream that is not a picture.
func (u *User) streamLocked(ins *guac.Instruction) (handled bool, err error) {
	index, err := ins.Int(0)
	if err != nil {
		return false, err
	}
	s, ok := u.streams[index]
	if !ok {
		return false, nil
	}
	if ins.Is(guac.OpEnd) {
		delete(u.streams, index)
		if s.kind == guac.OpClipboard {
			u.text = string(s.data)
		} else {
			u.bodies[s.name] = s.data
		}
		return true, nil
	}
	data, err := base64.StdEncoding.DecodeString(ins.Text(1))
	if err != nil {
		return true, err
	}
	s.data = append(s.data, data...)
	u.send(guac.AppendAck(nil, index, "OK", guac.Success))
	return true, nil
}

func (u *User) ackLocked(ins *guac.Instruction) error {
	index, err := ins.Int(0)
	u.acks[index] = append(u.acks[index], guac.ParseStatus(ins.Arg(2)))
	return err
}

func (u *User) changedLocked() {
	close(u.change)
	u.change = make(chan struct{})
}

// send writes whole instructions; an error shows as the end of the connection.
func (u *User) send(b []byte) {
	u.write.Lock()
	defer u.write.Unlock()
	_ = u.conn.SetWriteDeadline(time.Now().Add(timeout))
	if _, err := u.conn.Write(b); err != nil && !errors.Is(err, net.ErrClosed) {
		u.conn.Close()
	}
}

// Send writes raw bytes to the daemon.
func (u *User) Send(b []byte) { u.send(b) }

// Leave ends the user's connection.
func (u *User) Leave() {
	u.send(guac.Append(nil, guac.OpDisconnect))
	u.conn.Close()
}

// Wait waits until condition returns nil, which is asked again after each change. It fails the test after a
// while, or when the session ends before.
func (u *User) Wait(what string, condition func() error) {
	u.t.Helper()
	deadline := time.After(timeout)
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
			u.t.Fatalf("session ended while waiting for %s: %v (%v)", what, context.Cause(u.ctx), err)
		case <-deadline:
			u.t.Fatalf("gave up waiting for %s: %v", what, err)
		}
	}
}

// WaitPixels waits until the picture is as condition wants it.
func (u *User) WaitPixels(what string, condition func(img *image.RGBA) error) {
	u.t.Helper()
	u.Wait(what, func() error { return condition(u.Screen()) })
}

// WaitText waits until the clipboard has the text.
func (u *User) WaitText(what string, condition func(text string) error) {
	u.t.Helper()
	u.Wait(what, func() error {
		u.mu.Lock()
		text := u.text
		u.mu.Unlock()
		return condition(text)
	})
}

// WaitEnd waits until the session has ended and returns why: ErrDisconnected or EOF for a normal
// end, a *guac.Error if the daemon sent one.
func (u *User) WaitEnd() error {
	u.t.Helper()
	select {
	case <-u.ctx.Done():
		return context.Cause(u.ctx)
	case <-time.After(timeout):
		u.t.Fatal("the session goes on")
		return nil
	}
}

// Screen returns a copy of the picture.
func (u *User) Screen() *image.RGBA {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.canvas.Image()
}

// Frames returns how many syncs have come.
func (u *User) Frames() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.frames
}

// Title returns the last name that was sent.
func (u *User) Title() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.title
}

// Key presses and releases a key.
func (u *User) Key(keysym int) {
	b := guac.Begin(nil, guac.OpKey).Int(keysym).Int(1).End()
	u.send(guac.Begin(b, guac.OpKey).Int(keysym).Int(0).End())
}

// Return is the keysym of the Return key.
const Return = 0xFF0D

// Type types text; a line feed is the Return key.
func (u *User) Type(text string) {
	for _, r := range text {
		switch {
		case r == '\n':
			u.Key(Return)
		case r < 0x100:
			u.Key(int(r))
		default:
			u.Key(0x01000000 | int(r))
		}
	}
}

// Mouse moves the pointer, with the buttons held.
func (u *User) Mouse(x, y, buttons int) {
	u.send(guac.Begin(nil, guac.OpMouse).Int(x).Int(y).Int(buttons).End())
}

// Drag presses the left button at one place and releases it at another.
func (u *User) Drag(from, to image.Point) {
	u.Mouse(from.X, from.Y, 0)
	u.Mouse(from.X, from.Y, 1)
	u.Mouse((from.X+to.X)/2, (from.Y+to.Y)/2, 1)
	u.Mouse(to.X, to.Y, 1)
	u.Mouse(to.X, to.Y, 0)
}

// Resize tells the browser's new size.
func (u *User) Resize(width, height int) {
	u.send(guac.Begin(nil, guac.OpSize).Int(width).Int(height).End())
}
