// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/store"
	"github.com/palta-gateway/palta/internal/store/postgres"
	"github.com/palta-gateway/palta/internal/store/sqlite"
)

// openDatabase opens a database of one kind. The path is that of the built-in one, whether or not it is used.
type openDatabase func(ctx context.Context, path string, server config.DatabaseServer, options store.Options) (*store.Store, error)

// databases are those of this build, by the family of their settings.
var databases = map[string]openDatabase{
	sqlite.DataSource:   openSQLite,
	postgres.DataSource: openPostgreSQL,
}

// openConfigured opens the database that settings and command line name.
func openConfigured(ctx context.Context, in input, cfg *config.Config) (*store.Store, error) {
	if in.flags["database"] != "" && cfg.Database.Dialect != sqlite.DataSource {
		return nil, withHint(fmt.Errorf("--database names a file, but the settings name a database of %s", cfg.Database.Dialect),
			"Leave out --database, or the settings that begin with %s-.", cfg.Database.Dialect)
	}
	return openStore(ctx, databasePath(in, cfg), cfg)
}

// openStore opens the database that the settings name; path is the file of the built-in one.
func openStore(ctx context.Context, path string, cfg *config.Config) (*store.Store, error) {
	policy := cfg.Database.Password
	return databases[cfg.Database.Dialect](ctx, path, cfg.Database.Server, store.Options{
		FoldUsernames: cfg.API.FoldUsernames, FoldGroupNames: cfg.API.FoldGroupNames,
		PasswordPolicy: directory.PasswordPolicy{
			MinLength: policy.MinLength, MinAge: policy.MinAge, MaxAge: policy.MaxAge, HistorySize: policy.HistorySize,
			RequireMultipleCase: policy.RequireMultipleCase, RequireDigit: policy.RequireDigit,
			RequireSymbol: policy.RequireSymbol, ProhibitUsername: policy.ProhibitUsername,
		},
	})
}

func openSQLite(ctx context.Context, path string, _ config.DatabaseServer, options store.Options) (*store.Store, error) {
	db, err := sqlite.Open(ctx, sqlite.Config{Path: path, Options: options})
	if err != nil {
		return nil, withHint(fmt.Errorf("open the database %s: %w", path, err),
			"--data-directory or --database says where it is.")
	}
	return db, nil
}

func openPostgreSQL(ctx context.Context, _ string, at config.DatabaseServer, options store.Options) (*store.Store, error) {
	db, err := postgres.Open(ctx, postgres.Config{
		Host: at.Hostname, Port: at.Port, Database: at.Database, Username: at.Username, Password: at.Password,
		TLSMode: at.TLSMode, TLSRootFile: at.TLSRootFile, TLSCertFile: at.TLSCertFile, TLSKeyFile: at.TLSKeyFile,
		StatementTimeout: at.StatementTimeout, Options: options,
	})
	if err != nil {
		return nil, withHint(fmt.Errorf("open the database: %w", err), "The settings that begin with postgresql- say where it is.")
	}
	return db, nil
}
