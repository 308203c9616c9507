// SPDX-License-Identifier: Apache-2.0

// Package jar makes archives of extensions for tests, at run time, from the files that they have.
package jar

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Of returns an archive with these contents by path.
func Of(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		Add(t, w, name, files[name])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Add adds a file to an archive, under whatever name.
func Add(t testing.TB, w *zip.Writer, name, content string) {
	t.Helper()
	file, err := w.Create(name)
	if err == nil {
		_, err = file.Write([]byte(content))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// OfFolder returns an archive of the files below a folder.
func OfFolder(t testing.TB, folder string) []byte {
	t.Helper()
	files := make(map[string]string)
	tree := os.DirFS(folder)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(tree, name)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return Of(t, files)
}

// Install writes an archive into the extensions of a GUACAMOLE_HOME.
func Install(t testing.TB, home, name string, archive []byte) {
	t.Helper()
	folder := filepath.Join(home, "extensions")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), archive, 0o600); err != nil {
		t.Fatal(err)
	}
}
