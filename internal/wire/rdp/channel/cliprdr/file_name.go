// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxComponent is the longest name that file systems take, in bytes.
	maxComponent = 255
	// maxDepth bounds the folders of a path: 260 characters have no more than 130.
	maxDepth = 130
	// unnamed stands for a name of which nothing is left.
	unnamed = "file"
)

// SafePath returns a path from the other side as one with slashes that stays below the
// folder it is put in, and that every file system takes: both separators split it; empty
// names, "." and ".." are dropped; control characters, those that change the direction of
// text and those that Windows forbids become "_"; reserved names of Windows get a "_" in
// front; dots and spaces at the end of a name are cut. It is never empty.
func SafePath(path string) string {
	var names []string
	for name := range strings.FieldsFuncSeq(path, func(c rune) bool { return c == '/' || c == '\\' }) {
		if name = safeName(name); name != "" && len(names) < maxDepth {
			names = append(names, name)
		}
	}
	if names == nil {
		return unnamed
	}
	return strings.Join(names, "/")
}

// safeName returns "" for what is dropped.
func safeName(name string) string {
	if strings.Trim(name, ". ") == "" {
		return ""
	}
	name = strings.Map(safeRune, strings.ToValidUTF8(name, "_"))
	name = strings.TrimRight(shorten(name), ". ")
	base, _, _ := strings.Cut(name, ".")
	if reserved(strings.TrimRight(base, " ")) {
		return "_" + shorten(name[:min(len(name), maxComponent-1)])
	}
	return name
}

func safeRune(c rune) rune {
	switch {
	case unicode.IsControl(c), strings.ContainsRune(`<>:"|?*`, c):
		return '_'
	case unicode.Is(unicode.Bidi_Control, c), c == '\u2028', c == '\u2029', c == utf8.RuneError:
		return '_'
	}
	return c
}

// shorten cuts a name to what fits, at the end of a character, and keeps a short extension.
func shorten(name string) string {
	if len(name) <= maxComponent {
		return strings.ToValidUTF8(name, "")
	}
	extension := ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 16 {
		extension = name[dot:]
	}
	return strings.ToValidUTF8(name[:maxComponent-len(extension)], "") + extension
}

// reserved reports whether Windows takes a name, without its extension, for a device.
func reserved(base string) bool {
	base = strings.ToUpper(base)
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	device := strings.HasPrefix(base, "COM") || strings.HasPrefix(base, "LPT")
	if !device || utf8.RuneCountInString(base) != 4 {
		return false
	}
	return strings.Contains("0123456789¹²³", base[3:])
}
