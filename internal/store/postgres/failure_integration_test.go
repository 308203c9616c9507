// SPDX-License-Identifier: Apache-2.0

//go:build integration

package postgres_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store/postgres"
	"github.com/palta-gateway/palta/test/servers"
)

func unusableDatabasesAreRefusedWithAHint(t *testing.T, server *servers.PostgreSQL) {
	foreign, old, newer, locked := server.NewDatabase(t), server.NewDatabase(t), server.NewDatabase(t), server.NewDatabase(t)
	server.SQL(t, foreign, "create table bookmarks (url text)")
	server.SQL(t, old, "create table guacamole_user (user_id serial)")
	open(t, config(server, newer))
	server.SQL(t, newer, "insert into palta_migration values (999, '0999_future', 0)")
	server.SQL(t, locked, "alter schema public owner to postgres; alter database "+locked+" owner to postgres")
	for name, test := range map[string]struct {
		change func(cfg *postgres.Config)
		want   string
	}{
		"wrong password":            {func(cfg *postgres.Config) { cfg.Password = secret.New("wrong") }, "check postgresql-username and postgresql-password"},
		"no such database":          {func(cfg *postgres.Config) { cfg.Database = "nowhere" }, "createdb --owner"},
		"no server":                 {func(cfg *postgres.Config) { cfg.Port = servers.FreePort(t) }, "connection refused"},
		"unknown TLS mode":          {func(cfg *postgres.Config) { cfg.TLSMode = "maybe" }, "sslmode"},
		"of another program":        {func(cfg *postgres.Config) { cfg.Database = foreign }, "belongs to another program"},
		"of an old Guacamole":       {func(cfg *postgres.Config) { cfg.Database = old }, "upgrade scripts"},
		"of a newer Palta":          {func(cfg *postgres.Config) { cfg.Database = newer }, "its schema is 999"},
		"no right to make tables":   {func(cfg *postgres.Config) { cfg.Database = locked }, "grant create, usage on schema public to guacamole_user"},
		"certificate not signed":    {func(cfg *postgres.Config) { cfg.TLSMode = "verify-ca" }, "certificate"},
		"certificate of other host": {func(cfg *postgres.Config) { cfg.TLSMode, cfg.TLSRootFile = "verify-full", server.Certificate }, "127.0.0.1"},
	} {
		cfg := config(server, foreign)
		test.change(&cfg)
		s, err := postgres.Open(t.Context(), cfg)
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: Open succeeded", name)
			continue
		}
		if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), server.Password) {
			t.Errorf("%s: got error %q, want one with %q and without the password", name, err, test.want)
		}
	}
}

func connectionIsEncryptedAsTheModeSays(t *testing.T, server *servers.PostgreSQL) {
	for mode, want := range map[string]string{"": "t", "disable": "f", "require": "t", "verify-ca": "t"} {
		cfg := config(server, server.NewDatabase(t))
		cfg.TLSMode = mode
		if mode == "verify-ca" {
			cfg.TLSRootFile = server.Certificate
		}
		s := open(t, cfg)
		if err := s.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := server.SQL(t, cfg.Database, "select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where datname = '"+cfg.Database+
			"' and application_name = 'palta'")
		if strings.TrimSpace(got) != want {
			t.Errorf("mode %q: encrypted is %q, want %q", mode, got, want)
		}
	}
}

func slowStatementIsStopped(t *testing.T, server *servers.PostgreSQL) {
	cfg := config(server, server.NewDatabase(t))
	open(t, cfg)
	cfg.StatementTimeout = 100 * time.Millisecond
	s := open(t, cfg)
	// A trigger makes the change slow.
	server.SQL(t, cfg.Database, `create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(20); return new; end';
		create trigger slow before insert on guacamole_user for each row execute function slow()`)
	err := s.CreateFirstAdministrator(t.Context(), "root", secret.New("pw"))
	if !errors.Is(err, directory.Unavailable) {
		t.Errorf("got error %v, want one of the kind %q", err, directory.Unavailable)
	}
}

func lostConnectionsAreMadeAnew(t *testing.T, server *servers.PostgreSQL) {
	cfg := config(server, server.NewDatabase(t))
	s := open(t, cfg)
	ctx := t.Context()
	if err := s.CreateFirstAdministrator(ctx, "root", secret.New("pw")); err != nil {
		t.Fatal(err)
	}
	server.SQL(t, "postgres", "select pg_terminate_backend(pid) from pg_stat_activity where datname = '"+cfg.Database+"'")
	err := s.Ping(ctx)
	if err != nil && !errors.Is(err, directory.Unavailable) {
		t.Errorf("got error %v, want one of the kind %q", err, directory.Unavailable)
	}
	if err := s.Ping(ctx); err != nil {
		t.Errorf("the next statement: %v", err)
	}
}

func gatewaysThatStartTogetherMakeTheTablesOnce(t *testing.T, server *servers.PostgreSQL) {
	cfg := config(server, server.NewDatabase(t))
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			s, err := postgres.Open(t.Context(), cfg)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func textThatCannotBeStoredIsInvalid(t *testing.T, server *servers.PostgreSQL) {
	s := open(t, config(server, server.NewDatabase(t)))
	if err := s.CreateUser(t.Context(), "a\x00b", secret.New("pw"), 0); !errors.Is(err, directory.Invalid) {
		t.Errorf("got error %v, want one of the kind %q", err, directory.Invalid)
	}
}
