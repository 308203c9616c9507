// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Heartbeat is the heartbeat PDU (section 2.2.16.1): the server sends one every Period
// seconds. The header of the message channel, with SEC_HEARTBEAT, comes before it.
type Heartbeat struct {
	// Period is in seconds.
	Period uint8
	// Warning and Reconnect are the missed heartbeats after which the client warns the user
	// and connects anew.
	Warning   uint8
	Reconnect uint8
}

// ParseHeartbeat reads the PDU.
func ParseHeartbeat(b []byte) (Heartbeat, error) {
	r := field.NewReader("pdu: heartbeat", b)
	r.Skip("reserved", 1)
	return Heartbeat{Period: r.U8("period"), Warning: r.U8("count1"), Reconnect: r.U8("count2")}, r.Err()
}

// Append appends the PDU.
func (p Heartbeat) Append(b []byte) []byte { return append(b, 0, p.Period, p.Warning, p.Reconnect) }

// MultitransportRequest is the initiate multitransport request PDU (section 2.2.15.1): the
// server would like a UDP connection too. The header of the message channel, with
// SEC_TRANSPORT_REQ, comes before it.
type MultitransportRequest struct {
	RequestID uint32
	// Protocol is 1 for reliable UDP and 2 for lossy UDP.
	Protocol uint16
	Cookie   [16]byte
}

// ParseMultitransportRequest reads the PDU.
func ParseMultitransportRequest(b []byte) (MultitransportRequest, error) {
	r := field.NewReader("pdu: multitransport request", b)
	p := MultitransportRequest{RequestID: r.U32("requestId"), Protocol: r.U16("requestedProtocol")}
	r.Skip("reserved", 2)
	r.Copy("securityCookie", p.Cookie[:])
	return p, r.Err()
}

// Append appends the PDU.
func (p MultitransportRequest) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, p.RequestID)
	b = binary.LittleEndian.AppendUint16(b, p.Protocol)
	return append(append(b, 0, 0), p.Cookie[:]...)
}

// MultitransportAbort is the result of a client that takes no UDP connection (E_ABORT).
const MultitransportAbort = 0x80004004

// MultitransportResponse is the initiate multitransport response PDU (section 2.2.15.2).
type MultitransportResponse struct {
	RequestID uint32
	// HResult is 0 or why there is no connection.
	HResult uint32
}

// Refuse makes the response that keeps everything on TCP.
func (p MultitransportRequest) Refuse() MultitransportResponse {
	return MultitransportResponse{RequestID: p.RequestID, HResult: MultitransportAbort}
}

// ParseMultitransportResponse reads the PDU.
func ParseMultitransportResponse(b []byte) (MultitransportResponse, error) {
	r := field.NewReader("pdu: multitransport response", b)
	return MultitransportResponse{RequestID: r.U32("requestId"), HResult: r.U32("hrResponse")}, r.Err()
}

// Append appends the PDU.
func (p MultitransportResponse) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, p.RequestID), p.HResult)
}
