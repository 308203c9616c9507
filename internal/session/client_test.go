// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// client is the browser's end of a user, for tests that read as a dialogue.
type client struct {
	t     *testing.T
	conn  net.Conn
	r     *guac.Reader
	ended chan error // result of Serve
}

var anyone = guac.ClientInfo{Version: guac.Version1_5_0, Width: 1024, Height: 768, DPI: 96, Name: "anna"}

// join starts serving a user and returns its browser.
func join(t *testing.T, s *Session, cfg UserConfig) *client {
	t.Helper()
	if cfg.Info.Version == 0 {
		cfg.Info = anyone
	}
	if cfg.ID == "" {
		cfg.ID = "@1"
	}
	ours, theirs := net.Pipe()
	c := &client{t: t, conn: ours, r: guac.NewReader(ours, guac.DefaultLimits), ended: make(chan error, 1)}
	go func() { c.ended <- s.Serve(context.Background(), theirs, cfg) }()
	t.Cleanup(func() { _ = ours.Close() })
	synctest.Wait()
	return c
}

// send sends an instruction of the browser.
func (c *client) send(opcode string, args ...string) {
	c.t.Helper()
	c.raw(string(guac.Append(nil, opcode, args...)))
}

func (c *client) raw(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Fatalf("send %q: %v", text, err)
	}
	synctest.Wait()
}

// blob sends data on a stream.
func (c *client) blob(stream, data string) {
	c.t.Helper()
	c.send(guac.OpBlob, stream, base64.StdEncoding.EncodeToString([]byte(data)))
}

// next returns the next instruction that is not nop.
func (c *client) next() []string {
	c.t.Helper()
	for {
		ins, err := c.r.Next()
		if err != nil {
			c.t.Fatalf("read: %v", err)
		}
		if ins.Is(guac.OpNop) {
			continue
		}
		out := []string{string(ins.Opcode)}
		for _, arg := range ins.Args {
			out = append(out, string(arg))
		}
		return out
	}
}

// want asserts the next instruction; "*" stands for any argument.
func (c *client) want(why string, want ...string) {
	c.t.Helper()
	got := c.next()
	ok := len(got) == len(want)
	for i := range want {
		ok = ok && (want[i] == "*" || got[i] == want[i])
	}
	if !ok {
		c.t.Fatalf("%s: got %q, want %q", why, got, want)
	}
}

// wantBlob asserts a blob and its decoded data.
func (c *client) wantBlob(stream, want string) {
	c.t.Helper()
	got := c.next()
	if len(got) != 3 || got[0] != guac.OpBlob || got[1] != stream {
		c.t.Fatalf("got %q, want a blob of stream %s", got, stream)
	}
	data, err := base64.StdEncoding.DecodeString(got[2])
	if err != nil || string(data) != want {
		c.t.Fatalf("blob %q, %v, want %q", data, err, want)
	}
}

// wantEnd asserts that the connection ends, after an error with status, or disconnect
// for SUCCESS, and that Serve returns the same.
func (c *client) wantEnd(why string, status guac.Status) {
	c.t.Helper()
	if status == guac.Success {
		c.want(why, guac.OpDisconnect)
	} else if got := c.next(); got[0] != guac.OpError || guac.ParseStatus([]byte(got[2])) != status {
		c.t.Fatalf("%s: got %q, want error %v", why, got, status)
	}
	if ins, err := c.r.Next(); !errors.Is(err, io.EOF) {
		c.t.Fatalf("%s: got %v, %v after the end", why, ins, err)
	}
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
	_ = c.conn.Close()
	c.wantServed("browser was closed", guac.Success)
	synctest.Wait()
}

// discard reads and forgets, answering each frame, so that the user stays alive.
func (c *client) discard() {
	for {
		ins, err := c.r.Next()
		if err != nil {
			return
		}
		if ins.Is(guac.OpSync) {
			_, _ = c.conn.Write(bytesOf(ins))
		}
	}
}

func bytesOf(ins *guac.Instruction) []byte { return ins.Append(nil) }

// keepAlive sends nop, as browsers do, until the test's context ends.
func (c *client) keepAlive(ctx context.Context) {
	for {
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
			return
		}
		if _, err := io.WriteString(c.conn, "3.nop;"); err != nil {
			return
		}
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
