// SPDX-License-Identifier: Apache-2.0

package rfx

import (
	"encoding/binary"
	"math/bits"
)

// Parameters of the adaptive coder (MS-RDPRFX, section 3.1.8.1.7.1).
const (
	kpMax = 80 // KPMAX
	lsGR  = 3  // LSGR: kp and krp are k and kr with so many more bits
	upGR  = 4  // UP_GR
	dnGR  = 6  // DN_GR
	uqGR  = 3  // UQ_GR
	dqGR  = 3  // DQ_GR
)

// bitReader reads bits, the highest of each byte first. Past the end there are zeros, and
// left becomes negative once one of them has been taken.
type bitReader struct {
	src  []byte
	acc  uint64 // the next bits, at the top
	left int    // how many of them are there
}

// fill makes at least 32 bits available, unless the source ends.
func (r *bitReader) fill() {
	if len(r.src) >= 8 {
		r.acc |= binary.BigEndian.Uint64(r.src) >> uint(r.left&63)
		n := (63 - r.left) >> 3
		r.src = r.src[n:]
		r.left += 8 * n
		return
	}
	for r.left <= 56 && len(r.src) > 0 {
		r.acc |= uint64(r.src[0]) << uint((56-r.left)&63)
		r.src = r.src[1:]
		r.left += 8
	}
}

func (r *bitReader) more() bool { return r.left > 0 || len(r.src) > 0 }

// take returns the next n bits, at most 24.
func (r *bitReader) take(n int) uint32 {
	if r.left < n {
		r.fill()
	}
	v := uint32(r.acc >> 32 >> uint((32-n)&63))
	r.acc <<= uint(n & 63)
	r.left -= n
	return v
}

// coder is the state of section 3.1.8.1.7.1: kp and krp as numbers, k and kr derived.
type coder struct {
	bitReader

	kp, krp int
}

// golomb reads a Golomb-Rice code with the parameter kr, which adapts.
func (c *coder) golomb() uint32 {
	if c.left < 32 {
		c.fill()
	}
	kr := c.krp >> lsGR
	ones := bits.LeadingZeros64(^c.acc)
	var code uint32
	if ones+1+kr <= c.left {
		rest := c.acc << uint((ones+1)&63)
		code = uint32(ones)<<uint(kr&31) | uint32(rest>>32>>uint((32-kr)&63))
		c.acc = rest << uint(kr&63)
		c.left -= ones + 1 + kr
	} else {
		ones = c.ones()
		code = uint32(ones)<<uint(kr&31) | c.take(kr)
	}
	c.krp = adaptKR(c.krp, ones)
	return code
}

// ones counts one bits up to the next zero bit, which it takes as well.
func (c *coder) ones() int {
	n := 0
	for {
		c.fill()
		ones := bits.LeadingZeros64(^c.acc)
		if ones < c.left || c.left <= 0 {
			n += ones
			c.acc <<= uint((ones + 1) & 63)
			c.left -= ones + 1
			return n
		}
		n += c.left
		c.acc, c.left = 0, 0
		if len(c.src) == 0 {
			c.left = -1
			return n
		}
	}
}

// run reads a zero run of at most limit zeros, up to its terminating bit. It returns limit
// if the run is longer or if the source ends.
func (c *coder) run(limit int) int {
	n := 0
	for n < limit {
		if c.left < 32 {
			c.fill()
			if c.left <= 0 {
				return limit
			}
		}
		zeros := min(bits.LeadingZeros64(c.acc), c.left)
		for range zeros {
			n += 1 << uint(c.kp>>lsGR&31)
			c.kp = min(c.kp+upGR, kpMax)
			if n >= limit {
				return limit
			}
		}
		if zeros == c.left {
			c.acc, c.left = 0, 0
			continue
		}
		c.acc <<= uint((zeros + 1) & 63)
		c.left -= zeros + 1
		return n + int(c.take(c.kp>>lsGR))
	}
	return n
}

// runAndValue decodes run mode: zeros, then a value. It returns how many coefficients that
// makes, all of dst if the source has no more.
func (c *coder) runAndValue(dst []int16) int {
	n := c.run(len(dst))
	if n >= len(dst) {
		return len(dst)
	}
	sign := c.take(1)
	value := int16(c.golomb()) + 1
	if c.left < 0 {
		return len(dst)
	}
	if sign == 1 {
		value = -value
	}
	dst[n] = value
	c.kp = max(c.kp-dnGR, 0)
	return n + 1
}

// DecodeRLGR1 decodes the coefficients of a tile's component (section 3.1.8.1.7.3).
func DecodeRLGR1(dst []int16, src []byte) {
	clear(dst)
	c := coder{bitReader{src: src}, 1 << lsGR, 1 << lsGR}
	for len(dst) > 0 && c.more() {
		if c.kp >= 1<<lsGR {
			dst = dst[c.runAndValue(dst):]
			continue
		}
		if n := c.shortSingles(dst); n > 0 {
			dst = dst[n:]
			continue
		}
		code := c.golomb()
		if c.left < 0 {
			return
		}
		c.adaptSingle(code)
		dst[0] = signed(code)
		dst = dst[1:]
	}
}

func (c *coder) adaptSingle(code uint32) {
	if code == 0 {
		c.kp = min(c.kp+uqGR, kpMax)
	} else {
		c.kp = max(c.kp-dqGR, 0)
	}
}

// DecodeRLGR3 is DecodeRLGR1 with two coefficients in each code outside of run mode.
func DecodeRLGR3(dst []int16, src []byte) {
	clear(dst)
	c := coder{bitReader{src: src}, 1 << lsGR, 1 << lsGR}
	for len(dst) > 0 && c.more() {
		if c.kp >= 1<<lsGR {
			dst = dst[c.runAndValue(dst):]
			continue
		}
		if n := c.shortPairs(dst); n > 0 {
			dst = dst[n:]
			continue
		}
		code := c.golomb()
		first := c.take(min(bits.Len32(code), 24))
		if c.left < 0 {
			return
		}
		second := code - first
		c.adaptPair(first, second)
		dst[0] = signed(first)
		if len(dst) > 1 {
			dst[1] = signed(second)
		}
		dst = dst[min(2, len(dst)):]
	}
}

func (c *coder) adaptPair(first, second uint32) {
	switch {
	case first != 0 && second != 0:
		c.kp = max(c.kp-2*dqGR, 0)
	case first == 0 && second == 0:
		c.kp = min(c.kp+2*uqGR, kpMax)
	}
}

// signed undoes the mapping of 0, -1, 1, -2, … to 0, 1, 2, 3, …
func signed(code uint32) int16 { return int16(code>>1) ^ -int16(code&1) }
