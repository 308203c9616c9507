// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/magiconair/properties"
)

// maxFileSize bounds a properties file. Files people write have a few kilobytes.
const maxFileSize = 1 << 20

// property is one setting of a properties file.
type property struct {
	key, value string
	line       int // of its first character, counted from 1
}

// readProperties reads a file in Java's Properties syntax. A file that is not there has no settings.
func readProperties(path string) ([]property, error) {
	text, err := readBounded(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	list, err := parseProperties(text)
	if err != nil {
		return nil, fmt.Errorf("config: %s:%w", path, err)
	}
	return list, nil
}

// readBounded reads a file of at most maxFileSize bytes.
func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(text) > maxFileSize {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxFileSize)
	}
	return text, nil
}

// parseProperties reads settings in order. Text that is not UTF-8 is taken for ISO 8859-1, which Java once demanded. An error begins with the number of the line.
func parseProperties(text []byte) ([]property, error) {
	loader := properties.Loader{Encoding: properties.UTF8, DisableExpansion: true}
	if !utf8.Valid(text) {
		loader.Encoding = properties.ISO_8859_1
	}
	var list []property
	lines := splitLines(string(text))
	for i := 0; i < len(lines); {
		first := i
		logical := lines[i]
		i++
		if isComment(logical) {
			continue
		}
		for ; endsInBackslash(logical) && i < len(lines); i++ {
			logical += "\n" + lines[i]
		}
		// Each logical line is read by itself, because the library does not tell where a key stood. A backslash at the end of the text continues nothing.
		if endsInBackslash(logical) {
			logical = logical[:len(logical)-1]
		}
		parsed, err := loader.LoadBytes([]byte(logical))
		if err != nil {
			return nil, fmt.Errorf("%d: %w", first+1, plain(err))
		}
		for _, key := range parsed.Keys() {
			value, _ := parsed.Get(key)
			list = append(list, property{key: key, value: value, line: first + 1})
		}
	}
	return list, nil
}

// plain takes the number of the line that the library counts, which is always 1, out of its message.
func plain(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "properties: Line 1: "))
}

// splitLines splits at LF, CR and CR LF.
func splitLines(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	return strings.Split(text, "\n")
}

// isComment reports whether a line is blank or a comment, which a backslash at its end does not continue.
func isComment(line string) bool {
	line = strings.TrimLeft(line, " \t\f")
	return line == "" || line[0] == '#' || line[0] == '!'
}

// endsInBackslash reports whether a line ends in a backslash that is not itself escaped.
func endsInBackslash(line string) bool {
	return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1
}
