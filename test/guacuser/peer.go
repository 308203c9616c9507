// SPDX-License-Identifier: Apache-2.0

package guacuser

import (
	"encoding/base64"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Peer is the browser's end of a connection that only does what the test says. It is for one goroutine.
type Peer struct {
	wire

	// Skip are opcodes that Next passes over, as it does nop.
	Skip []string
}

// NewPeer returns the peer of a connection, which has its handshake still to come, or none.
func NewPeer(t testing.TB, conn net.Conn) *Peer {
	t.Cleanup(func() { _ = conn.Close() })
	return &Peer{wire: newWire(t, conn)}
}

// Handshake speaks from select to ready.
func (p *Peer) Handshake(cfg Config) error { return p.handshake(cfg.withDefaults()) }

// Conn returns the connection, for a test that reads it byte by byte.
func (p *Peer) Conn() net.Conn { return p.conn }

// Read returns the next instruction, whatever it is, valid until the next call.
func (p *Peer) Read() (*guac.Instruction, error) {
	_ = p.conn.SetReadDeadline(time.Now().Add(Timeout))
	return p.next()
}

// Next returns the next instruction that is not passed over: its opcode and its arguments.
func (p *Peer) Next() []string {
	p.t.Helper()
	for {
		ins, err := p.Read()
		if err != nil {
			p.fatal("read: %v", err)
		}
		if ins.Is(guac.OpNop) || slices.Contains(p.Skip, string(ins.Opcode)) {
			continue
		}
		all := []string{string(ins.Opcode)}
		for _, arg := range ins.Args {
			all = append(all, string(arg))
		}
		return all
	}
}

// Want asserts the next instruction; "*" stands for any argument.
func (p *Peer) Want(why string, want ...string) {
	p.t.Helper()
	got := p.Next()
	same := func(got, want string) bool { return want == "*" || got == want }
	if !slices.EqualFunc(got, want, same) {
		p.fatal("%s: got %q, want %q", why, got, want)
	}
}

// WantFirst skips to the next instruction with an opcode and asserts its first argument.
func (p *Peer) WantFirst(opcode, argument string) {
	p.t.Helper()
	got := p.Next()
	for got[0] != opcode {
		got = p.Next()
	}
	if len(got) < 2 || got[1] != argument {
		p.fatal("got %q, want %s %q", got, opcode, argument)
	}
}

// WantBlob asserts a blob and its data.
func (p *Peer) WantBlob(stream int, want string) {
	p.t.Helper()
	got := p.Next()
	if len(got) != 3 || got[0] != guac.OpBlob || got[1] != strconv.Itoa(stream) {
		p.fatal("got %q, want a blob of stream %d", got, stream)
	}
	data, err := base64.StdEncoding.DecodeString(got[2])
	if err != nil || string(data) != want {
		p.fatal("blob %q, %v, want %q", data, err, want)
	}
}

// WantStatus asserts that the next instruction says how the connection ends: error with a status, or disconnect for
// SUCCESS.
func (p *Peer) WantStatus(why string, status guac.Status) {
	p.t.Helper()
	got := p.Next()
	switch {
	case status == guac.Success && got[0] == guac.OpDisconnect:
	case got[0] == guac.OpError && len(got) == 3 && guac.ParseStatus([]byte(got[2])) == status:
	default:
		p.fatal("%s: got %q, want %v", why, got, status)
	}
}

// WantEnd asserts that the connection ends with a status.
func (p *Peer) WantEnd(why string, status guac.Status) {
	p.t.Helper()
	p.WantStatus(why, status)
	ins, err := p.Read()
	if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		p.fatal("%s: got %v, %v after the end", why, ins, err)
	}
	p.Close()
}
