// SPDX-License-Identifier: Apache-2.0

package store

import (
	"strconv"
	"strings"
	"time"
)

// Dialect is where SQL engines differ: the statements, or parts of them, that no two engines write alike. All fields without a stated default must be set.
// Everything else in a statement is common to SQLite, PostgreSQL, MySQL and SQL Server.
type Dialect struct {
	// Name is the identifier of the data source, such as "sqlite" or "postgresql".
	Name string

	// Schema is the script that makes upstream's tables in an empty database.
	Schema string
	// Tables is a query for the names of the tables in the database.
	Tables string
	// LockSchema is the statement that makes a transaction wait until no other changes the schema; "" where a transaction has the right to write from its start.
	LockSchema string

	// Placeholder returns the n-th parameter, counted from 1; nil means "?".
	Placeholder func(n int) string
	// Reached returns the statement of a recursion; nil means "with recursive".
	Reached func(r Recursion) string
	// First completes an ordered query so that it returns the first n rows; nil means "limit n".
	First func(query string, n int) string
	// InsertID changes "insert into t (…) values (…)" so that it returns the key in that column, as in "… returning id".
	// Nil means that the driver's LastInsertId tells.
	InsertID func(insert, column string) string
	// InsertNew returns the insert of a row, one parameter a column, which does nothing if it is there. The columns are those of the key, and there are no others.
	InsertNew func(table string, columns ...string) string
	// LockRow returns a query for the row of a table with that key, which then is the transaction's own until its end; nil where a transaction has the
	// right to write from its start.
	LockRow func(table, key string) string
	// Lower returns the column with its case folded, as strings.ToLower folds it; nil means "lower(…)".
	Lower func(column string) string
	// Contains returns a condition: the column contains the next parameter.
	Contains func(column string) string

	// Savepoint, Release and Rollback are the statements for a nested transaction; "" means those of the SQL standard.
	Savepoint, Release, Rollback string
	// Moment converts a time to what a column of moments takes; nil passes it on. Reading understands times and milliseconds.
	Moment func(t time.Time) any
	// Batch is the most rows or parameters of one list in a statement; 0 means 500.
	Batch int
	// Translate sorts an error of the driver into a [*directory.Error], or returns it as it is; nil never translates.
	Translate func(err error) error
}

// Recursion is a query over all that can be reached, in any number of steps. What is reached may go in circles. Parameters are those of Seed, Step and
// Query in this order.
type Recursion struct {
	// Column is the name of the only column of the set.
	Column string
	// Seed is the query for what the set begins with.
	Seed string
	// Step returns the query for what is one step away from a set of that name; it names the set once.
	Step func(set string) string
	// Query returns the query over the whole set.
	Query func(set string) string
}

// withDefaults returns the dialect with nothing left to decide.
func (d Dialect) withDefaults() Dialect {
	if d.Reached == nil {
		d.Reached = withRecursive
	}
	if d.Lower == nil {
		d.Lower = func(column string) string { return "lower(" + column + ")" }
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

// withRecursive is the recursion of the SQL standard, whose union ends circles.
func withRecursive(r Recursion) string {
	const set = "reached"
	return "with recursive " + set + " (" + r.Column + ") as (" + r.Seed + " union " + r.Step(set) + ") " + r.Query(set)
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

// OnConflict returns an insert which does nothing if the row is there, in the words that SQLite and PostgreSQL share.
func OnConflict(table string, columns ...string) string {
	return "insert into " + table + " (" + strings.Join(columns, ", ") + ") values (?" + strings.Repeat(", ?", len(columns)-1) + ") on conflict do nothing"
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
