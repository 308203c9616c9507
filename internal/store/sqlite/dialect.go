// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/store"
)

// lowerFunction folds the case of all letters; SQLite's own lower knows ASCII only.
const lowerFunction = "palta_lower"

// registerLower gives the driver that function. The driver keeps functions for the whole process and refuses a second registration.
var registerLower = sync.OnceValue(func() error {
	return sqlite.RegisterDeterministicScalarFunction(lowerFunction, 1,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			if text, ok := args[0].(string); ok {
				return strings.ToLower(text), nil
			}
			return args[0], nil
		})
})

// dialect returns what SQLite does in its own way.
func dialect() store.Dialect {
	return store.Dialect{
		Name:      DataSource,
		Schema:    schema,
		Tables:    "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'",
		InsertNew: store.OnConflict,
		Lower:     func(column string) string { return lowerFunction + "(" + column + ")" },
		Contains:  func(column string) string { return "instr(" + column + ", ?) > 0" },
		Moment:    func(t time.Time) any { return t.UnixMilli() },
		Batch:     5000,
		Translate: translate,
	}
}

// translate gives the errors of the driver a kind.
func translate(err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	failure := func(kind directory.Kind, message string) error {
		return &directory.Error{Kind: kind, Message: message, Err: err}
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return failure(directory.Conflict, "An object with that name already exists.")
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_NOTNULL:
		return failure(directory.Invalid, "The object refers to one that does not exist, or lacks a value.")
	}
	// The low byte is the primary code.
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return failure(directory.Unavailable, "The disk of the database is full. Nothing was changed.")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return failure(directory.Unavailable, "The database is locked by another program.")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return failure(directory.Unavailable, "The database cannot be written.")
	case sqlite3.SQLITE_IOERR:
		return failure(directory.Unavailable, "The disk of the database fails.")
	case sqlite3.SQLITE_CORRUPT:
		return failure(directory.Internal, "The database is damaged.")
	case sqlite3.SQLITE_NOTADB:
		return failure(directory.Internal, "The file is no database.")
	case sqlite3.SQLITE_INTERRUPT:
		return fmt.Errorf("sqlite: %w (%w)", context.Canceled, err)
	}
	return err
}

// explain names the file in an error of opening it and says what to do.
func explain(path string, err error) error {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	hint := ""
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		hint = "; the file is not an SQLite database: name another file, or move this one away"
	case sqlite3.SQLITE_CORRUPT:
		hint = "; the file is damaged: restore a backup, or salvage it with \"sqlite3 FILE .recover\""
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		hint = "; another program has the file locked: end it and start again"
	case sqlite3.SQLITE_FULL:
		hint = "; the disk is full: make room and start again"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		hint = "; the file, or the directory it is in, cannot be written by this user"
	}
	return fmt.Errorf("sqlite: open %s: %w%s", path, translate(err), hint)
}
