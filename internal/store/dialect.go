// SPDX-License-Identifier: Apache-2.0

package store

import (
	"strconv"
	"strings"
	"time"
)

// Dialect is where SQL engines differ. All fields without a stated default must be set.
type Dialect struct {
	// Name is the identifier of the data source, such as "sqlite" or "postgresql".
	Name string
	// Placeholder returns the n-th parameter, counted from 1; nil means "?".
	Placeholder func(n int) string
	// InsertID completes an insert statement so that it returns the key in that column, as in "… returning id".
	// Nil means that the driver's LastInsertId tells.
	InsertID func(insert, column string) string
	// InsertNew turns "insert into t (…) values (…)" into a statement that does nothing if the row is there.
	InsertNew func(insert string) string
	// Recursive begins a recursive common table expression; "" means "with recursive".
	Recursive string
	// Lower is the function that folds case for comparisons; "" means "lower". It must fold as strings.ToLower does.
	Lower string
	// Contains returns a condition that is true if the column contains the next parameter.
	Contains func(column string) string
	// First completes an ordered query so that it returns the first n rows; nil means "limit n".
	First func(query string, n int) string
	// ForUpdate is appended to a select that precedes an update in the same transaction; "" where a transaction has the right to write from its start.
	ForUpdate string
	// Savepoint, Release and Rollback are the statements for a nested transaction; "" means those of the SQL standard.
	Savepoint, Release, Rollback string
	// Moment converts a time to what a column of moments takes; nil passes it on. Reading understands times and milliseconds.
	Moment func(t time.Time) any
	// Batch is the most rows or parameters of one statement; 0 means 500.
	Batch int
	// Translate sorts an error of the driver into a [*directory.Error], or returns it as it is; nil never translates.
	Translate func(err error) error
}

// withDefaults returns the dialect with nothing left to decide.
func (d Dialect) withDefaults() Dialect {
	if d.Recursive == "" {
		d.Recursive = "with recursive"
	}
	if d.Lower == "" {
		d.Lower = "lower"
	}
	if d.First == nil {
		d.First = func(query string, n int) string { return query + " limit " + strconv.Itoa(n) }
	}
	if d.Savepoint == "" {
		d.Savepoint, d.Release, d.Rollback = "savepoint step", "release savepoint step", "rollback to savepoint step"
	}
	if d.Moment == nil {
		d.Moment = func(t time.Time) any { return t }
	}
	if d.Batch == 0 {
		d.Batch = 500
	}
	if d.Translate == nil {
		d.Translate = func(err error) error { return err }
	}
	return d
}

// bind replaces each "?" of a statement by the dialect's placeholder. Statements here have no "?" in literals.
func (d *Dialect) bind(statement string) string {
	if d.Placeholder == nil {
		return statement
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(statement, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(d.Placeholder(n))
		statement = after
	}
}

// named returns a condition that compares the name of the entity e with the next n parameters, with or without case.
func (d *Dialect) named(caseSensitive bool, n int) string {
	column := "e.name"
	if !caseSensitive {
		column = d.Lower + "(e.name)"
	}
	if n == 0 {
		return "1 = 0"
	}
	return column + " in (?" + strings.Repeat(", ?", n-1) + ")"
}

// moment returns the parameter for a time; the zero time is null.
func (d *Dialect) moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return d.Moment(t)
}

// intList returns "(1, 2, 3)", and a list that contains nothing for no numbers. Numbers are safe to write out, and so have no limit as parameters have.
func intList(ids []int64) string {
	if len(ids) == 0 {
		return "(null)"
	}
	b := []byte{'('}
	for i, id := range ids {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(append(b, ')'))
}
