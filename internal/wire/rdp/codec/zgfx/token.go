// SPDX-License-Identifier: Apache-2.0

package zgfx

import "github.com/palta-gateway/palta/internal/wire/rdp/codec/bitreader"

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

// count reads the length of a match: 3, or 2^n + n bits more, where n - 1 ones say so.
func count(r *bitreader.Reader) int {
	ones := r.Ones()
	if ones == 0 {
		r.Skip(1)
		return 3
	}
	if ones > 15 { // more than any segment holds
		r.Left = -1
		return 0
	}
	r.Skip(ones + 1)
	return 1<<(ones+1) + int(r.Take(ones+1))
}
