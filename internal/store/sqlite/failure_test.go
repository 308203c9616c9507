// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store/sqlite"
)

// raw opens the file as another program would.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestFileIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "palta.db")
	s := open(t, sqlite.Config{Path: path})
	if err := s.CreateFirstAdministrator(t.Context(), "root", secret.New("pw")); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != fs.FileMode(0o600) {
			t.Errorf("mode of %q is %o, want 600", suffix, got)
		}
	}
}

func TestDataOutlivesTheStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd ? name #%20.db")
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateFirstAdministrator(t.Context(), "root", secret.New("pw")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	has, err := open(t, sqlite.Config{Path: path}).HasUsers(t.Context())
	if err != nil || !has {
		t.Errorf("HasUsers() = %v, %v after opening again, want true", has, err)
	}
}

func TestUnusableFilesAreRefusedWithAHint(t *testing.T) {
	tests := map[string]struct {
		prepare func(t *testing.T, path string)
		want    string
	}{
		"not a database": {func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("user-mapping ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "not an SQLite database"},
		"database of another program": {func(t *testing.T, path string) {
			execute(t, raw(t, path), "create table bookmarks (url text)")
		}, "belongs to another program"},
		"newer schema": {func(t *testing.T, path string) {
			closeStore(t, path)
			execute(t, raw(t, path), "insert into palta_migration values (999, '0999_future', 0)")
		}, "newer version of Palta (its schema is 999"},
		"damaged": {func(t *testing.T, path string) {
			closeStore(t, path)
			damage(t, path)
		}, "restore a backup"},
		"locked": {func(t *testing.T, path string) {
			db := raw(t, path)
			execute(t, db, "begin exclusive")
		}, "another program has the file locked"},
		"directory": {func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is a directory"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "palta.db")
			test.prepare(t, path)
			s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, BusyTimeout: 20 * time.Millisecond})
			if err == nil {
				_ = s.Close()
				t.Fatal("Open succeeded")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got error %q, want one with %q and the path", err, test.want)
			}
		})
	}
}

// closeStore makes a store and closes it.
func closeStore(t *testing.T, path string) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// damage overwrites the list of tables, of which the first page keeps its header.
func damage(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[100:4096], bytes.Repeat([]byte{0xa5}, 3996))
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFullDiskChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "palta.db")
	s := open(t, sqlite.Config{Path: path, MaxPages: 100})
	ctx := t.Context()
	if err := s.CreateFirstAdministrator(ctx, "root", secret.New("pw")); err != nil {
		t.Fatal(err)
	}
	admin := s.UserContext("root", directory.ContextOptions{})
	parameters := map[string]string{}
	for i := range 4 {
		parameters[fmt.Sprint(i)] = strings.Repeat("x", directory.MaxParameterValueLength)
	}
	stored := 0
	var err error
	for ; err == nil && stored < 1000; stored++ {
		err = admin.Connections().Create(ctx, &directory.Connection{
			Name: fmt.Sprint(stored), Protocol: "ssh", Parameters: parameters,
		})
	}
	stored-- // the last one failed
	if !errors.Is(err, directory.Unavailable) || !strings.Contains(err.Error(), "full") {
		t.Fatalf("got error %v after %d connections, want one that says the disk is full", err, stored)
	}

	connections, err := admin.Connections().List(ctx, 0)
	if err != nil || len(connections) != stored {
		t.Fatalf("%d connections and error %v, want the %d that were stored", len(connections), err, stored)
	}
	for _, c := range connections {
		opened, err := admin.OpenConnection(ctx, c.Identifier)
		if err != nil || len(opened.Parameters) != len(parameters) {
			t.Fatalf("connection %s has %d parameters and error %v, want %d", c.Name, len(opened.Parameters), err, len(parameters))
		}
	}
	var verdict string
	if err := raw(t, path).QueryRowContext(ctx, "pragma integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity check says %q, %v", verdict, err)
	}

	// Room made by deleting is used again, without a restart.
	if err := admin.Connections().Delete(ctx, connections[0].Identifier); err != nil {
		t.Fatal(err)
	}
	err = admin.Connections().Create(ctx, &directory.Connection{Name: "again", Protocol: "ssh", Parameters: parameters})
	if err != nil {
		t.Errorf("after making room: %v", err)
	}
}

func TestLockedFileIsUnavailableForWritingOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "palta.db")
	s := open(t, sqlite.Config{Path: path, BusyTimeout: 20 * time.Millisecond})
	ctx := t.Context()
	if err := s.CreateFirstAdministrator(ctx, "root", secret.New("pw")); err != nil {
		t.Fatal(err)
	}
	other := raw(t, path)
	execute(t, other, "begin immediate")
	admin := s.UserContext("root", directory.ContextOptions{})
	err := admin.UserGroups().Create(ctx, &directory.UserGroup{Name: "staff"})
	if !errors.Is(err, directory.Unavailable) {
		t.Errorf("writing: got error %v, want one of the kind %q", err, directory.Unavailable)
	}
	if _, err := admin.Users().List(ctx, 0); err != nil {
		t.Errorf("reading: %v", err)
	}
	execute(t, other, "rollback")
	if err := admin.UserGroups().Create(ctx, &directory.UserGroup{Name: "staff"}); err != nil {
		t.Errorf("writing after the lock is gone: %v", err)
	}
}

func TestForeignKeysAreOnInEveryConnection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "palta.db")
	s := open(t, sqlite.Config{Path: path})
	ctx := t.Context()
	if err := s.CreateFirstAdministrator(ctx, "root", secret.New("pw")); err != nil {
		t.Fatal(err)
	}
	var broken int
	if err := raw(t, path).QueryRowContext(ctx, "select count(*) from pragma_foreign_key_check").Scan(&broken); err != nil || broken != 0 {
		t.Errorf("%d broken references, %v", broken, err)
	}
	if err := s.Ping(ctx); err != nil {
		t.Error(err)
	}
}
