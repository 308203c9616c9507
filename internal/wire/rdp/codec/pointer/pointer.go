// SPDX-License-Identifier: Apache-2.0

package pointer

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Greatest sizes: that of a color or new pointer with LARGE_POINTER_FLAG_96x96, and that of
// a large one (MS-RDPBCGR, section 2.2.7.2.7).
const (
	MaxSize      = 96
	MaxLargeSize = 384
)

// Shape is a pointer as a pointer update has it: TS_COLORPOINTERATTRIBUTE,
// TS_POINTERATTRIBUTE or TS_FP_LARGEPOINTERATTRIBUTE. Rows of the masks go from the bottom
// (at 1 bpp, from the top) and are padded to two bytes.
type Shape struct {
	XORBpp             int
	CacheIndex         int
	HotSpotX, HotSpotY int
	Width, Height      int
	XORMask            []byte
	ANDMask            []byte // empty if the XOR mask has all there is to know
}

// ParseColor parses a TS_COLORPOINTERATTRIBUTE (section 2.2.9.1.1.4.4). The pad byte at its
// end may be absent.
func ParseColor(b []byte) (Shape, error) {
	s, err := parseColor(b, 24)
	if err != nil {
		return Shape{}, fmt.Errorf("pointer: color pointer: %w", err)
	}
	return s, nil
}

// ParseNew parses a TS_POINTERATTRIBUTE (section 2.2.9.1.1.4.5): xorBpp, then the fields of
// a color pointer.
func ParseNew(b []byte) (Shape, error) {
	if len(b) < 2 {
		return Shape{}, errors.New("pointer: new pointer: no xorBpp")
	}
	s, err := parseColor(b[2:], int(binary.LittleEndian.Uint16(b)))
	if err != nil {
		return Shape{}, fmt.Errorf("pointer: new pointer: %w", err)
	}
	return s, nil
}

// parseColor parses cacheIndex, hotSpot, width, height, lengthAndMask, lengthXorMask and
// the masks, of which the XOR mask is first.
func parseColor(b []byte, bpp int) (Shape, error) {
	if len(b) < 14 {
		return Shape{}, fmt.Errorf("%d bytes do not hold its fields", len(b))
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	s := Shape{XORBpp: bpp, CacheIndex: u16(0), HotSpotX: u16(2), HotSpotY: u16(4), Width: u16(6), Height: u16(8)}
	return s, s.masks(b[14:], u16(10), u16(12), MaxSize)
}

// ParseLarge parses a TS_FP_LARGEPOINTERATTRIBUTE (section 2.2.9.1.2.1.11), whose lengths
// have 32 bits.
func ParseLarge(b []byte) (Shape, error) {
	if len(b) < 20 {
		return Shape{}, fmt.Errorf("pointer: large pointer: %d bytes do not hold its fields", len(b))
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	s := Shape{XORBpp: u16(0), CacheIndex: u16(2), HotSpotX: u16(4), HotSpotY: u16(6), Width: u16(8), Height: u16(10)}
	and, xor := binary.LittleEndian.Uint32(b[12:]), binary.LittleEndian.Uint32(b[16:])
	const most = MaxLargeSize * MaxLargeSize * 4
	if and > most || xor > most {
		return Shape{}, fmt.Errorf("pointer: large pointer: masks of %d and %d bytes", and, xor)
	}
	if err := s.masks(b[20:], int(and), int(xor), MaxLargeSize); err != nil {
		return Shape{}, fmt.Errorf("pointer: large pointer: %w", err)
	}
	return s, nil
}

// ParseCached parses a TS_CACHEDPOINTERATTRIBUTE (section 2.2.9.1.1.4.6).
func ParseCached(b []byte) (cacheIndex int, err error) {
	if len(b) < 2 {
		return 0, errors.New("pointer: cached pointer: no cacheIndex")
	}
	return int(binary.LittleEndian.Uint16(b)), nil
}

// masks takes the masks and checks that they suffice for the size.
func (s *Shape) masks(b []byte, and, xor, most int) error {
	if s.Width > most || s.Height > most {
		return fmt.Errorf("%d × %d pixels, more than %d × %d", s.Width, s.Height, most, most)
	}
	switch s.XORBpp {
	case 1, 4, 8, 16, 24, 32:
	default:
		return fmt.Errorf("xorBpp of %d", s.XORBpp)
	}
	if len(b) < xor+and {
		return fmt.Errorf("masks of %d and %d bytes in %d", xor, and, len(b))
	}
	s.XORMask, s.ANDMask = b[:xor:xor], b[xor:xor+and:xor+and]
	if need := s.Height * rowBytes(s.Width, s.XORBpp); xor < need {
		return fmt.Errorf("an XOR mask of %d bytes, %d are needed", xor, need)
	}
	if need := s.Height * rowBytes(s.Width, 1); and > 0 && and < need {
		return fmt.Errorf("an AND mask of %d bytes, %d are needed", and, need)
	}
	return nil
}

// rowBytes returns the bytes of a row of a mask, padded to two.
func rowBytes(width, bpp int) int { return (width*bpp + 15) / 16 * 2 }
