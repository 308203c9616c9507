// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"bytes"
	"strings"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Formats without a name, whose IDs are the same everywhere (section 1.3.1.2).
const (
	FormatText        = 1
	FormatMetafile    = 3
	FormatDIB         = 8
	FormatPalette     = 9
	FormatUnicodeText = 13
	FormatDIBV5       = 17
)

// Names of registered formats, whose IDs each side chooses.
const (
	NameHTML     = "HTML Format"
	NamePNG      = "PNG"
	NameImagePNG = "image/png"
	NameFileList = "FileGroupDescriptorW"
)

const (
	// MaxFormats bounds the formats of a list. Office programs announce some thirty.
	MaxFormats = 1024
	// maxFormatName bounds a name: Windows takes 255 characters.
	maxFormatName  = 2 * 256
	shortNameSize  = 32
	shortEntrySize = 4 + shortNameSize
)

// Format is one format of a list.
type Format struct {
	ID   uint32
	Name string
}

// NameForm is how the names of a list are written.
type NameForm uint8

// The forms of names (sections 2.2.3.1.1 and 2.2.3.1.2).
const (
	// LongNames are of any length.
	LongNames NameForm = iota
	// ShortNames are cut to 15 characters.
	ShortNames
	// ASCIINames are cut to 31 characters of one byte.
	ASCIINames
)

// FormatList is CLIPRDR_FORMAT_LIST (section 2.2.3.1): something was copied, and can be had
// in these formats.
type FormatList struct {
	Names   NameForm
	Formats []Format
}

func readFormatList(r *field.Reader, flags uint16, long bool) FormatList {
	var p FormatList
	read := readLongName
	switch {
	case long:
	case flags&flagASCIINames != 0:
		p.Names, read = ASCIINames, readASCIIName
	default:
		p.Names, read = ShortNames, func(r *field.Reader) string { return r.UTF16("formatName", shortNameSize) }
	}
	for r.Len() > 0 {
		if len(p.Formats) == MaxFormats {
			r.Fail("formatListData", "more than %d formats", MaxFormats)
			break
		}
		f := Format{ID: r.U32("formatId"), Name: read(r)}
		p.Formats = append(p.Formats, f)
	}
	return p
}

func readASCIIName(r *field.Reader) string {
	name, _, _ := bytes.Cut(r.Bytes("formatName", shortNameSize), []byte{0})
	return string(bytes.Map(ascii, name))
}

func ascii(c rune) rune {
	if c < ' ' || c > '~' {
		return '?'
	}
	return c
}

// readLongName reads a name up to its NUL (section 2.2.3.1.2.1).
func readLongName(r *field.Reader) string {
	var name []byte
	for len(name) < maxFormatName {
		unit := r.Bytes("wszFormatName", 2)
		if unit == nil || unit[0] == 0 && unit[1] == 0 {
			return field.DecodeUTF16(name)
		}
		name = append(name, unit...)
	}
	r.Fail("wszFormatName", "no NUL in %d bytes", maxFormatName)
	return ""
}

// Append appends the PDU.
func (p FormatList) Append(b []byte) []byte {
	flags := uint16(0)
	if p.Names == ASCIINames {
		flags = flagASCIINames
	}
	return appendPDU(b, TypeFormatList, flags, func(b []byte) []byte {
		for _, f := range p.Formats {
			b = p.appendName(appendU32s(b, f.ID), f.Name)
		}
		return b
	})
}

func (p FormatList) appendName(b []byte, name string) []byte {
	switch p.Names {
	case ShortNames:
		return field.AppendFixedUTF16(b, name, shortNameSize)
	case ASCIINames:
		name = strings.Map(ascii, name)
		name = name[:min(len(name), shortNameSize-1)]
		return append(append(b, name...), make([]byte, shortNameSize-len(name))...)
	}
	return append(field.AppendUTF16(b, name), 0, 0)
}

// FormatListResponse is FORMAT_LIST_RESPONSE (section 2.2.3.2).
type FormatListResponse struct {
	OK bool
}

// Append appends the PDU.
func (p FormatListResponse) Append(b []byte) []byte {
	return appendPDU(b, TypeFormatListResponse, responseFlags(p.OK), nil)
}
