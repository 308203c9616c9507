// SPDX-License-Identifier: Apache-2.0

package zgfx

import (
	"encoding/binary"
	"math/bits"
)

// token is what the next nine bits begin with.
type token struct {
	bits      uint8 // of the whole token if it is a literal, of its prefix if it is a match
	literal   bool
	value     byte
	valueBits uint8 // of a match: bits of the distance that follow
	base      uint32
}

// prefixes is the table of section 3.1.9.1.2 (MS-RDPEGFX): literals, then matches.
var (
	literals = []struct {
		bits  uint8
		code  uint16
		value byte
	}{
		{5, 0x18, 0x00},
		{5, 0x19, 0x01},
		{6, 0x34, 0x02},
		{6, 0x35, 0x03},
		{6, 0x36, 0xFF},
		{7, 0x6E, 0x04},
		{7, 0x6F, 0x05},
		{7, 0x70, 0x06},
		{7, 0x71, 0x07},
		{7, 0x72, 0x08},
		{7, 0x73, 0x09},
		{7, 0x74, 0x0A},
		{7, 0x75, 0x0B},
		{7, 0x76, 0x3A},
		{7, 0x77, 0x3B},
		{7, 0x78, 0x3C},
		{7, 0x79, 0x3D},
		{7, 0x7A, 0x3E},
		{7, 0x7B, 0x3F},
		{7, 0x7C, 0x40},
		{7, 0x7D, 0x80},
		{8, 0xFC, 0x0C},
		{8, 0xFD, 0x38},
		{8, 0xFE, 0x39},
		{8, 0xFF, 0x66},
	}
	matches = []struct {
		bits      uint8
		code      uint16
		valueBits uint8
		base      uint32
	}{
		{5, 0x11, 5, 0},
		{5, 0x12, 7, 32},
		{5, 0x13, 9, 160},
		{5, 0x14, 10, 672},
		{5, 0x15, 12, 1696},
		{6, 0x2C, 14, 5792},
		{6, 0x2D, 15, 22176},
		{7, 0x5C, 18, 54944},
		{7, 0x5D, 20, 317088},
		{8, 0xBC, 20, 1365664},
		{8, 0xBD, 21, 2414240},
		{9, 0x17C, 22, 4511392},
		{9, 0x17D, 23, 8705696},
		{9, 0x17E, 24, 17094304},
	}
)

// tokens is indexed by nine bits: a zero bit and the eight of any byte are a token, too.
var tokens = table()

func table() (t [512]token) {
	put := func(n uint8, code uint16, what token) {
		what.bits = n
		for i := range 1 << (9 - n) {
			t[int(code)<<(9-n)+i] = what
		}
	}
	for i := range 256 {
		put(9, uint16(i), token{literal: true, value: byte(i)})
	}
	for _, l := range literals {
		put(l.bits, l.code, token{literal: true, value: l.value})
	}
	for _, m := range matches {
		put(m.bits, m.code, token{valueBits: m.valueBits, base: m.base})
	}
	return t
}

// bitReader reads bits, the highest of each byte first. Past the end there are zeros; left
// is then negative.
type bitReader struct {
	src  []byte
	pos  int    // of the next byte to go into acc
	acc  uint64 // the next bits, at the top
	have int    // how many are in acc
	left int    // how many there are in all
}

func (r *bitReader) fill() {
	if r.pos+8 <= len(r.src) {
		r.acc |= binary.BigEndian.Uint64(r.src[r.pos:]) >> uint(r.have&63)
		n := (63 - r.have) >> 3
		r.pos += n
		r.have += 8 * n
		return
	}
	for r.have <= 56 {
		if r.pos < len(r.src) {
			r.acc |= uint64(r.src[r.pos]) << uint((56-r.have)&63)
		}
		r.pos++
		r.have += 8
	}
}

func (r *bitReader) peek9() uint32 {
	if r.have < 9 {
		r.fill()
	}
	return uint32(r.acc >> 55)
}

func (r *bitReader) skip(n int) {
	r.acc <<= uint(n & 63)
	r.have -= n
	r.left -= n
}

// take returns the next n bits, at most 32.
func (r *bitReader) take(n int) uint32 {
	if r.have < n {
		r.fill()
	}
	v := uint32(r.acc >> 32 >> uint((32-n)&63))
	r.skip(n)
	return v
}

// count reads the length of a match: 3, or 2^n + n bits more, where n - 1 ones say so.
func (r *bitReader) count() int {
	if r.have < 32 {
		r.fill()
	}
	ones := bits.LeadingZeros64(^r.acc)
	if ones == 0 {
		r.skip(1)
		return 3
	}
	if ones > 15 { // more than any segment holds
		r.left = -1
		return 0
	}
	r.skip(ones + 1)
	return 1<<(ones+1) + int(r.take(ones+1))
}

// bytes fills b with the bytes from the next byte boundary on.
func (r *bitReader) bytes(b []byte) bool {
	r.skip(r.have % 8)
	at := r.pos - r.have/8
	if at+len(b) > len(r.src) {
		return false
	}
	copy(b, r.src[at:])
	r.pos, r.acc, r.have = at+len(b), 0, 0
	r.left -= 8 * len(b)
	return true
}
