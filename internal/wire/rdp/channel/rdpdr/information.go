// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// FileClass is a class of information about a file ([MS-FSCC] section 2.4).
type FileClass uint32

// The classes that servers ask for. In this protocol their layouts lack the padding and the
// reserved fields at their ends (sections 2.2.3.4.8 to 2.2.3.4.10).
const (
	FileDirectoryInformation     FileClass = 0x01
	FileFullDirectoryInformation FileClass = 0x02
	FileBothDirectoryInformation FileClass = 0x03
	FileBasicInformation         FileClass = 0x04
	FileStandardInformation      FileClass = 0x05
	FileRenameInformation        FileClass = 0x0A
	FileNamesInformation         FileClass = 0x0C
	FileDispositionInformation   FileClass = 0x0D
	FileAllocationInformation    FileClass = 0x13
	FileEndOfFileInformation     FileClass = 0x14
	FileAttributeTagInformation  FileClass = 0x23
)

// Attributes are those of a file ([MS-FSCC] section 2.6).
type Attributes uint32

// The attributes of a drive's files.
const (
	AttributeReadOnly     Attributes = 0x00000001
	AttributeHidden       Attributes = 0x00000002
	AttributeSystem       Attributes = 0x00000004
	AttributeDirectory    Attributes = 0x00000010
	AttributeArchive      Attributes = 0x00000020
	AttributeNormal       Attributes = 0x00000080
	AttributeReparsePoint Attributes = 0x00000400
)

const (
	// unitSize is the size in which space is counted.
	unitSize      = 4096
	shortNameSize = 24
)

// FileInfo is all that the classes tell of a file.
type FileInfo struct {
	// Name is that of a directory entry, without a path.
	Name string
	// The times. Those that are zero are told as Written is.
	Created, Accessed, Written, Changed time.Time
	Size                                uint64
	// Allocated is the space taken. If zero, it is Size in whole units.
	Allocated uint64
	// Attributes is AttributeNormal if zero.
	Attributes Attributes
	// Links is 1 if zero.
	Links         uint32
	DeletePending bool
}

func (f FileInfo) attributes() uint32 {
	if f.Attributes == 0 {
		return uint32(AttributeNormal)
	}
	return uint32(f.Attributes)
}

func (f FileInfo) allocated() uint64 {
	if f.Allocated != 0 {
		return f.Allocated
	}
	units := f.Size / unitSize
	if f.Size%unitSize != 0 {
		units++
	}
	return units * unitSize
}

func (f FileInfo) appendTimes(b []byte) []byte {
	for _, t := range [...]time.Time{f.Created, f.Accessed, f.Written, f.Changed} {
		if t.IsZero() {
			t = f.Written
		}
		b = append64(b, FileTime(t))
	}
	return b
}

// isQuery reports whether a class is one of those that Append writes.
func (c FileClass) isQuery() bool {
	return c == FileBasicInformation || c == FileStandardInformation || c == FileAttributeTagInformation
}

func (c FileClass) isDirectory() bool {
	return c >= FileDirectoryInformation && c <= FileBothDirectoryInformation || c == FileNamesInformation
}

// appendInformation appends the information of a class that isQuery.
func (f FileInfo) appendInformation(b []byte, class FileClass) []byte {
	switch class {
	case FileBasicInformation:
		return append32(f.appendTimes(b), f.attributes())
	case FileStandardInformation:
		b = append64(b, f.allocated(), f.Size)
		b = append32(b, max(f.Links, 1))
		return append(b, flag(f.DeletePending), flag(f.Attributes&AttributeDirectory != 0))
	case FileAttributeTagInformation:
		return append32(b, f.attributes(), 0)
	}
	return b
}

