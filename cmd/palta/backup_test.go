// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// logsIn reports whether a gateway takes a user with the password "secret".
func logsIn(t *testing.T, s *serving, user string) bool {
	t.Helper()
	status, _ := loginAt(t, s.base, nil, url.Values{"username": {user}, "password": {"secret"}})
	return status == http.StatusOK
}

func TestBackupOfARunningGatewayIsRestored(t *testing.T) {
	data, backup := t.TempDir(), filepath.Join(t.TempDir(), "palta-backup.db")
	create := func(user string) {
		t.Helper()
		if got := palta(t, "secret\n", "user", "create", user, "--data-directory", data); got.code != exitDone {
			t.Fatalf("user create: %s", got.stderr)
		}
	}
	create("before")
	s := startServe(t, "--data-directory", data)
	create("meanwhile")
	if got := palta(t, "", "backup", backup, "--data-directory", data); got.code != exitDone || !strings.Contains(got.stdout, backup) {
		t.Fatalf("backup: code %d, %q, %q", got.code, got.stdout, got.stderr)
	}
	create("after")
	if !logsIn(t, s, "after") {
		t.Error("the gateway does not go on after a backup")
	}
	s.stop()

	// As the manual says it.
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(filepath.Join(data, "palta.db"+suffix)); err != nil {
			t.Fatal(err)
		}
	}
	copied, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "palta.db"), copied, 0o600); err != nil {
		t.Fatal(err)
	}
	s = startServe(t, "--data-directory", data)
	defer s.stop()
	for user, want := range map[string]bool{"before": true, "meanwhile": true, "after": false} {
		if got := logsIn(t, s, user); got != want {
			t.Errorf("after the restore, a login of %s: %v, want %v", user, got, want)
		}
	}
}

func TestBackupThatCannotBeMadeSaysWhatToDo(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	if got := palta(t, "secret\n", "user", "create", "alice", "--data-directory", data); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	taken, home := filepath.Join(dir, "taken"), t.TempDir()
	for path, text := range map[string]string{
		taken: "mine", filepath.Join(home, "palta.properties"): "postgresql-database: desk\npostgresql-username: desk\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"backup", filepath.Join(dir, "new"), "--data-directory", dir}, exitFailed, "--data-directory"},
		{[]string{"backup", taken, "--data-directory", data}, exitFailed, "Name a new file"},
		{[]string{"backup", filepath.Join(dir, "new"), "--guacamole-home", home}, exitFailed, "pg_dump"},
		{[]string{"backup"}, exitUsage, "FILE is missing"},
	} {
		if got := palta(t, "", test.args...); got.code != test.code || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%q: code %d, %q; want %d, %q", test.args, got.code, got.stderr, test.code, test.want)
		}
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "mine" {
		t.Errorf("the file in the way has %q, %v", text, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
