// SPDX-License-Identifier: Apache-2.0

package rfx

import (
	"encoding/binary"
	"math/bits"
)

// maxShort is the most one bits of a code that the functions below take: with the ten bits
// that kr may have and a first coefficient they leave within shortBits.
const (
	maxShort  = 12
	shortBits = 40
)

// shortPairs decodes codes of RLGR3 as DecodeRLGR3 does, but with all state in registers,
// for as long as codes are short, the source is not near its end, and run mode does not
// begin. It returns how many coefficients it decoded.
func (c *coder) shortPairs(dst []int16) (n int) {
	acc, left, krp := c.acc, c.left, c.krp
	for ; len(dst) >= 2; dst = dst[2:] {
		if left < shortBits {
			if len(c.src) < 8 {
				break
			}
			acc |= binary.BigEndian.Uint64(c.src) >> uint(left&63)
			k := (63 - left) >> 3
			c.src = c.src[k:]
			left += 8 * k
		}
		ones := bits.LeadingZeros64(^acc)
		if ones > maxShort {
			break
		}
		kr := krp >> lsGR
		acc <<= uint((ones + 1) & 63)
		code := uint32(ones)<<uint(kr&31) | uint32(acc>>32>>uint((32-kr)&63))
		acc <<= uint(kr & 63)
		size := bits.Len32(code)
		first := uint32(acc >> 32 >> uint((32-size)&63))
		acc <<= uint(size & 63)
		left -= ones + 1 + kr + size
		krp = adaptKR(krp, ones)
		second := code - first
		dst[0], dst[1] = signed(first), signed(second)
		n += 2
		c.adaptPair(first, second)
		if c.kp >= 1<<lsGR {
			break
		}
	}
	c.acc, c.left, c.krp = acc, left, krp
	return n
}

// shortSingles is shortPairs for RLGR1.
func (c *coder) shortSingles(dst []int16) (n int) {
	acc, left, krp := c.acc, c.left, c.krp
	for i := range dst {
		if left < shortBits {
			if len(c.src) < 8 {
				break
			}
			acc |= binary.BigEndian.Uint64(c.src) >> uint(left&63)
			k := (63 - left) >> 3
			c.src = c.src[k:]
			left += 8 * k
		}
		ones := bits.LeadingZeros64(^acc)
		if ones > maxShort {
			break
		}
		kr := krp >> lsGR
		acc <<= uint((ones + 1) & 63)
		code := uint32(ones)<<uint(kr&31) | uint32(acc>>32>>uint((32-kr)&63))
		acc <<= uint(kr & 63)
		left -= ones + 1 + kr
		krp = adaptKR(krp, ones)
		dst[i] = signed(code)
		n++
		c.adaptSingle(code)
		if c.kp >= 1<<lsGR {
			break
		}
	}
	c.acc, c.left, c.krp = acc, left, krp
	return n
}

// adaptKR returns what krp becomes after a code with so many ones.
func adaptKR(krp, ones int) int {
	switch {
	case ones == 0:
		return max(krp-2, 0)
	case ones > 1:
		return min(krp+ones, kpMax)
	}
	return krp
}
