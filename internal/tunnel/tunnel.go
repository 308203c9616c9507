// SPDX-License-Identifier: Apache-2.0

// Package tunnel is the gateway's end of a session, whether the daemon is the supervisor
// of the same process, or a guacd on another machine, Palta's or upstream's.
//
// [Open] connects and speaks the handshake. The [Tunnel] then relays instructions:
// [Tunnel.Reader] reads what the daemon sends, [Tunnel.Write] sends to it. A daemon is
// never silent for long, because it sends nop; so silence is an error, UPSTREAM_TIMEOUT.
// The daemon's end of the stream is io.EOF, which is the normal end of a session: what
// went wrong, if anything, was told by an error instruction before.
package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// defaultTimeout is how long a daemon may be silent, and how long it may take to accept
// the connection.
const defaultTimeout = 15 * time.Second

// Config is what a tunnel is opened with.
type Config struct {
	// Dial connects to the daemon: TCP, TLS, or Supervisor.Connect. See Dialer.
	Dial func(ctx context.Context) (net.Conn, error)
	// Handshake says what to select and with which values.
	Handshake guac.ClientHandshake
	// Timeout bounds connecting, and each silence of the daemon; 15 s by default.
	Timeout time.Duration
}

// Tunnel is an open session. One goroutine may read while others write.
type Tunnel struct {
	// ConnectionID is "$" and a UUID, by which others can join.
	ConnectionID string
	// Version is the protocol version that both sides speak.
	Version guac.Version

	conn    net.Conn
	timeout time.Duration
	reader  *guac.Reader

	mu sync.Mutex // held while writing, so that instructions do not mix
}

// Dialer returns a Dial for a daemon at a TCP address; config is nil for plain TCP. With
// TLS the daemon must prove the host name of the address, unless config names another.
func Dialer(address string, config *tls.Config) func(ctx context.Context) (net.Conn, error) {
	if config != nil {
		dialer := tls.Dialer{Config: config}
		return func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", address) }
	}
	var dialer net.Dialer
	return func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", address) }
}

// Open connects to a daemon and opens or joins a session. An error of the daemon keeps its
// status; a daemon that cannot be reached is SERVER_ERROR, as upstream's web application
// has it, and one that does not answer UPSTREAM_TIMEOUT.
func Open(ctx context.Context, cfg Config) (*Tunnel, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	dialCtx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	conn, err := cfg.Dial(dialCtx)
	if err != nil {
		return nil, guac.Errorf(guac.ServerError, "tunnel: daemon cannot be reached: %w", err)
	}
	t := &Tunnel{conn: conn, timeout: cfg.Timeout}
	t.reader = guac.NewReader(timedReader{t}, guac.HandshakeLimits)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = t.handshake(cfg.Handshake)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return t, nil
}

// handshake speaks from select to ready.
func (t *Tunnel) handshake(h guac.ClientHandshake) error {
	if err := t.Write(h.Start(nil)); err != nil {
		return err
	}
	for {
		ins, err := t.reader.Next()
		if err != nil {
			return handshakeError(err)
		}
		answer, done, err := h.Step(ins, nil)
		if err != nil {
			return fmt.Errorf("tunnel: %w", err)
		}
		if len(answer) > 0 {
			if err := t.Write(answer); err != nil {
				return err
			}
		}
		if done {
			t.ConnectionID, t.Version = h.ConnectionID, h.Info.Version
			return nil
		}
	}
}

// handshakeError gives what ended the reading its status.
func handshakeError(err error) error {
	var e *guac.Error
	if errors.As(err, &e) {
		return err
	}
	return guac.Errorf(guac.ServerError, "tunnel: handshake with the daemon: %w", err)
}

// Reader returns the reader of the daemon's instructions. Its errors are io.EOF at the end
// of the session, guac.Errors, and errors of the connection.
func (t *Tunnel) Reader() *guac.Reader { return t.reader }

// Write sends whole instructions to the daemon.
func (t *Tunnel) Write(b []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	_ = t.conn.SetWriteDeadline(time.Now().Add(t.timeout))
	if _, err := t.conn.Write(b); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return guac.Errorf(guac.UpstreamTimeout, "tunnel: daemon does not read")
		}
		return fmt.Errorf("tunnel: write: %w", err)
	}
	return nil
}

// Close ends the session for this user. A read in another goroutine fails.
func (t *Tunnel) Close() error { return t.conn.Close() }

// timedReader reads from the daemon with a deadline for each read.
type timedReader struct{ t *Tunnel }

func (r timedReader) Read(p []byte) (int, error) {
	_ = r.t.conn.SetReadDeadline(time.Now().Add(r.t.timeout))
	n, err := r.t.conn.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, guac.Errorf(guac.UpstreamTimeout, "tunnel: daemon is silent")
	default:
		return n, err
	}
}
