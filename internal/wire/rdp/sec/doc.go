// SPDX-License-Identifier: Apache-2.0

// Package sec is standard RDP security ([MS-RDPBCGR], section 5.3), from before TLS: the
// client encrypts a random with the server's public key, both derive keys of it, and each
// PDU is encrypted with RC4 or 3DES and signed.
//
// In reading order: [ParseCertificate] finds the server's [PublicKey]; [Exchange] is the
// security exchange PDU; a [Session] seals and opens PDUs. The [Flags] of the security
// header are used under TLS too, by the info packet, licensing and the message channel.
//
// None of these algorithms protects against anybody today. They are here for hosts that
// know nothing better.
package sec

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Flags are the flags of the basic security header (section 2.2.8.1.1.2.1).
type Flags uint16

// The flags.
const (
	FlagExchange           Flags = 0x0001
	FlagTransportRequest   Flags = 0x0002
	FlagTransportResponse  Flags = 0x0004
	FlagEncrypt            Flags = 0x0008
	FlagInfo               Flags = 0x0040
	FlagLicense            Flags = 0x0080
	FlagRedirection        Flags = 0x0400
	FlagSecureChecksum     Flags = 0x0800
	FlagAutodetectRequest  Flags = 0x1000
	FlagAutodetectResponse Flags = 0x2000
	FlagHeartbeat          Flags = 0x4000
	FlagFlagsHiValid       Flags = 0x8000

	// FlagLicenseEncryptCS says that licensing PDUs to the server are encrypted; it shares
	// its value with no flag that occurs with FlagLicense.
	FlagLicenseEncryptCS Flags = 0x0200
)

// HeaderSize is the size of the basic security header.
const HeaderSize = 4

// ParseHeader reads the basic security header and returns what follows it.
func ParseHeader(b []byte) (Flags, []byte, error) {
	r := field.NewReader("sec: security header", b)
	flags := Flags(r.U16("flags"))
	r.Skip("flagsHi", 2)
	rest := r.Rest()
	return flags, rest, r.Err()
}

// AppendHeader appends a basic security header.
func AppendHeader(b []byte, flags Flags) []byte {
	return append(binary.LittleEndian.AppendUint16(b, uint16(flags)), 0, 0)
}
