// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
)

// archive is a provider whose data source has one history record, with what was kept of it.
type archive struct{ *gatewaytest.Provider }

func (a archive) UserContext(ctx context.Context, identity *auth.Identity, c auth.Credentials) (directory.UserContext, error) {
	inner, err := a.Provider.UserContext(ctx, identity, c)
	return archiveContext{inner, identity.Username}, err
}

type archiveContext struct {
	directory.UserContext
	user string
}

func (c archiveContext) Unwrap() directory.UserContext { return c.UserContext }

func (c archiveContext) EffectivePermissions(ctx context.Context) (*directory.Permissions, error) {
	held, err := c.UserContext.EffectivePermissions(ctx)
	if err != nil {
		return nil, err
	}
	switch c.user {
	case "auditor":
		held.System |= directory.Audit
	case "editor":
		held.Grant(directory.ConnectionObject, "1", directory.Update)
	case "other editor":
		held.Grant(directory.ConnectionObject, "2", directory.Update)
	}
	return held, nil
}

func (archiveContext) ConnectionHistory(_ context.Context, query directory.HistoryQuery) ([]*directory.ConnectionRecord, error) {
	if query.Identifier != "" && query.Identifier != "7" || query.Connection != "" && query.Connection != "1" {
		return nil, nil
	}
	return []*directory.ConnectionRecord{{Identifier: "7", Connection: "1", ConnectionName: "box", Username: "alice"}}, nil
}

func (archiveContext) UserHistory(context.Context, directory.HistoryQuery) ([]*directory.UserRecord, error) {
	return []*directory.UserRecord{{Identifier: "7", Username: "alice"}}, nil
}

func (archiveContext) Logs(context.Context, *directory.ConnectionRecord) ([]directory.Log, error) {
	return []directory.Log{
		{Name: "a", Type: directory.SessionRecording, Description: directory.Message{Key: "RECORDING"}},
		{Name: "b", Type: directory.TypescriptTiming, Description: directory.Message{Key: "TIMING", Variables: map[string]string{"N": "1"}}},
	}, nil
}

func (archiveContext) OpenLog(_ context.Context, record *directory.ConnectionRecord, name string) (*directory.LogContent, error) {
	switch name {
	case "a":
		body := "4.sync,1.1;"
		return &directory.LogContent{Type: directory.SessionRecording, Size: int64(len(body)), Body: io.NopCloser(strings.NewReader(body))}, nil
	case "b":
		return &directory.LogContent{Type: directory.TypescriptTiming, Size: -1, Body: io.NopCloser(strings.NewReader("0.1 1\n"))}, nil
	}
	return nil, directory.NotFoundError(record.Identifier + "/" + name)
}

// newArchive returns a gateway before an archive.
func newArchive(t *testing.T) *Gateway {
	t.Helper()
	provider := archive{&gatewaytest.Provider{
		Passwords:   map[string]string{"root": "x", "auditor": "x", "editor": "x", "other editor": "x", "alice": "x"},
		Connections: []*directory.Connection{{Identifier: "1", Name: "box", Protocol: "ssh"}},
	}}
	chain, err := auth.NewChain(auth.Config{Providers: []auth.Provider{provider}})
	if err != nil {
		t.Fatal(err)
	}
	return newTestGateway(t, func(cfg *Config) { cfg.Chain = chain })
}

// login returns the token of a user.
func (g *Gateway) login(t *testing.T, user string) string {
	t.Helper()
	r := httptest.NewRequest("POST", "/guacamole/api/tokens", strings.NewReader(url.Values{"username": {user}, "password": {"x"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	var answer struct{ AuthToken string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.AuthToken == "" {
		t.Fatalf("login of %s: %s, %v", user, w.Body, err)
	}
	return answer.AuthToken
}

const history = "/guacamole/api/session/data/" + gatewaytest.DataSource + "/history/connections"

func TestLogsAreForThoseWhoMayAuditOrChangeTheConnection(t *testing.T) {
	g := newArchive(t)
	all := `{"a":{"type":"GUACAMOLE_SESSION_RECORDING","description":{"key":"RECORDING","variables":null}},` +
		`"b":{"type":"TYPESCRIPT_TIMING","description":{"key":"TIMING","variables":{"N":"1"}}}}`
	for user, may := range map[string]bool{"root": true, "auditor": true, "editor": true, "other editor": false, "alice": false} {
		token := g.login(t, user)
		want, status := `{}`, http.StatusNotFound
		if may {
			want, status = all, http.StatusOK
		}
		var list []struct{ Logs json.RawMessage }
		if err := json.NewDecoder(g.get(history + "?token=" + token).Body).Decode(&list); err != nil || len(list) != 1 || string(list[0].Logs) != want {
			t.Errorf("%s sees %s, %v, want the logs %s", user, list, err, want)
		}
		if got := g.get(history + "/7/logs/a?token=" + token).StatusCode; got != status {
			t.Errorf("log for %s: status %d, want %d", user, got, status)
		}
	}
}

func TestLogIsStreamed(t *testing.T) {
	g := newArchive(t)
	token := g.login(t, "auditor")
	ofConnection := strings.Replace(history, "history/connections", "connections/1/history", 1)
	for path, want := range map[string][4]string{
		history + "/7/logs/a":      {"200", "application/octet-stream", "11", "4.sync,1.1;"},
		ofConnection + "/7/logs/a": {"200", "application/octet-stream", "11", "4.sync,1.1;"},
		history + "/7/logs/b":      {"200", "text/plain", "", "0.1 1\n"},
		history + "/7/logs/c":      {"404", "application/json", "", "No such log."},
		history + "/8/logs/a":      {"404", "application/json", "", `Not found: \"8\"`},
		strings.Replace(history, "history/connections", "history/users", 1) + "/7/logs/a": {"404", "application/json", "", "No such log."},
	} {
		answer := g.get(path + "?token=" + token)
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		length := answer.Header.Get("Content-Length")
		if want[0] == "404" {
			length = ""
			if !strings.Contains(string(body), want[3]) {
				t.Errorf("%s: body %s, want %q in it", path, body, want[3])
			}
			body = []byte(want[3])
		}
		got := [4]string{answer.Status[:3], answer.Header.Get("Content-Type"), length, string(body)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}
