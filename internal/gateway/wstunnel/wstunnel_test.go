// SPDX-License-Identifier: Apache-2.0

package wstunnel_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/gateway/wstunnel"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// fixture is a gateway with a WebSocket tunnel between a browser and a daemon.
type fixture struct {
	t        *testing.T
	provider *gatewaytest.Provider
	guacd    *gatewaytest.Guacd
	sessions *login.Store
	broker   *broker.Broker
	server   *httptest.Server
	token    string
}

func newFixture(t *testing.T, origins ...string) *fixture {
	t.Helper()
	f := &fixture{
		t: t, guacd: gatewaytest.NewGuacd(t, "hostname"),
		provider: &gatewaytest.Provider{
			Passwords:   map[string]string{"alice": "secret"},
			Connections: []*directory.Connection{{Identifier: "1", Name: "box", Protocol: "ssh"}},
		},
	}
	f.sessions = f.provider.Sessions(t)
	f.broker = broker.New(broker.Config{Supervisor: f.guacd.Dial})
	f.server = httptest.NewServer(wstunnel.New(wstunnel.Config{Logins: f.sessions, Broker: f.broker, Origins: origins}))
	_, f.token = f.provider.Login(t, f.sessions, "alice")
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := f.broker.Shutdown(ctx, nil); err != nil {
			t.Errorf("broker did not shut down: %v", err)
		}
		f.server.Close()
	})
	return f
}

func (f *fixture) parameters() url.Values {
	return url.Values{
		"token": {f.token}, "GUAC_DATA_SOURCE": {gatewaytest.DataSource}, "GUAC_ID": {"1"}, "GUAC_TYPE": {"c"},
	}
}

// browser is a WebSocket client.
type browser struct {
	t    *testing.T
	ctx  context.Context
	conn *websocket.Conn
}

func (f *fixture) dial(parameters url.Values) *browser {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 15*time.Second)
	f.t.Cleanup(cancel)
	conn, _, err := websocket.Dial(ctx, f.server.URL+"/?"+parameters.Encode(), &websocket.DialOptions{
		Subprotocols: []string{"guacamole"},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = conn.CloseNow() })
	conn.SetReadLimit(1 << 20)
	if got := conn.Subprotocol(); got != "guacamole" {
		f.t.Errorf("subprotocol = %q, want guacamole", got)
	}
	return &browser{t: f.t, ctx: ctx, conn: conn}
}

// open dials and returns both ends of the session.
func (f *fixture) open() (*browser, *gatewaytest.Peer) {
	f.t.Helper()
	b := f.dial(f.parameters())
	peer := f.guacd.Accept(f.t)
	_, first, err := b.conn.Read(b.ctx)
	active, listErr := f.broker.Active(b.ctx, gatewaytest.DataSource)
	if err != nil || listErr != nil || len(active) != 1 || string(first) != "0.,36."+active[0].Identifier+";" {
		f.t.Fatalf("first message = %q, error %v; want the UUID of the one of %v", first, err, active)
	}
	return b, peer
}

func (b *browser) want(message string) {
	b.t.Helper()
	_, got, err := b.conn.Read(b.ctx)
	if err != nil || string(got) != message {
		b.t.Fatalf("browser got %q, error %v; want %q", got, err, message)
	}
}

func (b *browser) wantClose(code websocket.StatusCode, reason string) {
	b.t.Helper()
	_, message, err := b.conn.Read(b.ctx)
	var closed websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != code || closed.Reason != reason {
		b.t.Fatalf("browser got %q, error %v; want a close frame with %d %q", message, err, code, reason)
	}
}

func (b *browser) send(message string) {
	b.t.Helper()
	if err := b.conn.Write(b.ctx, websocket.MessageText, []byte(message)); err != nil {
		b.t.Fatal(err)
	}
}

func TestRelaysBothWays(t *testing.T) {
	f := newFixture(t)
	b, peer := f.open()
	peer.Send("4.size,1.0,4.1024,3.768;4.sync,1.7;")
	b.want("4.size,1.0,4.1024,3.768;4.sync,1.7;")
	b.send("4.sync,1.7;")
	b.send("3.key,2.97,1.1;3.key,2.97,1.0;")
	peer.Want("4.sync,1.7;")
	peer.Want("3.key,2.97,1.1;")
	peer.Want("3.key,2.97,1.0;")
}

