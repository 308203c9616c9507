// SPDX-License-Identifier: Apache-2.0

// Package postgres keeps a store in a PostgreSQL database, which several gateways, and upstream, may use at the same time.
//
// [Open] connects, gives an empty database upstream's tables, and returns a store. A database that upstream made is used in place: its tables stay as they
// are, and Palta's own (palta_…) are put beside them.
//
// Statements run under PostgreSQL's default isolation, read committed. Changes of the directory wait for each other (see store.Dialect.LockRow);
// reading waits for nothing. Failures have a kind: directory.Unavailable while the server is away or refuses to work.
package postgres

import (
	"context"
	_ "embed" // for the schema
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store"
)

// DataSource is the identifier of the data source.
const DataSource = "postgresql"

//go:embed schema.sql
var schema string

const (
	// connectTimeout is how long a server may take to accept a connection.
	connectTimeout = 10 * time.Second
	// maxConnections is the most connections that one gateway holds; a server of PostgreSQL's default size has room for ten such.
	maxConnections = 10
	// idleTime is how long an unused connection is kept.
	idleTime = 5 * time.Minute
)

// Config says what to open.
type Config struct {
	// Host is a name, an address, or the directory of a Unix socket.
	Host string
	Port int
	// Database, Username and Password are those of the server. Without a password its other ways to log in are left, such as peer authentication.
	Database, Username string
	Password           secret.String
	// TLSMode is disable, allow, prefer, require, verify-ca or verify-full; "" means prefer.
	TLSMode string
	// TLSRootFile has the certificates of those who may sign the server's, TLSCertFile and TLSKeyFile prove who this side is; all are in PEM and may be "".
	TLSRootFile, TLSCertFile, TLSKeyFile string
	// StatementTimeout is the longest that a statement may run; 0 means any time.
	StatementTimeout time.Duration
	Options          store.Options
}

// Open returns a store in the database.
func Open(ctx context.Context, cfg Config) (*store.Store, error) {
	parsed, err := pgx.ParseConfig(cfg.settings())
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	pool := stdlib.OpenDB(*parsed)
	pool.SetMaxOpenConns(maxConnections)
	pool.SetMaxIdleConns(maxConnections)
	pool.SetConnMaxIdleTime(idleTime)
	d := dialect()
	if err := store.Migrate(ctx, pool, d); err != nil {
		return nil, errors.Join(explain(cfg, err), pool.Close())
	}
	return store.New(d, store.Pools{Writer: pool}, cfg.Options), nil
}

// settings returns the configuration in the words of PostgreSQL's libraries. What is empty is left to their defaults.
func (c Config) settings() string {
	mode := c.TLSMode
	if mode == "" {
		mode = "prefer"
	}
	var b strings.Builder
	for _, s := range []struct{ key, value string }{
		{"host", c.Host},
		{"port", strconv.Itoa(c.Port)},
		{"dbname", c.Database},
		{"user", c.Username},
		{"password", c.Password.Reveal()},
		{"sslmode", mode},
		{"sslrootcert", c.TLSRootFile},
		{"sslcert", c.TLSCertFile},
		{"sslkey", c.TLSKeyFile},
		{"connect_timeout", strconv.Itoa(int(connectTimeout.Seconds()))},
		{"application_name", "palta"},
		{"statement_timeout", strconv.FormatInt(c.StatementTimeout.Milliseconds(), 10)},
	} {
		if s.value != "" {
			b.WriteString(s.key + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s.value) + "' ")
		}
	}
	return b.String()
}
