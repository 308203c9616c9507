// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"bytes"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// DecodeText returns the text of KindUnicodeText or KindText, which ends at the first NUL.
// Text of one byte a character is taken for Windows-1252, whatever the host's locale is.
func DecodeText(kind Kind, data []byte) string {
	if kind == KindUnicodeText {
		return field.DecodeUTF16(data)
	}
	data, _, _ = bytes.Cut(data, []byte{0})
	text, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil { // never: each byte has a character
		return ""
	}
	return string(text)
}

// EncodeText returns the data of a text with its NUL. What comes after a NUL within the text
// is lost on the other side. In KindText, "?" stands for what Windows-1252 lacks.
func EncodeText(kind Kind, text string) []byte {
	if kind == KindUnicodeText {
		return append(field.UTF16(text), 0, 0)
	}
	data, err := encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder()).Bytes([]byte(strings.ToValidUTF8(text, "?")))
	if err != nil { // never: what is not supported is replaced
		return []byte{0}
	}
	return append(bytes.ReplaceAll(data, []byte{0x1A}, []byte{'?'}), 0)
}

// UnixNewlines returns text with line feeds only.
func UnixNewlines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// WindowsNewlines returns text with a carriage return before each line feed, as programs on
// Windows expect.
func WindowsNewlines(text string) string { return strings.ReplaceAll(UnixNewlines(text), "\n", "\r\n") }
