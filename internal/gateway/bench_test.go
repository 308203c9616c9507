// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// busyGateway is a gateway with some running sessions of a privileged user, and the user's token.
func busyGateway(b *testing.B, sessions int) (g *Gateway, guacd *gatewaytest.Guacd, token string) {
	b.Helper()
	guacd = gatewaytest.NewGuacd(b)
	provider := &gatewaytest.Provider{
		Passwords:   map[string]string{"root": "secret"},
		Connections: []*directory.Connection{{Identifier: "1", Name: "box", Protocol: "ssh", Attributes: directory.Attributes{}}},
	}
	chain, err := auth.NewChain(auth.Config{Providers: []auth.Provider{provider}})
	if err != nil {
		b.Fatal(err)
	}
	g, err = New(Config{Chain: chain, Broker: broker.Config{Supervisor: guacd.Dial}})
	if err != nil {
		b.Fatal(err)
	}
	token = loginAs(b, g, "root", "secret")
	for range sessions {
		openConnection(b, g, guacd, token)
	}
	return g, guacd, token
}

// loginAs logs in over the REST API and returns the token.
func loginAs(tb testing.TB, g http.Handler, user, password string) string {
	tb.Helper()
	w := httptest.NewRecorder()
	form := url.Values{"username": {user}, "password": {password}}
	g.ServeHTTP(w, httptest.NewRequest("POST", "/guacamole/api/tokens", strings.NewReader(form.Encode())))
	var result struct {
		AuthToken string `json:"authToken"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &result); err != nil || w.Code != http.StatusOK {
		tb.Fatalf("login of %s = %d %s", user, w.Code, w.Body)
	}
	return result.AuthToken
}

// openConnection opens connection 1 over the HTTP tunnel.
func openConnection(tb testing.TB, g http.Handler, guacd *gatewaytest.Guacd, token string) *gatewaytest.Peer {
	tb.Helper()
	form := url.Values{"token": {token}, "GUAC_DATA_SOURCE": {gatewaytest.DataSource}, "GUAC_ID": {"1"}, "GUAC_TYPE": {"c"}}
	r := httptest.NewRequest("POST", "/guacamole/tunnel?connect", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		tb.Fatalf("open = %d %s", w.Code, w.Body)
	}
	return guacd.Accept(tb)
}

func benchmarkGet(b *testing.B, path string) {
	g, _, token := busyGateway(b, 100)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("GET", "/guacamole/api/session/data/fake/"+path, nil)
		r.Header.Set("Guacamole-Token", token)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("GET %s = %d %s", path, w.Code, w.Body)
		}
	}
}

// The benchmarks below run beside 100 sessions.

func BenchmarkListActive(b *testing.B) { benchmarkGet(b, "activeConnections") }

func BenchmarkListConnections(b *testing.B) { benchmarkGet(b, "connections") }

// BenchmarkOpenSession measures a session from the request to its end, with a daemon on a loopback port.
func BenchmarkOpenSession(b *testing.B) {
	g, guacd, token := busyGateway(b, 100)
	live, err := g.logins.Lookup(b.Context(), token)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		t, err := g.broker.Open(b.Context(), live, broker.Request{
			DataSource: gatewaytest.DataSource, Kind: broker.Connection, ID: "1", Info: guac.ClientInfo{Width: 800, Height: 600, DPI: 96},
		})
		if err != nil {
			b.Fatal(err)
		}
		t.Close(nil)
		guacd.Accept(b).Close()
	}
}
