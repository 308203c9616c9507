// SPDX-License-Identifier: Apache-2.0

// Package ntlm is the client's side of NTLMv2 ([MS-NLMP]) as CredSSP needs it: with a
// message integrity code, channel bindings, key exchange, signing and sealing.
//
//	client                     server
//	NEGOTIATE_MESSAGE        →
//	                         ← CHALLENGE_MESSAGE
//	AUTHENTICATE_MESSAGE     →
//	sealed messages          ↔
//
// [Client] goes through it and then seals and unseals. NTLMv1 is not here.
package ntlm

// Flags of the negotiation (section 2.2.2.5).
const (
	flagUnicode                 = 0x00000001
	flagRequestTarget           = 0x00000004
	flagSign                    = 0x00000010
	flagSeal                    = 0x00000020
	flagNTLM                    = 0x00000200
	flagAlwaysSign              = 0x00008000
	flagExtendedSecurity        = 0x00080000
	flagTargetInfo              = 0x00800000
	flagVersion                 = 0x02000000
	flag128                     = 0x20000000
	flagKeyExchange             = 0x40000000
	flag56                      = 0x80000000
	negotiateFlags       uint32 = flagUnicode | flagRequestTarget | flagSign | flagSeal | flagNTLM | flagAlwaysSign |
		flagExtendedSecurity | flagTargetInfo | flagVersion | flag128 | flagKeyExchange | flag56
)

// The AV pairs (section 2.2.2.1).
const (
	avEOL             = 0
	avFlags           = 6
	avTimestamp       = 7
	avTargetName      = 9
	avChannelBindings = 10

	avFlagMIC = 2
)

// Sizes and offsets in bytes.
const (
	versionSize       = 8
	challengeSize     = 8
	keySize           = 16
	micSize           = 16
	challengeHeader   = 48
	authenticateFixed = 64
	micOffset         = authenticateFixed + versionSize
	maxTargetInfo     = 16 << 10
)

const signature = "NTLMSSP\x00"

const (
	typeNegotiate    = 1
	typeChallenge    = 2
	typeAuthenticate = 3
)

// version says Windows 10 and NTLM revision 15.
var version = []byte{10, 0, 0x63, 0x45, 0, 0, 0, 15}
