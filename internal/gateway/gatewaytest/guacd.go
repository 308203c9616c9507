// SPDX-License-Identifier: Apache-2.0

package gatewaytest

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// wait bounds everything that a test waits for.
const wait = 10 * time.Second

// Guacd is a daemon on a loopback port. It speaks the handshake; the test is the rest of it, by way of [Peer].
type Guacd struct {
	listener net.Listener
	params   []string
	peers    chan *Peer
	work     sync.WaitGroup

	mu     sync.Mutex
	refuse map[string]guac.Status
}

// NewGuacd starts a daemon whose every protocol has these parameters. It stops with the test.
func NewGuacd(t testing.TB, params ...string) *Guacd {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &Guacd{listener: listener, params: params, peers: make(chan *Peer, 100), refuse: make(map[string]guac.Status)}
	g.work.Go(g.serve)
	t.Cleanup(func() {
		listener.Close()
		g.work.Wait()
		close(g.peers)
		for peer := range g.peers {
			peer.Close()
		}
	})
	return g
}

// Addr returns host and port of the daemon.
func (g *Guacd) Addr() string { return g.listener.Addr().String() }

// Dial connects to the daemon.
func (g *Guacd) Dial(ctx context.Context) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", g.Addr())
}

// Refuse answers the handshake of a session with that parameter value with an error.
func (g *Guacd) Refuse(value string, status guac.Status) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuse[value] = status
}

func (g *Guacd) serve() {
	for {
		conn, err := g.listener.Accept()
		if err != nil {
			return
		}
		g.work.Go(func() { g.handshake(conn) })
	}
}

func (g *Guacd) handshake(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(wait))
	p := &Peer{conn: conn, reader: guac.NewReader(conn, guac.HandshakeLimits), Values: make(map[string]string)}
	if err := p.handshake(g.params); err != nil {
		conn.Close()
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, value := range p.Values {
		if status, ok := g.refuse[value]; ok {
			_, _ = conn.Write(guac.AppendError(nil, "refused", status))
			conn.Close()
			return
		}
	}
	_, _ = conn.Write(guac.AppendReady(nil, "$"+strings.TrimPrefix(p.Selected, "$")))
	_ = conn.SetDeadline(time.Time{})
	g.peers <- p
}

// Accept returns the next session past its handshake.
func (g *Guacd) Accept(t testing.TB) *Peer {
	t.Helper()
	select {
	case p := <-g.peers:
		p.t = t
		t.Cleanup(p.Close)
		return p
	case <-time.After(wait):
		t.Fatal("guacd: no session within the time")
		return nil
	}
}

// Peer is the daemon's end of one session.
type Peer struct {
	// Selected is the argument of select, Info and Values what the handshake told.
	Selected string
	Info     guac.ClientInfo
	Values   map[string]string

	t      testing.TB
	conn   net.Conn
	reader *guac.Reader
}

func (p *Peer) handshake(params []string) error {
	ins, err := p.reader.Next()
	if err != nil {
		return err
	}
	p.Selected = ins.Text(0)
	h := guac.ServerHandshake{Params: params}
	if _, err := p.conn.Write(h.Start(nil)); err != nil {
		return err
	}
	for {
		ins, err := p.reader.Next()
		if err != nil {
			return err
		}
		done, err := h.Step(ins)
		if err != nil {
			return err
		}
		if done {
			break
		}
	}
	p.Info = h.Info
	for i, name := range params {
		p.Values[name] = h.Values[i]
	}
	return nil
}

// Send sends text, which is normally whole instructions.
func (p *Peer) Send(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, text); err != nil {
		p.t.Fatalf("guacd: send: %v", err)
	}
}

// TrySend is Send for when the gateway may be gone or not reading; it reports whether all was sent in the time.
func (p *Peer) TrySend(text string, timeout time.Duration) bool {
	_ = p.conn.SetWriteDeadline(time.Now().Add(timeout))
	_, err := io.WriteString(p.conn, text)
	return err == nil
}

// Want reads the next instruction and fails the test if it is not that one.
func (p *Peer) Want(instruction string) {
	p.t.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(wait))
	ins, err := p.reader.Next()
	if err != nil {
		p.t.Fatalf("guacd: read: %v, want %q", err, instruction)
	}
	if got := string(ins.Append(nil)); got != instruction {
		p.t.Fatalf("guacd: got %q, want %q", got, instruction)
	}
}

// WantClosed waits for the gateway to close the session.
func (p *Peer) WantClosed() {
	p.t.Helper()
	_ = p.conn.SetReadDeadline(time.Now().Add(wait))
	for {
		ins, err := p.reader.Next()
		switch {
		case err == nil:
			p.t.Logf("guacd: got %q before the end", ins.Append(nil))
		case errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed):
			return
		default:
			if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
				p.t.Fatal("guacd: the gateway did not close the session")
			}
			return // reset
		}
	}
}

// Close ends the session as a daemon does.
func (p *Peer) Close() { p.conn.Close() }
