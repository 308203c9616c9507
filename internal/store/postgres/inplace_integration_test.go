// SPDX-License-Identifier: Apache-2.0

//go:build integration

package postgres_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/test/servers"
)

// rows returns the sums of all rows of each of upstream's tables.
func rows(t *testing.T, server *servers.PostgreSQL, database string) string {
	t.Helper()
	tables := server.SQL(t, database, "select tablename from pg_tables where tablename like 'guacamole_%' order by tablename")
	var query []string
	for _, table := range strings.Fields(tables) {
		query = append(query, "select '"+table+"', count(*), md5(string_agg(t::text, ' ' order by t::text)) from "+table+" t")
	}
	return server.SQL(t, database, strings.Join(query, " union all "))
}

// shape returns all that makes up upstream's tables: columns, constraints, indexes and values of types.
func shape(t *testing.T, server *servers.PostgreSQL, database string) []string {
	t.Helper()
	text := server.SQL(t, database, `
		select 'column', table_name, column_name, udt_name, character_maximum_length::text, is_nullable, column_default
			from information_schema.columns where table_name like 'guacamole_%'
		union all select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', ''
			from pg_constraint where conrelid::regclass::text like 'guacamole_%'
		union all select 'index', tablename, indexname, indexdef, '', '', '' from pg_indexes where tablename like 'guacamole_%'
		union all select 'value', t.typname, e.enumlabel, '', '', '', '' from pg_enum e join pg_type t on t.oid = e.enumtypid`)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines)
	return lines
}

// upstreams loads the database that upstream filled and returns its name. It is false where there is none.
func upstreams(t *testing.T, server *servers.PostgreSQL) (database, folder string, ok bool) {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		folder := filepath.Join(dir, "..", "shared", "vectors", "database")
		script := filepath.Join(folder, "postgresql-1.6.sql")
		if _, err := os.Stat(script); err != nil {
			continue
		}
		database := server.NewDatabase(t)
		server.Load(t, database, script)
		return database, folder, true
	}
	t.Log("no database of upstream's here")
	return "", "", false
}

func emptyDatabaseGetsUpstreamsTables(t *testing.T, server *servers.PostgreSQL) {
	// Part of: ADM-24, DEP-09
	database := server.NewDatabase(t)
	open(t, config(server, database))
	got := shape(t, server, database)
	if tables := server.SQL(t, database, "select count(*) from pg_tables where tablename like 'guacamole_%'"); tables != "23\n" {
		t.Errorf("there are %s of upstream's tables, want 23", tables)
	}
	theirs, _, ok := upstreams(t, server)
	if !ok {
		return
	}
	if diff := cmp.Diff(shape(t, server, theirs), got); diff != "" {
		t.Errorf("tables differ from upstream's (-upstream +palta):\n%s", diff)
	}
}

func upstreamsDatabaseIsUsedInPlace(t *testing.T, server *servers.PostgreSQL) {
	// Features: RES-06
	// Part of: ADM-24
	database, folder, ok := upstreams(t, server)
	if !ok {
		return
	}
	before, shapeBefore := rows(t, server, database), shape(t, server, database)
	s := open(t, config(server, database))
	var want struct {
		Users       map[string]any                       `json:"users"`
		Connections map[string]struct{ Name string }     `json:"connections"`
		Accounts    map[string]struct{ Password string } `json:"accounts"`
		Permissions map[string]struct {
			Effective struct {
				Connections map[string][]string `json:"connectionPermissions"`
				System      []string            `json:"systemPermissions"`
			} `json:"effectivePermissions"`
		} `json:"users permissions"`
	}
	text, err := os.ReadFile(filepath.Join(folder, "postgresql-1.6.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	admin := s.UserContext("guacadmin", directory.ContextOptions{})
	listed, err := admin.Users().List(ctx, 0)
	if err != nil || len(listed) != len(want.Users) || len(listed) == 0 {
		t.Fatalf("%d users and error %v, want %d", len(listed), err, len(want.Users))
	}
	for _, u := range listed {
		if _, ok := want.Users[u.Username]; !ok {
			t.Errorf("user %q is not upstream's", u.Username)
		}
	}
	connections, err := admin.Connections().List(ctx, 0)
	if err != nil || len(connections) != len(want.Connections) {
		t.Fatalf("%d connections and error %v, want %d", len(connections), err, len(want.Connections))
	}
	for _, c := range connections {
		if theirs := want.Connections[c.Identifier]; theirs.Name != c.Name {
			t.Errorf("connection %s is %q, want %q", c.Identifier, c.Name, theirs.Name)
		}
	}
	for name, theirs := range want.Permissions {
		got, err := admin.EffectivePermissionsOf(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		for id, names := range theirs.Effective.Connections {
			if diff := cmp.Diff(sorted(names), sorted(got.Object(directory.ConnectionObject, id).Names())); diff != "" {
				t.Errorf("permissions of %s on connection %s: %s", name, id, diff)
			}
		}
		if diff := cmp.Diff(sorted(theirs.Effective.System), sorted(got.System.Names())); diff != "" {
			t.Errorf("system permissions of %s: %s", name, diff)
		}
	}
	for name, theirs := range want.Accounts {
		account, err := s.Account(ctx, name)
		if err != nil || theirs.Password != "" && !account.Password.Verify(secret.New(theirs.Password)) {
			t.Errorf("the password of %s does not work: %v", name, err)
		}
	}
	if diff := cmp.Diff(before, rows(t, server, database)); diff != "" {
		t.Errorf("upstream's rows were changed:\n%s", diff)
	}
	if diff := cmp.Diff(shapeBefore, shape(t, server, database)); diff != "" {
		t.Errorf("upstream's tables were changed:\n%s", diff)
	}
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }
