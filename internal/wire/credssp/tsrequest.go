// SPDX-License-Identifier: Apache-2.0

package credssp

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Version is the version that this client speaks; the lower of both sides' counts.
const Version = 6

// MaxRequest bounds a TSRequest: tokens of Kerberos with large authorization data are the
// largest.
const MaxRequest = 64 << 10

// Request is TSRequest ([MS-CSSP], section 2.2.1).
type Request struct {
	Version     int
	NegoTokens  [][]byte
	AuthInfo    []byte
	PubKeyAuth  []byte
	ErrorCode   Status
	ClientNonce []byte
}

func context(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific().Constructed() }

// RequestLength tells how many bytes the TSRequest has that b begins with, 0 if b is too
// short to tell.
func RequestLength(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if b[0] != byte(asn1.SEQUENCE) {
		return 0, fmt.Errorf("credssp: TSRequest: tag 0x%02X is no sequence", b[0])
	}
	if len(b) < 2 {
		return 0, nil
	}
	if b[1] < 0x80 {
		return 2 + int(b[1]), nil
	}
	width := int(b[1] & 0x7F)
	if width == 0 || width > 4 {
		return 0, fmt.Errorf("credssp: TSRequest: a length of form 0x%02X", b[1])
	}
	if len(b) < 2+width {
		return 0, nil
	}
	n := 0
	for _, c := range b[2 : 2+width] {
		n = n<<8 | int(c)
	}
	if n > MaxRequest {
		return 0, fmt.Errorf("credssp: TSRequest: length: %d is above the limit of %d", n, MaxRequest)
	}
	return 2 + width + n, nil
}

// ParseRequest reads a TSRequest.
func ParseRequest(b []byte) (Request, error) {
	var q Request
	in := cryptobyte.String(b)
	var body cryptobyte.String
	if !in.ReadASN1(&body, asn1.SEQUENCE) || !in.Empty() {
		return q, errors.New("credssp: TSRequest: is no sequence")
	}
	var version cryptobyte.String
	if !body.ReadASN1(&version, context(0)) || !version.ReadASN1Integer(&q.Version) || q.Version < 2 {
		return q, errors.New("credssp: TSRequest: version: is missing or wrong")
	}
	var tokens cryptobyte.String
	var present bool
	if !body.ReadOptionalASN1(&tokens, &present, context(1)) {
		return q, errors.New("credssp: TSRequest: negoTokens: is cut")
	}
	if present {
		var list cryptobyte.String
		if !tokens.ReadASN1(&list, asn1.SEQUENCE) {
			return q, errors.New("credssp: TSRequest: negoTokens: is no sequence")
		}
		for !list.Empty() {
			var item cryptobyte.String
			var token []byte
			if !list.ReadASN1(&item, asn1.SEQUENCE) || !readOctets(&item, 0, &token) || token == nil {
				return q, errors.New("credssp: TSRequest: negoToken: is cut")
			}
			q.NegoTokens = append(q.NegoTokens, token)
		}
	}
	return q, q.readRest(body)
}

func (q *Request) readRest(body cryptobyte.String) error {
	if !readOctets(&body, 2, &q.AuthInfo) {
		return errors.New("credssp: TSRequest: authInfo: is cut")
	}
	if !readOctets(&body, 3, &q.PubKeyAuth) {
		return errors.New("credssp: TSRequest: pubKeyAuth: is cut")
	}
	var code cryptobyte.String
	var present bool
	if !body.ReadOptionalASN1(&code, &present, context(4)) {
		return errors.New("credssp: TSRequest: errorCode: is cut")
	}
	if present {
		var value int64
		if !code.ReadASN1Integer(&value) || value < -1<<31 || value > 1<<32-1 {
			return errors.New("credssp: TSRequest: errorCode: is wrong")
		}
		q.ErrorCode = Status(uint32(value))
	}
	if !readOctets(&body, 5, &q.ClientNonce) {
		return errors.New("credssp: TSRequest: clientNonce: is cut")
	}
	return nil
}

// readOctets reads an optional octet string with an explicit tag.
func readOctets(in *cryptobyte.String, tag uint8, dst *[]byte) bool {
	var outer, inner cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&outer, &present, context(tag)) {
		return false
	}
	if !present {
		return true
	}
	if !outer.ReadASN1(&inner, asn1.OCTET_STRING) {
		return false
	}
	*dst = append([]byte{}, inner...)
	return true
}

func addOctets(b *cryptobyte.Builder, tag uint8, value []byte) {
	if value == nil {
		return
	}
	b.AddASN1(context(tag), func(b *cryptobyte.Builder) { b.AddASN1OctetString(value) })
}

// Append appends the TSRequest.
func (q Request) Append(out []byte) []byte {
	b := cryptobyte.NewBuilder(out)
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(context(0), func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(q.Version)) })
		if len(q.NegoTokens) > 0 {
			b.AddASN1(context(1), func(b *cryptobyte.Builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
					for _, token := range q.NegoTokens {
						b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { addOctets(b, 0, token) })
					}
				})
			})
		}
		addOctets(b, 2, q.AuthInfo)
		addOctets(b, 3, q.PubKeyAuth)
		if q.ErrorCode != 0 {
			b.AddASN1(context(4), func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(int32(q.ErrorCode))) })
		}
		addOctets(b, 5, q.ClientNonce)
	})
	return b.BytesOrPanic()
}
