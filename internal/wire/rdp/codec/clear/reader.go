// SPDX-License-Identifier: Apache-2.0

package clear

import "encoding/binary"

// reader takes fields off the front of a slice.
type reader struct{ b []byte }

func (r *reader) bytes(n uint32) ([]byte, bool) {
	if uint64(n) > uint64(len(r.b)) {
		return nil, false
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b, true
}

func (r *reader) u8() (uint8, bool) {
	b, ok := r.bytes(1)
	if !ok {
		return 0, false
	}
	return b[0], true
}

func (r *reader) two() (a, b uint8, ok bool) {
	p, ok := r.bytes(2)
	if !ok {
		return 0, 0, false
	}
	return p[0], p[1], true
}

func (r *reader) u16() (uint16, bool) {
	b, ok := r.bytes(2)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint16(b), true
}

func (r *reader) u32() (uint32, bool) {
	b, ok := r.bytes(4)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b), true
}

// colour reads B, G, R and returns the opaque pixel, R in the lowest byte.
func (r *reader) colour() (uint32, bool) {
	b, ok := r.bytes(3)
	if !ok {
		return 0, false
	}
	return colourOf(b), true
}

func colourOf(b []byte) uint32 { return uint32(b[2]) | uint32(b[1])<<8 | uint32(b[0])<<16 | 0xFF<<24 }

// runLength reads runLengthFactor1 and, where they are needed, the two that follow it.
func (r *reader) runLength() (uint32, bool) {
	short, ok := r.u8()
	if !ok || short < 0xFF {
		return uint32(short), ok
	}
	long, ok := r.u16()
	if !ok || long < 0xFFFF {
		return uint32(long), ok
	}
	return r.u32()
}
