// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// MajorFunction says what an I/O request wants (section 2.2.1.4).
type MajorFunction uint32

// The major functions.
const (
	MajorCreate           MajorFunction = 0x00
	MajorClose            MajorFunction = 0x02
	MajorRead             MajorFunction = 0x03
	MajorWrite            MajorFunction = 0x04
	MajorQueryInformation MajorFunction = 0x05
	MajorSetInformation   MajorFunction = 0x06
	MajorQueryVolume      MajorFunction = 0x0A
	MajorSetVolume        MajorFunction = 0x0B
	MajorDirectoryControl MajorFunction = 0x0C
	MajorDeviceControl    MajorFunction = 0x0E
	MajorLockControl      MajorFunction = 0x11
)

// Minor functions of MajorDirectoryControl.
const (
	minorQueryDirectory = 1
	minorNotifyChange   = 2
)

// Sizes of what follows the fields of a request and means nothing.
const (
	closePadding     = 32
	transferPadding  = 20
	controlPadding   = 20
	queryPadding     = 24
	directoryPadding = 23
	notifyPadding    = 27
	lockPadding      = 20
)

// Request is the head of every I/O request, DR_DEVICE_IOREQUEST (section 2.2.1.4). It is
// what a completion must repeat.
type Request struct {
	Device uint32
	// File is the ID that the completion of a Create gave.
	File       uint32
	Completion uint32
}

// Head returns the head.
func (q Request) Head() Request { return q }

func (Request) isEvent() {}

func (q Request) append(b []byte, major MajorFunction, minor uint32) []byte {
	return append32(appendHeader(b, componentCore, packetIORequest), q.Device, q.File, q.Completion, uint32(major), minor)
}

// IORequest is one of the requests below.
type IORequest interface {
	Event
	// Head returns what is common to all.
	Head() Request
	// Append appends the request as a server sends it.
	Append(b []byte) []byte
	function() (major MajorFunction, minor uint32)
}

// Create opens or makes a file, a directory or a print job (sections 2.2.1.4.1 and
// 2.2.3.3.1). Its flags are those of [MS-SMB2] section 2.2.13.
type Create struct {
	Request
	Access         Access
	AllocationSize uint64
	Attributes     Attributes
	Share          uint32
	Disposition    Disposition
	Options        CreateOptions
	// Path is as the server sent it, for CleanPath.
	Path string
}

// Access is an access mask.
type Access uint32

// Rights of an access mask that matter to a drive.
const (
	AccessReadData        Access = 0x00000001 // or list a directory
	AccessWriteData       Access = 0x00000002
	AccessAppendData      Access = 0x00000004
	AccessDeleteChild     Access = 0x00000040
	AccessReadAttributes  Access = 0x00000080
	AccessWriteAttributes Access = 0x00000100
	AccessDelete          Access = 0x00010000
	AccessMaximumAllowed  Access = 0x02000000
	AccessGenericAll      Access = 0x10000000
	AccessGenericWrite    Access = 0x40000000
	AccessGenericRead     Access = 0x80000000
)

// Writes reports whether contents may be written.
func (a Access) Writes() bool {
	return a&(AccessWriteData|AccessAppendData|AccessGenericWrite|AccessGenericAll) != 0
}

// Disposition says what is done if a file is there, and if it is not.
type Disposition uint32

// The dispositions.
const (
	DispositionSupersede   Disposition = iota // replace or create
	DispositionOpen                           // open or fail
	DispositionCreate                         // fail or create
	DispositionOpenIf                         // open or create
	DispositionOverwrite                      // empty or fail
	DispositionOverwriteIf                    // empty or create
)

// CreateOptions are the options of a Create.
type CreateOptions uint32

// Options that matter to a drive.
const (
	OptionDirectory     CreateOptions = 0x00000001
	OptionNotDirectory  CreateOptions = 0x00000040
	OptionDeleteOnClose CreateOptions = 0x00001000
)

// Close closes a file; for a printer it ends the job (section 2.2.1.4.2).
type Close struct{ Request }

// Read reads a file (section 2.2.1.4.3). Length is within MaxTransfer; a server takes fewer
// bytes as the end of the file.
type Read struct {
	Request
	Length uint32
	Offset uint64
}

// Write writes a file or more of a print job (section 2.2.1.4.4). Data aliases the message.
type Write struct {
	Request
	Offset uint64
	Data   []byte
}

// Control is a device control request (section 2.2.1.4.5). Input aliases the message.
type Control struct {
	Request
	Code         uint32
	OutputLength uint32
	Input        []byte
}

// LockOperation is what a Lock does.
type LockOperation uint32

// The operations.
const (
	LockShared         LockOperation = 2
	LockExclusive      LockOperation = 3
	LockUnlock         LockOperation = 4
	LockUnlockMultiple LockOperation = 5
)

// Range is RDP_LOCK_INFO (section 2.2.1.6).
type Range struct{ Length, Offset uint64 }

// Lock locks or unlocks ranges of a file (section 2.2.3.3.12).
type Lock struct {
	Request
	Operation LockOperation
	// Wait is set if the lock is waited for.
	Wait   bool
	Ranges []Range
}

// Unknown is a request of a function that has no type.
type Unknown struct {
	Request
	Major MajorFunction
	Minor uint32
}

func (Create) function() (MajorFunction, uint32)    { return MajorCreate, 0 }
func (Close) function() (MajorFunction, uint32)     { return MajorClose, 0 }
func (Read) function() (MajorFunction, uint32)      { return MajorRead, 0 }
func (Write) function() (MajorFunction, uint32)     { return MajorWrite, 0 }
func (Control) function() (MajorFunction, uint32)   { return MajorDeviceControl, 0 }
func (Lock) function() (MajorFunction, uint32)      { return MajorLockControl, 0 }
func (u Unknown) function() (MajorFunction, uint32) { return u.Major, u.Minor }

