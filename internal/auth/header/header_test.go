// SPDX-License-Identifier: Apache-2.0

package header_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/auth/header"
)

func from(trusted bool, values ...string) auth.Credentials {
	return auth.Credentials{FromTrustedProxy: trusted, RemoteAddr: "192.0.2.1", Header: http.Header{"X-User": values}}
}

func TestWhoTheHeaderNames(t *testing.T) {
	p := header.New("x-user", slog.New(slog.DiscardHandler))
	for _, test := range []struct {
		name        string
		credentials auth.Credentials
		want        string
		refused     bool
	}{
		{"a name", from(true, "alice"), "alice", false},
		{"an address", from(true, "alice@example.org"), "alice@example.org", false},
		{"letters of any script", from(true, "Zoë 漢字"), "Zoë 漢字", false},
		{"the longest name", from(true, strings.Repeat("ä", 128)), strings.Repeat("ä", 128), false},
		{"no header", from(true), "", false},
		{"an empty header", from(true, ""), "", false},
		{"a stranger", from(false, "alice"), "", false},
		{"a stranger twice", from(false, "alice", "root"), "", false},
		{"no request", auth.Credentials{FromTrustedProxy: true}, "", false},
		{"two headers", from(true, "root", "alice"), "", true},
		{"a control character", from(true, "ali\x1bce"), "", true},
		{"other bytes than UTF-8", from(true, "Zo\xeb"), "", true},
		{"a longer name", from(true, strings.Repeat("a", 129)), "", true},
	} {
		identity, err := p.Authenticate(t.Context(), test.credentials)
		rejection, refused := errors.AsType[*auth.Rejection](err)
		if refused != test.refused || err != nil && !refused || refused && rejection.Kind != auth.InvalidCredentials {
			t.Errorf("%s: error %v, want one: %v", test.name, err, test.refused)
		}
		got := ""
		if identity != nil {
			got = identity.Username
		}
		if got != test.want {
			t.Errorf("%s: user %q, want %q", test.name, got, test.want)
		}
	}
}

func TestReloginEndsWhenTheProxyNamesAnother(t *testing.T) {
	p := header.New("X-User", slog.New(slog.DiscardHandler))
	chain, err := auth.NewChain(auth.Config{Providers: []auth.Provider{p}})
	if err != nil {
		t.Fatal(err)
	}
	login, err := chain.Login(t.Context(), from(true, "alice"))
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range []auth.Credentials{from(true, "alice"), from(true), from(false, "bob")} {
		if again, err := chain.Reauthenticate(t.Context(), login, same); err != nil || again.Identity.Username != "alice" {
			t.Errorf("re-login with %q from a trusted proxy %v: error %v", same.Header, same.FromTrustedProxy, err)
		}
	}
	for _, other := range []auth.Credentials{from(true, "bob"), from(true, "alice", "bob")} {
		if _, err := chain.Reauthenticate(t.Context(), login, other); err == nil {
			t.Errorf("re-login with %q goes on as alice", other.Header)
		}
	}
}

func TestPeersThatAreNotTrustedAreToldOfOnce(t *testing.T) {
	var log bytes.Buffer
	p := header.New("X-User", slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		if _, err := p.Authenticate(t.Context(), from(false, "alice")); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(log.String(), "trusted-proxies"); got != 1 || !strings.Contains(log.String(), "address=192.0.2.1") {
		t.Errorf("%d lines, want one with the address:\n%s", got, &log)
	}
	if strings.Contains(log.String(), "alice") {
		t.Errorf("the log has the name that a stranger wrote:\n%s", &log)
	}
}
