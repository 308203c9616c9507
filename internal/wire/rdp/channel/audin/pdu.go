// SPDX-License-Identifier: Apache-2.0

package audin

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpsnd"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Format is AUDIO_FORMAT, which this protocol has from audio output.
type Format = rdpsnd.Format

// Version is the version PDU of either side (section 2.2.2.1).
type Version uint32

// ParseVersion reads the PDU.
func ParseVersion(b []byte) (Version, error) {
	v, err := parse32(b, "audin: version", typeVersion, "Version")
	return Version(v), err
}

// Append appends the PDU.
func (v Version) Append(b []byte) []byte { return append32(b, typeVersion, uint32(v)) }

// OpenReply is the open reply PDU (section 2.2.2.4): an HRESULT, which is a failure if its
// top bit is set.
type OpenReply uint32

// Results of Open ([MS-ERREF] section 2.1).
const (
	OK           OpenReply = 0x00000000
	Fail         OpenReply = 0x80004005
	AccessDenied OpenReply = 0x80070005
)

// ParseOpenReply reads the PDU.
func ParseOpenReply(b []byte) (OpenReply, error) {
	v, err := parse32(b, "audin: open reply", typeOpenReply, "Result")
	return OpenReply(v), err
}

// Append appends the PDU.
func (o OpenReply) Append(b []byte) []byte { return append32(b, typeOpenReply, uint32(o)) }

// FormatChange is the format change PDU of either side (section 2.2.4.1): an index into the
// formats that the client has sent.
type FormatChange uint32

// ParseFormatChange reads the PDU.
func ParseFormatChange(b []byte) (FormatChange, error) {
	v, err := parse32(b, "audin: format change", typeFormatChange, "NewFormat")
	return FormatChange(v), err
}

// Append appends the PDU.
func (f FormatChange) Append(b []byte) []byte { return append32(b, typeFormatChange, uint32(f)) }

func parse32(b []byte, pdu string, kind uint8, name string) (uint32, error) {
	r := field.NewReader(pdu, b)
	r.Expect("MessageId", uint64(r.U8("MessageId")), uint64(kind))
	v := r.U32(name)
	return v, r.Err()
}

func append32(b []byte, kind byte, v uint32) []byte {
	return binary.LittleEndian.AppendUint32(append(b, kind), v)
}

// Formats is the sound formats PDU of either side (section 2.2.2.2).
type Formats []Format

// ParseFormats reads the PDU. The size that it tells is arbitrary in a server's.
func ParseFormats(b []byte) (Formats, error) {
	r := field.NewReader("audin: sound formats", b)
	r.Expect("MessageId", uint64(r.U8("MessageId")), typeFormats)
	n := r.Length("NumFormats", maxFormats)
	r.Skip("cbSizeFormatsPacket", 4)
	var formats Formats
	for range n {
		f := rdpsnd.ReadFormat(r)
		if r.Err() != nil {
			return nil, r.Err()
		}
		formats = append(formats, f)
	}
	return formats, r.Err()
}

// Append appends the PDU with the size that a client tells: that of the whole PDU.
func (f Formats) Append(b []byte) []byte {
	start := len(b)
	b = append32(b, typeFormats, uint32(len(f)))
	b = append(b, 0, 0, 0, 0)
	for _, format := range f {
		b = format.Append(b)
	}
	binary.LittleEndian.PutUint32(b[start+5:], uint32(len(b)-start))
	return b
}

// Open is the open PDU (section 2.2.2.3).
type Open struct {
	FramesPerPacket uint32
	// Initial is the index of the format that is sent.
	Initial uint32
	// Capture is the format in which the device should record.
	Capture Format
}

// ParseOpen reads the PDU.
func ParseOpen(b []byte) (Open, error) {
	r := field.NewReader("audin: open", b)
	r.Expect("MessageId", uint64(r.U8("MessageId")), typeOpen)
	o := Open{FramesPerPacket: r.U32("FramesPerPacket"), Initial: r.U32("initialFormat"), Capture: rdpsnd.ReadFormat(r)}
	return o, r.Err()
}

// Append appends the PDU.
func (o Open) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(append32(b, typeOpen, o.FramesPerPacket), o.Initial)
	return o.Capture.Append(b)
}
