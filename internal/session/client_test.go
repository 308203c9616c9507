// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
)

// client is the browser's end of a user, for tests that read as a dialogue. They run in bubbles: what was sent has had
// all its effects when a call returns.
type client struct {
	*guacuser.Peer
	t     *testing.T
	ended <-chan error // result of Serve
}

var anyone = guac.ClientInfo{Version: guac.Version1_5_0, Width: 1024, Height: 768, DPI: 96, Name: "anna"}

// join starts serving a user and returns its browser.
func join(t *testing.T, s *Session, cfg UserConfig) *client {
	t.Helper()
	return joinUntil(t.Context(), t, s, cfg)
}

// joinUntil is join with a context for Serve.
func joinUntil(ctx context.Context, t *testing.T, s *Session, cfg UserConfig) *client {
	t.Helper()
	if cfg.Info.Version == 0 {
		cfg.Info = anyone
	}
	if cfg.ID == "" {
		cfg.ID = "@1"
	}
	ours, theirs := net.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, theirs, cfg) }()
	synctest.Wait()
	return &client{guacuser.NewPeer(t, ours), t, ended}
}

// send sends an instruction of the browser.
func (c *client) send(opcode string, args ...string) {
	c.raw(string(guac.Append(nil, opcode, args...)))
}

func (c *client) raw(text string) {
	c.Write([]byte(text))
	synctest.Wait()
}

// blob sends data on a stream.
func (c *client) blob(stream, data string) {
	c.blobWithoutWaiting(stream, data)
	synctest.Wait()
}

func (c *client) blobWithoutWaiting(stream, data string) {
	c.Write(guac.Begin(nil, guac.OpBlob).Str(stream).Base64([]byte(data)).End())
}

// wantEnd asserts that the connection ends, after an error with status, or disconnect
// for SUCCESS, and that Serve returns the same.
func (c *client) wantEnd(why string, status guac.Status) {
	c.t.Helper()
	c.WantEnd(why, status)
	c.wantServed(why, status)
}

// wantServed asserts what Serve returns.
func (c *client) wantServed(why string, status guac.Status) {
	c.t.Helper()
	if got := guac.StatusOf(<-c.ended); got != status {
		c.t.Fatalf("%s: Serve returned %v, want %v", why, got, status)
	}
}

// leave closes the browser.
func (c *client) leave() {
	c.t.Helper()
	c.Close()
	c.wantServed("browser was closed", guac.Success)
	synctest.Wait()
}

// discard reads and forgets, answering each frame, so that the user stays alive.
func (c *client) discard() {
	for {
		ins, err := c.Read()
		if err != nil {
			return
		}
		if ins.Is(guac.OpSync) {
			c.Write(ins.Append(nil))
		}
	}
}

// keepAlive sends nop, as browsers do, until the test's context ends.
func (c *client) keepAlive(ctx context.Context) {
	for {
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
			return
		}
		c.Write([]byte("3.nop;"))
	}
}

// recorder is an engine that writes down what it is told. Its methods are called on the
// readers of several users, so lines are sent on a channel.
type recorder struct {
	lines  chan string
	refuse error
}

func newRecorder() *recorder { return &recorder{lines: make(chan string, 1000)} }

func (r *recorder) UserJoined(u *User) error {
	r.lines <- "joined " + u.ID()
	return r.refuse
}

func (r *recorder) UserLeft(u *User) { r.lines <- "left " + u.ID() }

// take returns what was written down, joined by "; ".
func (r *recorder) take() string {
	var all []string
	for {
		select {
		case line := <-r.lines:
			all = append(all, line)
		default:
			return strings.Join(all, "; ")
		}
	}
}
