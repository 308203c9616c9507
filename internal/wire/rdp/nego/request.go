// SPDX-License-Identifier: Apache-2.0

package nego

import (
	"bytes"
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// RequestFlags are the flags of RDP_NEG_REQ.
type RequestFlags uint8

// The flags of RDP_NEG_REQ (section 2.2.1.1.1).
const (
	RestrictedAdminModeRequired         RequestFlags = 1 << 0
	RedirectedAuthenticationModeRequire RequestFlags = 1 << 1
	CorrelationInfoPresent              RequestFlags = 1 << 3
)

// Request is the variable part of the X.224 connection request (section 2.2.1.1).
type Request struct {
	// Token is the routing token or the cookie line without its CR LF: "Cookie: msts=…" or
	// what a redirection gave as load balance info. Cookie makes the line of a user's name.
	Token []byte
	// Negotiate is false for a client without RDP_NEG_REQ, which wants standard security.
	Negotiate bool
	Flags     RequestFlags
	Protocols Protocol
	// CorrelationID names the connection in logs, with the flag CorrelationInfoPresent.
	CorrelationID [16]byte
}

var lineEnd = []byte("\r\n")

// cookiePrefix begins the line that carries a user's name.
const cookiePrefix = "Cookie: mstshash="

// maxCookieName is what Windows cuts the name in the cookie to.
const maxCookieName = 9

// Cookie returns the token that tells load balancers a user's name, nil for no name.
// Characters that would end the line are left out.
func Cookie(user string) []byte {
	name := bytes.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return -1
		}
		return c
	}, []byte(user))
	if len(name) == 0 {
		return nil
	}
	return append([]byte(cookiePrefix), name[:min(len(name), maxCookieName)]...)
}

const correlationSize = 36

// MaxToken is the longest token that leaves room for the negotiation.
const MaxToken = x224.MaxVariable - structureSize - correlationSize - 2

// ParseRequest reads the variable part of a connection request.
func ParseRequest(b []byte) (Request, error) {
	var q Request
	if end := bytes.Index(b, lineEnd); end >= 0 && (b[0] != typeRequest || len(b) != structureSize) {
		q.Token, b = b[:end:end], b[end+len(lineEnd):]
	}
	if len(b) == 0 {
		return q, nil
	}
	q.Negotiate = true
	r := field.NewReader("nego: RDP_NEG_REQ", b)
	r.Expect("type", uint64(r.U8("type")), typeRequest)
	q.Flags = RequestFlags(r.U8("flags"))
	r.Expect("length", uint64(r.U16("length")), structureSize)
	q.Protocols = Protocol(r.U32("requestedProtocols"))
	if q.Flags&CorrelationInfoPresent != 0 {
		r.Expect("correlationInfo type", uint64(r.U8("correlationInfo type")), typeCorrelation)
		r.Skip("correlationInfo flags", 1)
		r.Expect("correlationInfo length", uint64(r.U16("correlationInfo length")), correlationSize)
		r.Copy("correlationId", q.CorrelationID[:])
		r.Skip("reserved", 16)
	}
	r.End("requestedProtocols")
	return q, r.Err()
}

// Append appends the variable part.
func (q Request) Append(b []byte) []byte {
	if q.Token != nil {
		b = append(append(b, q.Token...), lineEnd...)
	}
	if !q.Negotiate {
		return b
	}
	b = append(b, typeRequest, byte(q.Flags), structureSize, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(q.Protocols))
	if q.Flags&CorrelationInfoPresent != 0 {
		b = append(b, typeCorrelation, 0, correlationSize, 0)
		b = append(b, q.CorrelationID[:]...)
		b = append(b, make([]byte, 16)...)
	}
	return b
}
