// SPDX-License-Identifier: Apache-2.0

package rdptest

import (
	"errors"
	"fmt"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
)

// PublicKey is that of the server's certificate, which TLS would have.
const PublicKey = "the key"

// Dialogue has a client and a server talk to each other. Bytes that the client has taken are
// overwritten before its next step, as those of a read buffer are.
type Dialogue struct {
	Client *connector.Connector
	Server *Server
	// Piece is how many bytes the client gets at once, 0 for all.
	Piece int
	// Event, if set, is told what the client tells, before the Log has it. Its error ends the
	// dialogue.
	Event func(connector.Event) error

	// Log has a line for each event, Redirect what the server redirects to, and Received all
	// that the server said.
	Log      []string
	Redirect *pdu.Redirection
	Received []byte

	toClient, toServer, pending, taken []byte
	now                                time.Time
}

// Say has the client send something.
func (d *Dialogue) Say(b []byte) { d.toServer = append(d.toServer, b...) }

// Run goes on until neither side has anything left to say.
func (d *Dialogue) Run() error {
	if d.now.IsZero() {
		d.now = time.Unix(1000, 0)
	}
	for {
		for i := range d.taken { // a client that still looks here has not kept what it needs
			d.taken[i] = 0xEE
		}
		d.now = d.now.Add(time.Millisecond)
		n, out, events, err := d.Client.Step(d.now, d.pending, nil)
		if err != nil {
			return err
		}
		d.Say(out)
		for _, e := range events {
			if err := d.event(e); err != nil {
				return err
			}
		}
		d.taken, d.pending = d.pending[:n], d.pending[n:]
		if n > 0 {
			continue
		}
		if err := d.serve(); err != nil {
			return err
		}
		if len(d.toClient) == 0 {
			return nil
		}
		take := len(d.toClient)
		if d.Piece > 0 {
			take = min(take, d.Piece)
		}
		d.pending = append(d.pending, d.toClient[:take]...)
		d.toClient = d.toClient[take:]
	}
}

func (d *Dialogue) serve() error {
	for {
		n, out, err := d.Server.Handle(d.toServer)
		if err != nil {
			return fmt.Errorf("server: %w", err)
		}
		d.toServer = d.toServer[n:]
		d.answer(out)
		if n == 0 {
			return nil
		}
	}
}

func (d *Dialogue) answer(b []byte) {
	d.toClient, d.Received = append(d.toClient, b...), append(d.Received, b...)
}

var eventNames = map[connector.EventKind]string{
	connector.EventConnected: "connected", connector.EventReady: "ready", connector.EventDeactivated: "deactivated",
	connector.EventHeartbeat: "heartbeat", connector.EventDisconnected: "disconnected", connector.EventRedirect: "redirect",
}

func (d *Dialogue) event(e connector.Event) error {
	if d.Event != nil {
		if err := d.Event(e); err != nil {
			return err
		}
	}
	switch e.Kind {
	case connector.EventUpdate:
		d.Log = append(d.Log, fmt.Sprintf("update %v %.20q", e.Update.Code, e.Update.Data))
	case connector.EventData:
		d.Log = append(d.Log, fmt.Sprintf("data 0x%X", uint8(e.Type)))
	case connector.EventChannel:
		d.Log = append(d.Log, fmt.Sprintf("channel %d %q", e.Channel, e.Data))
	case connector.EventStartTLS:
		d.Log = append(d.Log, "TLS")
		if err := d.serve(); err != nil {
			return err
		}
		if !d.Server.StartTLS {
			return errors.New("server: the client starts TLS, which nobody asked for")
		}
		d.answer(d.Server.TLSStarted())
		out, err := d.Client.StartedTLS([]byte(PublicKey), nil)
		d.Say(out)
		return err
	default:
		d.Redirect = e.Redirection
		d.Log = append(d.Log, eventNames[e.Kind])
	}
	return nil
}
