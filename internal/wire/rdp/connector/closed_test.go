// SPDX-License-Identifier: Apache-2.0

package connector_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/credssptest"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest"
)

func TestClosedTellsWhatItMeans(t *testing.T) {
	c := connector.New(config())
	if _, _, _, err := c.Step(time.Unix(0, 0), nil, nil); err != nil || !errors.Is(c.Closed(), connector.ErrRefused) {
		t.Errorf("before the connection is confirmed: %v, %v", err, c.Closed())
	}
	wrong := nla()
	wrong.NTLM.User, wrong.Status = "Other", 0
	d := &rdptest.Dialogue{Client: connector.New(config()), Server: &rdptest.Server{Response: negotiated(nego.ProtocolHybrid), CredSSP: wrong}}
	if err := d.Run(); !errors.Is(err, credssptest.ErrClosed) {
		t.Fatalf("the server says %v", err)
	}
	if err := d.Client.Closed(); !errors.Is(err, credssp.LogonFailure) {
		t.Errorf("after a wrong password: %v", err)
	}
	d = &rdptest.Dialogue{Client: connector.New(config()), Server: new(rdptest.Server)}
	if err := d.Run(); err != nil {
		t.Fatal(err)
	}
	if err := d.Client.Closed(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("in a session: %v", err)
	}
}

// xrdp in TLS mode lets a client of standard security get as far as connect initial.
func TestServerRefusesWhileConnecting(t *testing.T) {
	s := &rdptest.Server{Break: func(step rdptest.Step, packet []byte) []byte {
		if step == rdptest.StepConnectResponse {
			return []byte("\x03\x00\x00\x09\x02\xf0\x80\x21\x80")
		}
		return packet
	}}
	d := &rdptest.Dialogue{Client: connector.New(config()), Server: s}
	if err := d.Run(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"disconnected"}, d.Log); diff != "" || !errors.Is(d.Client.Closed(), connector.ErrClosed) {
		t.Errorf("%v, events (-want +got):\n%s", d.Client.Closed(), diff)
	}
}
