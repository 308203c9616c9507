// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// decode returns what UTF-16LE bytes say, without the one NUL that may end them.
func decode(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	if n := len(units); n > 0 && units[n-1] == 0 {
		units = units[:n-1]
	}
	return string(utf16.Decode(units))
}

// CleanPath turns the path of a request into a relative path with slashes, "." for the
// root of the drive. It refuses what leaves the drive or means something other than a file
// of this name: "..", streams (":"), names of devices, wildcards, control characters, NUL,
// and text that was no UTF-16. Both kinds of slashes separate: xrdp sends either.
//
// It looks at names only; links are for an os.Root to judge.
func CleanPath(path string) (string, error) {
	var clean []string
	for name := range strings.FieldsFuncSeq(path, isSeparator) {
		if name == "." {
			continue
		}
		if err := checkName(name); err != nil {
			return "", err
		}
		clean = append(clean, name)
	}
	if len(clean) == 0 {
		return ".", nil
	}
	return strings.Join(clean, "/"), nil
}

// ValidName reports whether CleanPath takes a name within a path. What it does not take need
// not be listed: no request can name it.
func ValidName(name string) bool {
	return name != "." && !strings.ContainsFunc(name, isSeparator) && checkName(name) == nil
}

// SplitPattern splits the path of an initial directory query into the directory, as
// CleanPath returns it, and the pattern for NewPattern, which is the part after the last
// separator.
func SplitPattern(path string) (dir, pattern string, err error) {
	cut := strings.LastIndexFunc(path, isSeparator) + 1
	dir, err = CleanPath(path[:cut])
	return dir, path[cut:], err
}

func isSeparator(r rune) bool { return r == '\\' || r == '/' }

func checkName(name string) error {
	if name == "" || strings.Trim(name, ". ") == "" {
		return fmt.Errorf("rdpdr: path: the name %q", name)
	}
	for _, r := range name {
		if unicode.IsControl(r) || r == utf8.RuneError || strings.ContainsRune(`:*?"<>|`, r) {
			return fmt.Errorf("rdpdr: path: %q in the name %q", r, name)
		}
	}
	if isDeviceName(name) {
		return fmt.Errorf("rdpdr: path: %q is the name of a device", name)
	}
	return nil
}

// isDeviceName reports whether Windows takes a name for that of a device, whatever follows
// the first dot.
func isDeviceName(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	digit, ok := strings.CutPrefix(base, "COM")
	if !ok {
		digit, ok = strings.CutPrefix(base, "LPT")
	}
	return ok && utf8.RuneCountInString(digit) == 1 && strings.Contains("0123456789¹²³", digit)
}
