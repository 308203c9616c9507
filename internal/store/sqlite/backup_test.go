// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store/sqlite"
)

func TestBackupAmidWritesIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "palta.db")
	s := open(t, sqlite.Config{Path: path})
	ctx := t.Context()
	if err := s.CreateFirstAdministrator(ctx, "root", secret.New("pw")); err != nil {
		t.Fatal(err)
	}
	connections := s.UserContext("root", directory.ContextOptions{}).Connections()
	stop, written := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				written <- nil
				return
			default:
			}
			c := &directory.Connection{Name: fmt.Sprint(i), Protocol: "ssh", Parameters: map[string]string{"hostname": "h", "port": "22"}}
			if err := connections.Create(ctx, c); err != nil {
				written <- err
				return
			}
		}
	}()
	last := 0
	for i := range 5 {
		to := filepath.Join(t.TempDir(), "copy ? #.db")
		if err := sqlite.Backup(ctx, path, to); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode of the copy %v, error %v; want 600", info.Mode(), err)
		}
		var verdict string
		if err := raw(t, to).QueryRowContext(ctx, "pragma integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
			t.Errorf("copy %d: integrity check says %q, %v", i, verdict, err)
		}
		copied := open(t, sqlite.Config{Path: to}).UserContext("root", directory.ContextOptions{})
		list, err := copied.Connections().List(ctx, 0)
		if err != nil || len(list) < last {
			t.Fatalf("copy %d has %d connections, error %v; the one before had %d", i, len(list), err, last)
		}
		last = len(list)
		for _, c := range list {
			if opened, err := copied.OpenConnection(ctx, c.Identifier); err != nil || len(opened.Parameters) != 2 {
				t.Fatalf("copy %d has half a connection: %+v, %v", i, opened, err)
			}
		}
	}
	close(stop)
	if err := <-written; err != nil {
		t.Errorf("writing was disturbed: %v", err)
	}
}

func TestBackupThatCannotBeMadeLeavesNothing(t *testing.T) {
	good := filepath.Join(t.TempDir(), "palta.db")
	closeStore(t, good)
	for name, test := range map[string]struct {
		prepare func(t *testing.T, dir string) (from, to string)
		want    string
		left    []string
	}{
		"no database": {func(_ *testing.T, dir string) (string, string) {
			return filepath.Join(dir, "missing.db"), filepath.Join(dir, "copy.db")
		}, "missing.db", nil},
		"not a database": {func(t *testing.T, dir string) (string, string) {
			from := filepath.Join(dir, "text")
			if err := os.WriteFile(from, []byte(strings.Repeat("text ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
			return from, filepath.Join(dir, "copy.db")
		}, "not an SQLite database", []string{"text"}},
		"no directory": {func(_ *testing.T, dir string) (string, string) {
			return good, filepath.Join(dir, "missing", "copy.db")
		}, "copy.db: open", nil},
		"taken": {func(t *testing.T, dir string) (string, string) {
			closeStore(t, filepath.Join(dir, "copy.db"))
			return good, filepath.Join(dir, "copy.db")
		}, fs.ErrExist.Error(), []string{"copy.db"}},
	} {
		dir := t.TempDir()
		from, to := test.prepare(t, dir)
		err := sqlite.Backup(t.Context(), from, to)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
		entries, readErr := os.ReadDir(dir)
		var left []string
		for _, entry := range entries {
			left = append(left, entry.Name())
		}
		if readErr != nil || fmt.Sprint(left) != fmt.Sprint(test.left) {
			t.Errorf("%s: left %q, want %q", name, left, test.left)
		}
	}
	if err := sqlite.Backup(t.Context(), good, good); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a database is backed up to itself: %v", err)
	}
}
