// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"errors"
	"fmt"
	"math/bits"
)

// ncrush is the state of RDP 6.0 bulk compression (MS-RDPEGDI, section 3.1.8.1).
type ncrush struct {
	history [65536]byte
	at      int
	offsets [4]int // OffsetCache, the latest first
}

// Symbols of the literal, end of stream and copy offset alphabet (section 3.1.8.1.2.1).
const (
	symbolEOS        = 256
	symbolCopyOffset = 257 // and the 31 after it
	symbolCache      = 289 // and the 3 after it
	symbolCount      = 293
)

// keep is what remains of the history when it moves to the front.
const keep = 32768

func (n *ncrush) decompress(flags uint8, src []byte) ([]byte, error) {
	if flags&AtFront != 0 {
		if n.at < keep {
			return nil, fmt.Errorf("NCRUSH: to the front with %d bytes of history", n.at)
		}
		copy(n.history[:keep], n.history[n.at-keep:n.at])
		clear(n.history[keep:])
		n.at = keep
	}
	if flags&Flushed != 0 {
		n.at, n.offsets = 0, [4]int{}
		clear(n.history[:])
	}
	if flags&Compressed == 0 {
		return src, nil
	}
	start := n.at
	r := lowReader{src: src}
	for {
		symbol, err := r.symbol(&literalCodes)
		if err != nil {
			return nil, fmt.Errorf("NCRUSH: %w", err)
		}
		switch {
		case symbol < symbolEOS:
			if n.at == len(n.history) {
				return nil, fmt.Errorf("NCRUSH: %w", errFull)
			}
			n.history[n.at] = byte(symbol)
			n.at++
		case symbol == symbolEOS:
			return n.history[start:n.at:n.at], nil
		default:
			if err := n.match(&r, symbol); err != nil {
				return nil, fmt.Errorf("NCRUSH: %w", err)
			}
		}
	}
}

// match decodes the rest of a copy.
func (n *ncrush) match(r *lowReader, symbol int) error {
	var offset int
	switch {
	case symbol < symbolCache:
		i := symbol - symbolCopyOffset
		extra, err := r.take(int(copyOffsetBits[i]))
		if err != nil {
			return err
		}
		offset = copyOffsetBase(i) + extra - 1
		copy(n.offsets[1:], n.offsets[:3])
		n.offsets[0] = offset
	case symbol < symbolCount:
		i := symbol - symbolCache
		offset = n.offsets[i]
		n.offsets[i], n.offsets[0] = n.offsets[0], offset
	default:
		return fmt.Errorf("symbol %d", symbol)
	}
	length, err := r.matchLength()
	if err != nil {
		return err
	}
	if offset == 0 {
		return errors.New("a copy from where it goes")
	}
	if length > len(n.history)-n.at {
		return fmt.Errorf("a copy of %d bytes: %w", length, errFull)
	}
	copyWithin(n.history[:], &n.at, offset, length)
	return nil
}

func (r *lowReader) matchLength() (int, error) {
	i, err := r.symbol(&lengthCodes)
	if err != nil {
		return 0, err
	}
	if i >= len(lengthBits) {
		return 0, fmt.Errorf("length of match symbol %d", i)
	}
	extra, err := r.take(int(lengthBits[i]))
	return int(lengthBase[i]) + extra, err
}

// Extra bits and bases (section 3.1.8.1.2.2 and 3.1.8.1.2.3).
var (
	copyOffsetBits = [32]uint8{
		0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6,
		7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14,
	}
	lengthBits = [30]uint8{
		0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 6, 6, 8, 8, 14, 14,
	}
	lengthBase = [30]uint16{
		2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 22, 26, 30,
		34, 42, 50, 58, 66, 82, 98, 114, 130, 194, 258, 514, 2, 2,
	}
)

// copyOffsetBase returns 1, 2, 3, 4, 5, 7, 9, 13, …: each two steps are twice as wide.
func copyOffsetBase(i int) int {
	if i < 4 {
		return i + 1
	}
	return (2+i&1)<<(i/2-1) + 1
}

// Lengths of the codes, one hexadecimal digit each (section 3.1.8.1.2.1 and 3.1.8.1.2.3).
const (
	literalLengths = "66677777777888888898999988999999899a9999999a9aaa99a9a9a999aa9a9989999aaa99aaaaaa" +
		"99aaaaaaa9aaaaaa8aaaaaaaaaaaaaaa9aaaaaaa9aaaaaa9799a9aaa9aaaaaaa9aaaaaaaaaaaaaaaaaaaaaaaaaada" +
		"aaaaabaaaaaaaaaaaaa9aaaaa9aaaaa9aaa9aaaaaaaaaaaaaaa9aaaaaaaaaaaaa9a899a9aaa9aaa9987dd77a77666" +
		"656665656666666666666685677d"
	lengthLengths = "42343445455667787889989999999999"
)

var (
	literalCodes = newCodes(literalLengths)
	lengthCodes  = newCodes(lengthLengths)
)

const maxCode = 13

// codes is a canonical Huffman code, indexed by the next 13 bits. An entry is the symbol,
// and its length in the four highest bits.
type codes [1 << maxCode]uint16

func newCodes(lengths string) (c codes) {
	next := 0
	for n := 1; n <= maxCode; n++ {
		next <<= 1
		for symbol, digit := range lengths {
			if digit != rune("0123456789abcdef"[n]) {
				continue
			}
			low := int(bits.Reverse16(uint16(next)) >> (16 - n))
			for i := low; i < len(c); i += 1 << n {
				c[i] = uint16(symbol) | uint16(n)<<12
			}
			next++
		}
	}
	return c
}

// lowReader reads bits, the lowest of each byte first.
type lowReader struct {
	src  []byte
	acc  uint64
	have int
}

func (r *lowReader) fill() {
	for r.have <= 56 && len(r.src) > 0 {
		r.acc |= uint64(r.src[0]) << uint(r.have&63)
		r.src = r.src[1:]
		r.have += 8
	}
}

func (r *lowReader) symbol(c *codes) (int, error) {
	if r.have < maxCode {
		r.fill()
	}
	entry := c[r.acc&(1<<maxCode-1)]
	n := int(entry >> 12)
	if n == 0 || n > r.have {
		return 0, errShort
	}
	r.acc >>= uint(n)
	r.have -= n
	return int(entry & 0xFFF), nil
}

func (r *lowReader) take(n int) (int, error) {
	if r.have < n {
		r.fill()
	}
	if n > r.have {
		return 0, errShort
	}
	v := int(r.acc & (1<<uint(n&63) - 1))
	r.acc >>= uint(n & 63)
	r.have -= n
	return v, nil
}