func TestPingIsEchoedAndInternalInstructionsAreDropped(t *testing.T) {
	f := newFixture(t)
	b, peer := f.open()
	b.send("0.,4.ping,13.1700000000000;")
	b.want("0.,4.ping,13.1700000000000;")
	b.send("0.,5.other;")
	b.send("3.nop;")
	peer.Want("3.nop;")
}

func TestEndOfGuacdIsANormalClosure(t *testing.T) {
	f := newFixture(t)
	b, peer := f.open()
	peer.Send("4.sync,1.7;")
	peer.Close()
	b.want("4.sync,1.7;")
	b.wantClose(1000, "0")
	f.provider.WaitEnded(t, 1)
}

func TestBrowserThatGoesEndsTheSession(t *testing.T) {
	f := newFixture(t)
	b, peer := f.open()
	_ = b.conn.CloseNow()
	peer.WantClosed()
	f.provider.WaitEnded(t, 1)
}

func TestFailuresAreCloseFrames(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(f *fixture, parameters url.Values)
		code   websocket.StatusCode
		reason string
	}{
		{"missing identifier", func(_ *fixture, p url.Values) { p.Del("GUAC_ID") }, 1002, "768"},
		{"unknown type", func(_ *fixture, p url.Values) { p.Set("GUAC_TYPE", "z") }, 1002, "768"},
		{"no token", func(_ *fixture, p url.Values) { p.Del("token") }, 1008, "769"},
		{"bad token", func(_ *fixture, p url.Values) { p.Set("token", "0") }, 1008, "769"},
		{"unknown data source", func(_ *fixture, p url.Values) { p.Set("GUAC_DATA_SOURCE", "x") }, 1002, "516"},
		{"unknown connection", func(_ *fixture, p url.Values) { p.Set("GUAC_ID", "9") }, 1002, "516"},
		{"refused by guacd", func(f *fixture, _ url.Values) { f.guacd.Refuse("", guac.ServerBusy) }, 1008, "513"},
		{"database away", func(f *fixture, _ url.Values) {
			f.provider.Fail(directory.Errorf(directory.Unavailable, "away"))
		}, 1011, "512"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			parameters := f.parameters()
			test.change(f, parameters)
			f.dial(parameters).wantClose(test.code, test.reason)
			f.provider.Fail(nil)
		})
	}
}

func TestMalformedMessageEndsTheSessionWithItsStatus(t *testing.T) {
	f := newFixture(t)
	b, peer := f.open()
	b.send("not an instruction")
	_, got, err := b.conn.Read(b.ctx)
	if err != nil || !strings.HasSuffix(string(got), ",3.768;") {
		t.Fatalf("browser got %q, error %v; want an error instruction with 768", got, err)
	}
	b.wantClose(1000, "0")
	peer.WantClosed()
}

func TestSlowBrowserHoldsGuacdBack(t *testing.T) {
	f := newFixture(t)
	b, peer := f.open()
	// Far more than the sockets in between can hold: without back-pressure the gateway would take it all.
	picture := "4.blob,1.1,8000." + strings.Repeat("A", 8000) + ";"
	if peer.TrySend(strings.Repeat(picture, 8000), 500*time.Millisecond) {
		t.Error("the gateway took 64 MB for a browser that reads nothing")
	}
	_ = b.conn.CloseNow()
	peer.WantClosed()
}

func TestOriginsAreCheckedOnlyIfConfigured(t *testing.T) {
	for _, test := range []struct {
		origins []string
		origin  string
		want    int
	}{
		{nil, "https://elsewhere.example", http.StatusSwitchingProtocols},
		{[]string{"desk.example"}, "https://desk.example", http.StatusSwitchingProtocols},
		{[]string{"desk.example"}, "https://elsewhere.example", http.StatusForbidden},
		{[]string{"desk.example"}, "", http.StatusSwitchingProtocols},
	} {
		f := newFixture(t, test.origins...)
		header := http.Header{}
		if test.origin != "" {
			header.Set("Origin", test.origin)
		}
		conn, response, err := websocket.Dial(t.Context(), f.server.URL, &websocket.DialOptions{HTTPHeader: header})
		if conn != nil {
			_ = conn.CloseNow()
		}
		if response == nil || response.StatusCode != test.want {
			t.Errorf("origin %q with %q allowed: %v, error %v; want status %d", test.origin, test.origins, response, err, test.want)
		}
	}
}
