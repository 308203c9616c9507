// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/auth/authtest"
	"github.com/palta-gateway/palta/internal/config"
)

// roundTripFixture is a gateway with a login that leads through an identity provider.
func roundTripFixture(t *testing.T, environ ...string) *gatewayFixture {
	t.Helper()
	page := authtest.IdentityProvider(t)
	return newGatewayFixtureWith(t, []providerFactory{{
		enabled: func(*config.Config) bool { return true },
		make: func(from providerSources) (auth.Provider, error) {
			return &authtest.RoundTrip{IdentityProvider: page, OneTime: from.oneTime}, nil
		},
	}}, append(environ, "PALTA_EXTENSION_PRIORITY=*, roundtrip")...)
}

// refusal is an error object of the API, as far as logins have to do with it.
type refusal struct {
	Type, Message string
	Expected      []struct {
		Name, Type, RedirectURL string
		TranslatableMessage     struct{ Key string }
	}
}

func decode[T any](t *testing.T, answer string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	return v
}

// follow sends a request, without following where it leads.
func follow(t *testing.T, address string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, response.Header.Get("Location")
}

// depart asks for a login without credentials and returns the address that the browser is sent to.
func depart(t *testing.T, f *gatewayFixture) *url.URL {
	t.Helper()
	status, answer := f.postForm("api/tokens", nil)
	refused := decode[refusal](t, answer)
	if status != http.StatusForbidden || refused.Type != "INVALID_CREDENTIALS" || len(refused.Expected) != 1 {
		t.Fatalf("login without credentials = %d %s", status, answer)
	}
	field := refused.Expected[0]
	if field.Name != "state" || field.Type != "REDIRECT" || field.TranslatableMessage.Key != "LOGIN.INFO_IDP_REDIRECT_PENDING" {
		t.Errorf("field = %+v", field)
	}
	target, err := url.Parse(field.RedirectURL)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestLoginByRedirect(t *testing.T) {
	// Features: BRA-09
	f := roundTripFixture(t)
	target := depart(t, f)
	callback := target.Query().Get("return")
	if want := f.server.URL + "/guacamole/api/ext/roundtrip/callback"; callback != want {
		t.Fatalf("the identity provider is told to come back to %s, want %s", callback, want)
	}
	if _, page := get(t, target.String()); !strings.Contains(page, "Who are you?") {
		t.Errorf("page of the identity provider: %s", page)
	}

	callback += "?" + url.Values{"state": {target.Query().Get("state")}, "user": {"alice"}}.Encode()
	status, location := follow(t, callback)
	query, found := strings.CutPrefix(location, f.server.URL+"/guacamole/#/?")
	parameters, err := url.ParseQuery(query)
	if status != http.StatusSeeOther || !found || err != nil {
		t.Fatalf("callback = %d to %s", status, location)
	}
	if status, location := follow(t, callback); status != http.StatusForbidden {
		t.Errorf("the same callback again = %d to %s, want 403", status, location)
	}

	status, answer := f.postForm("api/tokens", parameters)
	result := decode[struct{ AuthToken, Username, DataSource string }](t, answer)
	if status != http.StatusOK || result.Username != "alice" || result.DataSource != "roundtrip" {
		t.Fatalf("login = %d %s", status, answer)
	}
	if status, answer := f.postForm("api/tokens", parameters); status != http.StatusForbidden {
		t.Errorf("the same login again = %d %s, want 403", status, answer)
	}
	if status, answer := f.callAs(result.AuthToken, "GET", "session/ext/roundtrip/whoami", ""); status != http.StatusOK || answer != "\"alice\"\n" {
		t.Errorf("endpoint for who is logged in = %d %s", status, answer)
	}
}

func TestRedirectNamesTheAddressThatBrowsersUse(t *testing.T) {
	for _, test := range []struct {
		environ string
		header  http.Header
		want    string
	}{
		{"PALTA_PUBLIC_URL=https://desk.example.org/remote", nil, "https://desk.example.org/remote/"},
		{"", http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"desk.example.org"}}, "https://desk.example.org/guacamole/"},
		{"PALTA_TRUSTED_PROXIES=192.0.2.1", http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil.example"}}, ""},
	} {
		f := roundTripFixture(t, test.environ)
		if test.want == "" {
			test.want = f.server.URL + "/guacamole/"
		}
		_, answer := loginAt(t, f.server.URL+"/guacamole/", test.header, nil)
		target, err := url.Parse(decode[refusal](t, answer).Expected[0].RedirectURL)
		if err != nil {
			t.Fatal(err)
		}
		if got := target.Query().Get("return"); got != test.want+"api/ext/roundtrip/callback" {
			t.Errorf("%s %v: %s, want one below %s", test.environ, test.header, got, test.want)
		}
	}
}

