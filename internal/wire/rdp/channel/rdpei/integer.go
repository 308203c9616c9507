// SPDX-License-Identifier: Apache-2.0

package rdpei

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// encoding is one of the integers of variable length (sections 2.2.2.1 to 2.2.2.5). The top
// bits of the first byte say how many bytes follow, a signed one then has a bit that is set
// for negative numbers, and the rest is the number, the high byte first. The value of an
// encoding is how many top bits there are, and whether it is signed.
type encoding uint8

const (
	signed encoding = 0x10

	twoUnsigned   encoding = 1
	twoSigned              = 1 | signed
	fourUnsigned  encoding = 2
	fourSigned             = 2 | signed
	eightUnsigned encoding = 3
)

func (e encoding) lengthBits() uint { return uint(e &^ signed) }

// valueBits are those of the first byte that belong to the number.
func (e encoding) valueBits() uint {
	if e&signed != 0 {
		return 7 - e.lengthBits()
	}
	return 8 - e.lengthBits()
}

func (e encoding) limit() int64 {
	further := uint(1)<<e.lengthBits() - 1
	return 1<<(e.valueBits()+8*further) - 1
}

func (e encoding) read(r *field.Reader, name string) int64 {
	first := uint64(r.U8(name))
	bits := e.valueBits()
	v := first & (1<<bits - 1)
	for _, b := range r.Bytes(name, int(first>>(8-e.lengthBits()))) {
		v = v<<8 | uint64(b)
	}
	if e&signed != 0 && first>>bits&1 != 0 {
		return -int64(v)
	}
	return int64(v)
}

// append appends v in as few bytes as it takes. What is beyond the limits becomes the limit.
func (e encoding) append(b []byte, v int64) []byte {
	sign := uint64(0)
	if v < 0 {
		if e&signed == 0 {
			v = 0
		} else {
			v, sign = -max(v, -e.limit()), 1
		}
	}
	n, bits := uint64(min(v, e.limit())), e.valueBits()
	further := uint(0)
	for n>>(bits+8*further) != 0 {
		further++
	}
	b = append(b, byte(uint64(further)<<(8-e.lengthBits())|sign<<bits|n>>(8*further)))
	for further > 0 {
		further--
		b = append(b, byte(n>>(8*further)))
	}
	return b
}
