// SPDX-License-Identifier: Apache-2.0

// Package nego is what the two sides of RDP say before any security: the negotiation of the
// security protocol, in the variable parts of the X.224 connection PDUs ([MS-RDPBCGR],
// sections 2.2.1.1 and 2.2.1.2), and the preconnection PDU in front of it ([MS-RDPEPS],
// section 2.2.1).
//
// A [Request] is answered by a [Response]: a protocol chosen, a failure, or no negotiation
// data at all from a server that knows standard RDP security only.
package nego

import "strings"

// Protocol is a set of security protocols.
type Protocol uint32

// The security protocols (section 2.2.1.1.1, requestedProtocols).
const (
	ProtocolRDP      Protocol = 0
	ProtocolSSL      Protocol = 1 << 0
	ProtocolHybrid   Protocol = 1 << 1
	ProtocolRDSTLS   Protocol = 1 << 2
	ProtocolHybridEx Protocol = 1 << 3
	ProtocolRDSAAD   Protocol = 1 << 4
)

func (p Protocol) String() string {
	if p == ProtocolRDP {
		return "RDP"
	}
	var names []string
	for i, name := range []string{"SSL", "HYBRID", "RDSTLS", "HYBRID_EX", "RDSAAD"} {
		if p&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if p>>5 != 0 {
		names = append(names, "unknown")
	}
	return strings.Join(names, "|")
}

// Types of the negotiation structures.
const (
	typeRequest     = 1
	typeResponse    = 2
	typeFailure     = 3
	typeCorrelation = 6
)

// structureSize is the size of RDP_NEG_REQ, RDP_NEG_RSP and RDP_NEG_FAILURE.
const structureSize = 8
