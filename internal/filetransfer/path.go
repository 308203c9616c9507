// SPDX-License-Identifier: Apache-2.0

package filetransfer

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of names and paths in bytes, those of Linux.
const (
	maxName = 255
	maxPath = 4096
)

// cleanPath makes a user's path absolute within the object: it has no empty, "." or ".." parts.
func cleanPath(p string) string { return path.Clean("/" + p) }

// inside reports whether p, an absolute clean path, is root or below it.
func inside(root, p string) bool {
	return root == "/" || p == root || strings.HasPrefix(p, root+"/")
}

// validName reports whether a server's name of a directory entry can be shown and asked for again.
func validName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= maxName &&
		!strings.ContainsAny(name, "/\x00") && utf8.ValidString(name)
}

// SafeName makes a plain file name of what a user's browser says the name of a dropped file is: folders of either kind,
// control characters and direction overrides go, and the name is cut to what file systems take.
func SafeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	for len(name) > maxName {
		_, n := utf8.DecodeLastRuneInString(name)
		name = strings.TrimSpace(name[:len(name)-n])
	}
	if strings.Trim(name, ".") == "" {
		return "file"
	}
	return name
}
