// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// Sizes of the history (MS-RDPBCGR, sections 3.1.8.4.1 and 3.1.8.4.2).
const (
	history8K  = 8192
	history64K = 65536
)

var (
	errFull  = errors.New("more output than the history holds")
	errShort = errors.New("the data ends within a token")
)

// mppc is the history of MPPC as RDP 4.0 and RDP 5.0 have it.
type mppc struct {
	history []byte
	at      int // historyOffset
	large   bool
}

func newMPPC(size int) *mppc {
	return &mppc{history: make([]byte, size), large: size == history64K}
}

func (m *mppc) decompress(flags uint8, src []byte) ([]byte, error) {
	if flags&AtFront != 0 {
		m.at = 0
	}
	if flags&Flushed != 0 {
		m.at = 0
		clear(m.history)
	}
	if flags&Compressed == 0 {
		return src, nil
	}
	start := m.at
	r := bitReader{src: src, left: 8 * len(src)}
	for r.left >= 8 { // fewer pad the last byte
		if err := m.token(&r); err != nil {
			return nil, err
		}
	}
	return m.history[start:m.at:m.at], nil
}

// token decodes a literal or a copy (sections 3.1.8.4.1.2 and 3.1.8.4.2.2).
func (m *mppc) token(r *bitReader) error {
	if m.at == len(m.history) {
		return errFull
	}
	if r.peek(1) == 0 { // 0 and seven bits
		m.history[m.at] = byte(r.take(8))
		m.at++
		return nil
	}
	if r.peek(2) == 2 { // 10 and seven bits: 0x80 and more
		m.history[m.at] = byte(r.take(9)) | 0x80
		m.at++
		if r.left < 0 {
			return errShort
		}
		return nil
	}
	offset := m.offset(r)
	most := 11 // ones before the length's bits
	if m.large {
		most = 14
	}
	length, err := r.length(most)
	if err != nil {
		return err
	}
	return m.copy(offset, length)
}

// length decodes a LengthOfMatch: 3, or 2^n + n bits more, where n - 1 ones and a zero come
// before these.
func (r *bitReader) length(most int) (int, error) {
	r.peek(32)
	ones := bits.LeadingZeros64(^r.acc)
	if ones > most {
		return 0, fmt.Errorf("a length of match with %d ones", ones)
	}
	r.take(ones + 1)
	length := 3
	if ones > 0 {
		length = 1<<(ones+1) + int(r.take(ones+1))
	}
	if r.left < 0 {
		return 0, errShort
	}
	return length, nil
}

// offset decodes a CopyOffset.
func (m *mppc) offset(r *bitReader) int {
	if m.large {
		switch {
		case r.peek(5) == 0x1F:
			return int(r.take(11) & 0x3F)
		case r.peek(5) == 0x1E:
			return int(r.take(13)&0xFF) + 64
		case r.peek(4) == 0xE:
			return int(r.take(15)&0x7FF) + 320
		}
		return int(r.take(19)&0xFFFF) + 2368
	}
	switch {
	case r.peek(4) == 0xF:
		return int(r.take(10) & 0x3F)
	case r.peek(4) == 0xE:
		return int(r.take(12)&0xFF) + 64
	}
	return int(r.take(16)&0x1FFF) + 320
}

func (m *mppc) copy(offset, length int) error {
	if length > len(m.history)-m.at {
		return fmt.Errorf("a copy of %d bytes: %w", length, errFull)
	}
	if offset == 0 {
		return errors.New("a copy from where it goes")
	}
	copyWithin(m.history, &m.at, offset, length)
	return nil
}

// copyWithin copies bytes of a history that is a ring as far as reading goes. A copy may
// overlap itself.
func copyWithin(history []byte, at *int, offset, length int) {
	to, mask := *at, len(history)-1
	*at = to + length
	if offset <= to {
		for end := to + length; to < end; {
			to += copy(history[to:end], history[to-offset:to])
		}
		return
	}
	for range length {
		history[to] = history[(to-offset)&mask]
		to++
	}
}

// bitReader reads bits, the highest of each byte first. Past the end there are zeros; left
// is then negative.
type bitReader struct {
	src  []byte
	acc  uint64
	have int
	left int
}

func (r *bitReader) fill() {
	if len(r.src) >= 8 {
		r.acc |= binary.BigEndian.Uint64(r.src) >> uint(r.have&63)
		n := (63 - r.have) >> 3
		r.src = r.src[n:]
		r.have += 8 * n
		return
	}
	for r.have <= 56 {
		if len(r.src) > 0 {
			r.acc |= uint64(r.src[0]) << uint((56-r.have)&63)
			r.src = r.src[1:]
		}
		r.have += 8
	}
}

func (r *bitReader) peek(n int) uint32 {
	if r.have < 32 {
		r.fill()
	}
	return uint32(r.acc >> 32 >> uint((32-n)&63))
}

func (r *bitReader) take(n int) uint32 {
	v := r.peek(n)
	r.acc <<= uint(n & 63)
	r.have -= n
	r.left -= n
	return v
}
