// SPDX-License-Identifier: Apache-2.0

// Package bitreader reads bits, the highest of each byte first: those of MPPC, of RDP 8.0
// compression and of the upgrade passes of RemoteFX progressive. RemoteFX's own coder has a
// reader of its own, since its state lives in registers and its codes end where the source
// does; NCRUSH reads the lowest bit first.
package bitreader

import (
	"encoding/binary"
	"math/bits"
)

// Reader reads the bits of a source. Past its end there are zeros; Left is then negative.
type Reader struct {
	// Left is how many bits there are in all.
	Left int

	src  []byte
	pos  int    // of the next byte to go into acc
	acc  uint64 // the next bits, at the top
	have int    // how many are in acc, zeros past the end included
}

// New returns a reader of src.
func New(src []byte) Reader { return Reader{src: src, Left: 8 * len(src)} }

func (r *Reader) fill() {
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

// Peek returns the next n bits, at most 32, without taking them.
func (r *Reader) Peek(n int) uint32 {
	if r.have < n {
		r.fill()
	}
	return uint32(r.acc >> 32 >> uint((32-n)&63))
}

// Skip takes n bits that were peeked at.
func (r *Reader) Skip(n int) {
	r.acc <<= uint(n & 63)
	r.have -= n
	r.Left -= n
}

// Take returns the next n bits, at most 32.
func (r *Reader) Take(n int) uint32 {
	v := r.Peek(n)
	r.Skip(n)
	return v
}

// Ones returns how many one bits come before the next zero bit, without taking them: more
// than 32 if there are that many.
func (r *Reader) Ones() int {
	if r.have < 33 {
		r.fill()
	}
	return bits.LeadingZeros64(^r.acc)
}

// Bytes fills b with the bytes from the next byte boundary on, and reports whether there
// are so many.
func (r *Reader) Bytes(b []byte) bool {
	r.Skip(r.have % 8)
	at := r.pos - r.have/8
	if at+len(b) > len(r.src) {
		return false
	}
	copy(b, r.src[at:])
	r.pos, r.acc, r.have = at+len(b), 0, 0
	r.Left -= 8 * len(b)
	return true
}
