// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/active"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// node is one of several gateways that share what runs and who is logged in; each has a supervisor of its own.
type node struct {
	t     *testing.T
	g     *Gateway
	base  string
	guacd *gatewaytest.Guacd
	stop  func()
}

// newNodes starts the gateways A and B, which have one provider of logins.
func newNodes(t *testing.T, connection *directory.Connection) (a, b *node, provider *gatewaytest.Provider) {
	t.Helper()
	provider = &gatewaytest.Provider{
		Passwords:   map[string]string{"alice": "a-secret", "bob": "b-secret", "root": "r-secret"},
		Connections: []*directory.Connection{connection},
	}
	registry, logins := active.NewMemory(), &login.MemoryRecords{}
	start := func(name string) *node {
		chain, err := auth.NewChain(auth.Config{Providers: []auth.Provider{provider}})
		if err != nil {
			t.Fatal(err)
		}
		n := &node{t: t, guacd: gatewaytest.NewGuacd(t, "password")}
		n.g, err = New(Config{
			Chain: chain, Logins: logins, Broker: broker.Config{Gateway: name, Active: registry, Supervisor: n.guacd.Dial},
		})
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		n.base = "http://" + listener.Addr().String() + "/guacamole/"
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- n.g.Run(ctx, listener) }()
		n.stop = cancel
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("gateway %s: %v", name, err)
			}
		})
		for until := time.Now().Add(10 * time.Second); registry.Renew(t.Context(), name) != nil; {
			if time.Now().After(until) {
				t.Fatalf("gateway %s does not make itself known", name)
			}
			time.Sleep(time.Millisecond) // a poll, bounded by the deadline
		}
		return n
	}
	return start("A"), start("B"), provider
}

func box() *directory.Connection {
	c := &directory.Connection{
		Identifier: "1", Name: "box", Protocol: "ssh", Attributes: directory.Attributes{},
		Parameters: map[string]string{"password": "${GUAC_PASSWORD}"},
	}
	c.Attributes.Set(directory.AttrMaxConnections, "1")
	return c
}

// call sends a request below api/session/ with a token.
func (n *node) call(token, method, path string) (int, string) {
	n.t.Helper()
	w := serveAPI(n.t.Context(), n.g, token, method, path)
	return w.Code, w.Body.String()
}

func serveAPI(ctx context.Context, g *Gateway, token, method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, "/guacamole/api/session/"+path, nil)
	r.Header.Set("Guacamole-Token", token)
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

// open opens or joins over a WebSocket; peer is the end at the supervisor of at.
func (n *node) open(token string, kind broker.Kind, id string, at *node) (conn *websocket.Conn, uuid string, peer *gatewaytest.Peer) {
	n.t.Helper()
	query := url.Values{"token": {token}, "GUAC_DATA_SOURCE": {gatewaytest.DataSource}, "GUAC_ID": {id}, "GUAC_TYPE": {string(kind)}}
	conn, _, err := websocket.Dial(n.t.Context(), n.base+"websocket-tunnel?"+query.Encode(), nil)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = conn.CloseNow() })
	peer = at.guacd.Accept(n.t)
	_, first, err := conn.Read(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	uuid = strings.TrimSuffix(strings.TrimPrefix(string(first), "0.,36."), ";")
	return conn, uuid, peer
}

func wantMessage(t *testing.T, conn *websocket.Conn, want string) {
	t.Helper()
	if _, got, err := conn.Read(t.Context()); err != nil || string(got) != want {
		t.Fatalf("browser got %q, %v; want %q", got, err, want)
	}
}

