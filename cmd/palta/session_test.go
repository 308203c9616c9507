// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/guacuser"
)

// browser is a WebSocket client of the gateway.
type browser struct {
	*guacuser.Peer
	conn *websocket.Conn
	uuid string
}

// open opens a session over WebSocket.
func (f *gatewayFixture) open(token, kind, id string) *browser {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), deadline)
	f.t.Cleanup(cancel)
	query := url.Values{
		"token": {token}, "GUAC_DATA_SOURCE": {"sqlite"}, "GUAC_ID": {id}, "GUAC_TYPE": {kind}, "GUAC_WIDTH": {"800"},
		"GUAC_HEIGHT": {"600"}, "GUAC_DPI": {"96"}, "GUAC_IMAGE": {"image/png"},
	}
	conn, _, err := websocket.Dial(ctx, f.server.URL+"/guacamole/websocket-tunnel?"+query.Encode(),
		&websocket.DialOptions{Subprotocols: []string{"guacamole"}})
	if err != nil {
		f.t.Fatal(err)
	}
	b := &browser{Peer: guacuser.NewPeer(f.t, websocket.NetConn(ctx, conn, websocket.MessageText)), conn: conn}
	b.uuid = b.Next()[1]
	return b
}

// wantClosed reads the rest until the close frame, which must be that of a normal end.
func (f *gatewayFixture) wantClosed(b *browser) {
	f.t.Helper()
	for {
		if _, err := b.Read(); err != nil {
			if !errors.Is(err, io.EOF) {
				f.t.Fatalf("browser: closed with %v, want 1000", err)
			}
			return
		}
	}
}

// wantHistory waits until the connection's records have that many ends, and returns them.
func (f *gatewayFixture) wantHistory(connection string, ended int) []map[string]any {
	f.t.Helper()
	for until := time.Now().Add(deadline); ; {
		var records []map[string]any
		if err := json.Unmarshal([]byte(f.must("GET", ds+"connections/"+connection+"/history", "")), &records); err != nil {
			f.t.Fatal(err)
		}
		n := 0
		for _, record := range records {
			if record["endDate"] != nil {
				n++
			}
		}
		if n == ended {
			return records
		}
		if time.Now().After(until) {
			f.t.Fatalf("%d records have ended, want %d: %v", n, ended, records)
		}
		time.Sleep(5 * time.Millisecond) // a poll, bounded by the deadline
	}
}

// wantLog waits until the log has the text.
func (f *gatewayFixture) wantLog(text string) {
	f.t.Helper()
	for until := time.Now().Add(10 * time.Second); !strings.Contains(f.log.String(), text); {
		if time.Now().After(until) {
			f.t.Fatalf("log lacks %q:\n%s", text, f.log.String())
		}
		time.Sleep(5 * time.Millisecond) // a poll, bounded by the deadline
	}
}

// typeA presses the key A.
func (b *browser) typeA() { b.KeyEvent('a', true) }

