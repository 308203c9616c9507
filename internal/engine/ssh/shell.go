// SPDX-License-Identifier: Apache-2.0

package ssh

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/palta-gateway/palta/internal/terminal"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// readSize is how much output is taken at a time; a channel's packets are no larger.
const readSize = 32 << 10

// ptyRequest is "pty-req" (RFC 4254, section 6.2).
type ptyRequest struct {
	Term                      string
	Cols, Rows, Width, Height uint32
	Modes                     string
}

// windowChange is "window-change" (RFC 4254, section 6.7).
type windowChange struct{ Cols, Rows, Width, Height uint32 }

// envRequest is "env" (RFC 4254, section 6.4).
type envRequest struct{ Name, Value string }

// execRequest is "exec" (RFC 4254, section 6.5).
type execRequest struct{ Command string }

// ttyVErase is the opcode of the erase character in encoded terminal modes (RFC 4254, section 8).
const ttyVErase = 3

// exitTime is how long a server may take from the end of a shell's output to the status of its exit.
const exitTime = 2 * time.Second

// settleTime is how long the users may take to receive the last output.
const settleTime = 2 * time.Second

// serve runs the shell or the command until it ends, with file transfer beside it.
func (c *client) serve(ctx context.Context, conn *connection) error {
	ctx, lost := context.WithCancelCause(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer conn.Close()
	defer lost(nil)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	channel, requests, err := conn.OpenChannel("session", nil)
	if err != nil {
		return serverError(ctx, "open a session", err)
	}
	exited := make(chan bool, 1)
	work.Go(func() { exited <- watchExit(requests) })
	if err := c.start(channel); err != nil {
		return serverError(ctx, "start a shell", err)
	}
	c.limit(conn.net, false)

	work.Go(func() { keepAlive(ctx, conn, c.keepAliveInterval(), lost) })
	if c.cfg.Params.Bool("enable-sftp") {
		work.Go(func() { c.serveFiles(ctx, conn) })
	}
	work.Go(func() { c.sendInput(channel) })
	work.Go(func() { c.sendSizes(ctx, channel) })
	out := &output{term: c.term}
	work.Go(func() { out.copy(channel.Stderr()) })
	out.copy(channel)

	out.locked(c.pipe.close)
	c.settle(ctx)
	_ = c.term.Close()
	_ = channel.Close()
	return c.exitError(ctx, conn, exited)
}

// settle lets the users see the last output, which may be all there was.
func (c *client) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if err := c.disp.Settle(ctx); err != nil {
		c.log.Debug("a user may not have seen the last output", "error", err)
	}
}

// exitError returns nil if the shell ended by itself, and else why the connection ended.
func (c *client) exitError(ctx context.Context, conn *connection, exited <-chan bool) error {
	timer := time.NewTimer(exitTime)
	defer timer.Stop()
	select {
	case normal := <-exited:
		if normal {
			return nil
		}
	case <-timer.C:
		return nil // the output has ended, and the server keeps the channel open for nothing
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	// Some servers send no status; they close the channel and leave the connection to us, or take leave in order.
	closed := make(chan error, 1)
	go func() { closed <- conn.Wait() }()
	select {
	case err := <-closed:
		if err != nil && strings.Contains(err.Error(), "disconnect, reason 11:") {
			return nil
		}
		return guac.Errorf(guac.UpstreamError, "ssh: the server closed the connection")
	case <-time.After(exitTime / 10):
		return nil
	}
}

// output brings the channel's two streams to the terminal one after the other.
type output struct {
	mu   sync.Mutex
	term *terminal.Terminal
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.term.Write(p)
}

// locked runs f while nothing is written.
func (o *output) locked(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
}

func (o *output) copy(r io.Reader) {
	_, _ = io.CopyBuffer(o, struct{ io.Reader }{r}, make([]byte, readSize))
}

// serverError is an error of what the server was asked to do.
func serverError(ctx context.Context, what string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return guac.Errorf(guac.UpstreamError, "ssh: the server did not %s: %w", what, err)
}

// watchExit answers the server's requests on the channel and reports, in the end, whether the shell ended: by itself,
// by a signal, or with the channel closed in order.
func watchExit(requests <-chan *ssh.Request) bool {
	exited := false
	for request := range requests {
		switch request.Type {
		case "exit-status", "exit-signal":
			exited = true
		}
		if request.WantReply {
			_ = request.Reply(false, nil)
		}
	}
	return exited
}

// start asks for the environment, the PTY and the shell or command.
func (c *client) start(channel ssh.Channel) error {
	p := c.cfg.Params
	timezone := p.String("timezone")
	if timezone == "" {
		timezone = c.cfg.Owner.Timezone
	}
	for _, env := range []envRequest{{"LANG", p.String("locale")}, {"TZ", timezone}} {
		if env.Value == "" {
			continue
		}
		// Most servers accept few variables; nothing depends on it, so nobody waits for the answer.
		if _, err := channel.SendRequest("env", false, ssh.Marshal(env)); err != nil {
			return err
		}
	}
	size := c.term.Size()
	pty := ptyRequest{
		Term: p.String("terminal-type"), Cols: uint32(size.Cols), Rows: uint32(size.Rows),
		Width: uint32(size.Width), Height: uint32(size.Height), Modes: c.modes(),
	}
	if err := demand(channel, "pty-req", ssh.Marshal(pty)); err != nil {
		return err
	}
	if command := p.String("command"); command != "" {
		return demand(channel, "exec", ssh.Marshal(execRequest{command}))
	}
	return demand(channel, "shell", nil)
}

// modes are the encoded terminal modes: the code of the Backspace key erases.
func (c *client) modes() string {
	erase := uint32(c.cfg.Params.Int("backspace"))
	return string(ssh.Marshal(struct {
		Op    byte
		Value uint32
		End   byte
	}{ttyVErase, erase, 0}))
}

func demand(channel ssh.Channel, name string, payload []byte) error {
	ok, err := channel.SendRequest(name, true, payload)
	if err == nil && !ok {
		err = errors.New("the server refused " + name)
	}
	return err
}

// sendInput sends what the user types until the terminal is closed.
func (c *client) sendInput(channel ssh.Channel) {
	_, _ = io.CopyBuffer(struct{ io.Writer }{channel}, struct{ io.Reader }{c.term}, make([]byte, readSize))
}

// sendSizes tells the server the newest size, until ctx ends.
func (c *client) sendSizes(ctx context.Context, channel ssh.Channel) {
	for {
		var size terminal.Size
		select {
		case <-ctx.Done():
			return
		case size = <-c.resized:
		}
		change := windowChange{uint32(size.Cols), uint32(size.Rows), uint32(size.Width), uint32(size.Height)}
		if _, err := channel.SendRequest("window-change", false, ssh.Marshal(change)); err != nil {
			return
		}
	}
}