func TestSessionOfAnotherGatewayIsListedCountedJoinedAndKilled(t *testing.T) {
	// Features: SHA-08, LIM-08
	a, b, provider := newNodes(t, box())
	alice, root := loginAs(t, a.g, "alice", "a-secret"), loginAs(t, b.g, "root", "r-secret")
	owner, uuid, _ := a.open(alice, broker.Connection, "1", a)

	status, answer := b.call(root, "GET", "data/fake/activeConnections")
	var list map[string]struct{ Username, ConnectionIdentifier string }
	if err := json.Unmarshal([]byte(answer), &list); err != nil || status != http.StatusOK ||
		list[uuid].Username != "alice" || list[uuid].ConnectionIdentifier != "1" {
		t.Fatalf("active connections at B = %d %s", status, answer)
	}
	if _, answer := b.call(root, "GET", "data/fake/connections/1"); !strings.Contains(answer, `"activeConnections":1`) {
		t.Errorf("connection at B = %s, want one use", answer)
	}
	bob := loginAs(t, b.g, "bob", "b-secret")
	if _, err := b.openHere(bob); guac.StatusOf(err) != guac.ResourceConflict {
		t.Errorf("second session at B = %v, want RESOURCE_CONFLICT", err)
	}

	joiner, _, joined := b.open(root, broker.ActiveConnection, uuid, a)
	if joined.Selected != "$ssh" {
		t.Errorf("joined by selecting %q, want the session", joined.Selected)
	}
	if _, answer := a.call(alice, "GET", "data/fake/activeConnections"); strings.Count(answer, `"identifier"`) != 2 {
		t.Errorf("active connections at A = %s, want both", answer)
	}
	if status, answer := b.call(bob, "DELETE", "data/fake/activeConnections/"+uuid); status != http.StatusForbidden {
		t.Errorf("another user kills = %d %s, want 403", status, answer)
	}
	if status, answer := b.call(root, "DELETE", "data/fake/activeConnections/"+uuid); status != http.StatusNoContent {
		t.Fatalf("kill at B = %d %s", status, answer)
	}
	wantMessage(t, owner, string(guac.AppendError(nil, "session closed by an administrator", guac.SessionClosed)))
	wantMessage(t, joiner, string(guac.AppendError(nil, "the shared session has ended", guac.SessionClosed)))
	provider.WaitEnded(t, 2)
	b.open(bob, broker.Connection, "1", b) // the seat is free
}

// openHere opens connection 1 without a browser.
func (n *node) openHere(token string) (*broker.Tunnel, error) {
	n.t.Helper()
	session, err := n.g.logins.Lookup(n.t.Context(), token)
	if err != nil {
		n.t.Fatal(err)
	}
	return n.g.broker.Open(n.t.Context(), session, broker.Request{
		DataSource: gatewaytest.DataSource, Kind: broker.Connection, ID: "1", Info: guac.ClientInfo{Width: 800, Height: 600, DPI: 96},
	})
}

func TestTokenWorksAtEveryGateway(t *testing.T) {
	// Features: LOG-11
	a, b, provider := newNodes(t, box())
	token := loginAs(t, a.g, "alice", "a-secret")
	// The password of the login is there too, for connections that take it.
	owner, _, peer := b.open(token, broker.Connection, "1", b)
	if peer.Values["password"] != "a-secret" {
		t.Errorf("session at B has the password %q, want that of the login", peer.Values["password"])
	}
	if status, answer := a.call(token, "DELETE", ""); status != http.StatusNoContent {
		t.Fatalf("logout at A = %d %s", status, answer)
	}
	wantMessage(t, owner, string(guac.AppendError(nil, "login: session ended: logout", guac.SessionClosed)))
	provider.WaitEnded(t, 1)
	if status, _ := b.call(token, "GET", "data/fake/self"); status != http.StatusForbidden {
		t.Errorf("token at B after the logout at A = %d, want 403", status)
	}
}

func TestLoginOutlivesItsGatewayAndItsSessionsDoNot(t *testing.T) {
	a, b, provider := newNodes(t, box())
	token := loginAs(t, a.g, "alice", "a-secret")
	a.open(token, broker.Connection, "1", a)
	a.stop()
	provider.WaitEnded(t, 1)
	b.open(token, broker.Connection, "1", b)
	if _, answer := b.call(token, "GET", "data/fake/activeConnections"); strings.Count(answer, `"identifier"`) != 1 {
		t.Errorf("active connections at B = %s, want its own", answer)
	}
}

