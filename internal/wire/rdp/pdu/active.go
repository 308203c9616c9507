// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// OriginatorID is what a client writes as the originator of confirm active.
const OriginatorID = 0x03EA

// DemandActive is the demand active PDU (section 2.2.1.13.1): the body of its share control
// PDU.
type DemandActive struct {
	ShareID          uint32
	SourceDescriptor []byte
	Capabilities     []CapabilitySet
	SessionID        uint32
}

// ParseDemandActive reads the body of a share control PDU. Deviation: the session ID is
// left out by some servers.
func ParseDemandActive(body []byte) (DemandActive, error) {
	r := field.NewReader("pdu: demand active", body)
	p := DemandActive{ShareID: r.U32("shareId")}
	source := int(r.U16("lengthSourceDescriptor"))
	r.U16("lengthCombinedCapabilities")
	p.SourceDescriptor = r.Bytes("sourceDescriptor", source)
	p.Capabilities = readCapabilities(r)
	if r.Len() > 0 {
		p.SessionID = r.U32("sessionId")
	}
	return p, r.Err()
}

// Append appends the body.
func (p DemandActive) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, p.ShareID)
	b = appendDescribedCapabilities(b, p.SourceDescriptor, p.Capabilities)
	return binary.LittleEndian.AppendUint32(b, p.SessionID)
}

func appendDescribedCapabilities(b, source []byte, sets []CapabilitySet) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(source)))
	at := len(b)
	b = append(append(b, 0, 0), source...)
	start := len(b)
	b = appendCapabilities(b, sets)
	binary.LittleEndian.PutUint16(b[at:], uint16(len(b)-start))
	return b
}

// ConfirmActive is the confirm active PDU (section 2.2.1.13.2): the body of its share
// control PDU.
type ConfirmActive struct {
	ShareID          uint32
	OriginatorID     uint16
	SourceDescriptor []byte
	Capabilities     []CapabilitySet
}

// ParseConfirmActive reads the body of a share control PDU.
func ParseConfirmActive(body []byte) (ConfirmActive, error) {
	r := field.NewReader("pdu: confirm active", body)
	p := ConfirmActive{ShareID: r.U32("shareId"), OriginatorID: r.U16("originatorId")}
	source := int(r.U16("lengthSourceDescriptor"))
	r.U16("lengthCombinedCapabilities")
	p.SourceDescriptor = r.Bytes("sourceDescriptor", source)
	p.Capabilities = readCapabilities(r)
	return p, r.Err()
}

// Append appends the body.
func (p ConfirmActive) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, p.ShareID)
	b = binary.LittleEndian.AppendUint16(b, p.OriginatorID)
	return appendDescribedCapabilities(b, p.SourceDescriptor, p.Capabilities)
}

// DeactivateAll is the deactivate all PDU (section 2.2.3.1): the body of its share control
// PDU. What follows is a new demand active, or the end.
type DeactivateAll struct {
	ShareID          uint32
	SourceDescriptor []byte
}

// ParseDeactivateAll reads the body of a share control PDU, which some servers leave empty.
func ParseDeactivateAll(body []byte) (DeactivateAll, error) {
	var p DeactivateAll
	if len(body) == 0 {
		return p, nil
	}
	r := field.NewReader("pdu: deactivate all", body)
	p.ShareID = r.U32("shareId")
	p.SourceDescriptor = r.Bytes("sourceDescriptor", int(r.U16("lengthSourceDescriptor")))
	return p, r.Err()
}

// Append appends the body.
func (p DeactivateAll) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, p.ShareID)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(p.SourceDescriptor)))
	return append(b, p.SourceDescriptor...)
}
