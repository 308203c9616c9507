// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Flags of a file descriptor: which fields are valid.
const (
	HasAttributes   = 0x00000004
	HasWriteTime    = 0x00000020
	HasFileSize     = 0x00000040
	ShowProgressUI  = 0x00004000
	descriptorFlags = HasAttributes | HasFileSize | ShowProgressUI
)

// File attributes ([MS-FSCC], section 2.6).
const (
	AttributeReadOnly  = 0x00000001
	AttributeDirectory = 0x00000010
	AttributeArchive   = 0x00000020
	AttributeNormal    = 0x00000080
)

const (
	// MaxFiles bounds the files of a list.
	MaxFiles       = 100_000
	descriptorSize = 592
	fileNameSize   = 520
	// maxNameUnits is what a name can have, as a NUL ends it.
	maxNameUnits = fileNameSize/2 - 1
)

// FileDescriptor is CLIPRDR_FILEDESCRIPTOR (section 2.2.5.2.3.1): a file or directory of a
// file list. Its name is a path below what was copied, with backslashes.
type FileDescriptor struct {
	Flags      uint32
	Attributes uint32
	// WriteTime counts 100 nanoseconds since 1601.
	WriteTime uint64
	Size      uint64
	// Name is as it came: see Path.
	Name string
}

// Directory reports whether it is a directory.
func (d FileDescriptor) Directory() bool {
	return d.Flags&HasAttributes != 0 && d.Attributes&AttributeDirectory != 0
}

// KnownSize returns the size, if the list has it: else it is to be asked for.
func (d FileDescriptor) KnownSize() (size uint64, ok bool) { return d.Size, d.Flags&HasFileSize != 0 }

// Path returns the name as a path with slashes that is safe to create below a folder or to
// send as a file name: see [SafePath].
func (d FileDescriptor) Path() string { return SafePath(d.Name) }

// Modified returns the time of the last write, or the zero time if the list has none.
func (d FileDescriptor) Modified() time.Time {
	if d.Flags&HasWriteTime == 0 || d.WriteTime == 0 {
		return time.Time{}
	}
	return time.Unix(int64(d.WriteTime/ticksPerSecond)-secondsTo1970, int64(d.WriteTime%ticksPerSecond)*100).UTC()
}

const (
	ticksPerSecond = 10_000_000
	secondsTo1970  = 11_644_473_600
)

func filetime(t time.Time) (ticks uint64, ok bool) {
	seconds := t.Unix() + secondsTo1970
	if t.IsZero() || seconds < 0 {
		return 0, false
	}
	return uint64(seconds)*ticksPerSecond + uint64(t.Nanosecond())/100, true
}

// File is a file or directory that this side copied.
type File struct {
	// Path has slashes, the name of the file last. A directory comes before what is in it.
	Path      string
	Size      uint64
	Modified  time.Time
	Directory bool
}

// Descriptor returns the descriptor of a file. Its name is made safe as those of the host
// are.
func (f File) Descriptor() (FileDescriptor, error) {
	d := FileDescriptor{Flags: descriptorFlags, Attributes: AttributeNormal, Size: f.Size, Name: strings.ReplaceAll(SafePath(f.Path), "/", `\`)}
	if n := len(utf16.Encode([]rune(d.Name))); n > maxNameUnits {
		return d, fmt.Errorf("cliprdr: a file name of %d characters, %d fit", n, maxNameUnits)
	}
	if f.Directory {
		d.Attributes, d.Size = AttributeDirectory, 0
	}
	if ticks, ok := filetime(f.Modified); ok {
		d.Flags, d.WriteTime = d.Flags|HasWriteTime, ticks
	}
	return d, nil
}

// ParseFileList reads CLIPRDR_FILELIST (section 2.2.5.2.3), the data of FileGroupDescriptorW.
func ParseFileList(b []byte) ([]FileDescriptor, error) {
	r := field.NewReader("cliprdr: file list", b)
	n := r.Length("cItems", MaxFiles)
	if have := r.Len(); r.Err() == nil && n*descriptorSize > have {
		r.Fail("fileDescriptorArray", "%d files in %d bytes", n, have)
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	files := make([]FileDescriptor, 0, n)
	for range n {
		d := FileDescriptor{Flags: r.U32("flags")}
		r.Skip("reserved1", 32)
		d.Attributes = r.U32("fileAttributes")
		r.Skip("reserved2", 16)
		d.WriteTime = r.U64("lastWriteTime")
		high, low := r.U32("fileSizeHigh"), r.U32("fileSizeLow")
		d.Size = uint64(high)<<32 | uint64(low)
		d.Name = r.UTF16("fileName", fileNameSize)
		files = append(files, d)
	}
	return files, r.Err()
}

// AppendFileList appends CLIPRDR_FILELIST.
func AppendFileList(b []byte, files []FileDescriptor) []byte {
	b = appendU32s(b, uint32(len(files)))
	for _, d := range files {
		b = append(appendU32s(b, d.Flags), make([]byte, 32)...)
		b = append(appendU32s(b, d.Attributes), make([]byte, 16)...)
		b = binary.LittleEndian.AppendUint64(b, d.WriteTime)
		b = appendU32s(b, uint32(d.Size>>32), uint32(d.Size))
		b = field.AppendFixedUTF16(b, d.Name, fileNameSize)
	}
	return b
}
