// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/gateway"
	"github.com/palta-gateway/palta/internal/guacd"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/store"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// TestMain lets the test binary be the worker that the supervisor starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		os.Exit(run(context.Background(), process{args: os.Args, stderr: os.Stderr}))
	}
	os.Exit(m.Run())
}

// safeBuffer is a log that several goroutines write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// gatewayFixture is a whole gateway on a fresh database, with the administrator admin and an engine that echoes.
type gatewayFixture struct {
	t       *testing.T
	db      *store.Store
	gateway *gateway.Gateway
	server  *httptest.Server
	log     *safeBuffer
	token   string
}

const adminPassword = "admin-secret"

func newGatewayFixture(t *testing.T, environ ...string) *gatewayFixture {
	t.Helper()
	return newGatewayFixtureWith(t, nil, environ...)
}

// newGatewayFixtureWith has further login providers in front of the usual ones.
func newGatewayFixtureWith(t *testing.T, table []providerFactory, environ ...string) *gatewayFixture {
	t.Helper()
	f := &gatewayFixture{t: t, log: &safeBuffer{}}
	cfg, err := config.Load(config.Sources{
		Flags: map[string]string{"guacamole-home": t.TempDir(), "isolation": "none"}, Environ: environ,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.db, err = openStore(t.Context(), filepath.Join(t.TempDir(), "test.db"), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.db.CreateFirstAdministrator(t.Context(), "admin", secret.New(adminPassword)); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(f.log, nil))
	engines := registry()
	engines["echo"] = engine.Protocol{
		Name: "echo", Params: []engine.Param{{Name: "hostname"}, {Name: "password", Kind: engine.Password}, engine.ReadOnly}, Run: runEcho,
	}
	supervisor, err := guacd.New(guacd.Config{Registry: engines, Isolation: guacd.IsolationNone, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	f.gateway, err = newGateway(gatewayParts{
		cfg: cfg, logger: logger, db: f.db, supervisor: supervisor, setup: gateway.NewSetup(f.db), providers: append(table, providers()...),
	})
	if err != nil {
		t.Fatal(err)
	}
	f.server = httptest.NewServer(f.gateway)
	t.Cleanup(func() {
		_ = supervisor.Close()
		f.server.Close()
		_ = f.db.Close()
	})
	f.token = f.login("admin", adminPassword)
	return f
}

// echoHandler draws the password once for each user and answers every key with a name instruction.
type echoHandler struct{ password string }

func (h echoHandler) UserJoined(u *session.User) error {
	return u.Send(guac.AppendSync(guac.Append(nil, guac.OpName, h.password), 1))
}

func (echoHandler) UserLeft(*session.User) {}

func (echoHandler) Key(u *session.User, keysym uint32, pressed bool) {
	if pressed {
		_ = u.Send(guac.Begin(nil, guac.OpName).Int(int(keysym)).End())
	}
}

func runEcho(ctx context.Context, cfg engine.Config) error {
	cfg.Session.SetHandler(echoHandler{password: cfg.Params.Secret("password").Reveal()})
	<-ctx.Done()
	return nil
}

// call sends a request below api/ with the administrator's token.
func (f *gatewayFixture) call(method, path, body string) (int, string) {
	f.t.Helper()
	return f.callAs(f.token, method, path, body)
}

func (f *gatewayFixture) callAs(token, method, path, body string) (int, string) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.server.URL+"/guacamole/api/"+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Guacamole-Token", token)
	return f.do(req)
}

func (f *gatewayFixture) do(req *http.Request) (int, string) {
	f.t.Helper()
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// must is call for requests that succeed.
func (f *gatewayFixture) must(method, path, body string) string {
	f.t.Helper()
	status, answer := f.call(method, path, body)
	if status/100 != 2 {
		f.t.Fatalf("%s %s = %d %s", method, path, status, answer)
	}
	return answer
}

func (f *gatewayFixture) postForm(path string, form url.Values) (int, string) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.server.URL+"/guacamole/"+path, strings.NewReader(form.Encode()))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return f.do(req)
}

func (f *gatewayFixture) login(user, password string) string {
	f.t.Helper()
	status, answer := f.postForm("api/tokens", url.Values{"username": {user}, "password": {password}})
	var result struct {
		AuthToken string `json:"authToken"`
	}
	if err := json.Unmarshal([]byte(answer), &result); err != nil || status != http.StatusOK {
		f.t.Fatalf("login of %s = %d %s", user, status, answer)
	}
	return result.AuthToken
}

const deadline = 15 * time.Second
