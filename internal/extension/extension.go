// SPDX-License-Identifier: Apache-2.0

package extension

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Extension is what one archive gives to the web client.
type Extension struct {
	// Archive is the name of the archive's file.
	Archive string
	// Name is for people. Namespace is unique, and part of the paths of Resources.
	Name, Namespace string
	// Styles and Scripts are CSS and JavaScript files, Patches HTML patches, each in the manifest's order.
	Styles, Scripts, Patches []File
	// Resources are files that the others refer to.
	Resources []File
	// Translations are texts by language. A language may come twice.
	Translations []Translation
	// SmallIcon and LargeIcon are pictures of 64 and 144 pixels; nil if the archive has none.
	SmallIcon, LargeIcon *File
	// Java are the classes that the manifest wants to have run, which they are not.
	Java []string
	// Warnings are sentences about parts of the archive that have no effect.
	Warnings []string
}

// File is a file of an archive.
type File struct {
	Path    string
	Media   string // its media type
	Content []byte
}

// Read reads an archive of that file name and size.
func Read(name string, r io.ReaderAt, size int64) (*Extension, error) {
	e := &Extension{Archive: name}
	if err := e.read(r, size); err != nil {
		return nil, fmt.Errorf("extension: %s: %w", name, err)
	}
	return e, nil
}

func (e *Extension) read(r io.ReaderAt, size int64) error {
	a, err := openArchive(r, size)
	if err != nil {
		return err
	}
	text, err := a.read(manifestPath)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s at its root", manifestPath)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", manifestPath, err)
	}
	m, err := parseManifest(text)
	if err != nil {
		return fmt.Errorf("%s: %w", manifestPath, err)
	}
	e.Name, e.Namespace, e.Java = m.name, m.namespace, slices.Concat(m.authProviders, m.listeners)
	for _, part := range []struct {
		key, media string
		paths      []string
		files      *[]File
	}{
		{"css", "text/css; charset=utf-8", m.css, &e.Styles},
		{"js", "text/javascript; charset=utf-8", m.js, &e.Scripts},
		{"html", "text/html; charset=utf-8", m.html, &e.Patches},
	} {
		for _, p := range part.paths {
			if err := e.add(a, part.files, part.key, p, part.media); err != nil {
				return err
			}
		}
	}
	e.Scripts = slices.DeleteFunc(e.Scripts, e.needsAngular)
	for _, p := range m.resourcePaths() {
		if err := e.add(a, &e.Resources, "resources", p, m.resources[p]); err != nil {
			return err
		}
	}
	if err := e.readIcons(a, m); err != nil {
		return err
	}
	return e.readTranslations(a, m.translations)
}

// add reads a file that a key of the manifest names. One that is missing is a warning, as upstream does not notice it either.
func (e *Extension) add(a *archive, files *[]File, key, p, media string) error {
	content, err := a.read(p)
	if errors.Is(err, fs.ErrNotExist) {
		e.warn("%q names %q, which is not in the archive", key, p)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%q: %s: %w", key, p, err)
	}
	if _, _, err := mime.ParseMediaType(media); err != nil {
		e.warn("%q gives %q the type %q, which is none; it is served as plain bytes", key, p, media)
		media = "application/octet-stream"
	}
	*files = append(*files, File{Path: p, Media: media, Content: content})
	return nil
}

var angular = regexp.MustCompile(`\bangular\s*\.\s*(module|element|injector|bootstrap)\s*\(`)

// needsAngular tells of scripts that extend upstream's web client by its framework. Here they would only fail, and those behind them with them.
func (e *Extension) needsAngular(script File) bool {
	found := angular.Match(script.Content)
	if found {
		e.warn("%s is left out: it needs AngularJS, which this web client does not have", script.Path)
	}
	return found
}

func (e *Extension) readIcons(a *archive, m *manifest) error {
	for _, icon := range []struct {
		key, path string
		file      **File
	}{{"smallIcon", m.smallIcon, &e.SmallIcon}, {"largeIcon", m.largeIcon, &e.LargeIcon}} {
		if icon.path == "" {
			continue
		}
		var files []File
		if err := e.add(a, &files, icon.key, icon.path, iconType(icon.path)); err != nil {
			return err
		}
		if len(files) > 0 {
			*icon.file = &files[0]
		}
	}
	return nil
}

// iconType returns the media type of a picture. Upstream has PNG in mind; browsers take these others as well.
func iconType(p string) string {
	switch strings.ToLower(path.Ext(p)) {
	case ".svg":
		return "image/svg+xml"
	case ".ico":
		return "image/x-icon"
	}
	return "image/png"
}

func (e *Extension) warn(format string, args ...any) {
	e.Warnings = append(e.Warnings, fmt.Sprintf(format, args...))
}
