// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/internal/guacd"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store"
	"github.com/palta-gateway/palta/internal/store/sqlite"
)

// statements collects what a store runs.
type statements struct {
	mu   sync.Mutex
	list []string
}

func (s *statements) add(statement string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, strings.Join(strings.Fields(statement), " "))
}

// take returns the statements so far and forgets them.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

func TestWhatIsNeededIsReadOnce(t *testing.T) {
	trace := &statements{}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "traced.db"), Options: store.Options{Trace: trace.add}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.CreateFirstAdministrator(t.Context(), "admin", secret.New(adminPassword)); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(config.Sources{Flags: map[string]string{"guacamole-home": t.TempDir(), "isolation": "none"}})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	if err := ownRecords(t.Context(), t.TempDir(), logger, db); err != nil {
		t.Fatal(err)
	}
	supervisor, err := guacd.New(guacd.Config{Registry: registry(), Isolation: guacd.IsolationNone})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = supervisor.Close() })
	g, err := newGateway(gatewayParts{cfg: cfg, logger: logger, db: db, supervisor: supervisor, providers: providers()})
	if err != nil {
		t.Fatal(err)
	}
	f := &gatewayFixture{t: t, db: db, gateway: g, server: httptest.NewServer(g)}
	t.Cleanup(f.server.Close)

	want := func(what string, most int, reads map[string]int) {
		t.Helper()
		list := trace.take()
		if len(list) > most {
			t.Errorf("%s takes %d statements, want at most %d:\n%s", what, len(list), most, strings.Join(list, "\n"))
		}
		for part, want := range reads {
			got := len(slices.DeleteFunc(slices.Clone(list), func(statement string) bool { return !strings.Contains(statement, part) }))
			if got != want {
				t.Errorf("%s: %d statements with %q, want %d:\n%s", what, got, part, want, strings.Join(list, "\n"))
			}
		}
	}
	trace.take()
	f.token = f.login("admin", adminPassword)
	// The account, the record of the login, and whose it is.
	want("a login", 3, map[string]int{"guacamole_entity": 1})

	f.must("POST", ds+"users", `{"username":"alice","password":"pw","attributes":{"guac-full-name":"Alice","note":"1"}}`)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"ssh","parameters":{"hostname":"h"}}`)
	trace.take()
	f.must("PUT", ds+"users/alice", `{"username":"alice","attributes":{"guac-full-name":"Alice A."}}`)
	// Who asks, the user, the attributes without columns, and the change.
	want("a user update", 4, map[string]int{"from guacamole_user o": 2, "from guacamole_user_attribute": 1})
	f.must("PUT", ds+"users/alice", `{"username":"alice","password":"new","attributes":{}}`)
	// Also the old password, the former ones, and the new one.
	want("a password", 7, map[string]int{"password_hash, u.password_salt": 1, "from guacamole_user_password_history": 1})
	f.must("PUT", ds+"connections/1", `{"name":"box","protocol":"ssh","parameters":{"hostname":"h"}}`)
	// Who asks, the connection with attributes and parameters, whether the name is free, and the change.
	want("a connection update", 6, map[string]int{"from guacamole_connection_parameter": 1})

	if status, _ := f.postForm("api/tokens", url.Values{"username": {"nobody"}, "password": {"x"}}); status != http.StatusForbidden {
		t.Errorf("login of nobody = %d, want 403", status)
	}
	want("a failed login", 1, nil)
}
