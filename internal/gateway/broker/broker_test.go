// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// fixture is a broker between logins and a daemon.
type fixture struct {
	t        *testing.T
	provider *gatewaytest.Provider
	guacd    *gatewaytest.Guacd
	sessions *login.Store
	broker   *broker.Broker
	log      bytes.Buffer
}

func connection(id string, attributes map[string]string) *directory.Connection {
	c := &directory.Connection{
		Identifier: id, Name: "box " + id, Protocol: "ssh", Attributes: directory.Attributes{},
		Parameters: map[string]string{"hostname": "host-" + id, "username": "${GUAC_USERNAME}", "password": "${GUAC_PASSWORD}"},
	}
	for name, value := range attributes {
		c.Attributes.Set(name, value)
	}
	return c
}

func newFixture(t *testing.T, connections ...*directory.Connection) *fixture {
	t.Helper()
	f := &fixture{
		t: t, guacd: gatewaytest.NewGuacd(t, "hostname", "username", "password"),
		provider: &gatewaytest.Provider{
			Passwords:   map[string]string{"alice": "a-secret", "bob": "b-secret", "root": "r-secret"},
			Connections: connections,
			Groups:      map[string]*directory.ConnectionGroup{}, Members: map[string][]*directory.Connection{},
		},
	}
	f.sessions = f.provider.Sessions(t)
	f.broker = broker.New(broker.Config{Supervisor: f.guacd.Dial, Logger: slog.New(slog.NewTextHandler(&f.log, nil))})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := f.broker.Shutdown(ctx, nil); err != nil {
			t.Errorf("broker did not shut down: %v", err)
		}
	})
	return f
}

func (f *fixture) login(user string) *login.Login {
	f.t.Helper()
	session, _ := f.provider.Login(f.t, f.sessions, user)
	return session
}

func request(kind broker.Kind, id string) broker.Request {
	return broker.Request{
		DataSource: gatewaytest.DataSource, Kind: kind, ID: id,
		Info: guac.ClientInfo{Width: 800, Height: 600, DPI: 96, Image: []string{"image/png"}, Timezone: "Europe/Paris"},
	}
}

func (f *fixture) open(session *login.Login, kind broker.Kind, id string) (*broker.Tunnel, *gatewaytest.Peer) {
	f.t.Helper()
	t, err := f.broker.Open(f.t.Context(), session, request(kind, id))
	if err != nil {
		f.t.Fatal(err)
	}
	return t, f.guacd.Accept(f.t)
}

func (f *fixture) wantOpenError(session *login.Login, kind broker.Kind, id string, want guac.Status) {
	f.t.Helper()
	t, err := f.broker.Open(f.t.Context(), session, request(kind, id))
	if err == nil {
		t.Close(nil)
	}
	if got := guac.StatusOf(err); got != want {
		f.t.Errorf("open %s %s = %v (%v), want %v", kind, id, err, got, want)
	}
}

func (f *fixture) counts() directory.ActiveCounts {
	f.t.Helper()
	counts, err := f.broker.CountActive(f.t.Context(), gatewaytest.DataSource)
	if err != nil {
		f.t.Fatal(err)
	}
	return counts
}

func (f *fixture) kill(uuid string) error {
	use, err := f.broker.FindActive(f.t.Context(), gatewaytest.DataSource, uuid)
	if err != nil {
		return err
	}
	return f.broker.Kill(f.t.Context(), use)
}

func wantBatch(t *testing.T, tunnel *broker.Tunnel, want string) {
	t.Helper()
	got, err := tunnel.ReadBatch(nil)
	if err != nil || string(got) != want {
		t.Fatalf("batch = %q, error %v; want %q", got, err, want)
	}
}

func TestOpenTellsGuacdWhoAndWithWhat(t *testing.T) {
	// Features: GCD-03
	f := newFixture(t, connection("1", nil))
	_, peer := f.open(f.login("alice"), broker.Connection, "1")
	if peer.Selected != "ssh" {
		t.Errorf("selected %q, want the protocol", peer.Selected)
	}
	wantValues := map[string]string{"hostname": "host-1", "username": "alice", "password": "a-secret"}
	if diff := cmp.Diff(wantValues, peer.Values); diff != "" {
		t.Errorf("parameters differ (-want +got):\n%s", diff)
	}
	wantInfo := guac.ClientInfo{
		Version: guac.LatestVersion, Width: 800, Height: 600, DPI: 96, Audio: []string{}, Video: []string{},
		Image: []string{"image/png"}, Timezone: "Europe/Paris", Name: "alice",
	}
	if diff := cmp.Diff(wantInfo, peer.Info); diff != "" {
		t.Errorf("client information differs (-want +got):\n%s", diff)
	}
	if text := f.log.String(); strings.Contains(text, "a-secret") || !strings.Contains(text, "msg=connect audit.user=alice") {
		t.Errorf("audit log lacks the connect or shows a password:\n%s", text)
	}
}