// appendEntry appends a directory entry, the only one of its list, of a class that
// isDirectory. Names have no NUL.
func (f FileInfo) appendEntry(b []byte, class FileClass) []byte {
	name := field.UTF16(f.Name)
	b = append32(b, 0, 0) // NextEntryOffset and FileIndex
	if class == FileNamesInformation {
		return append(append32(b, uint32(len(name))), name...)
	}
	b = append64(f.appendTimes(b), f.Size, f.allocated())
	b = append32(b, f.attributes(), uint32(len(name)))
	if class != FileDirectoryInformation {
		b = append32(b, 0) // EaSize
	}
	if class == FileBothDirectoryInformation {
		b = append(b, make([]byte, 1+shortNameSize)...) // ShortNameLength and ShortName: there is none
	}
	return append(b, name...)
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// QueryInformation asks about an open file (section 2.2.3.3.8).
type QueryInformation struct {
	Request
	Class FileClass
}

func (QueryInformation) function() (MajorFunction, uint32) { return MajorQueryInformation, 0 }

// readQueryInformation leaves out the query buffer, which means nothing for the classes
// there are; not all servers send as much of it as they say.
func readQueryInformation(r *field.Reader, q Request) QueryInformation {
	i := QueryInformation{Request: q, Class: FileClass(r.U32("FsInformationClass"))}
	r.Skip("Length", 4)
	r.Skip("Padding", queryPadding)
	return i
}

// Append appends the request as a server sends it.
func (q QueryInformation) Append(b []byte) []byte {
	b = append32(q.append(b, MajorQueryInformation, 0), uint32(q.Class), 0)
	return append(b, make([]byte, queryPadding)...)
}

// SetInformation changes an open file (section 2.2.3.3.9).
type SetInformation struct {
	Request
	Class FileClass
	// Length is that of the buffer, which the completion repeats.
	Length uint32
	// The times and the attributes of FileBasicInformation; those that are zero stay.
	Created, Accessed, Written, Changed time.Time
	Attributes                          Attributes
	// Size is that of FileEndOfFileInformation and FileAllocationInformation.
	Size uint64
	// Delete is that of FileDispositionInformation: the file goes when it is closed.
	Delete bool
	// Path, for CleanPath, and Replace are those of FileRenameInformation.
	Path    string
	Replace bool
}

func (SetInformation) function() (MajorFunction, uint32) { return MajorSetInformation, 0 }

func readSetInformation(r *field.Reader, q Request) SetInformation {
	s := SetInformation{Request: q, Class: FileClass(r.U32("FsInformationClass"))}
	s.Length = uint32(r.Length("Length", 2*maxPath))
	r.Skip("Padding", queryPadding)
	body := field.NewReader("rdpdr: set information request", r.Bytes("SetBuffer", int(s.Length)))
	if r.Err() != nil {
		return s
	}
	switch s.Class {
	case FileBasicInformation:
		s.Created, s.Accessed = Time(body.U64("CreationTime")), Time(body.U64("LastAccessTime"))
		s.Written, s.Changed = Time(body.U64("LastWriteTime")), Time(body.U64("ChangeTime"))
		s.Attributes = Attributes(body.U32("FileAttributes"))
	case FileEndOfFileInformation, FileAllocationInformation:
		s.Size = body.U64("EndOfFile")
	case FileDispositionInformation:
		// A server that sends no buffer wants the file gone.
		s.Delete = s.Length == 0 || body.U8("DeletePending") != 0
	case FileRenameInformation:
		s.Replace = body.U8("ReplaceIfExists") != 0
		body.Skip("RootDirectory", 1)
		s.Path = readString(body, "FileName", body.Length("FileNameLength", maxPath))
	}
	if body.Err() != nil {
		r.Fail("SetBuffer", "%v", body.Err())
	}
	return s
}

// Append appends the request as a server sends it; Length is not looked at.
func (s SetInformation) Append(b []byte) []byte {
	var body []byte
	switch s.Class {
	case FileBasicInformation:
		body = append64(body, FileTime(s.Created), FileTime(s.Accessed), FileTime(s.Written), FileTime(s.Changed))
		body = append32(body, uint32(s.Attributes))
	case FileEndOfFileInformation, FileAllocationInformation:
		body = append64(body, s.Size)
	case FileDispositionInformation:
		body = append(body, flag(s.Delete))
	case FileRenameInformation:
		body = appendCounted(append(body, flag(s.Replace), 0), s.Path)
	}
	b = append32(s.append(b, MajorSetInformation, 0), uint32(s.Class), uint32(len(body)))
	return append(append(b, make([]byte, queryPadding)...), body...)
}

func (c FileClass) isSet() bool {
	switch c {
	case FileBasicInformation, FileEndOfFileInformation, FileAllocationInformation, FileDispositionInformation, FileRenameInformation:
		return true
	}
	return false
}
