// SPDX-License-Identifier: Apache-2.0

//go:build integration

package postgres_test

import (
	"testing"

	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store"
	"github.com/palta-gateway/palta/internal/store/postgres"
	"github.com/palta-gateway/palta/internal/store/storetest"
	"github.com/palta-gateway/palta/test/servers"
)

// config names a database of the server.
func config(server *servers.PostgreSQL, database string) postgres.Config {
	return postgres.Config{
		Host: server.Host, Port: server.Port, Database: database, Username: server.Username, Password: secret.New(server.Password),
	}
}

// open returns a store that lives as long as the test.
func open(t testing.TB, cfg postgres.Config) *store.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestPostgreSQL runs all tests against one server, each on databases of its own.
func TestPostgreSQL(t *testing.T) {
	server := servers.StartPostgreSQL(t)
	t.Run("store", func(t *testing.T) {
		// Part of: ADM-24
		storetest.Run(t, func(t testing.TB, options store.Options) *store.Store {
			cfg := config(server, server.NewDatabase(t))
			cfg.Options = options
			return open(t, cfg)
		})
	})
	t.Run("gateways on one database", func(t *testing.T) {
		cfg := config(server, server.NewDatabase(t))
		storetest.Gateways(t, func(t testing.TB, options store.Options) *store.Store {
			cfg.Options = options
			return open(t, cfg)
		})
	})
	for name, test := range map[string]func(t *testing.T, server *servers.PostgreSQL){
		"empty database gets upstream's tables":             emptyDatabaseGetsUpstreamsTables,
		"upstream's database is used in place":              upstreamsDatabaseIsUsedInPlace,
		"unusable databases are refused with a hint":        unusableDatabasesAreRefusedWithAHint,
		"connection is encrypted as the mode says":          connectionIsEncryptedAsTheModeSays,
		"slow statement is stopped":                         slowStatementIsStopped,
		"lost connections are made anew":                    lostConnectionsAreMadeAnew,
		"gateways that start together make the tables once": gatewaysThatStartTogetherMakeTheTablesOnce,
		"text that cannot be stored is invalid":             textThatCannotBeStoredIsInvalid,
	} {
		t.Run(name, func(t *testing.T) { test(t, server) })
	}
}
