// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// QueryDirectory asks for the first or the next entry of an open directory (section
// 2.2.3.3.10). Its end is StatusNoMoreFiles, and StatusNoSuchFile if the first query already
// finds nothing.
type QueryDirectory struct {
	Request
	Class FileClass
	// Initial begins a listing. Path, for SplitPattern, is set only then.
	Initial bool
	Path    string
}

func (QueryDirectory) function() (MajorFunction, uint32) {
	return MajorDirectoryControl, minorQueryDirectory
}

func readQueryDirectory(r *field.Reader, q Request) QueryDirectory {
	d := QueryDirectory{Request: q, Class: FileClass(r.U32("FsInformationClass")), Initial: r.U8("InitialQuery") != 0}
	n := r.Length("PathLength", maxPath)
	r.Skip("Padding", directoryPadding)
	path := readString(r, "Path", n)
	if d.Initial {
		d.Path = path
	}
	return d
}

// Append appends the request as a server sends it.
func (d QueryDirectory) Append(b []byte) []byte {
	b = append32(d.append(b, MajorDirectoryControl, minorQueryDirectory), uint32(d.Class))
	text := optionalString(d.Path)
	b = append32(append(b, flag(d.Initial)), uint32(len(text)))
	return append(append(b, make([]byte, directoryPadding)...), text...)
}

// NotifyChange asks to be told of changes in an open directory (section 2.2.3.3.11). It
// stays open until there is one. Client completes it when the directory is closed.
type NotifyChange struct {
	Request
	// Tree includes what lies below.
	Tree   bool
	Filter ChangeFilter
}

// ChangeFilter are the changes that are asked for.
type ChangeFilter uint32

// The changes ([MS-SMB2] section 2.2.35).
const (
	ChangeFileName   ChangeFilter = 0x001
	ChangeDirName    ChangeFilter = 0x002
	ChangeAttributes ChangeFilter = 0x004
	ChangeSize       ChangeFilter = 0x008
	ChangeLastWrite  ChangeFilter = 0x010
	ChangeLastAccess ChangeFilter = 0x020
	ChangeCreation   ChangeFilter = 0x040
)

func (NotifyChange) function() (MajorFunction, uint32) {
	return MajorDirectoryControl, minorNotifyChange
}

func readNotifyChange(r *field.Reader, q Request) NotifyChange {
	n := NotifyChange{Request: q, Tree: r.U8("WatchTree") != 0, Filter: ChangeFilter(r.U32("CompletionFilter"))}
	r.Skip("Padding", notifyPadding)
	return n
}

// Append appends the request as a server sends it.
func (n NotifyChange) Append(b []byte) []byte {
	b = append(n.append(b, MajorDirectoryControl, minorNotifyChange), flag(n.Tree))
	return append(append32(b, uint32(n.Filter)), make([]byte, notifyPadding)...)
}

// ChangeAction is what happened to a file ([MS-FSCC] section 2.7.1).
type ChangeAction uint32

// The actions.
const (
	ActionAdded ChangeAction = iota + 1
	ActionRemoved
	ActionModified
	ActionRenamedOld
	ActionRenamedNew
)

// Change is one change in a directory, FILE_NOTIFY_INFORMATION ([MS-FSCC] section 2.7.1).
type Change struct {
	Action ChangeAction
	// Name is relative to the directory, with backslashes.
	Name string
}

func appendChanges(b []byte, changes []Change) []byte {
	for i, c := range changes {
		start := len(b)
		name := field.UTF16(c.Name)
		b = append(append32(b, 0, uint32(c.Action), uint32(len(name))), name...)
		if i == len(changes)-1 {
			break
		}
		for (len(b)-start)%4 != 0 {
			b = append(b, 0)
		}
		binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start))
	}
	return b
}
