// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// Pools are the connections to the database. For most engines both are the same pool.
type Pools struct {
	// Writer runs transactions that change data. Transactions begun on it must have the right to write from their start, or the dialect must lock rows.
	Writer *sql.DB
	// Reader runs everything else; nil means Writer.
	Reader *sql.DB
}

// Options are the settings of a store. The zero value is upstream's default.
type Options struct {
	// FoldUsernames and FoldGroupNames compare names without case, and show and store them in lower case.
	FoldUsernames, FoldGroupNames bool
	// PasswordPolicy binds new passwords.
	PasswordPolicy directory.PasswordPolicy
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// Trace is told of every statement before it runs, without its values; nil tells nobody. It must be safe for concurrent use.
	Trace func(statement string)
}

// Store is a directory in a database. It is safe for concurrent use.
type Store struct {
	writer, reader *sql.DB
	dialect        Dialect
	options        Options
	gateway        string // see Own
}

// New returns a store on databases that are open and have the schema. Closing the store closes them.
func New(dialect Dialect, pools Pools, options Options) *Store {
	s := &Store{writer: pools.Writer, reader: pools.Reader, dialect: dialect.withDefaults(), options: options}
	if s.reader == nil {
		s.reader = s.writer
	}
	if s.options.Clock == nil {
		s.options.Clock = time.Now
	}
	return s
}

// Name returns the identifier of the data source.
func (s *Store) Name() string { return s.dialect.Name }

// Close closes the database.
func (s *Store) Close() error {
	err := s.writer.Close()
	if s.reader != s.writer {
		err = errors.Join(s.reader.Close(), err)
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	c := s.read()
	_, err := c.one(ctx, "select 1", nil, new(int))
	return err
}

// read returns what runs queries outside of transactions.
func (s *Store) read() conn { return s.conn(s.reader) }

func (s *Store) conn(q querier) conn {
	return conn{q: q, d: &s.dialect, trace: s.options.Trace}
}

// write runs a transaction that may change data. It is rolled back if apply returns an error or panics.
func (s *Store) write(ctx context.Context, apply func(tx conn) error) error {
	outer := s.conn(nil)
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return outer.failed(err)
	}
	// After a commit this does nothing.
	defer func() { _ = tx.Rollback() }()
	err = apply(s.conn(tx))
	if err == nil {
		err = outer.failed(tx.Commit())
	}
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		// The context has ended and rolled it back before the statement could see that.
		return ctx.Err()
	}
	return err
}

// edit is write for changes of the directory. They come one after the other, because names are looked up before they are taken, and objects read before they
// are changed. Records of the history do not wait for them.
func (s *Store) edit(ctx context.Context, apply func(tx conn) error) error {
	return s.write(ctx, func(c conn) error {
		if c.d.LockRow != nil {
			// The row of the first migration is there in every database, and nothing else changes it.
			if _, err := c.one(ctx, c.d.LockRow("palta_migration", "version"), []any{1}, new(int)); err != nil {
				return err
			}
		}
		return apply(c)
	})
}

// nested runs a part of a transaction which leaves no trace if it fails.
func (c conn) nested(ctx context.Context, apply func(tx conn) error) error {
	if err := c.exec(ctx, c.d.Savepoint); err != nil {
		return err
	}
	if err := apply(c); err != nil {
		if rollbackErr := c.exec(ctx, c.d.Rollback); rollbackErr != nil {
			return errors.Join(err, rollbackErr)
		}
		return err
	}
	if c.d.Release == "" {
		return nil
	}
	err := c.exec(ctx, c.d.Release)
	return err
}

// now returns the time in whole milliseconds, which all databases keep.
func (s *Store) now() time.Time { return s.options.Clock().Truncate(time.Millisecond) }

// username and groupName return a name as it is stored and compared.
func (s *Store) username(name string) string { return fold(name, s.options.FoldUsernames) }

func (s *Store) groupName(name string) string { return fold(name, s.options.FoldGroupNames) }

func fold(name string, folded bool) string {
	if folded {
		return strings.ToLower(name)
	}
	return name
}

// entityName returns the name of a subject as it is stored and compared.
func (s *Store) entityName(subject directory.Subject) string {
	if subject.Kind == directory.UserGroupEntity {
		return s.groupName(subject.Name)
	}
	return s.username(subject.Name)
}

// named returns a condition: the entity e is of that kind and has one of the next n names, which are as entityName returns them.
func (s *Store) named(kind directory.EntityKind, n int) string {
	if n == 0 {
		return "1 = 0"
	}
	column := "e.name"
	if kind == directory.UserEntity && s.options.FoldUsernames || kind == directory.UserGroupEntity && s.options.FoldGroupNames {
		column = s.dialect.Lower(column)
	}
	return "e.type = '" + string(kind) + "' and " + column + " in (?" + strings.Repeat(", ?", n-1) + ")"
}
