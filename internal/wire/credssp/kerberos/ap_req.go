// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"encoding/binary"
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Credential is what the KDC gave for one service.
type Credential struct {
	// Ticket is Ticket (RFC 4120, section 5.3) in DER.
	Ticket []byte
	// SessionKey is the key that only the client, the KDC and the service know.
	SessionKey Key
	// Realm and Client name the user as the KDC does.
	Realm  string
	Client PrincipalName
}

// PrincipalName is PrincipalName (RFC 4120, section 5.2.2).
type PrincipalName struct {
	Type  int32
	Parts []string
}

// NamePrincipal is the type of the names of users (section 6.2).
const NamePrincipal = 1

func (p PrincipalName) add(b *cryptobyte.Builder, tag uint8) {
	b.AddASN1(context(tag), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addInt(b, 0, int64(p.Type))
			b.AddASN1(context(1), func(b *cryptobyte.Builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
					for _, part := range p.Parts {
						b.AddASN1(asn1.GeneralString, func(b *cryptobyte.Builder) { b.AddBytes([]byte(part)) })
					}
				})
			})
		})
	})
}

// The type of the checksum that carries flags and channel bindings, its size without
// delegation, and the flags (RFC 4121, section 4.1.1).
const (
	checksumGSS     = 0x8003
	checksumGSSSize = 24
	bindingsSize    = 16

	flagMutual          = 2
	flagReplay          = 4
	flagSequence        = 8
	flagConfidentiality = 16
	flagIntegrity       = 32

	contextFlags = flagMutual | flagReplay | flagSequence | flagConfidentiality | flagIntegrity
)

// mutualRequired is the option of AP-REQ that asks for an AP-REP (RFC 4120, section 5.5.1), as
// a bit string with its count of unused bits.
const mutualRequired = "\x00\x20\x00\x00\x00"

// authenticator is Authenticator (RFC 4120, section 5.5.1) without authorization data.
type authenticator struct {
	realm    string
	client   PrincipalName
	bindings []byte
	time     time.Time
	subkey   Key
	sequence uint32
}

func (a authenticator) bytes() []byte {
	le := binary.LittleEndian
	checksum := le.AppendUint32(nil, bindingsSize)
	checksum = append(checksum, make([]byte, bindingsSize)...)
	copy(checksum[4:], a.bindings)
	checksum = le.AppendUint32(checksum, contextFlags)
	var b cryptobyte.Builder
	b.AddASN1(application(2), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addInt(b, 0, protocolVersion)
			addValue(b, 1, asn1.GeneralString, []byte(a.realm))
			a.client.add(b, 2)
			b.AddASN1(context(3), func(b *cryptobyte.Builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
					addInt(b, 0, checksumGSS)
					addValue(b, 1, asn1.OCTET_STRING, checksum)
				})
			})
			addTime(b, 4, 5, a.time)
			addKey(b, 6, a.subkey)
			addInt(b, 7, int64(a.sequence))
		})
	})
	return b.BytesOrPanic()
}

// addTime writes microseconds and seconds of a time. Their order differs between messages,
// that of the tags does not.
func addTime(b *cryptobyte.Builder, microseconds, seconds uint8, t time.Time) {
	addMicroseconds := func() { addInt(b, microseconds, int64(t.Nanosecond()/1000)) }
	if microseconds < seconds {
		addMicroseconds()
	}
	b.AddASN1(context(seconds), func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(t.UTC().Truncate(time.Second)) })
	if microseconds > seconds {
		addMicroseconds()
	}
}

// readTime reads what addTime wrote.
func readTime(in *cryptobyte.String, microseconds, seconds uint8, t *time.Time) bool {
	var us int64
	var field cryptobyte.String
	ok := microseconds > seconds || readInt(in, microseconds, &us)
	ok = ok && in.ReadASN1(&field, context(seconds)) && field.ReadASN1GeneralizedTime(t) && field.Empty()
	ok = ok && (microseconds < seconds || readInt(in, microseconds, &us))
	if !ok || us < 0 || us >= 1_000_000 {
		return false
	}
	*t = t.Add(time.Duration(us) * time.Microsecond)
	return true
}

// apReq makes AP-REQ (RFC 4120, section 5.5.1) with mutual authentication.
func apReq(ticket []byte, kind EncryptionType, sealed []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(application(messageAPReq), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addInt(b, 0, protocolVersion)
			addInt(b, 1, messageAPReq)
			addValue(b, 2, asn1.BIT_STRING, []byte(mutualRequired))
			b.AddASN1(context(3), func(b *cryptobyte.Builder) { b.AddBytes(ticket) })
			addEncrypted(b, 4, kind, sealed)
		})
	})
	return b.BytesOrPanic()
}

// parseAPReq reads an AP-REQ down to its encrypted authenticator.
func parseAPReq(b []byte) (kind EncryptionType, sealed []byte, err error) {
	body, ok := sequence(b, messageAPReq)
	if !ok || !readHeader(&body, messageAPReq) {
		return 0, nil, errors.New("kerberos: AP-REQ: is cut")
	}
	var options []byte
	if !readValue(&body, 2, asn1.BIT_STRING, &options) || string(options) != mutualRequired {
		return 0, nil, errors.New("kerberos: AP-REQ: ap-options: do not ask for mutual authentication")
	}
	if !body.SkipASN1(context(3)) {
		return 0, nil, errors.New("kerberos: AP-REQ: ticket: is cut")
	}
	if !readEncrypted(&body, 4, &kind, &sealed) {
		return 0, nil, errors.New("kerberos: AP-REQ: authenticator: is cut")
	}
	return kind, sealed, nil
}

// parseAuthenticator reads a decrypted authenticator, but for the names in it.
func parseAuthenticator(b []byte) (a authenticator, err error) {
	body, ok := sequence(b, 2)
	var version, kind int64
	if !ok || !readInt(&body, 0, &version) || !body.SkipASN1(context(1)) || !body.SkipASN1(context(2)) {
		return a, errors.New("kerberos: Authenticator: is cut")
	}
	var field, checksum cryptobyte.String
	var data []byte
	if !body.ReadASN1(&field, context(3)) || !field.ReadASN1(&checksum, asn1.SEQUENCE) || !readInt(&checksum, 0, &kind) ||
		!readValue(&checksum, 1, asn1.OCTET_STRING, &data) || kind != checksumGSS || len(data) < checksumGSSSize {
		return a, errors.New("kerberos: Authenticator: cksum: is no checksum of GSS-API")
	}
	a.bindings = data[4:][:bindingsSize]
	var subkey *Key
	if !readTime(&body, 4, 5, &a.time) || !readKey(&body, 6, &subkey) || subkey == nil || !readSequenceNumber(&body, 7, &a.sequence) {
		return a, errors.New("kerberos: Authenticator: time, subkey or seq-number: is cut")
	}
	a.subkey = *subkey
	return a, nil
}