func TestSessionThroughTheWholeGateway(t *testing.T) {
	// Features: ADM-15
	// Part of: SET-11
	f := newGatewayFixture(t)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"echo","parameters":{"password":"<${GUAC_USERNAME}>"}}`)
	b := f.open(f.token, "c", "1")
	b.WantFirst("name", "<admin>")
	b.typeA()
	b.WantFirst("name", "97")

	if got := f.must("GET", "session/tunnels", ""); got != `["`+b.uuid+`"]` {
		t.Errorf("session/tunnels = %s, want the tunnel %s", got, b.uuid)
	}
	var active map[string]map[string]any
	if err := json.Unmarshal([]byte(f.must("GET", ds+"activeConnections", "")), &active); err != nil {
		t.Fatal(err)
	}
	shown := active[b.uuid]
	if shown["username"] != "admin" || shown["connectionIdentifier"] != "1" || shown["connectable"] != true ||
		shown["remoteHost"] != "127.0.0.1" {
		t.Errorf("active connection = %v", shown)
	}
	if got := f.must("GET", "session/tunnels/"+b.uuid+"/activeConnection", ""); !strings.Contains(got, b.uuid) {
		t.Errorf("active connection of the tunnel = %s", got)
	}
	if got := f.must("GET", "session/tunnels/"+b.uuid+"/protocol", ""); !strings.Contains(got, `"connectionForms":[]`) {
		t.Errorf("protocol of the tunnel = %s", got)
	}
	if got := f.must("GET", ds+"connections/1", ""); !strings.Contains(got, `"activeConnections":1`) {
		t.Errorf("connection in use = %s", got)
	}
	record := f.wantHistory("1", 0)[0]
	if record["uuid"] != b.uuid || record["active"] != true {
		t.Errorf("record of the running session = %v", record)
	}
	_ = b.conn.Close(websocket.StatusNormalClosure, "")
	if record := f.wantHistory("1", 1)[0]; record["active"] != false {
		t.Errorf("record of the ended session = %v", record)
	}
	f.wantLog("msg=disconnect audit.user=admin")
	if log := f.log.String(); strings.Contains(log, "<admin>") {
		t.Errorf("log shows a parameter:\n%s", log)
	}
}

func TestAdministratorJoinsAndKills(t *testing.T) {
	// Features: SHA-08, LIM-08
	f := newGatewayFixture(t)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"echo","parameters":{"password":"p"}}`)
	f.must("POST", ds+"users", `{"username":"bob","password":"b"}`)
	f.must("PATCH", ds+"users/bob/permissions", `[{"op":"add","path":"/connectionPermissions/1","value":"READ"}]`)
	f.must("POST", ds+"users", `{"username":"eve","password":"e"}`)
	f.must("PATCH", ds+"users/eve/permissions", `[{"op":"add","path":"/connectionPermissions/1","value":"READ"}]`)
	bob := f.login("bob", "b")
	owner := f.open(bob, "c", "1")
	owner.WantFirst("name", "p")
	joined := f.open(f.token, "a", owner.uuid)
	joined.WantFirst("name", "p")

	eve := f.login("eve", "e")
	status, answer := f.callAs(eve, "GET", ds+"activeConnections/"+owner.uuid, "")
	if status != http.StatusOK || !strings.Contains(answer, `"remoteHost":null,"username":null,"connectable":false`) {
		t.Errorf("another user sees %d %s, want no details", status, answer)
	}
	if status, _ := f.callAs(eve, "DELETE", ds+"activeConnections/"+owner.uuid, ""); status != http.StatusForbidden {
		t.Errorf("another user kills = %d, want 403", status)
	}
	status, answer = f.callAs(eve, "PATCH", ds+"activeConnections", `[{"op":"remove","path":"/`+owner.uuid+`"}]`)
	if status != http.StatusBadRequest || !strings.Contains(answer, "Permission denied.") {
		t.Errorf("another user kills by patch = %d %s", status, answer)
	}
	f.must("PATCH", ds+"activeConnections", `[{"op":"remove","path":"/`+owner.uuid+`"}]`)
	owner.WantFirst("error", "session closed by an administrator")
	f.wantClosed(owner)
	joined.WantFirst("error", "the shared session has ended")
	f.wantClosed(joined)
	f.wantHistory("1", 2)
}

func TestLogoutEndsTheSession(t *testing.T) {
	// Features: LOG-11
	f := newGatewayFixture(t)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"echo"}`)
	token := f.login("admin", adminPassword)
	b := f.open(token, "c", "1")
	b.WantFirst("sync", "1")
	if status, _ := f.callAs(token, "DELETE", "session", ""); status != http.StatusNoContent {
		t.Fatalf("logout = %d", status)
	}
	b.WantFirst("error", "login: session ended: logout")
	f.wantClosed(b)
	f.wantHistory("1", 1)
}

func TestSessionsOutliveTheDatabase(t *testing.T) {
	f := newGatewayFixture(t)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"echo","parameters":{"password":"p"}}`)
	b := f.open(f.token, "c", "1")
	b.WantFirst("name", "p")
	if err := f.db.Close(); err != nil {
		t.Fatal(err)
	}
	b.typeA()
	b.WantFirst("name", "97")
}

func TestSessionOverHTTPTunnel(t *testing.T) {
	f := newGatewayFixture(t)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"echo","parameters":{"password":"p"}}`)
	form := url.Values{"token": {f.token}, "GUAC_DATA_SOURCE": {"sqlite"}, "GUAC_ID": {"1"}, "GUAC_TYPE": {"c"}}
	req, _ := http.NewRequestWithContext(t.Context(), "POST", f.server.URL+"/guacamole/tunnel?connect", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	tunnelToken := response.Header.Get("Guacamole-Tunnel-Token")

	read, _ := http.NewRequestWithContext(t.Context(), "GET", f.server.URL+"/guacamole/tunnel?read:x:0", nil)
	read.Header.Set("Guacamole-Tunnel-Token", tunnelToken)
	stream, err := http.DefaultClient.Do(read)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	reader := guac.NewReader(stream.Body, guac.DefaultLimits)
	wantName := func(want string) {
		t.Helper()
		for {
			ins, err := reader.Next()
			if err != nil {
				t.Fatal(err)
			}
			if ins.Is("name") && ins.Text(0) == want {
				return
			}
		}
	}
	wantName("p")
	write, _ := http.NewRequestWithContext(t.Context(), "POST", f.server.URL+"/guacamole/tunnel?write:x", strings.NewReader("3.key,2.97,1.1;"))
	write.Header.Set("Guacamole-Tunnel-Token", tunnelToken)
	if status, _ := f.do(write); status != http.StatusOK {
		t.Errorf("write = %d, want 200", status)
	}
	wantName("97")
}

func TestWrongParameterIsStoredAndNamedInTheLog(t *testing.T) {
	f := newGatewayFixture(t)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"echo","parameters":{"password":"p","read-only":"perhaps"}}`)
	if got := f.must("GET", ds+"connections/1/parameters", ""); !strings.Contains(got, `"read-only":"perhaps"`) {
		t.Errorf("stored parameters: %s", got)
	}
	b := f.open(f.token, "c", "1")
	b.WantFirst("name", "p")
	f.wantLog("bad parameter value, using the default")
	f.wantLog("parameter=read-only")
	b.typeA()
	b.WantFirst("name", "97") // by default the user may type
}

