// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/store"
)

// dialect returns what PostgreSQL does in its own way.
func dialect() store.Dialect {
	return store.Dialect{
		Name:   DataSource,
		Schema: schema,
		// Those that statements see without naming a schema.
		Tables: `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
			where c.relkind in ('r', 'p') and pg_table_is_visible(c.oid) and n.nspname not in ('pg_catalog', 'information_schema')`,
		// The number stands for "the schema of Palta" and for nothing else in the database.
		LockSchema:  "select pg_advisory_xact_lock(8071951201)",
		Placeholder: func(n int) string { return "$" + strconv.Itoa(n) },
		InsertID:    func(insert, column string) string { return insert + " returning " + column },
		InsertNew:   store.OnConflict,
		LockRow: func(table, key string) string {
			return "select " + key + " from " + table + " where " + key + " = ? for update"
		},
		Contains:  func(column string) string { return "strpos(" + column + ", ?) > 0" },
		Batch:     5000,
		Translate: translate,
	}
}

// codes are the errors of the server that a caller can act on, by code or class (PostgreSQL manual, appendix A).
var codes = map[string]directory.Error{
	"23505": {Kind: directory.Conflict, Message: "An object with that name already exists."},
	"23":    {Kind: directory.Invalid, Message: "The object refers to one that does not exist, or lacks a value."},
	"22001": {Kind: directory.TooLarge, Message: "A value is longer than the database can store."},
	"22021": {Kind: directory.Invalid, Message: "A text has a character that the database cannot store."},
	"22P02": {Kind: directory.Unsupported, Message: "The database does not know this value; it was made by an older version of Guacamole."},
	"08":    {Kind: directory.Unavailable, Message: "The database does not answer."},
	"25006": {Kind: directory.Unavailable, Message: "The database cannot be written."},
	"28":    {Kind: directory.Unavailable, Message: "The database refuses its user."},
	"3D":    {Kind: directory.Unavailable, Message: "The database is not there."},
	"40":    {Kind: directory.Unavailable, Message: "The change was in the way of another one. Nothing was changed."},
	"42501": {Kind: directory.Unavailable, Message: "The user of the database lacks a right."},
	"53100": {Kind: directory.Unavailable, Message: "The disk of the database is full. Nothing was changed."},
	"53":    {Kind: directory.Unavailable, Message: "The database has no room for more."},
	"57":    {Kind: directory.Unavailable, Message: "The database stopped the statement."},
	"58":    {Kind: directory.Unavailable, Message: "The disk of the database fails."},
}

// translate gives the errors of the driver a kind.
func translate(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		for _, code := range []string{e.Code, e.Code[:min(2, len(e.Code))]} {
			if known, ok := codes[code]; ok {
				known.Err = err
				return &known
			}
		}
		return err
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	if connecting || network || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return &directory.Error{Kind: directory.Unavailable, Message: "The database does not answer.", Err: err}
	}
	return err
}

// explain names the database in an error of opening it and says what to do.
func explain(cfg Config, err error) error {
	where := fmt.Sprintf("postgres: open %s at %s", cfg.Database, net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)))
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return fmt.Errorf("%s: %w", where, err)
	}
	hint := ""
	switch e.Code {
	case "28P01", "28000":
		hint = "; the server refuses the user: check postgresql-username and postgresql-password, and the server's pg_hba.conf"
	case "3D000":
		hint = fmt.Sprintf("; create the database: createdb --owner %q %q", cfg.Username, cfg.Database)
	case "42501":
		hint = fmt.Sprintf("; the user may not make tables: run \"grant create, usage on schema public to %s\" in the database as its owner", cfg.Username)
	}
	return fmt.Errorf("%s: %w%s", where, err, hint)
}