func TestEndpointsOfProvidersKeepTheFormOfTheAPI(t *testing.T) {
	// Features: BRA-09
	f := roundTripFixture(t, "PALTA_API_MAX_REQUEST_SIZE=1000")
	for _, test := range []struct {
		method, path, body string
		token              string
		status             int
		kind, message      string
	}{
		{"GET", "ext/roundtrip/callback?state=wrong", "", "", 403, "INVALID_CREDENTIALS", "Invalid login"},
		{"GET", "ext/roundtrip/other", "", "", 404, "NOT_FOUND", "No such resource."},
		{"GET", "ext/unknown/callback", "", "", 404, "NOT_FOUND", "No such resource."},
		{"POST", "ext/roundtrip/callback", "", "", 405, "BAD_REQUEST", "Method not allowed."},
		{"GET", "ext/roundtrip/whoami", "", f.token, 404, "NOT_FOUND", "No such resource."},
		{"GET", "session/ext/roundtrip/whoami", "", "", 403, "PERMISSION_DENIED", "Permission Denied."},
		{"GET", "session/ext/roundtrip/whoami", "", "wrong", 403, "PERMISSION_DENIED", "Permission Denied."},
		{"GET", "session/ext/roundtrip/other", "", f.token, 404, "NOT_FOUND", `Session not associated with authentication provider "roundtrip".`},
		{"GET", "session/ext/sqlite/other", "", f.token, 404, "NOT_FOUND", "No such resource."},
		{"POST", "ext/roundtrip/panic", "", "", 500, "INTERNAL_ERROR", "Unexpected internal error"},
		{"POST", "ext/roundtrip/echo/a", strings.Repeat("x", 1001), "", 413, "BAD_REQUEST", "Request is larger than 1000 bytes."},
	} {
		status, answer := f.callAs(test.token, test.method, test.path, test.body)
		got := decode[refusal](t, answer)
		if status != test.status || got.Type != test.kind || got.Message != test.message {
			t.Errorf("%s %s = %d %s, want %d %s %q", test.method, test.path, status, answer, test.status, test.kind, test.message)
		}
	}
	if !strings.Contains(f.log.String(), "of the endpoint") {
		t.Error("the panic is not in the log")
	}
	if status, answer := f.postForm("api/ext/roundtrip/echo/a", url.Values{"a": {"b"}}); status != http.StatusOK || answer != "\"b\"\n" {
		t.Errorf("after all that, the next request = %d %s", status, answer)
	}
}

func TestPriorityOrdersProviders(t *testing.T) {
	// Part of: EXT-23
	for priority, want := range map[string]string{"": "alice", "sqlite": "admin", "*, sqlite": "alice", "sqlite, header": "admin"} {
		f := newGatewayFixture(t, "HEADER_ENABLED=true", "EXTENSION_PRIORITY="+priority)
		status, answer := loginAt(t, f.server.URL+"/guacamole/", http.Header{"Remote_user": {"alice"}},
			url.Values{"username": {"admin"}, "password": {adminPassword}})
		if got := decode[struct{ Username string }](t, answer).Username; status != http.StatusOK || got != want {
			t.Errorf("priority %q: login by a header and a password = %d %s, want that of %s", priority, status, answer, want)
		}
	}
}

// loginAt posts a login with header fields.
func loginAt(t *testing.T, base string, header http.Header, form url.Values) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"api/tokens", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	return (&gatewayFixture{t: t}).do(req)
}

