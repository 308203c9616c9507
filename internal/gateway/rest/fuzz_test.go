// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/gatewaytest"
)

// newTestAPI returns the API on a provider in memory, and a token of the privileged user.
func newTestAPI(t testing.TB) (*API, string) {
	t.Helper()
	provider := &gatewaytest.Provider{
		Passwords:   map[string]string{"root": "secret"},
		Connections: []*directory.Connection{{Identifier: "1", Name: "box", Protocol: "ssh"}},
	}
	sessions := provider.Sessions(t)
	_, token := provider.Login(t, sessions, "root")
	return New(Config{Logins: sessions, Broker: broker.New(broker.Config{})}), token
}

// FuzzRequest sends any path and body through the real route table: no panic, no internal error, and JSON whenever there is content.
func FuzzRequest(f *testing.F) {
	for _, seed := range []struct{ method, path, body string }{
		{"GET", "/session/data/fake/connections/1/", ""},
		{"GET", "/session/data/fake/connectionGroups/ROOT/tree?permission=READ", ""},
		{"PATCH", "/session/data/fake/users/root/permissions", `[{"op":"add","path":"/connectionPermissions/1","value":"READ"}]`},
		{"PATCH", "/session/data/fake/connections", `[{"op":"add","path":"/","value":{"name":"a","attributes":{"weight":1}}}]`},
		{"PUT", "/session/data/fake/self", `{"username":"x","disabled":"true","attributes":{"a":null}}`},
		{"POST", "/tokens", "username=a&password=%zz"},
		{"GET", "/session/tunnels/x/streams/-1/a%2Fb", ""},
		{"GET", "/session/data/fake/history/connections?order=x&contains=", ""},
		{"DELETE", "//session/data/%2e%2e/users", ""},
	} {
		f.Add(seed.method, seed.path, seed.body)
	}
	api, token := newTestAPI(f)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if !strings.Contains("GET POST PUT PATCH DELETE HEAD", method) || method == "" || strings.Contains(method, " ") {
			method = "GET"
		}
		target, err := url.ParseRequestURI(path)
		if err != nil || !strings.HasPrefix(path, "/") {
			return
		}
		r := httptest.NewRequest(method, "/", strings.NewReader(body))
		r.URL = target
		r.Header.Set(tokenHeader, token)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code == 500 {
			t.Errorf("%s %q %q = 500 %s", method, path, body, w.Body)
		}
		if w.Header().Get("Content-Type") == "application/json" && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %q %q answers %q, which is not JSON", method, path, body, w.Body)
		}
	})
}

func TestTextsComeFromNumbersAndTruthValues(t *testing.T) {
	var got jsonTexts
	if err := json.Unmarshal([]byte(`{"a":"x","b":3389,"c":false,"d":null,"e":1.50,"f":""}`), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "x", "b": "3389", "c": "false", "d": "", "e": "1.50", "f": ""} {
		if got[name].value() != want {
			t.Errorf("%s = %q, want %q", name, got[name].value(), want)
		}
	}
	if got["d"] != nil {
		t.Error("null is a text")
	}
	for _, bad := range []string{`{"a":{}}`, `{"a":[]}`, `[]`, `"x"`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was taken as named texts", bad)
		}
	}
}
