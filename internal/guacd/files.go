// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

const (
	// directoryMode and fileMode are upstream's: the group may read, so that a gateway of
	// another user can show recordings.
	directoryMode = 0o750
	fileMode      = 0o640
	// maxNames is how many names are tried, the last with the suffix .255, as upstream does.
	maxNames = 256
)

// create opens a file for writing. Its name cannot lead out of its directory, not by way of
// a link either, and nothing but a regular file is written to.
func create(f engine.File) (*os.File, error) {
	file, err := openNew(f)
	if err != nil {
		return nil, &guac.Error{Status: guac.ServerError, Message: "file cannot be created", Err: err}
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("guacd: %s is not a regular file", file.Name())
	}
	if err != nil {
		_ = file.Close()
		return nil, &guac.Error{Status: guac.ServerError, Message: "file cannot be written", Err: err}
	}
	return file, nil
}

// openNew opens the first of the names that may be written.
func openNew(f engine.File) (*os.File, error) {
	if base := filepath.Base(f.Name); base == "." || base == ".." {
		return nil, fmt.Errorf("guacd: %q is not the name of a file", f.Name)
	}
	if f.CreatePath {
		if err := os.Mkdir(f.Path, directoryMode); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	directory, err := os.OpenRoot(f.Path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = directory.Close() }()
	// A pipe that somebody has put there must not hold the supervisor up.
	flags := os.O_WRONLY | os.O_CREATE | syscall.O_NONBLOCK
	if f.WriteExisting {
		return directory.OpenFile(f.Name, flags|os.O_APPEND, fileMode)
	}
	name := f.Name
	for n := 1; ; n++ {
		file, err := directory.OpenFile(name, flags|os.O_EXCL, fileMode)
		if !errors.Is(err, fs.ErrExist) || n == maxNames {
			return file, err
		}
		name = fmt.Sprintf("%s.%d", f.Name, n)
	}
}