func TestLoginByHeader(t *testing.T) {
	// Features: EXT-11
	data := t.TempDir()
	s := startServe(t, "--data-dir", data, "--header-enabled", "--http-auth-header", "X-Pomerium-Claim-Email", "--sqlite-auto-create-accounts")
	login := func(header http.Header, form url.Values) (int, string) { return loginAt(t, s.base, header, form) }
	status, answer := login(http.Header{
		"X-Pomerium-Claim-Email": {"alice@example.org"}, "X-Forwarded-For": {"203.0.113.9, 198.51.100.7"},
	}, nil)
	result := decode[struct {
		AuthToken, Username, DataSource string
		AvailableDataSources            []string
	}](t, answer)
	if status != http.StatusOK || result.Username != "alice@example.org" || result.DataSource != "header" ||
		len(result.AvailableDataSources) != 1 || result.AvailableDataSources[0] != "sqlite" {
		t.Fatalf("login = %d %s", status, answer)
	}
	if log := s.stderr.String(); !strings.Contains(log, `audit.user=alice@example.org audit.provider=header audit.address=198.51.100.7`) {
		t.Errorf("the log does not name the user, the provider and the person's address:\n%s", log)
	}
	status, answer = get(t, s.base+"api/session/data/sqlite/self?token="+result.AuthToken)
	if got := decode[struct{ Username string }](t, answer).Username; status != http.StatusOK || got != "alice@example.org" {
		t.Errorf("account = %d %s", status, answer)
	}
	if status, answer := login(http.Header{"Remote_user": {"alice"}}, nil); status != http.StatusForbidden {
		t.Errorf("login by another header = %d %s, want 403", status, answer)
	}
	if status, answer := login(http.Header{"X-Pomerium-Claim-Email": {"root", "alice@example.org"}}, nil); status != http.StatusForbidden {
		t.Errorf("login by two headers = %d %s, want 403", status, answer)
	}
	if log := s.stderr.String(); !strings.Contains(log, "the header is there more than once") {
		t.Errorf("the log does not tell of the two headers:\n%s", log)
	}
	again := url.Values{"token": {result.AuthToken}}
	if status, answer := login(http.Header{"X-Pomerium-Claim-Email": {"bob@example.org"}}, again); status != http.StatusForbidden {
		t.Errorf("re-login as another user = %d %s, want 403", status, answer)
	}
	if status, answer := login(http.Header{"X-Pomerium-Claim-Email": {"alice@example.org"}}, again); status != http.StatusOK {
		t.Errorf("re-login = %d %s", status, answer)
	}
	s.stop()

	s = startServe(t, "--data-dir", data, "--header-enabled", "--http-auth-header", "X-Pomerium-Claim-Email", "--trusted-proxies", "192.0.2.1")
	defer s.stop()
	if status, answer := login(http.Header{"X-Pomerium-Claim-Email": {"alice@example.org"}}, nil); status != http.StatusForbidden {
		t.Errorf("login through a proxy that is not trusted = %d %s, want 403", status, answer)
	}
}

func TestUnsafeHeaderLoginIsRefusedAtStart(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--trusted-proxies", ""}, "no proxy is trusted"},
		{[]string{"--http-bind", "0.0.0.0"}, "nothing says which proxy may name users"},
		{[]string{"--http-bind", "::"}, "nothing says which proxy may name users"},
		{[]string{"--trusted-proxies", "10.0.0.1, 0.0.0.0/0"}, "anybody could log in as anybody"},
		{[]string{"--http-auth-header", ""}, "http-auth-header is empty"},
	} {
		args := append([]string{"serve", "--http-port", "0", "--data-dir", t.TempDir(), "--header-enabled"}, test.args...)
		got := palta(t, "", args...)
		if got.code != exitFailed || !strings.Contains(got.stderr, test.want) || !strings.Contains(got.stderr, "Set trusted-proxies to") {
			t.Errorf("%q: code %d, %s; want %q", test.args, got.code, got.stderr, test.want)
		}
	}
}