func TestManySessionsAtOnce(t *testing.T) {
	f := newGatewayFixture(t)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"echo","parameters":{"password":"p"}}`)
	const n = 30
	done := make(chan error, n)
	for i := range n {
		go func() {
			done <- func() error {
				b := f.open(f.token, "c", "1")
				defer b.conn.CloseNow()
				for range 20 {
					b.typeA()
				}
				for count := 0; count < 20; {
					ins, err := b.Read()
					if err != nil {
						return fmt.Errorf("browser %d: %w", i, err)
					}
					if ins.Is("name") && ins.Text(0) == "97" {
						count++
					}
				}
				return nil
			}()
		}()
	}
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	f.wantHistory("1", n)
}

func TestCrashedGatewayLeavesNoOpenRecords(t *testing.T) {
	f := newGatewayFixture(t)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"echo"}`)
	logger, data := slog.New(slog.NewTextHandler(f.log, nil)), t.TempDir()
	start := func(directory string) {
		t.Helper()
		if err := ownRecords(t.Context(), directory, logger, f.db); err != nil {
			t.Fatal(err)
		}
	}
	start(data)
	f.token = f.login("admin", adminPassword)
	b := f.open(f.token, "c", "1")
	b.WantFirst("sync", "1")
	open := func() (records, logins int) {
		return strings.Count(f.must("GET", ds+"history/connections", ""), `"endDate":null`), strings.Count(f.must("GET", ds+"history/users", ""), `"endDate":null`)
	}
	// Another gateway finds the records as they are while the session runs; the login before the first start is nobody's.
	start(t.TempDir())
	if records, logins := open(); records != 1 || logins != 2 {
		t.Errorf("%d open records and %d open logins after another gateway's start, want 1 and 2", records, logins)
	}
	start(data)
	if records, logins := open(); records != 0 || logins != 1 {
		t.Errorf("%d open records and %d open logins after the own next start, want 0 and 1", records, logins)
	}
	record := f.wantHistory("1", 1)[0]
	if start, end := record["startDate"].(float64), record["endDate"].(float64); end < start || end > float64(time.Now().UnixMilli()) {
		t.Errorf("record from %v to %v", start, end)
	}
	if log := f.log.String(); strings.Contains(log, "no identity") {
		t.Errorf("the identity was not kept: %s", log)
	}
}

func TestEngineErrorReachesBrowserThroughAWorkerProcess(t *testing.T) {
	// Features: GCD-06, GCD-09
	data := t.TempDir()
	if got := palta(t, "secret\n", "user", "create", "root", "--admin", "--data-dir", data); got.code != exitDone {
		t.Fatalf("user create: %+v", got)
	}
	s := startServe(t, "--data-dir", data)
	defer s.stop()
	f := &gatewayFixture{t: t}
	f.server = &httptest.Server{URL: strings.TrimSuffix(s.base, "/guacamole/")}
	f.token = f.login("root", "secret")
	f.must("POST", ds+"connections", `{"name":"nobody there","protocol":"vnc","parameters":{"hostname":"127.0.0.1","port":"`+freePort(t)+`"}}`)
	b := f.open(f.token, "c", "1")
	for {
		ins, err := b.Read()
		if err != nil {
			t.Fatalf("browser: %v, want an error instruction", err)
		}
		if ins.Is(guac.OpError) {
			if status := guac.ParseStatus(ins.Arg(1)); status != guac.UpstreamUnavailable && status != guac.UpstreamNotFound {
				t.Errorf("status = %v, want that of an upstream which is not there", status)
			}
			break
		}
	}
	f.wantClosed(b)
	f.wantHistory("1", 1)
}