// ParseRequest reads an I/O request.
func ParseRequest(b []byte) (IORequest, error) {
	r := field.NewReader("rdpdr: device I/O request", b)
	readHeader(r, componentCore, packetIORequest)
	q := Request{Device: r.U32("DeviceId"), File: r.U32("FileId"), Completion: r.U32("CompletionId")}
	major, minor := MajorFunction(r.U32("MajorFunction")), r.U32("MinorFunction")
	request := q.read(r, major, minor)
	if r.Err() != nil {
		return nil, r.Err()
	}
	return request, nil
}

func (q Request) read(r *field.Reader, major MajorFunction, minor uint32) IORequest {
	switch major {
	case MajorCreate:
		return readCreate(r, q)
	case MajorClose:
		r.Skip("Padding", closePadding)
		return Close{q}
	case MajorRead:
		read := Read{Request: q, Length: r.U32("Length"), Offset: r.U64("Offset")}
		r.Skip("Padding", transferPadding)
		return read
	case MajorWrite:
		n, offset := r.Length("Length", MaxTransfer), r.U64("Offset")
		r.Skip("Padding", transferPadding)
		return Write{Request: q, Offset: offset, Data: r.Bytes("WriteData", n)}
	case MajorDeviceControl:
		out, in, code := r.U32("OutputBufferLength"), r.Length("InputBufferLength", MaxTransfer), r.U32("IoControlCode")
		r.Skip("Padding", controlPadding)
		return Control{Request: q, Code: code, OutputLength: out, Input: r.Bytes("InputBuffer", in)}
	case MajorLockControl:
		return readLock(r, q)
	case MajorQueryInformation:
		return readQueryInformation(r, q)
	case MajorSetInformation:
		return readSetInformation(r, q)
	case MajorQueryVolume:
		return readQueryVolume(r, q)
	case MajorSetVolume:
		return readSetVolume(r, q)
	case MajorDirectoryControl:
		switch minor {
		case minorQueryDirectory:
			return readQueryDirectory(r, q)
		case minorNotifyChange:
			return readNotifyChange(r, q)
		}
	}
	return Unknown{Request: q, Major: major, Minor: minor}
}

func readCreate(r *field.Reader, q Request) Create {
	c := Create{
		Request: q, Access: Access(r.U32("DesiredAccess")), AllocationSize: r.U64("AllocationSize"),
		Attributes: Attributes(r.U32("FileAttributes")), Share: r.U32("SharedAccess"),
		Disposition: Disposition(r.U32("CreateDisposition")), Options: CreateOptions(r.U32("CreateOptions")),
	}
	c.Path = readString(r, "Path", r.Length("PathLength", maxPath))
	return c
}

// Append appends the request as a server sends it.
func (c Create) Append(b []byte) []byte {
	b = append64(append32(c.append(b, MajorCreate, 0), uint32(c.Access)), c.AllocationSize)
	b = append32(b, uint32(c.Attributes), c.Share, uint32(c.Disposition), uint32(c.Options))
	return appendCounted(b, c.Path)
}

// appendCounted appends the length of a path, and the path with a NUL.
func appendCounted(b []byte, path string) []byte {
	text := optionalString(path)
	return append(append32(b, uint32(len(text))), text...)
}

// Append appends the request as a server sends it.
func (c Close) Append(b []byte) []byte {
	return append(c.append(b, MajorClose, 0), make([]byte, closePadding)...)
}

// Append appends the request as a server sends it.
func (q Read) Append(b []byte) []byte {
	b = append64(append32(q.append(b, MajorRead, 0), q.Length), q.Offset)
	return append(b, make([]byte, transferPadding)...)
}

// Append appends the request as a server sends it.
func (w Write) Append(b []byte) []byte {
	b = append64(append32(w.append(b, MajorWrite, 0), uint32(len(w.Data))), w.Offset)
	return append(append(b, make([]byte, transferPadding)...), w.Data...)
}

// Append appends the request as a server sends it.
func (c Control) Append(b []byte) []byte {
	b = append32(c.append(b, MajorDeviceControl, 0), c.OutputLength, uint32(len(c.Input)), c.Code)
	return append(append(b, make([]byte, controlPadding)...), c.Input...)
}

func readLock(r *field.Reader, q Request) Lock {
	l := Lock{Request: q, Operation: LockOperation(r.U32("Operation"))}
	if l.Operation < LockShared || l.Operation > LockUnlockMultiple {
		r.Fail("Operation", "%d is unknown", uint32(l.Operation))
	}
	l.Wait = r.U32("F")&1 != 0
	n := r.Length("NumLocks", maxLocks)
	r.Skip("Padding2", lockPadding)
	for range n {
		g := Range{Length: r.U64("Locks"), Offset: r.U64("Locks")}
		if r.Err() != nil {
			break
		}
		l.Ranges = append(l.Ranges, g)
	}
	return l
}

// Append appends the request as a server sends it.
func (l Lock) Append(b []byte) []byte {
	wait := uint32(0)
	if l.Wait {
		wait = 1
	}
	b = append32(l.append(b, MajorLockControl, 0), uint32(l.Operation), wait, uint32(len(l.Ranges)))
	b = append(b, make([]byte, lockPadding)...)
	for _, g := range l.Ranges {
		b = append64(b, g.Length, g.Offset)
	}
	return b
}

// Append appends the request as a server sends it.
func (u Unknown) Append(b []byte) []byte { return u.append(b, u.Major, u.Minor) }
