// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// VolumeClass is a class of information about a volume ([MS-FSCC] section 2.5).
type VolumeClass uint32

// The classes that servers ask for.
const (
	FsVolumeInformation    VolumeClass = 0x01
	FsLabelInformation     VolumeClass = 0x02
	FsSizeInformation      VolumeClass = 0x03
	FsDeviceInformation    VolumeClass = 0x04
	FsAttributeInformation VolumeClass = 0x05
	FsFullSizeInformation  VolumeClass = 0x07
)

const (
	bytesPerSector = 512
	deviceDisk     = 0x07
	// deviceMounted and deviceRemote are characteristics of a disk.
	deviceRemote  = 0x10
	deviceMounted = 0x20
	// nameLength is what file systems take in characters.
	nameLength = 255

	caseSensitiveSearch = 0x1
	casePreservedNames  = 0x2
	unicodeOnDisk       = 0x4
)

// VolumeInfo is all that the classes tell of a volume.
type VolumeInfo struct {
	Label string
	// FileSystem is its kind, as in "NTFS"; a program may do more with one that it knows.
	FileSystem string
	Serial     uint32
	Created    time.Time
	// Total and Free are bytes.
	Total, Free uint64
}

func (c VolumeClass) isQuery() bool {
	switch c {
	case FsVolumeInformation, FsSizeInformation, FsDeviceInformation, FsAttributeInformation, FsFullSizeInformation:
		return true
	}
	return false
}

// appendInformation appends the information of a class that isQuery.
func (v VolumeInfo) appendInformation(b []byte, class VolumeClass) []byte {
	total, free := v.Total/unitSize, v.Free/unitSize
	switch class {
	case FsVolumeInformation:
		label := field.UTF16(v.Label)
		b = append32(append64(b, FileTime(v.Created)), v.Serial, uint32(len(label)))
		return append(append(b, 0), label...) // SupportsObjects, and no reserved byte
	case FsSizeInformation:
		return append32(append64(b, total, free), unitSize/bytesPerSector, bytesPerSector)
	case FsDeviceInformation:
		return append32(b, deviceDisk, deviceRemote|deviceMounted)
	case FsAttributeInformation:
		name := field.UTF16(v.FileSystem)
		b = append32(b, caseSensitiveSearch|casePreservedNames|unicodeOnDisk, nameLength, uint32(len(name)))
		return append(b, name...)
	case FsFullSizeInformation:
		return append32(append64(b, total, free, free), unitSize/bytesPerSector, bytesPerSector)
	}
	return b
}

// QueryVolume asks about the volume of an open file (section 2.2.3.3.6).
type QueryVolume struct {
	Request
	Class VolumeClass
}

func (QueryVolume) function() (MajorFunction, uint32) { return MajorQueryVolume, 0 }

func readQueryVolume(r *field.Reader, q Request) QueryVolume {
	v := QueryVolume{Request: q, Class: VolumeClass(r.U32("FsInformationClass"))}
	r.Skip("Length", 4)
	r.Skip("Padding", queryPadding)
	return v
}

// Append appends the request as a server sends it.
func (q QueryVolume) Append(b []byte) []byte {
	b = append32(q.append(b, MajorQueryVolume, 0), uint32(q.Class), 0)
	return append(b, make([]byte, queryPadding)...)
}

// SetVolume names the volume of an open file (section 2.2.3.3.7).
type SetVolume struct {
	Request
	Class VolumeClass
	// Length is that of the buffer, which the completion repeats.
	Length uint32
	Label  string
}

func (SetVolume) function() (MajorFunction, uint32) { return MajorSetVolume, 0 }

func readSetVolume(r *field.Reader, q Request) SetVolume {
	s := SetVolume{Request: q, Class: VolumeClass(r.U32("FsInformationClass"))}
	s.Length = uint32(r.Length("Length", 2*maxPath))
	r.Skip("Padding", queryPadding)
	body := field.NewReader("rdpdr: set volume request", r.Bytes("SetVolumeBuffer", int(s.Length)))
	if r.Err() == nil && s.Class == FsLabelInformation {
		s.Label = readString(body, "VolumeLabel", body.Length("VolumeLabelLength", maxPath))
	}
	if body.Err() != nil {
		r.Fail("SetVolumeBuffer", "%v", body.Err())
	}
	return s
}

// Append appends the request as a server sends it; Length is not looked at.
func (s SetVolume) Append(b []byte) []byte {
	var body []byte
	if s.Class == FsLabelInformation {
		body = appendCounted(nil, s.Label)
	}
	b = append32(s.append(b, MajorSetVolume, 0), uint32(s.Class), uint32(len(body)))
	return append(append(b, make([]byte, queryPadding)...), body...)
}
