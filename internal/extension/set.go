// SPDX-License-Identifier: Apache-2.0

package extension

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// suffix is that of archives in the directory of extensions.
const suffix = ".jar"

// maxArchives bounds how many archives are read.
const maxArchives = 256

// Set is the extensions of a gateway, in the order in which they have their effect: a later one's styles and texts win, its patches see
// what earlier ones made. The empty set is that of a gateway without extensions.
type Set []*Extension

// Load reads the archives of a directory, which need not exist. An archive that cannot be used is left out, and told of in failures.
//
// Extensions are in the order of their files' names. Those whose namespaces are in priority come first, in its order; "*" in it stands
// for all others.
func Load(directory string, priority []string) (set Set, failures []error) {
	names, err := archives(directory)
	if err != nil {
		return nil, []error{err}
	}
	if len(names) > maxArchives {
		failures = append(failures, fmt.Errorf("extension: %s has %d archives; those after %s are left out", directory, len(names), names[maxArchives-1]))
		names = names[:maxArchives]
	}
	owner := make(map[string]string) // archives by namespace
	for _, name := range names {
		e, err := readFile(filepath.Join(directory, name))
		if err == nil && owner[e.Namespace] != "" {
			err = fmt.Errorf("extension: %s: the namespace %q is that of %s already", name, e.Namespace, owner[e.Namespace])
		}
		if err != nil {
			failures = append(failures, err)
			continue
		}
		owner[e.Namespace] = name
		set = append(set, e)
	}
	rank := Ranking(priority)
	slices.SortStableFunc(set, func(a, b *Extension) int { return cmp.Compare(rank(a.Namespace), rank(b.Namespace)) })
	return set, failures
}

// archives returns the names of the archives that are directly in a directory, sorted.
func archives(directory string) ([]string, error) {
	entries, err := os.ReadDir(directory)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("extension: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != suffix {
			continue
		}
		// A link counts as what it leads to.
		if info, err := os.Stat(filepath.Join(directory, entry.Name())); err == nil && info.Mode().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func readFile(path string) (_ *Extension, err error) {
	name := filepath.Base(path)
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("extension: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("extension: %w", err)
	}
	return Read(name, file, info.Size())
}

// Ranking returns the place of a namespace, or of a login provider, among others: those in priority come first, in its order; "*" in it
// stands for all others, which are otherwise last.
func Ranking(priority []string) func(name string) int {
	others := slices.Index(priority, "*")
	if others < 0 {
		others = len(priority)
	}
	return func(name string) int {
		if i := slices.Index(priority, name); i >= 0 {
			return i
		}
		return others
	}
}

// Styles returns all style sheets as one.
func (s Set) Styles() []byte { return s.concat(func(e *Extension) []File { return e.Styles }) }

// Scripts returns all scripts as one.
func (s Set) Scripts() []byte { return s.concat(func(e *Extension) []File { return e.Scripts }) }

// concat joins files with a line feed between them, so that a comment that ends one does not reach into the next.
func (s Set) concat(files func(e *Extension) []File) []byte {
	var contents [][]byte
	for _, e := range s {
		for _, file := range files(e) {
			contents = append(contents, withoutMark(file.Content))
		}
	}
	return bytes.Join(contents, []byte("\n"))
}

// Patches returns the HTML patches.
func (s Set) Patches() []string {
	patches := []string{}
	for _, e := range s {
		for _, patch := range e.Patches {
			patches = append(patches, string(withoutMark(patch.Content)))
		}
	}
	return patches
}

// Translations returns the texts of each language.
func (s Set) Translations() map[string]Messages {
	languages := make(map[string]Messages)
	for _, e := range s {
		for _, translation := range e.Translations {
			if languages[translation.Language] == nil {
				languages[translation.Language] = make(Messages)
			}
			languages[translation.Language].merge(translation.Messages)
		}
	}
	return languages
}

// SmallIcon returns the picture of 64 pixels of the first extension that has one, nil if none has.
func (s Set) SmallIcon() *File { return s.icon(func(e *Extension) *File { return e.SmallIcon }) }

// LargeIcon returns that of 144 pixels.
func (s Set) LargeIcon() *File { return s.icon(func(e *Extension) *File { return e.LargeIcon }) }

func (s Set) icon(of func(e *Extension) *File) *File {
	for _, e := range s {
		if icon := of(e); icon != nil {
			return icon
		}
	}
	return nil
}
