// SPDX-License-Identifier: Apache-2.0

package rfb

import (
	"crypto/des" //nolint:gosec // VNC authentication is DES
	"fmt"
	"math/bits"
)

// SecurityType is a security type's number (RFC 6143, section 8.1.2).
type SecurityType uint8

// The security types, of which None and VNC are supported.
const (
	SecurityNone     SecurityType = 1
	SecurityVNC      SecurityType = 2
	SecurityRA2      SecurityType = 5
	SecurityRA2NE    SecurityType = 6
	SecurityTight    SecurityType = 16
	SecurityUltra    SecurityType = 17
	SecurityTLS      SecurityType = 18
	SecurityVeNCrypt SecurityType = 19
	SecuritySASL     SecurityType = 20
	SecurityApple    SecurityType = 30
)

// supportedSecurity is in the order of preference.
var supportedSecurity = []SecurityType{SecurityVNC, SecurityNone}

var securityTypeNames = map[SecurityType]string{
	SecurityNone: "None", SecurityVNC: "VNC authentication", SecurityRA2: "RA2", SecurityRA2NE: "RA2ne", SecurityTight: "Tight",
	SecurityUltra: "UltraVNC", SecurityTLS: "TLS", SecurityVeNCrypt: "VeNCrypt", SecuritySASL: "SASL", SecurityApple: "Apple",
}

func (t SecurityType) String() string {
	if name, ok := securityTypeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("security type %d", uint8(t))
}

func securityNames(types []byte) []SecurityType {
	names := make([]SecurityType, len(types))
	for i, t := range types {
		names[i] = SecurityType(t)
	}
	return names
}

const challengeLength = 16

// appendResponse encrypts the challenge with the password's first eight bytes, each with
// its bits in reverse (section 7.2.2).
func appendResponse(out, challenge []byte, password string) []byte {
	var key [8]byte
	copy(key[:], password)
	for i, b := range key {
		key[i] = bits.Reverse8(b)
	}
	block, err := des.NewCipher(key[:]) //nolint:gosec // as above
	if err != nil {
		panic(err) // the key has eight bytes
	}
	var response [challengeLength]byte
	block.Encrypt(response[:8], challenge[:8])
	block.Encrypt(response[8:], challenge[8:])
	return append(out, response[:]...)
}
