// SPDX-License-Identifier: Apache-2.0

package mcs

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// SendData is a send data request, from the client, or a send data indication, from the
// server: what a channel carries (section 2.2.1, "MCS Send Data Request").
type SendData struct {
	// Choice is ChoiceSendDataRequest or ChoiceSendDataIndication.
	Choice    Choice
	Initiator uint16
	Channel   uint16
	Data      []byte
}

// MaxData is the most data that one PDU carries: its length has 15 bits. Deviation: PER
// has fragments above 14 bits, which nobody sends.
const MaxData = 0x7FFF

// priorityAndSegmentation says high priority, first and last segment.
const priorityAndSegmentation = 0x70

// ParseSendData reads either PDU.
func ParseSendData(b []byte) (SendData, error) {
	var p SendData
	r := field.NewReader("mcs: send data", b)
	p.Choice = Choice(r.U8("choice") >> 2)
	if p.Choice != ChoiceSendDataRequest && p.Choice != ChoiceSendDataIndication {
		r.Fail("choice", "%v", p.Choice)
	}
	p.Initiator = readUser(r)
	p.Channel = r.BigU16("channelId")
	r.Skip("dataPriority", 1)
	n := int(r.U8("userData length"))
	if n&0x80 != 0 {
		n = n&0x7F<<8 | int(r.U8("userData length"))
	}
	p.Data = r.Bytes("userData", n)
	r.End("userData")
	return p, r.Err()
}

// Append appends the PDU. Data of more than MaxData bytes is a mistake of the caller and
// panics.
func (p SendData) Append(b []byte) []byte {
	start := len(b)
	b = p.Begin(b)
	return p.End(append(b, p.Data...), start)
}

// headerSize is the size of the header that Begin appends.
const headerSize = 8

// Begin appends the header of a PDU whose data the caller appends; End fills in its length.
// The length takes two bytes always, as Windows accepts it and FreeRDP writes it.
func (p SendData) Begin(b []byte) []byte {
	b = appendUser(append(b, byte(p.Choice)<<2), p.Initiator)
	b = binary.BigEndian.AppendUint16(b, p.Channel)
	return append(b, priorityAndSegmentation, 0x80, 0)
}

// End fills in the length of the PDU that Begin began at start.
func (SendData) End(b []byte, start int) []byte {
	n := len(b) - start - headerSize
	if n > MaxData {
		panic("mcs: more data than a PDU carries")
	}
	b[start+headerSize-2], b[start+headerSize-1] = 0x80|byte(n>>8), byte(n)
	return b
}
