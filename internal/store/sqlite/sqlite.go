// SPDX-License-Identifier: Apache-2.0

// Package sqlite keeps a store in one SQLite file, which needs no set-up and no other program.
//
// [Open] creates the file (readable by its owner only) if it is not there, brings its schema up to date and returns a
// store. The file is in WAL mode: one connection writes, several read, and neither waits for the other. Each of them waits
// up to five seconds for another program that has the file locked. A commit survives the end of the process at any
// moment; after a power failure the very last commits may be missing, and the file is intact.
//
// Failures have a kind (directory.Unavailable if the disk is full or the file locked) and a text that says what to do.
package sqlite

import (
	"context"
	"database/sql"
	_ "embed" // for the schema
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	// Registers the driver "sqlite".
	_ "modernc.org/sqlite"

	"github.com/palta-gateway/palta/internal/store"
)

// DataSource is the identifier of the data source.
const DataSource = "sqlite"

//go:embed schema.sql
var schema string

const (
	// busyTimeout is how long a statement waits for another program that has the file locked.
	busyTimeout = 5 * time.Second
	// minReaders is the least number of reading connections, so that one slow query does not hold up all others on a small machine.
	minReaders = 4
)

// Config says what to open.
type Config struct {
	// Path of the file. Its directory is created if it is not there.
	Path string
	// MaxPages limits the size of the file in pages of 4096 bytes; 0 means no limit.
	MaxPages int
	// BusyTimeout is how long to wait for other programs; 0 means five seconds.
	BusyTimeout time.Duration
	Options     store.Options
}

// Open returns a store in the file.
func Open(ctx context.Context, cfg Config) (*store.Store, error) {
	if cfg.BusyTimeout == 0 {
		cfg.BusyTimeout = busyTimeout
	}
	if err := registerLower(); err != nil {
		return nil, fmt.Errorf("sqlite: register a function: %w", err)
	}
	if err := createFile(cfg.Path); err != nil {
		return nil, err
	}
	writer, err := openPool(cfg, 1, "_txlock=immediate")
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx, writer, dialect()); err != nil {
		return nil, errors.Join(explain(cfg.Path, err), writer.Close())
	}
	reader, err := openPool(cfg, max(minReaders, runtime.GOMAXPROCS(0)), "_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	return store.New(dialect(), store.Pools{Writer: writer, Reader: reader}, cfg.Options), nil
}

// createFile makes an empty file which only its owner can read; the write-ahead log inherits that. An existing file keeps its mode.
func createFile(path string) error {
	if path == "" {
		return errors.New("sqlite: the path of the database is empty")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("sqlite: create the directory of the database: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("sqlite: open the database: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}

// openPool returns a pool of connections to the file.
func openPool(cfg Config, connections int, extra string) (*sql.DB, error) {
	settings := []string{
		fmt.Sprintf("_pragma=busy_timeout(%d)", cfg.BusyTimeout.Milliseconds()),
		"_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)", "_pragma=foreign_keys(1)", "_pragma=trusted_schema(0)", extra,
	}
	if cfg.MaxPages > 0 {
		settings = append(settings, fmt.Sprintf("_pragma=max_page_count(%d)", cfg.MaxPages))
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	name := "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + strings.Join(settings, "&")
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}
