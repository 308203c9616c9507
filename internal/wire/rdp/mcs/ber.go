// SPDX-License-Identifier: Apache-2.0

package mcs

import "github.com/palta-gateway/palta/internal/wire/rdp/field"

// The tags of BER that the connect PDUs are made of.
const (
	tagBoolean     = 0x01
	tagInteger     = 0x02
	tagOctetString = 0x04
	tagEnumerated  = 0x0A
	tagSequence    = 0x30
)

// berLength reads a length of one, two or three bytes: no more fits a TPKT packet.
func berLength(r *field.Reader, name string) int {
	first := r.U8(name)
	switch {
	case first < 0x80:
		return int(first)
	case first == 0x81:
		return int(r.U8(name))
	case first == 0x82:
		return int(r.BigU16(name))
	}
	r.Fail(name, "a length of form 0x%02X", first)
	return 0
}

// berElement reads an element of a tag of one byte and returns its content.
func berElement(r *field.Reader, name string, tag uint8) []byte {
	r.Expect(name+" tag", uint64(r.U8(name+" tag")), uint64(tag))
	return r.Bytes(name, berLength(r, name+" length"))
}

// berInteger reads an integer as a positive number: some servers leave out the sign byte.
func berInteger(r *field.Reader, name string, tag uint8) uint32 {
	b := berElement(r, name, tag)
	if r.Err() == nil && (len(b) == 0 || len(b) > 5 || len(b) == 5 && b[0] != 0) {
		r.Fail(name, "an integer of %d bytes", len(b))
		return 0
	}
	var v uint32
	for _, c := range b {
		v = v<<8 | uint32(c)
	}
	return v
}

func appendBERLength(b []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(b, byte(n))
	case n < 0x100:
		return append(b, 0x81, byte(n))
	default:
		return append(b, 0x82, byte(n>>8), byte(n))
	}
}

func appendBER(b []byte, tag uint8, content []byte) []byte {
	return append(appendBERLength(append(b, tag), len(content)), content...)
}

// appendBERInteger appends a number with the sign byte that BER asks for.
func appendBERInteger(b []byte, v uint32) []byte {
	n := 1
	for v>>(8*n-1) != 0 && n < 5 {
		n++
	}
	b = append(b, tagInteger, byte(n))
	for ; n > 0; n-- {
		b = append(b, byte(uint64(v)>>(8*(n-1))))
	}
	return b
}
