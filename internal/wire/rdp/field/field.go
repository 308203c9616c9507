// SPDX-License-Identifier: Apache-2.0

// Package field reads the fields of a PDU one by one and remembers the first that is
// missing or wrong.
//
// A [Reader] is used like this, with one check at the end instead of one a field:
//
//	r := field.NewReader("rdp: synchronize PDU", b)
//	p.MessageType = r.U16("messageType")
//	p.TargetUser = r.U16("targetUser")
//	return p, r.Err()
//
// After the first failure every method returns a zero value, so a length that could not be
// read is zero and a loop over it ends. Integers are little-endian unless the method says
// otherwise. Slices alias the input.
package field

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// Error says which field of which PDU is wrong.
type Error struct {
	// PDU begins with the protocol: "rdp: synchronize PDU".
	PDU string
	// Field is the name in the specification.
	Field string
	// Problem says what is wrong with it.
	Problem string
}

func (e *Error) Error() string { return e.PDU + ": " + e.Field + ": " + e.Problem }

// Reader reads fields off the front of a PDU.
type Reader struct {
	pdu string
	b   []byte
	off int
	err error
}

// NewReader returns a reader of b, which is one PDU of the given name.
func NewReader(pdu string, b []byte) *Reader { return &Reader{pdu: pdu, b: b} }

// Err returns the first failure.
func (r *Reader) Err() error { return r.err }

// Len returns the number of bytes not yet read, 0 after a failure.
func (r *Reader) Len() int {
	if r.err != nil {
		return 0
	}
	return len(r.b) - r.off
}

// Offset returns the number of bytes read so far.
func (r *Reader) Offset() int { return r.off }

// Fail makes the named field the failure, unless there is one already.
func (r *Reader) Fail(name, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{PDU: r.pdu, Field: name, Problem: fmt.Sprintf(format, args...)}
	}
}

// Bytes reads n bytes.
func (r *Reader) Bytes(name string, n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.b)-r.off {
		r.Fail(name, "%d of %d bytes are there", len(r.b)-r.off, n)
		return nil
	}
	b := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return b
}

// Rest reads all that is left.
func (r *Reader) Rest() []byte { return r.Bytes("rest", r.Len()) }

// Skip passes over n bytes.
func (r *Reader) Skip(name string, n int) { r.Bytes(name, n) }

// Copy reads into dst as many bytes as it holds.
func (r *Reader) Copy(name string, dst []byte) { copy(dst, r.Bytes(name, len(dst))) }

// U8 reads one byte.
func (r *Reader) U8(name string) uint8 {
	if b := r.Bytes(name, 1); b != nil {
		return b[0]
	}
	return 0
}

// U16 reads two bytes.
func (r *Reader) U16(name string) uint16 {
	if b := r.Bytes(name, 2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// U32 reads four bytes.
func (r *Reader) U32(name string) uint32 {
	if b := r.Bytes(name, 4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// U64 reads eight bytes.
func (r *Reader) U64(name string) uint64 {
	if b := r.Bytes(name, 8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// BigU16 reads two bytes, the high one first.
func (r *Reader) BigU16(name string) uint16 {
	if b := r.Bytes(name, 2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// BigU32 reads four bytes, the high one first.
func (r *Reader) BigU32(name string) uint32 {
	if b := r.Bytes(name, 4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// Length reads a length of four bytes and fails if it is above limit.
func (r *Reader) Length(name string, limit int) int {
	return r.bounded(name, uint64(r.U32(name)), limit)
}

// Length16 reads a length of two bytes and fails if it is above limit.
func (r *Reader) Length16(name string, limit int) int {
	return r.bounded(name, uint64(r.U16(name)), limit)
}

func (r *Reader) bounded(name string, n uint64, limit int) int {
	if n > uint64(limit) {
		r.Fail(name, "%d is above the limit of %d", n, limit)
		return 0
	}
	return int(n)
}

// Expect fails if a field that can have one value has another.
func (r *Reader) Expect(name string, got, want uint64) {
	if r.err == nil && got != want {
		r.Fail(name, "0x%X, want 0x%X", got, want)
	}
}

// End fails if anything is left.
func (r *Reader) End(name string) {
	if n := r.Len(); n > 0 {
		r.Fail(name, "%d bytes too many", n)
	}
}

// UTF16 reads a string of n bytes, up to its first NUL.
func (r *Reader) UTF16(name string, n int) string {
	if n%2 != 0 {
		r.Fail(name, "an odd length of %d bytes", n)
		return ""
	}
	return DecodeUTF16(r.Bytes(name, n))
}

// DecodeUTF16 returns what UTF-16LE bytes say, up to the first NUL.
func DecodeUTF16(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		u := binary.LittleEndian.Uint16(b)
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// AppendUTF16 appends s as UTF-16LE without a NUL.
func AppendUTF16(b []byte, s string) []byte {
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// UTF16 returns s as UTF-16LE without a NUL.
func UTF16(s string) []byte { return AppendUTF16(nil, s) }

// AppendFixedUTF16 appends s in n bytes, cut where needed so that a NUL ends it.
func AppendFixedUTF16(b []byte, s string, n int) []byte {
	text := UTF16(s)
	if len(text) > n-2 {
		text = text[:n-2]
		if last := binary.LittleEndian.Uint16(text[len(text)-2:]); utf16.IsSurrogate(rune(last)) && last < 0xDC00 {
			text = text[:len(text)-2]
		}
	}
	return append(append(b, text...), make([]byte, n-len(text))...)
}
