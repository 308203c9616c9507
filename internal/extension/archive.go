// SPDX-License-Identifier: Apache-2.0

package extension

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Bounds of an archive. The largest of upstream's own extensions, with all their libraries, stay far below them.
const (
	maxArchive   = 128 << 20 // bytes of the archive itself
	maxDirectory = 16 << 20  // bytes of its list of entries
	maxFile      = 16 << 20  // bytes of one file, unpacked
	maxFiles     = 64 << 20  // bytes of all files that are used, unpacked
	maxDepth     = 32        // folders above a file
	maxPath      = 1024      // bytes of a path
)

// archive gives the files of a zip archive.
type archive struct {
	entries map[string][]*zip.File
	left    int64 // bytes that may still be unpacked
}

func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	if size > maxArchive {
		return nil, fmt.Errorf("it has %d bytes, more than the %d that an archive may have", size, maxArchive)
	}
	bounded := &boundedReader{source: r, left: maxDirectory}
	list, err := zip.NewReader(bounded, size)
	if err != nil {
		return nil, fmt.Errorf("it is no zip archive that can be read: %w", err)
	}
	bounded.opened = true
	a := &archive{entries: make(map[string][]*zip.File, len(list.File)), left: maxFiles}
	for _, entry := range list.File {
		if err := checkPath(entry.Name); err != nil {
			return nil, err
		}
		a.entries[entry.Name] = append(a.entries[entry.Name], entry)
	}
	return a, nil
}

// checkPath refuses what leads out of the archive.
func checkPath(name string) error {
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '\\' })
	switch {
	case slices.Contains(parts, ".."):
		return fmt.Errorf("the path %q leads out of the archive", name)
	case len(name) > maxPath || len(parts) > maxDepth:
		return fmt.Errorf("a path of %d bytes in %d folders is too long", len(name), len(parts))
	}
	return nil
}

// read returns a file's content. The error is fs.ErrNotExist if the archive has no such file.
func (a *archive) read(name string) ([]byte, error) {
	if err := checkPath(name); err != nil {
		return nil, err
	}
	found := a.entries[name]
	if len(found) == 0 || !fs.ValidPath(name) || found[0].Mode().IsDir() {
		return nil, fs.ErrNotExist
	}
	if len(found) > 1 {
		return nil, fmt.Errorf("the archive has it %d times", len(found))
	}
	limit := min(maxFile, a.left)
	r, err := found[0].Open()
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("it unpacks to more than the %d bytes that are left for it", limit)
	}
	a.left -= int64(len(content))
	return content, nil
}

// boundedReader bounds what is read before the archive is open: the list of entries, whose length the archive says itself.
type boundedReader struct {
	source io.ReaderAt
	left   int64
	opened bool
}

// ReadAt implements io.ReaderAt.
func (b *boundedReader) ReadAt(p []byte, off int64) (int, error) {
	if !b.opened {
		if b.left -= int64(len(p)); b.left < 0 {
			return 0, fmt.Errorf("its list of entries has more than %d bytes", maxDirectory)
		}
	}
	return b.source.ReadAt(p, off)
}
