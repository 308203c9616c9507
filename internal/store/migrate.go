// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// step is one step of the schema. Steps are numbered from 1 without a gap.
type step struct {
	name   string
	script string
}

//go:embed migration/*.sql
var ownMigrations embed.FS

// steps returns all steps in order: upstream's tables as the dialect writes them, then Palta's own, which are the same for all.
func steps(d *Dialect) ([]step, error) {
	all := []step{{"0001_guacamole", d.Schema}}
	files, err := ownMigrations.ReadDir("migration")
	if err != nil {
		return nil, err
	}
	for i, file := range files {
		script, err := ownMigrations.ReadFile("migration/" + file.Name())
		if err != nil {
			return nil, err
		}
		if number := fmt.Sprintf("%04d_", i+2); !strings.HasPrefix(file.Name(), number) {
			return nil, fmt.Errorf("the name of migration %s should begin with %s", file.Name(), number)
		}
		all = append(all, step{strings.TrimSuffix(file.Name(), ".sql"), string(script)})
	}
	return all, nil
}

// Migrate brings the schema of a database up to date, in one transaction where the engine has that for changes of the schema. Of several calls at once, in
// other processes too, each waits for the one before. An empty database gets upstream's tables. Those that upstream made are used as they are. The
// table palta_migration keeps which steps were applied.
func Migrate(ctx context.Context, db *sql.DB, dialect Dialect) error {
	d := dialect.withDefaults()
	c := conn{d: &d}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return c.failed(err)
	}
	// After a commit this does nothing.
	defer func() { _ = tx.Rollback() }()
	c.q = tx
	if d.LockSchema != "" {
		if err := c.exec(ctx, d.LockSchema); err != nil {
			return err
		}
	}
	all, err := steps(&d)
	if err != nil {
		return err
	}
	done, err := c.schemaVersion(ctx, all[0])
	if err != nil {
		return err
	}
	if done > len(all) {
		return fmt.Errorf("the database was made by a newer version of Palta (its schema is %d, the newest known here is %d); "+
			"start that version, or restore a backup from before the upgrade", done, len(all))
	}
	for i, s := range all[done:] {
		if err := c.exec(ctx, s.script); err != nil {
			return fmt.Errorf("migration %s: %w", s.name, err)
		}
		if err := c.applied(ctx, done+i+1, s.name); err != nil {
			return err
		}
	}
	return c.failed(tx.Commit())
}

// schemaVersion returns the number of the latest step that was applied, and refuses the databases of other programs.
func (c conn) schemaVersion(ctx context.Context, upstreams step) (version int, err error) {
	tables, err := c.names(ctx, c.d.Tables, nil, strings.ToLower)
	if err != nil {
		return 0, err
	}
	if slices.Contains(tables, "palta_migration") {
		_, err = c.one(ctx, "select coalesce(max(version), 0) from palta_migration", nil, &version)
		return version, err
	}
	upstream := slices.Contains(tables, "guacamole_entity")
	switch {
	case upstream || len(tables) == 0:
	case slices.ContainsFunc(tables, func(name string) bool { return strings.HasPrefix(name, "guacamole_") }):
		return 0, errors.New("the database was made by a version of Guacamole before 1.0.0; run Guacamole's upgrade scripts on it first")
	default:
		return 0, errors.New("the database belongs to another program: it has tables, but none of Palta's; name another one")
	}
	// Moments in Palta's own tables are milliseconds since 1970, which all engines have a type for.
	err = c.exec(ctx, "create table palta_migration (version integer primary key, name varchar(128) not null, applied bigint not null)")
	if err != nil || !upstream {
		return 0, err
	}
	return 1, c.applied(ctx, 1, upstreams.name)
}

// applied notes that a step was applied.
func (c conn) applied(ctx context.Context, version int, name string) error {
	return c.exec(ctx, "insert into palta_migration (version, name, applied) values (?, ?, ?)", version, name, time.Now().UnixMilli())
}
