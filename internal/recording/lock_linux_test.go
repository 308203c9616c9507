// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// locked reports whether somebody has a lock for writing on the file. The question is that
// of a lock of an open file, with which locks of the same process conflict too.
func locked(t *testing.T, f *os.File) bool {
	t.Helper()
	question := unix.Flock_t{Type: unix.F_RDLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &question); err != nil {
		t.Fatal(err)
	}
	return question.Type == unix.F_WRLCK
}

func TestFileIsLockedWhileItIsRecorded(t *testing.T) {
	// Part of: COM-01
	path := filepath.Join(t.TempDir(), "recording")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	r := New(Config{File: file})
	if !locked(t, reader) {
		t.Error("the file is not locked")
	}
	r.Close()
	if locked(t, reader) {
		t.Error("the file is still locked")
	}
}
