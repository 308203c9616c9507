// SPDX-License-Identifier: Apache-2.0

// Package raw draws pixels that are not compressed: those of bitmap updates (MS-RDPBCGR,
// section 2.2.9.1.1.3.1.2.2), of surface bits commands with codec 0 (section 2.2.9.2.1), and of
// RDPEGFX (MS-RDPEGFX, section 2.2.2.1).
package raw

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// rowAlign is what the size of a row is a multiple of.
const rowAlign = 4

// Decode draws rows of pixels of 15, 16, 24 or 32 bits. The alpha of 32 bits is taken as it
// is unless the target is opaque; the others have none and are opaque.
//
// Rows are padded to four bytes. Deviation: servers that derive from FreeRDP do not pad them,
// which the size of all tells; bytes beyond the last row are ignored.
func Decode(dst codec.Target, depth int, src []byte) error {
	if err := dst.Check(); err != nil {
		return err
	}
	convert, ok := rows[depth]
	if !ok {
		return fmt.Errorf("raw: %d bits per pixel", depth)
	}
	size := (depth + 7) / 8 * dst.Width
	step := (size + rowAlign - 1) / rowAlign * rowAlign
	if len(src) < step*dst.Height {
		step = size
	}
	if len(src) < step*dst.Height {
		return fmt.Errorf("raw: %d bytes for %dx%d pixels of %d bits", len(src), dst.Width, dst.Height, depth)
	}
	for y := range dst.Height {
		convert(dst.Row(y), src[y*step:][:size])
		if dst.Opaque && depth == 32 {
			for row := dst.Row(y); len(row) >= 4; row = row[4:] {
				row[3] = 0xFF
			}
		}
	}
	return nil
}

// rows convert a row to R, G, B, A.
var rows = map[int]func(dst, src []byte){15: row15, 16: row16, 24: row24, 32: row32}

func row15(dst, src []byte) {
	for ; len(src) >= 2 && len(dst) >= 4; src, dst = src[2:], dst[4:] {
		p := binary.LittleEndian.Uint16(src)
		dst[0], dst[1], dst[2], dst[3] = widen5(p>>10), widen5(p>>5), widen5(p), 0xFF
	}
}

func row16(dst, src []byte) {
	for ; len(src) >= 2 && len(dst) >= 4; src, dst = src[2:], dst[4:] {
		p := binary.LittleEndian.Uint16(src)
		g := byte(p >> 5 & 0x3F)
		dst[0], dst[1], dst[2], dst[3] = widen5(p>>11), g<<2|g>>4, widen5(p), 0xFF
	}
}

// widen5 spreads the low five bits over eight.
func widen5(v uint16) byte {
	c := byte(v & 0x1F)
	return c<<3 | c>>2
}

func row24(dst, src []byte) {
	for ; len(src) >= 3 && len(dst) >= 4; src, dst = src[3:], dst[4:] {
		dst[0], dst[1], dst[2], dst[3] = src[2], src[1], src[0], 0xFF
	}
}

func row32(dst, src []byte) {
	for ; len(src) >= 4 && len(dst) >= 4; src, dst = src[4:], dst[4:] {
		dst[0], dst[1], dst[2], dst[3] = src[2], src[1], src[0], src[3]
	}
}
