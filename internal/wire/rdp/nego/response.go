// SPDX-License-Identifier: Apache-2.0

package nego

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// ResponseFlags are the flags of RDP_NEG_RSP.
type ResponseFlags uint8

// The flags of RDP_NEG_RSP (section 2.2.1.2.1).
const (
	ExtendedClientDataSupported  ResponseFlags = 1 << 0
	DynVCGraphicsSupported       ResponseFlags = 1 << 1
	RestrictedAdminModeSupported ResponseFlags = 1 << 3
	RedirectedAuthModeSupported  ResponseFlags = 1 << 4
)

// FailureCode says why a server refuses the offered protocols (section 2.2.1.2.2).
type FailureCode uint32

// The failure codes.
const (
	SSLRequiredByServer     FailureCode = 1
	SSLNotAllowedByServer   FailureCode = 2
	SSLCertNotOnServer      FailureCode = 3
	InconsistentFlags       FailureCode = 4
	HybridRequiredByServer  FailureCode = 5
	SSLWithUserAuthRequired FailureCode = 6
)

var failureTexts = map[FailureCode]string{
	SSLRequiredByServer:     "the server requires TLS",
	SSLNotAllowedByServer:   "the server allows standard RDP security only",
	SSLCertNotOnServer:      "the server has no certificate for TLS",
	InconsistentFlags:       "the requested protocols are inconsistent",
	HybridRequiredByServer:  "the server requires NLA",
	SSLWithUserAuthRequired: "the server requires TLS with a client certificate",
}

func (c FailureCode) String() string {
	if text, ok := failureTexts[c]; ok {
		return text
	}
	return fmt.Sprintf("unknown failure %d", uint32(c))
}

// Error makes the server's refusal an error that errors.As finds.
func (c FailureCode) Error() string { return "nego: " + c.String() }

// Response is the variable part of the X.224 connection confirm (section 2.2.1.2).
type Response struct {
	// Negotiated is false for a server without negotiation: standard security.
	Negotiated bool
	Flags      ResponseFlags
	// Protocol is the one chosen.
	Protocol Protocol
	// Failure is not 0 if the server refuses; it closes the connection then.
	Failure FailureCode
}

// ParseResponse reads the variable part of a connection confirm.
func ParseResponse(b []byte) (Response, error) {
	var p Response
	if len(b) == 0 {
		return p, nil
	}
	p.Negotiated = true
	r := field.NewReader("nego: RDP_NEG_RSP", b)
	kind := r.U8("type")
	flags := r.U8("flags")
	r.Expect("length", uint64(r.U16("length")), structureSize)
	value := r.U32("selectedProtocol")
	switch {
	case r.Err() != nil:
	case kind == typeResponse:
		p.Flags, p.Protocol = ResponseFlags(flags), Protocol(value)
		if p.Protocol&(p.Protocol-1) != 0 {
			r.Fail("selectedProtocol", "0x%X is more than one protocol", value)
		}
	case kind == typeFailure && value != 0:
		p.Failure = FailureCode(value)
	default:
		r.Fail("type", "%d with value 0x%X is neither response nor failure", kind, value)
	}
	r.End("selectedProtocol")
	return p, r.Err()
}

// Append appends the variable part.
func (p Response) Append(b []byte) []byte {
	switch {
	case !p.Negotiated:
		return b
	case p.Failure != 0:
		b = append(b, typeFailure, 0, structureSize, 0)
		return binary.LittleEndian.AppendUint32(b, uint32(p.Failure))
	}
	b = append(b, typeResponse, byte(p.Flags), structureSize, 0)
	return binary.LittleEndian.AppendUint32(b, uint32(p.Protocol))
}
