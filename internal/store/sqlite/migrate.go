// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed migration/*.sql
var migrations embed.FS

// migration is one step of the schema.
type migration struct {
	version int
	name    string
	sql     string
}

// readMigrations returns the steps in order; they are numbered from 1 without a gap.
func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migration/*.sql")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	steps := make([]migration, 0, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		base := strings.TrimSuffix(path.Base(name), ".sql")
		number, _, _ := strings.Cut(base, "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s should have number %d", name, i+1)
		}
		steps = append(steps, migration{version: version, name: base, sql: string(text)})
	}
	return steps, nil
}

// migrate brings the schema up to date, in one transaction.
func migrate(ctx context.Context, db *sql.DB) error {
	steps, err := readMigrations(migrations)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	// After a commit this does nothing.
	defer func() { _ = tx.Rollback() }()
	done, err := schemaVersion(ctx, tx)
	if err != nil {
		return err
	}
	if done > len(steps) {
		return fmt.Errorf("the database was made by a newer version of Palta (its schema is %d, the newest known here is %d); "+
			"start that version, or restore a backup from before the upgrade", done, len(steps))
	}
	for _, step := range steps[done:] {
		if _, err := tx.ExecContext(ctx, step.sql); err != nil {
			return fmt.Errorf("migration %s: %w", step.name, err)
		}
		_, err := tx.ExecContext(ctx, "insert into palta_migration (version, name, applied) values (?, ?, ?)",
			step.version, step.name, time.Now().UnixMilli())
		if err != nil {
			return fmt.Errorf("migration %s: %w", step.name, err)
		}
	}
	return tx.Commit()
}

// schemaVersion returns the number of the latest step that was applied, and refuses the files of other programs.
func schemaVersion(ctx context.Context, tx *sql.Tx) (int, error) {
	var tables, ours int
	err := tx.QueryRowContext(ctx, `select count(*), count(case name when 'palta_migration' then 1 end)
		from sqlite_schema where type = 'table' and name not like 'sqlite%'`).Scan(&tables, &ours)
	if err != nil {
		return 0, err
	}
	if tables > 0 && ours == 0 {
		return 0, errors.New("the database belongs to another program: it has tables, but none of Palta's; name another file")
	}
	if ours == 0 {
		_, err := tx.ExecContext(ctx, `create table palta_migration (
			version integer primary key,
			name    text    not null,
			applied integer not null
		)`)
		return 0, err
	}
	var version int
	err = tx.QueryRowContext(ctx, "select coalesce(max(version), 0) from palta_migration").Scan(&version)
	return version, err
}
