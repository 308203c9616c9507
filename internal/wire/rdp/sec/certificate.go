// SPDX-License-Identifier: Apache-2.0

package sec

import (
	"encoding/binary"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Versions of a server certificate (section 2.2.1.4.3.1); the top bit marks a temporary one.
const (
	certificateProprietary = 1
	certificateX509        = 2
	certificateVersionMask = 0x7FFFFFFF
)

const (
	rsaMagic        = 0x31415352 // "RSA1"
	rsaKeyBlob      = 6
	rsaSignature    = 8
	signatureRSA    = 1
	keyExchangeRSA  = 1
	keyPad          = 8
	maxModulus      = 1024 // bytes: a key of 8192 bits
	minModulus      = 32
	maxExponentSize = 8
	maxChain        = 16
)

// PublicKey is the server's RSA key.
type PublicKey struct {
	Exponent uint32
	Modulus  *big.Int
}

// Size returns the size of the modulus in bytes.
func (k PublicKey) Size() int { return (k.Modulus.BitLen() + 7) / 8 }

// Encrypt is RSA without padding on little-endian numbers (section 5.3.4.1). The result has
// the size of the modulus and eight zero bytes more.
func (k PublicKey) Encrypt(secret []byte) []byte {
	big := slices.Clone(secret)
	slices.Reverse(big)
	m := newInt(big)
	c := m.Exp(m, newInt(binary.BigEndian.AppendUint32(nil, k.Exponent)), k.Modulus)
	out := c.FillBytes(make([]byte, k.Size()))
	slices.Reverse(out)
	return append(out, make([]byte, keyPad)...)
}

func newInt(b []byte) *big.Int { return new(big.Int).SetBytes(b) }

// ParseCertificate returns the public key of a server certificate, of either form. The
// signature of a proprietary certificate is made with a key that everybody has, and a chain
// ends at no authority; so neither is verified.
func ParseCertificate(b []byte) (PublicKey, error) {
	r := field.NewReader("sec: server certificate", b)
	switch version := r.U32("dwVersion") & certificateVersionMask; {
	case r.Err() != nil:
		return PublicKey{}, r.Err()
	case version == certificateProprietary:
		return parseProprietary(r)
	case version == certificateX509:
		return parseChain(r)
	default:
		r.Fail("dwVersion", "%d is unknown", version)
		return PublicKey{}, r.Err()
	}
}

// parseProprietary reads PROPRIETARYSERVERCERTIFICATE (section 2.2.1.4.3.1.1).
func parseProprietary(r *field.Reader) (PublicKey, error) {
	r.Expect("dwSigAlgId", uint64(r.U32("dwSigAlgId")), signatureRSA)
	r.Expect("dwKeyAlgId", uint64(r.U32("dwKeyAlgId")), keyExchangeRSA)
	r.Expect("wPublicKeyBlobType", uint64(r.U16("wPublicKeyBlobType")), rsaKeyBlob)
	r.Skip("wPublicKeyBlobLen", 2)
	r.Expect("magic", uint64(r.U32("magic")), rsaMagic)
	size := r.Length("keylen", maxModulus+keyPad)
	r.Skip("bitlen", 4)
	r.Skip("datalen", 4)
	key := PublicKey{Exponent: r.U32("pubExp")}
	modulus := slices.Clone(r.Bytes("modulus", size))
	r.Expect("wSignatureBlobType", uint64(r.U16("wSignatureBlobType")), rsaSignature)
	r.Skip("SignatureBlob", int(r.U16("wSignatureBlobLen")))
	slices.Reverse(modulus)
	key.Modulus = newInt(modulus)
	return checkKey(r, key)
}

func checkKey(r *field.Reader, key PublicKey) (PublicKey, error) {
	switch {
	case r.Err() != nil:
		return PublicKey{}, r.Err()
	case key.Size() < minModulus || key.Size() > maxModulus || key.Modulus.Bit(0) == 0:
		r.Fail("modulus", "of %d bytes", key.Size())
	case key.Exponent < 3 || key.Exponent%2 == 0:
		r.Fail("pubExp", "%d", key.Exponent)
	}
	return key, r.Err()
}

// parseChain reads the X.509 certificate chain (section 2.2.1.4.3.1.2), whose last
// certificate is the server's.
func parseChain(r *field.Reader) (PublicKey, error) {
	var last []byte
	n := r.Length("NumCertBlobs", maxChain)
	if r.Err() == nil && n == 0 {
		r.Fail("NumCertBlobs", "0")
	}
	for range n {
		last = r.Bytes("abCert", int(min(r.U32("cbCert"), 1<<30)))
	}
	if r.Err() != nil {
		return PublicKey{}, r.Err()
	}
	key, ok := certificateKey(last)
	if !ok {
		r.Fail("abCert", "holds no RSA key")
		return PublicKey{}, r.Err()
	}
	return checkKey(r, key)
}

// certificateKey finds the RSA key of a certificate. crypto/x509 cannot be used: terminal
// servers write a signature algorithm where the key's should be.
func certificateKey(der []byte) (PublicKey, bool) {
	in := cryptobyte.String(der)
	var certificate, tbs, spki, bits, key cryptobyte.String
	if !in.ReadASN1(&certificate, asn1.SEQUENCE) || !certificate.ReadASN1(&tbs, asn1.SEQUENCE) ||
		!tbs.SkipOptionalASN1(asn1.Tag(0).ContextSpecific().Constructed()) || !tbs.SkipASN1(asn1.INTEGER) {
		return PublicKey{}, false
	}
	for range 4 { // signature, issuer, validity, subject
		if !tbs.SkipASN1(asn1.SEQUENCE) {
			return PublicKey{}, false
		}
	}
	var exponent, modulus cryptobyte.String
	if !tbs.ReadASN1(&spki, asn1.SEQUENCE) || !spki.SkipASN1(asn1.SEQUENCE) || !spki.ReadASN1(&bits, asn1.BIT_STRING) ||
		!bits.Skip(1) || !bits.ReadASN1(&key, asn1.SEQUENCE) ||
		!key.ReadASN1(&modulus, asn1.INTEGER) || !key.ReadASN1(&exponent, asn1.INTEGER) {
		return PublicKey{}, false
	}
	e := newInt(exponent)
	if len(exponent) > maxExponentSize || !e.IsUint64() || e.Uint64() > 0xFFFFFFFF {
		return PublicKey{}, false
	}
	return PublicKey{Exponent: uint32(e.Uint64()), Modulus: newInt(modulus)}, true
}

// AppendProprietary appends the key as a proprietary certificate with a signature of zeros,
// for servers of tests.
func (k PublicKey) AppendProprietary(b []byte) []byte {
	le, size := binary.LittleEndian, k.Size()
	for _, v := range []uint32{certificateProprietary, signatureRSA, keyExchangeRSA} {
		b = le.AppendUint32(b, v)
	}
	b = le.AppendUint16(b, rsaKeyBlob)
	b = le.AppendUint16(b, uint16(20+size+keyPad))
	for _, v := range []uint32{rsaMagic, uint32(size + keyPad), uint32(8 * size), uint32(size - 1), k.Exponent} {
		b = le.AppendUint32(b, v)
	}
	modulus := k.Modulus.FillBytes(make([]byte, size))
	slices.Reverse(modulus)
	b = append(append(b, modulus...), make([]byte, keyPad)...)
	b = le.AppendUint16(b, rsaSignature)
	b = le.AppendUint16(b, uint16(size+keyPad))
	return append(b, make([]byte, size+keyPad)...)
}

// Exchange is the security exchange PDU (section 2.2.1.10), which has the client's random
// encrypted with the server's key.
type Exchange struct {
	EncryptedClientRandom []byte
}

// ParseExchange reads the PDU with its security header.
func ParseExchange(b []byte) (Exchange, error) {
	r := field.NewReader("sec: security exchange", b)
	flags := Flags(r.U16("flags"))
	r.Skip("flagsHi", 2)
	r.Expect("flags", uint64(flags&FlagExchange), uint64(FlagExchange))
	n := r.Length("length", maxModulus+keyPad)
	return Exchange{EncryptedClientRandom: r.Bytes("encryptedClientRandom", n)}, r.Err()
}

// Append appends the PDU with its security header.
func (e Exchange) Append(b []byte) []byte {
	b = AppendHeader(b, FlagExchange)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.EncryptedClientRandom)))
	return append(b, e.EncryptedClientRandom...)
}
