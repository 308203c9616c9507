// SPDX-License-Identifier: Apache-2.0

package cliprdr

import "strings"

// Kind is a format that this side can read and write, whatever ID the sides give it.
type Kind uint8

// The kinds. A host offers text in both of its forms, pictures in several.
const (
	// KindUnicodeText is text in UTF-16: see DecodeText.
	KindUnicodeText Kind = iota + 1
	// KindText is text in the host's code page.
	KindText
	// KindHTML is a fragment of HTML: see ParseHTML.
	KindHTML
	// KindPNG is a picture as a PNG file.
	KindPNG
	// KindDIBV5 and KindDIB are pictures as bitmaps: see ParseDIB.
	KindDIBV5
	KindDIB
	// KindFiles is a list of files: see ParseFileList. Their contents are asked for apart.
	KindFiles

	kindCount
)

var kindNames = [kindCount]string{"unknown", "Unicode text", "text", "HTML", "PNG", "DIBV5", "DIB", "files"}

func (k Kind) String() string {
	if k >= kindCount {
		k = 0
	}
	return kindNames[k]
}

// ownFormats are the formats as this side announces them. The IDs of registered ones are
// ours to choose from 0xC000 on.
var ownFormats = [kindCount]Format{
	KindUnicodeText: {ID: FormatUnicodeText}, KindText: {ID: FormatText},
	KindHTML: {ID: 0xD011, Name: NameHTML}, KindPNG: {ID: 0xD012, Name: NamePNG},
	KindDIBV5: {ID: FormatDIBV5}, KindDIB: {ID: FormatDIB}, KindFiles: {ID: 0xD013, Name: NameFileList},
}

// namedKinds are the names that a host may use.
var namedKinds = []struct {
	name string
	kind Kind
}{{NameHTML, KindHTML}, {NamePNG, KindPNG}, {NameImagePNG, KindPNG}, {NameFileList, KindFiles}}

// kindOf returns the kind of a format of the host, or 0. Short names may be cut.
func kindOf(f Format, names NameForm) Kind {
	for _, known := range namedKinds {
		if f.Name == known.name || names == ShortNames && len(f.Name) >= 15 && strings.HasPrefix(known.name, f.Name) {
			return known.kind
		}
	}
	for kind := Kind(1); kind < kindCount; kind++ {
		if own := ownFormats[kind]; own.Name == "" && own.ID == f.ID {
			return kind
		}
	}
	return 0
}
