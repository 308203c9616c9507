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

	"github.com/palta-gateway/palta/internal/engine/console"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

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
		work.Go(func() { c.files.serve(ctx, conn) })
	}
	work.Go(func() { _, _ = io.Copy(c.console, channel.Stderr()) })
	if err := c.console.Serve(ctx, shell{channel}); err != nil {
		return err
	}
	return c.exitError(ctx, conn, exited)
}

// shell is the channel as a console's host.
type shell struct{ ssh.Channel }

// Resize tells the server the size.
func (s shell) Resize(size console.Size) error {
	change := windowChange{uint32(size.Cols), uint32(size.Rows), uint32(size.Width), uint32(size.Height)}
	_, err := s.SendRequest("window-change", false, ssh.Marshal(change))
	return err
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
	size := c.console.Size()
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
