// SPDX-License-Identifier: Apache-2.0

package bulk

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Level1ComprFlags (MS-RDPEGDI, section 2.2.2.4.1).
const (
	l1Compressed    = 0x01 // L1_COMPRESSED
	l1NoCompression = 0x02 // L1_NO_COMPRESSION
	l1PacketAtFront = 0x04 // L1_PACKET_AT_FRONT
)

const (
	xcrushHistory = 2000000
	matchSize     = 8 // RDP61_MATCH_DETAILS: MatchLength, MatchOutputOffset, MatchHistoryOffset
	// maxXCRUSH bounds what a payload may expand to: MatchOutputOffset has 16 bits.
	maxXCRUSH = 2 * 65535
)

// xcrush is the state of RDP 6.1 bulk compression (section 3.1.8.2): matches in a long
// history, and MPPC for what they leave.
type xcrush struct {
	history []byte
	at      int
	level2  *mppc
}

func newXCRUSH() *xcrush {
	return &xcrush{history: make([]byte, xcrushHistory), level2: newMPPC(history64K)}
}

// decompress takes an RDP61_COMPRESSED_DATA (section 2.2.2.4): Level1ComprFlags,
// Level2ComprFlags and the payload.
func (x *xcrush) decompress(flags uint8, src []byte) ([]byte, error) {
	if flags&Flushed != 0 {
		clear(x.history)
		x.at = 0
	}
	if flags&Compressed == 0 {
		return src, nil
	}
	if len(src) < 2 {
		return nil, errors.New("XCRUSH: no Level1ComprFlags and Level2ComprFlags")
	}
	payload, err := x.level2.decompress(src[1], src[2:])
	if err != nil {
		return nil, fmt.Errorf("XCRUSH: level 2: %w", err)
	}
	out, err := x.level1(src[0], payload)
	if err != nil {
		return nil, fmt.Errorf("XCRUSH: level 1: %w", err)
	}
	return out, nil
}

// level1 takes an RDP61_COMPRESSED_DATA's payload: MatchCount, MatchDetails and Literals.
func (x *xcrush) level1(flags uint8, src []byte) ([]byte, error) {
	if flags&l1PacketAtFront != 0 {
		x.at = 0
	}
	start := x.at
	literals := src
	switch {
	case flags&l1NoCompression != 0:
	case flags&l1Compressed == 0:
		return nil, fmt.Errorf("flags %#x", flags)
	case len(src) < 2:
		return nil, errors.New("no MatchCount")
	default:
		n := matchSize * int(binary.LittleEndian.Uint16(src))
		if n > len(src)-2 {
			return nil, fmt.Errorf("%d bytes of MatchDetails in %d", n, len(src)-2)
		}
		var err error
		if literals, err = x.matches(src[2:2+n], src[2+n:]); err != nil {
			return nil, err
		}
	}
	if err := x.literals(literals, start); err != nil {
		return nil, err
	}
	return x.history[start:x.at:x.at], nil
}

// literals appends bytes to the history.
func (x *xcrush) literals(b []byte, start int) error {
	if len(b) > len(x.history)-x.at || x.at+len(b)-start > maxXCRUSH {
		return errFull
	}
	x.at += copy(x.history[x.at:], b)
	return nil
}

// matches appends literals and matches in turn, and returns the literals that are left.
func (x *xcrush) matches(details, literals []byte) ([]byte, error) {
	start := x.at
	for ; len(details) >= matchSize; details = details[matchSize:] {
		length := int(binary.LittleEndian.Uint16(details))
		gap := int(binary.LittleEndian.Uint16(details[2:])) - (x.at - start)
		from := binary.LittleEndian.Uint32(details[4:])
		if gap < 0 || gap > len(literals) {
			return nil, fmt.Errorf("a MatchOutputOffset that leaves room for %d of %d literals", gap, len(literals))
		}
		if err := x.literals(literals[:gap], start); err != nil {
			return nil, err
		}
		literals = literals[gap:]
		if uint64(from)+uint64(length) > uint64(len(x.history)) || length > len(x.history)-x.at || x.at+length-start > maxXCRUSH {
			return nil, fmt.Errorf("a match of %d bytes at %d: %w", length, from, errFull)
		}
		for i := range length { // byte by byte: it may overlap what it makes
			x.history[x.at+i] = x.history[int(from)+i]
		}
		x.at += length
	}
	return literals, nil
}
