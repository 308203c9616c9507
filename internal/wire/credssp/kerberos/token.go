// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"errors"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

func context(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific().Constructed() }

func application(n uint8) asn1.Tag { return asn1.Tag(n) | 0x60 }

// frameToken frames a message as a token of context establishment (RFC 4121, section 4.1).
func frameToken(id uint16, message []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(application(0), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes([]byte(oidKerberos)) })
		b.AddUint16(id)
		b.AddBytes(message)
	})
	return b.BytesOrPanic()
}

// parseToken takes the frame off.
func parseToken(b []byte) (id uint16, message []byte, err error) {
	in := cryptobyte.String(b)
	var body, oid cryptobyte.String
	if !in.ReadASN1(&body, application(0)) || !in.Empty() {
		return 0, nil, errors.New("kerberos: token: is no GSS-API token")
	}
	if !body.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) || string(oid) != oidKerberos {
		return 0, nil, errors.New("kerberos: token: thisMech: is not Kerberos")
	}
	if !body.ReadUint16(&id) {
		return 0, nil, errors.New("kerberos: token: TOK_ID: is cut")
	}
	return id, body, nil
}

// sequence reads the body of a message that is an application tag around a sequence.
func sequence(b []byte, tag uint8) (body cryptobyte.String, ok bool) {
	in := cryptobyte.String(b)
	var outer cryptobyte.String
	ok = in.ReadASN1(&outer, application(tag)) && in.Empty() && outer.ReadASN1(&body, asn1.SEQUENCE) && outer.Empty()
	return body, ok
}

// readInt reads an integer with an explicit tag.
func readInt(in *cryptobyte.String, tag uint8, value *int64) bool {
	var field cryptobyte.String
	return in.ReadASN1(&field, context(tag)) && field.ReadASN1Integer(value) && field.Empty()
}

// readHeader reads the version of the protocol and the message type that messages begin with.
func readHeader(in *cryptobyte.String, message int64) bool {
	var version, kind int64
	return readInt(in, 0, &version) && version == protocolVersion && readInt(in, 1, &kind) && kind == message
}

// readValue reads a string of the given kind with an explicit tag.
func readValue(in *cryptobyte.String, tag uint8, kind asn1.Tag, value *[]byte) bool {
	var field, content cryptobyte.String
	if !in.ReadASN1(&field, context(tag)) || !field.ReadASN1(&content, kind) || !field.Empty() {
		return false
	}
	*value = append([]byte{}, content...)
	return true
}

func addInt(b *cryptobyte.Builder, tag uint8, value int64) {
	b.AddASN1(context(tag), func(b *cryptobyte.Builder) { b.AddASN1Int64(value) })
}

func addValue(b *cryptobyte.Builder, tag uint8, kind asn1.Tag, value []byte) {
	b.AddASN1(context(tag), func(b *cryptobyte.Builder) {
		b.AddASN1(kind, func(b *cryptobyte.Builder) { b.AddBytes(value) })
	})
}

// readEncrypted reads EncryptedData (RFC 4120, section 5.2.9) with an explicit tag.
func readEncrypted(in *cryptobyte.String, tag uint8, kind *EncryptionType, data *[]byte) bool {
	var field, body cryptobyte.String
	var number int64
	if !in.ReadASN1(&field, context(tag)) || !field.ReadASN1(&body, asn1.SEQUENCE) || !field.Empty() {
		return false
	}
	if !readInt(&body, 0, &number) || number < -1<<31 || number >= 1<<31 {
		return false
	}
	*kind = EncryptionType(number)
	return body.SkipOptionalASN1(context(1)) && readValue(&body, 2, asn1.OCTET_STRING, data)
}

func addEncrypted(b *cryptobyte.Builder, tag uint8, kind EncryptionType, data []byte) {
	b.AddASN1(context(tag), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addInt(b, 0, int64(kind))
			addValue(b, 2, asn1.OCTET_STRING, data)
		})
	})
}

// readKey reads an optional EncryptionKey with an explicit tag.
func readKey(in *cryptobyte.String, tag uint8, key **Key) bool {
	var field, body cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&field, &present, context(tag)) || !present {
		return !present
	}
	var kind int64
	var value []byte
	if !field.ReadASN1(&body, asn1.SEQUENCE) || !field.Empty() || !readInt(&body, 0, &kind) || kind < -1<<31 || kind >= 1<<31 {
		return false
	}
	if !readValue(&body, 1, asn1.OCTET_STRING, &value) {
		return false
	}
	*key = &Key{Type: EncryptionType(kind), Value: value}
	return true
}

func addKey(b *cryptobyte.Builder, tag uint8, key Key) {
	b.AddASN1(context(tag), func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addInt(b, 0, int64(key.Type))
			addValue(b, 1, asn1.OCTET_STRING, key.Value)
		})
	})
}

// readSequenceNumber reads an optional sequence number with an explicit tag. Deviation: old
// implementations write those above 2³¹ as negative numbers, which are read as what they mean.
func readSequenceNumber(in *cryptobyte.String, tag uint8, number *uint32) bool {
	if !in.PeekASN1Tag(context(tag)) {
		return true
	}
	var value int64
	if !readInt(in, tag, &value) || value < -1<<31 || value > 1<<32-1 {
		return false
	}
	*number = uint32(value)
	return true
}
