// SPDX-License-Identifier: Apache-2.0

package cliprdr

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Type is the msgType of CLIPRDR_HEADER (section 2.2.1).
type Type uint16

// Message types.
const (
	TypeMonitorReady         Type = 0x0001
	TypeFormatList           Type = 0x0002
	TypeFormatListResponse   Type = 0x0003
	TypeFormatDataRequest    Type = 0x0004
	TypeFormatDataResponse   Type = 0x0005
	TypeTempDirectory        Type = 0x0006
	TypeCapabilities         Type = 0x0007
	TypeFileContentsRequest  Type = 0x0008
	TypeFileContentsResponse Type = 0x0009
	TypeLock                 Type = 0x000A
	TypeUnlock               Type = 0x000B
)

var typeNames = map[Type]string{
	TypeMonitorReady: "monitor ready", TypeFormatList: "format list", TypeFormatListResponse: "format list response",
	TypeFormatDataRequest: "format data request", TypeFormatDataResponse: "format data response",
	TypeTempDirectory: "temporary directory", TypeCapabilities: "clipboard capabilities",
	TypeFileContentsRequest: "file contents request", TypeFileContentsResponse: "file contents response",
	TypeLock: "lock clipboard data", TypeUnlock: "unlock clipboard data",
}

func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("clipboard PDU 0x%04X", uint16(t))
}

// Flags of CLIPRDR_HEADER.
const (
	flagResponseOK   = 0x0001
	flagResponseFail = 0x0002
	flagASCIINames   = 0x0004
)

const headerSize = 8

// PDU is one message of the channel: MonitorReady, Capabilities, TempDirectory, FormatList,
// FormatListResponse, FormatDataRequest, FormatDataResponse, FileContentsRequest,
// FileContentsResponse, Lock or Unlock.
type PDU interface {
	// Append appends the PDU with its header.
	Append(b []byte) []byte
}

// parsers reads the body of each PDU, which r is at.
var parsers = map[Type]func(r *field.Reader, flags uint16, long bool) PDU{
	TypeMonitorReady:         func(*field.Reader, uint16, bool) PDU { return MonitorReady{} },
	TypeCapabilities:         func(r *field.Reader, _ uint16, _ bool) PDU { return readCapabilities(r) },
	TypeTempDirectory:        func(r *field.Reader, _ uint16, _ bool) PDU { return readTempDirectory(r) },
	TypeFormatList:           func(r *field.Reader, flags uint16, long bool) PDU { return readFormatList(r, flags, long) },
	TypeFormatListResponse:   func(_ *field.Reader, flags uint16, _ bool) PDU { return FormatListResponse{OK: isOK(flags)} },
	TypeFormatDataRequest:    func(r *field.Reader, _ uint16, _ bool) PDU { return FormatDataRequest{ID: r.U32("requestedFormatId")} },
	TypeFormatDataResponse:   func(r *field.Reader, flags uint16, _ bool) PDU { return readFormatDataResponse(r, flags) },
	TypeFileContentsRequest:  func(r *field.Reader, _ uint16, _ bool) PDU { return readFileContentsRequest(r) },
	TypeFileContentsResponse: func(r *field.Reader, flags uint16, _ bool) PDU { return readFileContentsResponse(r, flags) },
	TypeLock:                 func(r *field.Reader, _ uint16, _ bool) PDU { return Lock{ID: r.U32("clipDataId")} },
	TypeUnlock:               func(r *field.Reader, _ uint16, _ bool) PDU { return Unlock{ID: r.U32("clipDataId")} },
}

// Parse reads a message. Format lists have long names if both sides can, which the messages
// themselves do not say. Data aliases b.
func Parse(b []byte, long bool) (PDU, error) {
	kind, flags, body, err := readHeader(b)
	if err != nil {
		return nil, err
	}
	parse, ok := parsers[kind]
	r := field.NewReader("cliprdr: "+kind.String(), body)
	if !ok {
		r.Fail("msgType", "0x%04X is unknown", uint16(kind))
		return nil, r.Err()
	}
	p := parse(r, flags, long)
	if r.Err() != nil {
		return nil, r.Err()
	}
	return p, nil
}

// readHeader reads CLIPRDR_HEADER (section 2.2.1) and returns what dataLen announces. Some
// servers pad what follows with four bytes.
func readHeader(b []byte) (kind Type, flags uint16, body []byte, err error) {
	r := field.NewReader("cliprdr: PDU", b)
	kind, flags = Type(r.U16("msgType")), r.U16("msgFlags")
	size := r.Length("dataLen", len(b))
	body = r.Bytes("data", size)
	return kind, flags, body, r.Err()
}

func isOK(flags uint16) bool { return flags&flagResponseOK != 0 && flags&flagResponseFail == 0 }

func responseFlags(ok bool) uint16 {
	if ok {
		return flagResponseOK
	}
	return flagResponseFail
}

// appendPDU appends a header, and the body whose length it gives.
func appendPDU(b []byte, kind Type, flags uint16, body func([]byte) []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint16(b, uint16(kind))
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = append(b, 0, 0, 0, 0)
	if body != nil {
		b = body(b)
	}
	binary.LittleEndian.PutUint32(b[start+4:], uint32(len(b)-start-headerSize))
	return b
}

func appendU32s(b []byte, values ...uint32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// MonitorReady is CLIPRDR_MONITOR_READY (section 2.2.2.2): the server is ready.
type MonitorReady struct{}

// Append appends the PDU.
func (MonitorReady) Append(b []byte) []byte { return appendPDU(b, TypeMonitorReady, 0, nil) }

// TempDirectory is CLIPRDR_TEMP_DIRECTORY (section 2.2.2.3): a folder of the client that the
// server can reach, which matters to servers without file streams only.
type TempDirectory struct {
	Path string
}

// tempDirectorySize is the size of wszTempDir, and of a file name in a file list.
const tempDirectorySize = 520

func readTempDirectory(r *field.Reader) TempDirectory {
	return TempDirectory{Path: r.UTF16("wszTempDir", tempDirectorySize)}
}

// Append appends the PDU.
func (p TempDirectory) Append(b []byte) []byte {
	return appendPDU(b, TypeTempDirectory, 0, func(b []byte) []byte { return field.AppendFixedUTF16(b, p.Path, tempDirectorySize) })
}

// Lock is CLIPRDR_LOCK_CLIPDATA (section 2.2.4.1): files of the present offer are kept for
// requests that give the ID.
type Lock struct {
	ID uint32
}

// Append appends the PDU.
func (p Lock) Append(b []byte) []byte {
	return appendPDU(b, TypeLock, 0, func(b []byte) []byte { return appendU32s(b, p.ID) })
}

// Unlock is CLIPRDR_UNLOCK_CLIPDATA (section 2.2.4.2): the files can be let go.
type Unlock struct {
	ID uint32
}

// Append appends the PDU.
func (p Unlock) Append(b []byte) []byte {
	return appendPDU(b, TypeUnlock, 0, func(b []byte) []byte { return appendU32s(b, p.ID) })
}
