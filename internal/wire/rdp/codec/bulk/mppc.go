// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/bitreader"
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
	r := bitreader.New(src)
	for r.Left >= 8 { // fewer pad the last byte
		if err := m.token(&r); err != nil {
			return nil, err
		}
	}
	return m.history[start:m.at:m.at], nil
}

// token decodes a literal or a copy (sections 3.1.8.4.1.2 and 3.1.8.4.2.2).
func (m *mppc) token(r *bitreader.Reader) error {
	if m.at == len(m.history) {
		return errFull
	}
	if r.Peek(1) == 0 { // 0 and seven bits
		m.history[m.at] = byte(r.Take(8))
		m.at++
		return nil
	}
	if r.Peek(2) == 2 { // 10 and seven bits: 0x80 and more
		m.history[m.at] = byte(r.Take(9)) | 0x80
		m.at++
		if r.Left < 0 {
			return errShort
		}
		return nil
	}
	offset := m.offset(r)
	most := 11 // ones before the length's bits
	if m.large {
		most = 14
	}
	length, err := lengthOfMatch(r, most)
	if err != nil {
		return err
	}
	return m.copy(offset, length)
}

// lengthOfMatch decodes a LengthOfMatch: 3, or 2^n + n bits more, where n - 1 ones and a zero come
// before these.
func lengthOfMatch(r *bitreader.Reader, most int) (int, error) {
	ones := r.Ones()
	if ones > most {
		return 0, fmt.Errorf("a length of match with %d ones", ones)
	}
	r.Skip(ones + 1)
	length := 3
	if ones > 0 {
		length = 1<<(ones+1) + int(r.Take(ones+1))
	}
	if r.Left < 0 {
		return 0, errShort
	}
	return length, nil
}

// offset decodes a CopyOffset.
func (m *mppc) offset(r *bitreader.Reader) int {
	if m.large {
		switch {
		case r.Peek(5) == 0x1F:
			return int(r.Take(11) & 0x3F)
		case r.Peek(5) == 0x1E:
			return int(r.Take(13)&0xFF) + 64
		case r.Peek(4) == 0xE:
			return int(r.Take(15)&0x7FF) + 320
		}
		return int(r.Take(19)&0xFFFF) + 2368
	}
	switch {
	case r.Peek(4) == 0xF:
		return int(r.Take(10) & 0x3F)
	case r.Peek(4) == 0xE:
		return int(r.Take(12)&0xFF) + 64
	}
	return int(r.Take(16)&0x1FFF) + 320
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
