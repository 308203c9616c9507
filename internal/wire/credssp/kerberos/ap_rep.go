// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// apRep is AP-REP (RFC 4120, section 5.5.2) down to its encrypted part.
type apRep struct {
	kind   EncryptionType
	sealed []byte
}

func parseAPRep(b []byte) (r apRep, err error) {
	body, ok := sequence(b, messageAPRep)
	if !ok || !readHeader(&body, messageAPRep) {
		return r, errors.New("kerberos: AP-REP: is cut")
	}
	if !readEncrypted(&body, 2, &r.kind, &r.sealed) || !body.Empty() {
		return r, errors.New("kerberos: AP-REP: enc-part: is cut")
	}
	return r, nil
}

func (r apRep) bytes() []byte {
	var b cryptobyte.Builder
	b.AddASN1(application(messageAPRep), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addInt(b, 0, protocolVersion)
			addInt(b, 1, messageAPRep)
			addEncrypted(b, 2, r.kind, r.sealed)
		})
	})
	return b.BytesOrPanic()
}

// encPart is EncAPRepPart: the time of the authenticator, which proves that the server could
// read it, the acceptor's subkey if it chose one, and its first sequence number.
type encPart struct {
	time     time.Time
	subkey   *Key
	sequence uint32
}

// encPartTag is the application tag of EncAPRepPart.
const encPartTag = 27

func parseEncPart(b []byte) (p encPart, err error) {
	body, ok := sequence(b, encPartTag)
	if !ok {
		return p, errors.New("kerberos: EncAPRepPart: is cut")
	}
	if !readTime(&body, 1, 0, &p.time) {
		return p, errors.New("kerberos: EncAPRepPart: ctime or cusec: is wrong")
	}
	if !readKey(&body, 2, &p.subkey) {
		return p, errors.New("kerberos: EncAPRepPart: subkey: is cut")
	}
	if !readSequenceNumber(&body, 3, &p.sequence) || !body.Empty() {
		return p, errors.New("kerberos: EncAPRepPart: seq-number: is wrong")
	}
	return p, nil
}

func (p encPart) bytes() []byte {
	var b cryptobyte.Builder
	b.AddASN1(application(encPartTag), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addTime(b, 1, 0, p.time)
			if p.subkey != nil {
				addKey(b, 2, *p.subkey)
			}
			addInt(b, 3, int64(p.sequence))
		})
	})
	return b.BytesOrPanic()
}
