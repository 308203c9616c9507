// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// Backup copies the database in a file to a new one, which only its owner can read. Programs may go on using the database: the copy
// has what was committed when it began. It appears under its name when it is whole.
func Backup(ctx context.Context, from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("sqlite: back up to %s: %w", to, fs.ErrExist)
	}
	db, err := openPool(Config{Path: from, BusyTimeout: busyTimeout}, 1, "mode=rw") // rw does not create the file
	if err != nil {
		return err
	}
	partial, err := copyInto(ctx, db, filepath.Dir(to), filepath.Base(to))
	if err == nil {
		err = os.Rename(partial, to)
	}
	if _, ok := errors.AsType[*sqlite.Error](err); ok {
		err = explain(from, err)
	} else if err != nil {
		err = fmt.Errorf("sqlite: back up to %s: %w", to, err)
	}
	return errors.Join(err, db.Close())
}

// copyInto writes the copy, makes sure that it is on the disk and returns its path. It leaves nothing behind if it fails.
func copyInto(ctx context.Context, db *sql.DB, directory, name string) (path string, err error) {
	file, err := os.CreateTemp(directory, "."+name+".*")
	if err != nil {
		return "", err
	}
	path = file.Name()
	// SQLite writes to an existing file if it is empty, and the file keeps its mode.
	_, err = db.ExecContext(ctx, "vacuum into ?", path)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	return path, nil
}
