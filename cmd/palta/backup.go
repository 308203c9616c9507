// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/palta-gateway/palta/internal/store/sqlite"
)

// backUp copies the database without opening it as a store, so that it is not brought to the schema of this version.
func backUp(ctx context.Context, p process, in input) error {
	cfg, err := loadSettings(p, in)
	if err != nil {
		return err
	}
	if cfg.Database.Dialect != sqlite.DataSource {
		return withHint(fmt.Errorf("the settings name a database of %s, and this copies the built-in one only", cfg.Database.Dialect),
			"Use the tools of that database, such as pg_dump.")
	}
	from, to := databasePath(in, cfg), in.operands[0]
	if _, err := os.Stat(from); err != nil {
		return withHint(fmt.Errorf("there is no database to back up: %w", err),
			"Say where it is with --data-directory or --database, as for palta serve.")
	}
	if err := sqlite.Backup(ctx, from, to); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return withHint(err, "Name a new file; a backup is never written over another.")
		}
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "The database %s was copied to %s.\n", from, to)
	return err
}
