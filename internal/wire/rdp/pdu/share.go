// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// ShareType is the type of a share control PDU.
type ShareType uint8

// The share control PDUs (section 2.2.8.1.1.1.1).
const (
	TypeDemandActive      ShareType = 1
	TypeConfirmActive     ShareType = 3
	TypeDeactivateAll     ShareType = 6
	TypeData              ShareType = 7
	TypeServerRedirection ShareType = 10
	// TypeFlow stands for the flow PDUs of T.128, which are to be ignored.
	TypeFlow ShareType = 0xFF
)

func (t ShareType) String() string {
	switch t {
	case TypeDemandActive:
		return "demand active"
	case TypeConfirmActive:
		return "confirm active"
	case TypeDeactivateAll:
		return "deactivate all"
	case TypeData:
		return "data"
	case TypeServerRedirection:
		return "server redirection"
	case TypeFlow:
		return "flow"
	}
	return fmt.Sprintf("share control PDU %d", uint8(t))
}

const (
	shareControlSize = 6
	shareVersion     = 0x10
	flowMarker       = 0x8000
	flowSize         = 8
	// shortControlSize is that of a deactivate all PDU that ends after its type.
	shortControlSize = 4
)

// ShareControl is a share control PDU (section 2.2.8.1.1.1.1).
type ShareControl struct {
	Type   ShareType
	Source uint16
	Body   []byte
}

// ParseShareControl reads the PDU that b begins with and returns how many bytes it has: one
// MCS PDU may hold several.
func ParseShareControl(b []byte) (p ShareControl, n int, err error) {
	r := field.NewReader("pdu: share control header", b)
	n = int(r.U16("totalLength"))
	if n == flowMarker {
		p.Type = TypeFlow
		p.Body = r.Bytes("flow PDU", min(flowSize-2, r.Len()))
		return p, r.Offset(), r.Err()
	}
	p.Type = ShareType(r.U16("pduType") & 0x0F)
	if n == shortControlSize { // Windows sends deactivate all like this now and then
		return p, n, r.Err()
	}
	p.Source = r.U16("pduSource")
	if r.Err() == nil && n < shareControlSize {
		r.Fail("totalLength", "%d is less than the header", n)
	}
	p.Body = r.Bytes("totalLength", n-shareControlSize)
	return p, n, r.Err()
}

// beginShare appends a share control header; endShare fills in its length.
func beginShare(b []byte, t ShareType, source uint16) []byte {
	b = append(b, 0, 0, byte(t)|shareVersion, 0)
	return binary.LittleEndian.AppendUint16(b, source)
}

func endShare(b []byte, start int) []byte {
	binary.LittleEndian.PutUint16(b[start:], uint16(len(b)-start))
	return b
}

// Append appends the PDU.
func (p ShareControl) Append(b []byte) []byte {
	if p.Type == TypeFlow {
		return append(binary.LittleEndian.AppendUint16(b, flowMarker), p.Body...)
	}
	start := len(b)
	return endShare(append(beginShare(b, p.Type, p.Source), p.Body...), start)
}

// DataType is the type of a share data PDU.
type DataType uint8

// The share data PDUs (section 2.2.8.1.1.1.2).
const (
	DataUpdate                DataType = 0x02
	DataControl               DataType = 0x14
	DataPointer               DataType = 0x1B
	DataInput                 DataType = 0x1C
	DataSynchronize           DataType = 0x1F
	DataRefreshRect           DataType = 0x21
	DataPlaySound             DataType = 0x22
	DataSuppressOutput        DataType = 0x23
	DataShutdownRequest       DataType = 0x24
	DataShutdownDenied        DataType = 0x25
	DataSaveSessionInfo       DataType = 0x26
	DataFontList              DataType = 0x27
	DataFontMap               DataType = 0x28
	DataSetKeyboardIndicators DataType = 0x29
	DataPersistentKeyList     DataType = 0x2B
	DataSetKeyboardIMEStatus  DataType = 0x2D
	DataSetErrorInfo          DataType = 0x2F
	DataARCStatus             DataType = 0x32
	DataStatusInfo            DataType = 0x36
	DataMonitorLayout         DataType = 0x37
	DataFrameAcknowledge      DataType = 0x38
)

// Flags of compressedType; the low four bits are the type of compression.
const (
	PacketCompressed = 0x20
	PacketAtFront    = 0x40
	PacketFlushed    = 0x80
	CompressionMask  = 0x0F
	streamMedium     = 2
	lengthExtra      = 4 // uncompressedLength counts from pduType2 on, as T.128 has it
)

// ShareData is a share data PDU (section 2.2.8.1.1.1.2): the body of a share control PDU of
// TypeData.
type ShareData struct {
	ShareID  uint32
	StreamID uint8
	// UncompressedLength is as the sender wrote it; Append writes one of its own if it is 0.
	UncompressedLength uint16
	Type               DataType
	CompressedType     uint8
	CompressedLength   uint16
	Data               []byte
}

// ParseShareData reads the body of a share control PDU.
func ParseShareData(body []byte) (ShareData, error) {
	var p ShareData
	r := field.NewReader("pdu: share data header", body)
	p.ShareID = r.U32("shareId")
	r.Skip("pad1", 1)
	p.StreamID = r.U8("streamId")
	p.UncompressedLength = r.U16("uncompressedLength")
	p.Type = DataType(r.U8("pduType2"))
	p.CompressedType = r.U8("compressedType")
	p.CompressedLength = r.U16("compressedLength")
	p.Data = r.Rest()
	return p, r.Err()
}

// Append appends the body.
func (p ShareData) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, p.ShareID)
	b = append(b, 0, p.StreamID)
	n := p.UncompressedLength
	if n == 0 {
		n = uint16(len(p.Data) + lengthExtra)
	}
	b = binary.LittleEndian.AppendUint16(b, n)
	b = append(b, byte(p.Type), p.CompressedType)
	b = binary.LittleEndian.AppendUint16(b, p.CompressedLength)
	return append(b, p.Data...)
}

// AppendData appends a whole share control PDU with an uncompressed data PDU in it.
func AppendData(b []byte, source uint16, shareID uint32, t DataType, data []byte) []byte {
	start := len(b)
	b = beginShare(b, TypeData, source)
	b = ShareData{ShareID: shareID, StreamID: streamMedium, Type: t, Data: data}.Append(b)
	return endShare(b, start)
}