func TestHistoryHasEveryUseOnce(t *testing.T) {
	f := newFixture(t, connection("1", nil))
	tunnel, peer := f.open(f.login("alice"), broker.Connection, "1")
	record := f.provider.Records()[0]
	if record.Username != "alice" || record.Connection != "1" || record.ConnectionName != "box 1" ||
		record.RemoteHost != "192.0.2.7" || !record.End.IsZero() {
		t.Errorf("record of a running session = %+v", record)
	}
	if tunnel.UUID() != record.UUID {
		t.Errorf("tunnel is %s, record %s; want the same", tunnel.UUID(), record.UUID)
	}
	peer.Close()
	if _, err := tunnel.ReadBatch(nil); !errors.Is(err, io.EOF) {
		t.Errorf("read after guacd closed = %v, want io.EOF", err)
	}
	f.provider.WaitEnded(t, 1)

	f.guacd.Refuse("host-1", guac.UpstreamNotFound)
	f.wantOpenError(f.login("alice"), broker.Connection, "1", guac.UpstreamNotFound)
	f.provider.WaitEnded(t, 2)
}

func TestHistoryEndsAreStoredWhenTheDatabaseIsBack(t *testing.T) {
	f := newFixture(t, connection("1", nil))
	tunnel, peer := f.open(f.login("alice"), broker.Connection, "1")
	f.provider.Fail(directory.Errorf(directory.Unavailable, "database is away"))
	f.wantOpenError(f.login2("bob"), broker.Connection, "1", guac.ServerError)

	peer.Send("4.sync,1.1;")
	wantBatch(t, tunnel, "4.sync,1.1;")
	tunnel.Close(nil)
	peer.WantClosed()
	f.provider.Fail(nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := f.broker.Shutdown(ctx, nil); err != nil {
		t.Fatal(err)
	}
	f.provider.WaitEnded(t, 1)
}

// login2 logs in while the database is away.
func (f *fixture) login2(user string) *login.Login {
	f.t.Helper()
	f.provider.Fail(nil)
	session := f.login(user)
	f.provider.Fail(directory.Errorf(directory.Unavailable, "database is away"))
	return session
}

func TestUnknownObjectsAreNotFound(t *testing.T) {
	f := newFixture(t, connection("1", nil))
	session := f.login("alice")
	f.wantOpenError(session, broker.Connection, "2", guac.ResourceNotFound)
	f.wantOpenError(session, broker.ConnectionGroup, "2", guac.ResourceNotFound)
	f.wantOpenError(session, broker.ActiveConnection, "2", guac.ResourceNotFound)
	req := request(broker.Connection, "1")
	req.DataSource = "other"
	if _, err := f.broker.Open(t.Context(), session, req); guac.StatusOf(err) != guac.ResourceNotFound {
		t.Errorf("open in an unknown data source = %v, want RESOURCE_NOT_FOUND", err)
	}
	if len(f.provider.Records()) != 0 {
		t.Error("what was not found left a record")
	}
}

func TestLimits(t *testing.T) {
	// Features: LIM-01, LIM-03
	f := newFixture(t,
		connection("1", map[string]string{directory.AttrMaxConnections: "2"}),
		connection("2", map[string]string{directory.AttrMaxConnectionsPerUser: "1"}),
		connection("3", nil))
	alice, bob := f.login("alice"), f.login("bob")
	first, _ := f.open(alice, broker.Connection, "1")
	f.open(alice, broker.Connection, "1")
	f.wantOpenError(bob, broker.Connection, "1", guac.ResourceConflict)
	first.Close(nil)
	f.open(bob, broker.Connection, "1")

	f.open(alice, broker.Connection, "2")
	f.wantOpenError(alice, broker.Connection, "2", guac.ClientTooMany)
	f.open(bob, broker.Connection, "2")

	if got := f.counts().Connections; got["1"] != 2 || got["2"] != 2 || got["3"] != 0 {
		t.Errorf("uses = %v, want two of 1 and two of 2", got)
	}
}

func TestDefaultLimitsHoldWithoutAttributes(t *testing.T) {
	// Features: LIM-02
	f := newFixture(t, connection("1", nil), connection("2", map[string]string{directory.AttrMaxConnections: "0"}))
	f.broker = broker.New(broker.Config{Supervisor: f.guacd.Dial, Limits: map[string]broker.Limits{
		gatewaytest.DataSource: {Total: 3, PerConnection: 1},
	}})
	t.Cleanup(func() { _ = f.broker.Shutdown(context.Background(), nil) })
	session := f.login("alice")
	f.open(session, broker.Connection, "1")
	f.wantOpenError(session, broker.Connection, "1", guac.ResourceConflict)
	f.open(session, broker.Connection, "2")
	f.open(session, broker.Connection, "2")
	f.wantOpenError(session, broker.Connection, "2", guac.ResourceConflict)
}

func TestFailedAttemptsFreeTheirSeats(t *testing.T) {
	f := newFixture(t, connection("1", map[string]string{directory.AttrMaxConnections: "1"}))
	f.guacd.Refuse("host-1", guac.UpstreamTimeout)
	session := f.login("alice")
	for range 3 {
		f.wantOpenError(session, broker.Connection, "1", guac.UpstreamTimeout)
	}
}

func TestKillTellsTheBrowserAndEndsJoiners(t *testing.T) {
	// Features: LIM-08, SHA-08
	f := newFixture(t, connection("1", nil))
	alice, bob, root := f.login("alice"), f.login("bob"), f.login("root")
	tunnel, peer := f.open(alice, broker.Connection, "1")
	f.wantOpenError(bob, broker.ActiveConnection, tunnel.UUID(), guac.ClientForbidden)
	joined, joinedPeer := f.open(root, broker.ActiveConnection, tunnel.UUID())
	if joinedPeer.Selected != "$ssh" {
		t.Errorf("joined by selecting %q, want guacd's id of the session", joinedPeer.Selected)
	}
	if joinedPeer.Values["username"] != "root" {
		t.Errorf("joined with parameters %v, want the connection's own", joinedPeer.Values)
	}
	list, err := f.broker.Active(t.Context(), gatewaytest.DataSource)
	if got := len(list); err != nil || got != 2 {
		t.Errorf("%d active connections, want both", got)
	}
	if err := f.kill(tunnel.UUID()); err != nil {
		t.Fatal(err)
	}
	wantBatch(t, tunnel, string(guac.AppendError(nil, "session closed by an administrator", guac.SessionClosed)))
	if _, err := tunnel.ReadBatch(nil); !errors.Is(err, io.EOF) {
		t.Errorf("read after the last instruction = %v, want io.EOF", err)
	}
	wantBatch(t, joined, string(guac.AppendError(nil, "the shared session has ended", guac.SessionClosed)))
	peer.WantClosed()
	joinedPeer.WantClosed()
	f.provider.WaitEnded(t, 2)
	if err := f.kill(tunnel.UUID()); !errors.Is(err, directory.NotFound) {
		t.Errorf("a session that has ended is found again: %v", err)
	}
}

func TestLogoutClosesTunnelsAndTheirRecords(t *testing.T) {
	// Features: LOG-11
	f := newFixture(t, connection("1", nil))
	session, token := f.provider.Login(t, f.sessions, "alice")
	_, peer := f.open(session, broker.Connection, "1")
	f.sessions.Logout(t.Context(), token)
	peer.WantClosed()
	f.provider.WaitEnded(t, 1)
	f.wantOpenError(session, broker.Connection, "1", guac.ClientUnauthorized)
	f.provider.WaitEnded(t, 2)
}

func TestConnectionAttributesNameAnotherGuacd(t *testing.T) {
	// Features: LIM-07, DEP-08
	other := gatewaytest.NewGuacd(t)
	host, port, _ := strings.Cut(other.Addr(), ":")
	f := newFixture(t, connection("1", map[string]string{
		directory.AttrGuacdHostname: host, directory.AttrGuacdPort: port, directory.AttrGuacdEncryption: "none",
	}))
	if _, err := f.broker.Open(t.Context(), f.login("alice"), request(broker.Connection, "1")); err != nil {
		t.Fatal(err)
	}
	other.Accept(t)
}

func TestUnreachableGuacdIsAServerError(t *testing.T) {
	f := newFixture(t, connection("1", map[string]string{directory.AttrGuacdHostname: "127.0.0.1", directory.AttrGuacdPort: "1"}))
	f.wantOpenError(f.login("alice"), broker.Connection, "1", guac.ServerError)
}

func TestSendAnswersPingAndKeepsInternalInstructionsFromGuacd(t *testing.T) {
	f := newFixture(t, connection("1", nil))
	tunnel, peer := f.open(f.login("alice"), broker.Connection, "1")
	answer, err := tunnel.Send([]byte("3.key,2.97,1.1;0.,4.ping,2.17;0.,3.odd;3.nop;"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "0.,4.ping,2.17;"; string(answer) != want {
		t.Errorf("answer = %q, want %q", answer, want)
	}
	peer.Want("3.key,2.97,1.1;")
	peer.Want("3.nop;")
	for _, bad := range []string{"x", "3.key", "3.key,2.97", "4.key;", "99999.a;", strings.Repeat("3.key,", 2000) + "1.1;"} {
		if _, err := tunnel.Send([]byte(bad), nil); guac.StatusOf(err) != guac.ClientBadRequest {
			t.Errorf("Send(%.20q) = %v, want CLIENT_BAD_REQUEST", bad, err)
		}
	}
}

func TestBatchesHoldWholeInstructionsAndAreBounded(t *testing.T) {
	f := newFixture(t, connection("1", nil))
	tunnel, peer := f.open(f.login("alice"), broker.Connection, "1")
	sent := strings.Repeat("4.blob,1.1,4.AAAA;", 10000)
	go peer.TrySend(sent+"4.sync", 10*time.Second)
	got := ""
	for len(got) < len(sent) {
		batch, err := tunnel.ReadBatch(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(batch, []byte(";")) || len(batch) > 32<<10 {
			t.Fatalf("batch of %d bytes ends with %q", len(batch), batch[max(0, len(batch)-10):])
		}
		got += string(batch)
	}
	if got != sent {
		t.Error("batches differ from what was sent")
	}
}

func TestParseRequest(t *testing.T) {
	full := url.Values{
		"token": {"T"}, "GUAC_DATA_SOURCE": {"postgresql"}, "GUAC_ID": {"12"}, "GUAC_TYPE": {"c"}, "GUAC_WIDTH": {"1280"},
		"GUAC_HEIGHT": {"720"}, "GUAC_DPI": {"144"}, "GUAC_AUDIO": {"audio/L8", "audio/L16"}, "GUAC_IMAGE": {"image/png"},
		"GUAC_TIMEZONE": {"Europe/Paris"}, "other": {"ignored"},
	}
	got, err := broker.ParseRequest(full)
	if err != nil {
		t.Fatal(err)
	}
	want := broker.Request{
		Token: "T", DataSource: "postgresql", Kind: broker.Connection, ID: "12",
		Info: guac.ClientInfo{
			Width: 1280, Height: 720, DPI: 144, Audio: []string{"audio/L8", "audio/L16"}, Image: []string{"image/png"},
			Timezone: "Europe/Paris",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request differs (-want +got):\n%s", diff)
	}
	for _, change := range []struct{ name, value string }{
		{"GUAC_ID", ""}, {"GUAC_TYPE", ""}, {"GUAC_TYPE", "x"}, {"GUAC_DATA_SOURCE", ""}, {"GUAC_WIDTH", "wide"}, {"GUAC_DPI", "1.5"},
	} {
		form := url.Values{}
		for name, values := range full {
			form[name] = values
		}
		form.Set(change.name, change.value)
		if _, err := broker.ParseRequest(form); guac.StatusOf(err) != guac.ClientBadRequest {
			t.Errorf("with %s=%q: %v, want CLIENT_BAD_REQUEST", change.name, change.value, err)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add("token=T&GUAC_ID=1&GUAC_TYPE=c&GUAC_DATA_SOURCE=d&GUAC_WIDTH=99999999&GUAC_IMAGE=a&GUAC_IMAGE=b")
	f.Fuzz(func(t *testing.T, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		req, err := broker.ParseRequest(form)
		if err != nil {
			return
		}
		info := req.Info
		if info.Width < 1 || info.Width > guac.MaxWidth || info.Height < 1 || info.Height > guac.MaxHeight ||
			len(info.Image) > 32 || len(info.Audio) > 32 || len(info.Video) > 32 {
			t.Errorf("ParseRequest(%q) passes unbounded information %+v", query, info)
		}
	})
}
