// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"errors"
	"fmt"
	"time"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/license"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdstls"
	"github.com/palta-gateway/palta/internal/wire/rdp/sec"
	"github.com/palta-gateway/palta/internal/wire/rdp/tpkt"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// Errors that callers tell apart.
var (
	// ErrProtocol is the error for a server that selects a security protocol which was not
	// offered.
	ErrProtocol = errors.New("connector: the server selects a security protocol that was not offered")
	// ErrClosed is the error for bytes that come after the connection ended: after
	// EventDisconnected or EventRedirect.
	ErrClosed = errors.New("connector: the connection has ended")
)

// state handles one frame, or the bytes at hand where there are no frames yet.
type state func(c *Connector, in []byte) error

// Connector is one connection. It is not for concurrent use.
type Connector struct {
	cfg      Config
	state    state
	credssp  *credssp.Client
	rdstls   *rdstls.Client // not nil while it runs, as credssp
	licenses license.Client

	// Response is what the server negotiated, Server its data blocks, Capabilities its
	// capability sets, ShareID and User the identifiers of the session.
	Response     nego.Response
	Server       gcc.ServerData
	Capabilities []pdu.CapabilitySet
	ShareID      uint32
	User         uint16

	session   *sec.Session
	licensed  bool
	serverKey *sec.PublicKey
	random    []byte
	joins     []uint16
	waitTLS   bool
	external  nego.Protocol // what TLS is to be started for
	closed    bool
	confirmed bool // the connection request was answered
	active    bool
	ready     bool
	bandwidth bandwidth
	inflater  inflater

	out    []byte
	events []Event
	now    time.Time
}

// New returns a connector of cfg.
func New(cfg Config) *Connector {
	return &Connector{cfg: cfg, inflater: inflater{offered: cfg.Compression}}
}

// Step takes the bytes received and not yet consumed, and the time. It returns how many of
// them it consumed, 0 if it needs more; out with what to send appended; and what happened.
// Events and their data are valid until the next call. While TLS is to be started it
// consumes nothing.
//
// Frames are decrypted in place, so in must be the caller's own.
func (c *Connector) Step(now time.Time, in, out []byte) (n int, answer []byte, events []Event, err error) {
	c.out, c.events, c.now = out, c.events[:0], now
	c.inflater.begin()
	switch {
	case c.closed && len(in) > 0:
		err = ErrClosed
	case c.closed:
	case c.state == nil:
		err = c.start()
	case c.waitTLS:
	case c.credssp != nil:
		n, err = c.stepCredSSP(in)
	case c.rdstls != nil:
		n, err = c.stepRDSTLS(in)
	default:
		n, err = c.stepFrame(in)
	}
	return n, c.out, c.events, err
}

func (c *Connector) emit(e Event) { c.events = append(c.events, e) }

func (c *Connector) start() error {
	if n := len(c.cfg.Token); n > nego.MaxToken { // a redirection names it
		return fmt.Errorf("connector: routing token: %d bytes are above the limit of %d", n, nego.MaxToken)
	}
	if c.cfg.Preconnection != nil {
		c.out = c.cfg.Preconnection.Append(c.out)
	}
	c.state = (*Connector).connectionConfirm
	if c.cfg.Direct != nego.ProtocolRDP {
		c.startTLS(c.cfg.Direct)
		return nil
	}
	c.connectionRequest()
	return nil
}

// startTLS has the driver start TLS, in which the given protocol runs.
func (c *Connector) startTLS(external nego.Protocol) {
	c.waitTLS, c.external = true, external
	c.emit(Event{Kind: EventStartTLS})
}

// connectionRequest sends the connection request (section 2.2.1.1).
func (c *Connector) connectionRequest() {
	request := nego.Request{Token: c.cfg.Token, Negotiate: c.cfg.Protocols != 0, Protocols: c.cfg.Protocols}
	if c.cfg.RestrictedAdmin {
		request.Flags |= nego.RestrictedAdminModeRequired
	}
	at := len(c.out)
	c.out = tpkt.Begin(c.out)
	c.out = x224.Connection{Code: x224.ConnectionRequest, Variable: request.Append(nil)}.Append(c.out)
	c.out = tpkt.End(c.out, at)
}

func (c *Connector) stepFrame(in []byte) (int, error) {
	kind, n, err := tpkt.Next(in)
	if kind == tpkt.Fast && !c.licensed { // or another protocol's greeting
		return 0, fmt.Errorf("connector: a fast-path PDU while connecting, which begins with 0x%02X", in[0])
	}
	if err != nil || n == 0 || n > len(in) {
		return 0, err
	}
	c.bandwidth.bytes += uint32(n)
	if kind == tpkt.Fast {
		return n, c.fastPath(in[:n])
	}
	payload, err := tpkt.Payload(in[:n:n])
	if err != nil {
		return 0, err
	}
	if c.confirmed {
		if ended, err := c.ending(payload); ended {
			return n, err
		}
	}
	return n, c.state(c, payload)
}

// connectionConfirm reads the answer to the connection request (section 2.2.1.2).
func (c *Connector) connectionConfirm(tpdu []byte) error {
	confirm, err := x224.ParseConnection(tpdu)
	if err != nil {
		return err
	}
	if c.Response, err = nego.ParseResponse(confirm.Variable); err != nil {
		return err
	}
	c.confirmed = true
	if c.Response.Failure != 0 {
		return c.Response.Failure
	}
	p := c.Response.Protocol
	if p&^c.cfg.Protocols != 0 {
		return ErrProtocol
	}
	switch {
	case c.cfg.Direct != nego.ProtocolRDP:
		if !c.Response.Negotiated {
			c.Response.Protocol = c.cfg.Direct
		} else if p == nego.ProtocolRDP {
			return ErrProtocol
		}
		c.connectInitial()
	case p != nego.ProtocolRDP:
		c.startTLS(p)
	case c.cfg.Protocols != 0 && c.cfg.Encryption == 0:
		return ErrProtocol
	default:
		c.connectInitial()
	}
	return nil
}

// secured goes on once the security protocol has run.
func (c *Connector) secured() {
	if c.cfg.Direct != nego.ProtocolRDP {
		c.connectionRequest()
		return
	}
	c.connectInitial()
}

// StartedTLS tells that TLS is up. The key is that of the server's certificate, as
// credssp.SubjectPublicKey returns it. What is to be sent next is appended to out.
func (c *Connector) StartedTLS(subjectPublicKey, out []byte) ([]byte, error) {
	if !c.waitTLS {
		return out, errors.New("connector: TLS was not asked for")
	}
	c.waitTLS, c.out = false, out
	switch c.external {
	case nego.ProtocolHybrid, nego.ProtocolHybridEx:
		c.credssp = c.cfg.CredSSP(subjectPublicKey, c.external == nego.ProtocolHybridEx)
		_, err := c.stepCredSSP(nil)
		return c.out, err
	case nego.ProtocolRDSTLS:
		c.rdstls = &rdstls.Client{Credentials: c.cfg.RDSTLS}
	default:
		c.secured()
	}
	return c.out, nil
}

func (c *Connector) stepCredSSP(in []byte) (n int, err error) {
	var done bool
	if n, c.out, done, err = c.credssp.Step(in, c.out); err == nil && done {
		c.credssp = nil
		c.secured()
	}
	return n, err
}

func (c *Connector) stepRDSTLS(in []byte) (n int, err error) {
	var done bool
	if n, c.out, done, err = c.rdstls.Step(in, c.out); err == nil && done {
		c.rdstls = nil
		c.secured()
	}
	return n, err
}
