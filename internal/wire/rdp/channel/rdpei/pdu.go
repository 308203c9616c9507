// SPDX-License-Identifier: Apache-2.0

package rdpei

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Version is a version of the protocol.
type Version uint32

// The versions. Pens came with 2.0, several pens with 3.0.
const (
	Version100 Version = 0x00010000
	Version101 Version = 0x00010001
	Version200 Version = 0x00020000
	Version300 Version = 0x00030000
)

// begin reads the header (section 2.2.2.6).
func begin(pdu string, event uint16, b []byte) *field.Reader {
	r := field.NewReader(pdu, b)
	r.Expect("eventId", uint64(r.U16("eventId")), uint64(event))
	r.Expect("pduLength", uint64(r.U32("pduLength")), uint64(len(b)))
	return r
}

// message appends a message with its header.
func message(b []byte, event uint16, body func([]byte) []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint16(b, event)
	b = body(append(b, 0, 0, 0, 0))
	binary.LittleEndian.PutUint32(b[start+2:], uint32(len(b)-start))
	return b
}

// ServerReady is RDPINPUT_SC_READY_PDU (section 2.2.3.1).
type ServerReady struct {
	Version Version
	// MultiPen says that several pens may be sent; it is there from Version300 on.
	MultiPen bool
}

// ParseServerReady reads the PDU.
func ParseServerReady(b []byte) (ServerReady, error) {
	r := begin("rdpei: server ready", eventServerReady, b)
	s := ServerReady{Version: Version(r.U32("protocolVersion"))}
	if s.Version >= Version300 {
		s.MultiPen = r.U32("supportedFeatures")&1 != 0
	}
	return s, r.Err()
}

// Append appends the PDU.
func (s ServerReady) Append(b []byte) []byte {
	return message(b, eventServerReady, func(b []byte) []byte {
		b = binary.LittleEndian.AppendUint32(b, uint32(s.Version))
		if s.Version >= Version300 {
			features := uint32(0)
			if s.MultiPen {
				features = 1
			}
			b = binary.LittleEndian.AppendUint32(b, features)
		}
		return b
	})
}

// ReadyFlags are the flags of a client.
type ReadyFlags uint32

// Flags of a client.
const (
	// ReadyVisuals has the server draw where it is touched.
	ReadyVisuals ReadyFlags = 1 << iota
	// ReadyNoTimestamps has the server leave the times of frames out.
	ReadyNoTimestamps
	ReadyMultiPen
)

// ClientReady is RDPINPUT_CS_READY_PDU (section 2.2.3.2).
type ClientReady struct {
	Flags       ReadyFlags
	Version     Version
	MaxContacts uint16
}

// ParseClientReady reads the PDU.
func ParseClientReady(b []byte) (ClientReady, error) {
	r := begin("rdpei: client ready", eventClientReady, b)
	c := ClientReady{Flags: ReadyFlags(r.U32("flags")), Version: Version(r.U32("protocolVersion")), MaxContacts: r.U16("maxTouchContacts")}
	return c, r.Err()
}

// Append appends the PDU.
func (c ClientReady) Append(b []byte) []byte {
	return message(b, eventClientReady, func(b []byte) []byte {
		b = binary.LittleEndian.AppendUint32(b, uint32(c.Flags))
		b = binary.LittleEndian.AppendUint32(b, uint32(c.Version))
		return binary.LittleEndian.AppendUint16(b, c.MaxContacts)
	})
}

// AppendSuspend appends RDPINPUT_SUSPEND_INPUT_PDU (section 2.2.3.4).
func AppendSuspend(b []byte) []byte { return message(b, eventSuspend, nothing) }

// AppendResume appends RDPINPUT_RESUME_INPUT_PDU (section 2.2.3.5).
func AppendResume(b []byte) []byte { return message(b, eventResume, nothing) }

func nothing(b []byte) []byte { return b }

// ParseDismiss reads RDPINPUT_DISMISS_HOVERING_TOUCH_CONTACT_PDU (section 2.2.3.6), which
// names a contact.
func ParseDismiss(b []byte) (id uint8, err error) {
	r := begin("rdpei: dismiss hovering contact", eventDismiss, b)
	id = r.U8("contactId")
	return id, r.Err()
}

// AppendDismiss appends the PDU.
func AppendDismiss(b []byte, id uint8) []byte {
	return message(b, eventDismiss, func(b []byte) []byte { return append(b, id) })
}
