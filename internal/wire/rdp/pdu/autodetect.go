// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// AutodetectType is the type of an autodetect request or response.
type AutodetectType uint16

// Requests of the server (section 2.2.14.1). Those of connect time come before licensing.
const (
	RTTRequestContinuous     AutodetectType = 0x0001
	RTTRequestConnect        AutodetectType = 0x1001
	BandwidthStartContinuous AutodetectType = 0x0014
	BandwidthStartTunnel     AutodetectType = 0x0114
	BandwidthStartConnect    AutodetectType = 0x1014
	BandwidthPayload         AutodetectType = 0x0002
	BandwidthStopConnect     AutodetectType = 0x002B
	BandwidthStopContinuous  AutodetectType = 0x0429
	BandwidthStopTunnel      AutodetectType = 0x0629
	NetworkResultBaseRTT     AutodetectType = 0x0840
	NetworkResultBandwidth   AutodetectType = 0x0880
	NetworkResultAll         AutodetectType = 0x08C0
)

// Responses of the client (section 2.2.14.2).
const (
	RTTResponse               AutodetectType = 0x0000
	BandwidthResultConnect    AutodetectType = 0x0003
	BandwidthResultContinuous AutodetectType = 0x000B
	NetworkSync               AutodetectType = 0x0018
)

const (
	autodetectRequestID  = 0
	autodetectResponseID = 1
	autodetectHeader     = 6
)

// Autodetect is a request or a response of network autodetection (section 2.2.14). The
// header of the message channel, with SEC_AUTODETECT_REQ or SEC_AUTODETECT_RSP, comes
// before it.
type Autodetect struct {
	Response bool
	Sequence uint16
	Type     AutodetectType
	// Values are the numbers of the message, in their order: baseRTT, bandwidth and averageRTT
	// of a network result, as far as the type has them; timeDelta and byteCount of a bandwidth
	// result; bandwidth and RTT of a network sync.
	Values []uint32
	// Payload is that of BandwidthPayload and BandwidthStopConnect: bytes to be counted.
	Payload []byte
}

// autodetectValues tells how many numbers a message has.
func autodetectValues(response bool, t AutodetectType) int {
	switch {
	case response && (t == BandwidthResultConnect || t == BandwidthResultContinuous || t == NetworkSync):
		return 2
	case !response && (t == NetworkResultBaseRTT || t == NetworkResultBandwidth):
		return 2
	case !response && t == NetworkResultAll:
		return 3
	}
	return 0
}

func hasPayload(response bool, t AutodetectType) bool {
	return !response && (t == BandwidthPayload || t == BandwidthStopConnect)
}

var autodetectValueNames = [...]string{"first value", "second value", "third value"}

// ParseAutodetect reads a request or a response.
func ParseAutodetect(b []byte) (Autodetect, error) {
	var p Autodetect
	r := field.NewReader("pdu: autodetect", b)
	size := int(r.U8("headerLength"))
	kind := r.U8("headerTypeId")
	if r.Err() == nil && kind != autodetectRequestID && kind != autodetectResponseID {
		r.Fail("headerTypeId", "%d is unknown", kind)
	}
	p.Response = kind == autodetectResponseID
	p.Sequence = r.U16("sequenceNumber")
	p.Type = AutodetectType(r.U16("type"))
	values := autodetectValues(p.Response, p.Type)
	want := autodetectHeader + 4*values
	if hasPayload(p.Response, p.Type) {
		want += 2
	}
	r.Expect("headerLength", uint64(size), uint64(want))
	for i := range values {
		p.Values = append(p.Values, r.U32(autodetectValueNames[i]))
	}
	if hasPayload(p.Response, p.Type) {
		p.Payload = r.Bytes("payload", int(r.U16("payloadLength")))
	}
	return p, r.Err()
}

// Append appends the message.
func (p Autodetect) Append(b []byte) []byte {
	size, kind := autodetectHeader+4*len(p.Values), byte(autodetectRequestID)
	if hasPayload(p.Response, p.Type) {
		size += 2
	}
	if p.Response {
		kind = autodetectResponseID
	}
	b = append(b, byte(size), kind)
	b = binary.LittleEndian.AppendUint16(b, p.Sequence)
	b = binary.LittleEndian.AppendUint16(b, uint16(p.Type))
	for _, v := range p.Values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	if hasPayload(p.Response, p.Type) {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(p.Payload)))
		b = append(b, p.Payload...)
	}
	return b
}

func (t AutodetectType) String() string { return fmt.Sprintf("0x%04X", uint16(t)) }