// away is a registry that does not answer.
type away struct{ directory.ActiveConnections }

func (away) List(ctx context.Context, _ string) ([]directory.ActiveConnection, error) {
	return nil, waitEnd(ctx)
}

func (away) Find(ctx context.Context, _, _ string) (directory.ActiveConnection, error) {
	return directory.ActiveConnection{}, waitEnd(ctx)
}

func (away) Count(ctx context.Context, _ string) (directory.ActiveCounts, error) {
	return directory.ActiveCounts{}, waitEnd(ctx)
}

func (away) Reserve(ctx context.Context, _ directory.ActiveConnection, _ directory.ActiveLimits) error {
	return waitEnd(ctx)
}

func (away) Remove(ctx context.Context, _ string) ([]directory.ActiveConnection, error) {
	return nil, waitEnd(ctx)
}

func waitEnd(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// forgetful are records that answer until they are away.
type forgetful struct {
	login.MemoryRecords
	away bool
}

func (f *forgetful) Find(ctx context.Context, key directory.LoginKey) (directory.LoginRecord, error) {
	if f.away {
		return directory.LoginRecord{}, waitEnd(ctx)
	}
	return f.MemoryRecords.Find(ctx, key)
}

// slowGateway is a gateway whose registry does not answer, and whose records of logins may not.
func slowGateway(t *testing.T) (g *Gateway, records *forgetful, token string) {
	t.Helper()
	records = &forgetful{}
	g = newTestGateway(t, func(cfg *Config) { cfg.Broker, cfg.Logins = broker.Config{Active: away{}}, records })
	return g, records, loginAs(t, g, "alice", "secret")
}

func TestRegistryThatDoesNotAnswerIsAnErrorInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, records, token := slowGateway(t)
		const limit = 11 * time.Second // two questions at most
		for _, test := range []struct{ method, path string }{
			{"GET", "data/fake/activeConnections"},
			{"GET", "data/fake/activeConnections/x"},
			{"DELETE", "data/fake/activeConnections/x"},
			{"GET", "data/fake/connections"},
			{"GET", "data/fake/connections/1"},
			{"GET", "data/fake/connectionGroups/ROOT/tree"},
			{"GET", "data/fake/self/effectivePermissions"},
		} {
			began := time.Now()
			w := serveAPI(t.Context(), g, token, test.method, test.path)
			if took := time.Since(began); w.Code != http.StatusInternalServerError || took == 0 || took > limit {
				t.Errorf("%s %s = %d %s after %v, want 500 within %v", test.method, test.path, w.Code, w.Body, took, limit)
			}
		}
		form := url.Values{"token": {token}, "GUAC_DATA_SOURCE": {"fake"}, "GUAC_ID": {"1"}, "GUAC_TYPE": {"c"}}
		r := httptest.NewRequest("POST", "/guacamole/tunnel?connect", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		began := time.Now()
		g.ServeHTTP(w, r)
		if took := time.Since(began); w.Header().Get("Guacamole-Status-Code") != "512" || took > limit {
			t.Errorf("tunnel = %d, status %q after %v; want SERVER_ERROR", w.Code, w.Header().Get("Guacamole-Status-Code"), took)
		}
		records.away = true
		if w := serveAPI(t.Context(), g, token, "GET", "data/fake/self"); w.Code != http.StatusInternalServerError {
			t.Errorf("with no word of the login = %d %s, want 500", w.Code, w.Body)
		}
	})
}

func TestClientThatGoesEndsTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _, token := slowGateway(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		serveAPI(ctx, g, token, "GET", "data/fake/activeConnections")
		if took := time.Since(began); took != time.Second {
			t.Errorf("answered after %v, want at once when the client had gone after 1s", took)
		}
	})
}
