// SPDX-License-Identifier: Apache-2.0

package httptunnel

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
)

// fixture is a gateway with an HTTP tunnel between a browser and a daemon.
type fixture struct {
	t        *testing.T
	provider *gatewaytest.Provider
	guacd    *gatewaytest.Guacd
	handler  *Handler
	server   *httptest.Server
	form     url.Values
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{
		t: t, guacd: gatewaytest.NewGuacd(t),
		provider: &gatewaytest.Provider{
			Passwords:   map[string]string{"alice": "secret"},
			Connections: []*directory.Connection{{Identifier: "1", Name: "box", Protocol: "ssh"}},
		},
	}
	sessions := f.provider.Sessions(t)
	b := broker.New(broker.Config{Supervisor: f.guacd.Dial})
	f.handler = New(Config{Logins: sessions, Broker: b})
	f.server = httptest.NewServer(f.handler)
	_, token := f.provider.Login(t, sessions, "alice")
	f.form = url.Values{
		"token": {token}, "GUAC_DATA_SOURCE": {gatewaytest.DataSource}, "GUAC_ID": {"1"}, "GUAC_TYPE": {"c"},
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.Shutdown(ctx, nil); err != nil {
			t.Errorf("broker did not shut down: %v", err)
		}
		f.server.Close()
	})
	return f
}

// tunnel is the browser's end.
type tunnel struct {
	f     *fixture
	token string
	uuid  string
}

func (f *fixture) do(method, query, token, contentType, body string) *http.Response {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.server.URL+"/tunnel?"+query, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set(tokenHeader, token)
	}
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { response.Body.Close() })
	return response
}

func (f *fixture) connect() (*tunnel, *gatewaytest.Peer) {
	f.t.Helper()
	response := f.do(http.MethodPost, "connect", "", "application/x-www-form-urlencoded", f.form.Encode())
	uuid := read(f.t, response)
	tn := &tunnel{f: f, token: response.Header.Get(tokenHeader), uuid: uuid}
	if response.StatusCode != http.StatusOK || len(uuid) != 36 || len(tn.token) != 44 {
		f.t.Fatalf("connect = %d, body %q, token of %d characters", response.StatusCode, uuid, len(tn.token))
	}
	return tn, f.guacd.Accept(f.t)
}

