// SPDX-License-Identifier: Apache-2.0

package ntlm

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // the specification's algorithm
	"crypto/rc4" //nolint:gosec // the specification's algorithm
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:gosec,staticcheck // the specification's algorithm
)

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// ntowfv2 is the key of a password (section 3.3.2). Only the user's name is upper-cased.
func ntowfv2(password []byte, user, domain string) []byte {
	h := md4.New() //nolint:gosec // the specification's algorithm
	h.Write(password)
	return hmacMD5(h.Sum(nil), utf16le(strings.ToUpper(user)), utf16le(domain))
}

// response computes NTProofStr, the NTLMv2 response and the session base key (section
// 3.3.2).
func response(key, serverChallenge, clientChallenge []byte, filetime uint64, targetInfo []byte) (proof, nt, base []byte) {
	temp := append([]byte{1, 1}, make([]byte, 6)...)
	temp = binary.LittleEndian.AppendUint64(temp, filetime)
	temp = append(temp, clientChallenge...)
	temp = append(temp, make([]byte, 4)...)
	temp = append(temp, targetInfo...)
	temp = append(temp, make([]byte, 4)...)
	proof = hmacMD5(key, serverChallenge, temp)
	return proof, append(proof[:len(proof):len(proof)], temp...), hmacMD5(key, proof)
}

// lmResponse is the LMv2 response, for servers without a timestamp.
func lmResponse(key, serverChallenge, clientChallenge []byte) []byte {
	return append(hmacMD5(key, serverChallenge, clientChallenge), clientChallenge...)
}

func rc4Once(key, data []byte) []byte {
	out := make([]byte, len(data))
	newRC4(key).XORKeyStream(out, data)
	return out
}

func newRC4(key []byte) *rc4.Cipher {
	c, err := rc4.NewCipher(key) //nolint:gosec // the specification's algorithm
	if err != nil {
		panic("ntlm: " + err.Error()) // the key has 16 bytes
	}
	return c
}

// Magic constants of signing and sealing keys (sections 3.4.5.2 and 3.4.5.3).
const (
	clientSigning = "session key to client-to-server signing key magic constant\x00"
	serverSigning = "session key to server-to-client signing key magic constant\x00"
	clientSealing = "session key to client-to-server sealing key magic constant\x00"
	serverSealing = "session key to server-to-client sealing key magic constant\x00"
)

func derive(exported []byte, magic string) []byte {
	h := md5.New() //nolint:gosec // the specification's algorithm
	h.Write(exported)
	h.Write([]byte(magic))
	return h.Sum(nil)
}

// direction signs and seals one way.
type direction struct {
	signKey []byte
	sealKey []byte
	stream  *rc4.Cipher
	number  uint32
}

func newDirection(exported []byte, signing, sealing string) *direction {
	d := &direction{signKey: derive(exported, signing), sealKey: derive(exported, sealing)}
	d.reset()
	return d
}

// reset lets the stream begin anew; the numbers go on.
func (d *direction) reset() { d.stream = newRC4(d.sealKey) }

// sign makes the signature of a message (section 3.4.4.2). Sealing encrypts the message
// before this, with the same stream.
func (d *direction) sign(message []byte) []byte {
	number := binary.LittleEndian.AppendUint32(nil, d.number)
	checksum := hmacMD5(d.signKey, number, message)[:8]
	d.stream.XORKeyStream(checksum, checksum)
	d.number++
	return append(append([]byte{1, 0, 0, 0}, checksum...), number...)
}

// ChannelBindings hashes what binds the exchange to a TLS connection (section 2.2.2.1,
// MsvAvChannelBindings): endpoint is the hash of the server's certificate as
// tls-server-end-point has it (RFC 5929, section 4.1).
func ChannelBindings(endpoint []byte) []byte {
	data := append([]byte("tls-server-end-point:"), endpoint...)
	b := make([]byte, 16, 20+len(data)) // no addresses of initiator and acceptor
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	sum := md5.Sum(append(b, data...)) //nolint:gosec // the specification's algorithm
	return sum[:]
}
