// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// querier is a pool or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// conn runs statements of one dialect and translates errors.
type conn struct {
	q     querier
	d     *Dialect
	trace func(statement string)
}

// statement returns the text that goes to the driver.
func (c conn) statement(text string) string {
	if c.trace != nil {
		c.trace(text)
	}
	return c.d.bind(text)
}

// scanner is a row of a result.
type scanner interface {
	Scan(dest ...any) error
}

// each runs a query and calls scan for every row.
func (c conn) each(ctx context.Context, query string, args []any, scan func(row scanner) error) error {
	rows, err := c.q.QueryContext(ctx, c.statement(query), args...)
	if err != nil {
		return c.failed(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return c.failed(err)
		}
	}
	return c.failed(rows.Err())
}

// one runs a query for at most one row and reports whether there was one.
func (c conn) one(ctx context.Context, query string, args []any, dest ...any) (found bool, err error) {
	err = c.each(ctx, query, args, func(row scanner) error {
		if found {
			return errors.New("more than one row")
		}
		found = true
		return row.Scan(dest...)
	})
	return found, err
}

// exec runs a statement.
func (c conn) exec(ctx context.Context, statement string, args ...any) error {
	_, err := c.q.ExecContext(ctx, c.statement(statement), args...)
	return c.failed(err)
}

// insert runs an insert statement and returns the key that the database chose for that column.
func (c conn) insert(ctx context.Context, column, statement string, args ...any) (id int64, err error) {
	if c.d.InsertID != nil {
		_, err = c.one(ctx, c.d.InsertID(statement, column), args, &id)
		return id, err
	}
	result, err := c.q.ExecContext(ctx, c.statement(statement), args...)
	if err != nil {
		return 0, c.failed(err)
	}
	id, err = result.LastInsertId()
	return id, c.failed(err)
}

// failed gives an error of the driver its kind.
func (c conn) failed(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*directory.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if translated := c.d.Translate(err); translated != nil && !errors.Is(err, translated) {
		return translated
	}
	return fmt.Errorf("store: %w", err)
}

// moment reads a column of moments, null included.
type moment struct{ time.Time }

// Scan understands times and milliseconds since 1970.
func (m *moment) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		m.Time = time.Time{}
	case time.Time:
		m.Time = v
	case int64:
		m.Time = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a moment has the type %T", value)
	}
	return nil
}

// nullable reads a column whose type T has a null.
type nullable[T any] = sql.Null[T]

// nullText returns the parameter for a text of which the empty one is null.
func nullText(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// nullID returns the parameter for a key of which zero is null.
func nullID(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}