func read(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func (tn *tunnel) read() *http.Response {
	return tn.f.do(http.MethodGet, "read:"+tn.uuid+":0", tn.token, "", "")
}

func (tn *tunnel) write(body string) *http.Response {
	return tn.f.do(http.MethodPost, "write:"+tn.uuid, tn.token, "application/octet-stream", body)
}

func TestRelaysBothWays(t *testing.T) {
	f := newFixture(t)
	tn, peer := f.connect()
	response := tn.write("3.nop;3.key,2.97,1.1;")
	if response.StatusCode != http.StatusOK || read(t, response) != "" {
		t.Errorf("write = %d, want an empty 200", response.StatusCode)
	}
	peer.Want("3.nop;")
	peer.Want("3.key,2.97,1.1;")

	peer.Send("4.sync,1.1;")
	first := tn.read()
	stream := bufio.NewReader(first.Body)
	if got, _ := stream.ReadString(';'); got != "4.sync,1.1;" {
		t.Errorf("first instruction = %q before the response ended", got)
	}
	peer.Send("4.sync,1.2;")
	if got, _ := stream.ReadString(';'); got != "4.sync,1.2;" {
		t.Errorf("second instruction = %q", got)
	}
}

func TestOverlappingReadsMissNothing(t *testing.T) {
	f := newFixture(t)
	tn, peer := f.connect()
	peer.Send("4.sync,1.1;")
	first := tn.read() // answers with its header at the first batch
	second := make(chan *http.Response)
	go func() { second <- tn.read() }()
	f.waitQueued(tn)
	peer.Send("4.sync,1.2;")
	if got, want := read(t, first), "4.sync,1.1;4.sync,1.2;0.;"; got != want {
		t.Errorf("first read = %q, want %q: it ends because another one waits", got, want)
	}
	peer.Send("4.sync,1.3;")
	peer.Close()
	if got, want := read(t, <-second), "4.sync,1.3;0.;"; got != want {
		t.Errorf("second read = %q, want %q", got, want)
	}
	f.provider.WaitEnded(t, 1)
	if response := tn.read(); response.StatusCode != http.StatusNotFound || response.Header.Get(statusHeader) != "516" {
		t.Errorf("read after the end = %d, status %q; want 404, 516", response.StatusCode, response.Header.Get(statusHeader))
	}
}

// waitQueued waits until a read waits for its turn.
func (f *fixture) waitQueued(tn *tunnel) {
	f.t.Helper()
	f.handler.mu.Lock()
	c := f.handler.tunnels[tn.token]
	f.handler.mu.Unlock()
	for deadline := time.Now().Add(10 * time.Second); !c.turns.waiting(); {
		if time.Now().After(deadline) {
			f.t.Fatal("the second read does not wait")
		}
		time.Sleep(time.Millisecond) // a poll, bounded by the deadline
	}
}

func TestErrors(t *testing.T) {
	f := newFixture(t)
	tn, _ := f.connect()
	bad := url.Values{"token": {"0"}, "GUAC_DATA_SOURCE": {"fake"}, "GUAC_ID": {"1"}, "GUAC_TYPE": {"c"}}
	const form = "application/x-www-form-urlencoded"
	for _, test := range []struct {
		name                   string
		response               *http.Response
		code                   int
		status, messageBeginsW string
	}{
		{"no query", f.do("GET", "", "", "", ""), 400, "768", "No query string provided."},
		{"no tunnel token", f.do("GET", "read:x:1", "", "", ""), 400, "768", "The HTTP tunnel session token"},
		{"other operation", f.do("GET", "dance", "", "", ""), 400, "768", "Invalid tunnel operation: dance"},
		{"unknown tunnel", f.do("GET", "read:x:1", "x", "", ""), 404, "516", "No such tunnel."},
		{"bad token", f.do("POST", "connect", "", form, bad.Encode()), 403, "769", "Permission Denied."},
		{"no parameters", f.do("POST", "connect", "", form, "token=0"), 400, "768", "parameter GUAC_ID is missing"},
		{"huge form", f.do("POST", "connect", "", form, strings.Repeat("a=b&", 40000)), 400, "768", "bad form"},
		{"malformed instructions", tn.write("bad"), 400, "768", ""},
		{"huge write", tn.write(strings.Repeat("3.nop;", 200000)), 413, "781", ""},
		{"write by GET", f.do("GET", "write:x", tn.token, "", ""), 400, "768", ""},
	} {
		got := test.response
		if got.StatusCode != test.code || got.Header.Get(statusHeader) != test.status ||
			!strings.HasPrefix(got.Header.Get(messageHeader), test.messageBeginsW) {
			t.Errorf("%s: %d, status %q, message %q; want %d, %q, %q…", test.name, got.StatusCode,
				got.Header.Get(statusHeader), got.Header.Get(messageHeader), test.code, test.status, test.messageBeginsW)
		}
	}
}

func TestIdleTunnelsAreClosed(t *testing.T) {
	f := newFixture(t)
	_, peer := f.connect()
	f.handler.sweep(time.Now().Add(idleTimeout / 2))
	peer.Send("3.nop;")
	f.handler.sweep(time.Now().Add(idleTimeout + time.Second))
	peer.WantClosed()
	f.provider.WaitEnded(t, 1)
	if len(f.handler.tunnels) != 0 {
		t.Error("the idle tunnel is still known")
	}
}

func TestDatabaseFailureIsNotShown(t *testing.T) {
	f := newFixture(t)
	f.provider.Fail(directory.Errorf(directory.Internal, "secret detail"))
	response := f.do("POST", "connect", "", "application/x-www-form-urlencoded", f.form.Encode())
	body := read(t, response)
	if response.StatusCode != http.StatusInternalServerError || strings.Contains(body, "detail") ||
		response.Header.Get(messageHeader) != "Internal server error." {
		t.Errorf("connect = %d, message %q, body %q", response.StatusCode, response.Header.Get(messageHeader), body)
	}
}
