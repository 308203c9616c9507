// SPDX-License-Identifier: Apache-2.0

package encoding

import (
	"encoding/binary"
	"fmt"
	"image/color"
)

// PixelFormat is PIXEL_FORMAT (RFC 6143, section 7.4): how a pixel is laid out on the wire.
type PixelFormat struct {
	BitsPerPixel, Depth             uint8
	BigEndian, TrueColour           bool
	RedMax, GreenMax, BlueMax       uint16
	RedShift, GreenShift, BlueShift uint8
}

// PixelFormatSize is the length of PIXEL_FORMAT on the wire.
const PixelFormatSize = 16

// The formats that this client asks for.
var (
	// RGBX has the bytes of a pixel in memory as R, G, B and one unused.
	RGBX = PixelFormat{32, 24, false, true, 255, 255, 255, 0, 8, 16}
	// RGB565 has 16 bits.
	RGB565 = PixelFormat{16, 16, false, true, 31, 63, 31, 11, 5, 0}
	// BGR233 has 8 bits.
	BGR233 = PixelFormat{8, 8, false, true, 7, 7, 3, 0, 3, 6}
)

// ParsePixelFormat reads the PixelFormatSize bytes of b.
func ParsePixelFormat(b []byte) (PixelFormat, error) {
	pf := PixelFormat{
		BitsPerPixel: b[0], Depth: b[1], BigEndian: b[2] != 0, TrueColour: b[3] != 0,
		RedMax: binary.BigEndian.Uint16(b[4:]), GreenMax: binary.BigEndian.Uint16(b[6:]), BlueMax: binary.BigEndian.Uint16(b[8:]),
		RedShift: b[10], GreenShift: b[11], BlueShift: b[12],
	}
	switch pf.BitsPerPixel {
	case 8, 16, 32:
	default:
		return pf, fmt.Errorf("rfb: %d bits per pixel", pf.BitsPerPixel)
	}
	if pf.RedShift > 31 || pf.GreenShift > 31 || pf.BlueShift > 31 {
		return pf, fmt.Errorf("rfb: colour shifts %d, %d, %d", pf.RedShift, pf.GreenShift, pf.BlueShift)
	}
	return pf, nil
}

// Append writes the wire form.
func (pf PixelFormat) Append(b []byte) []byte {
	b = append(b, pf.BitsPerPixel, pf.Depth, flag(pf.BigEndian), flag(pf.TrueColour))
	b = binary.BigEndian.AppendUint16(b, pf.RedMax)
	b = binary.BigEndian.AppendUint16(b, pf.GreenMax)
	b = binary.BigEndian.AppendUint16(b, pf.BlueMax)
	return append(b, pf.RedShift, pf.GreenShift, pf.BlueShift, 0, 0, 0)
}

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// swapRedBlue returns the format with red and blue exchanged.
func (pf PixelFormat) swapRedBlue() PixelFormat {
	pf.RedShift, pf.BlueShift = pf.BlueShift, pf.RedShift
	pf.RedMax, pf.BlueMax = pf.BlueMax, pf.RedMax
	return pf
}

// size is the bytes of one pixel.
func (pf PixelFormat) size() int { return int(pf.BitsPerPixel) / 8 }

// compactSize is the bytes of a CPIXEL (RFC 6143, section 7.7.5).
func (pf PixelFormat) compactSize() int {
	if pf.BitsPerPixel == 32 && pf.Depth <= 24 {
		return 3
	}
	return pf.size()
}

// bytesAreRGB reports whether the first three bytes of a pixel are R, G and B.
func (pf PixelFormat) bytesAreRGB() bool { return pf == RGBX }

// rgba converts a pixel value to opaque RGBA.
func (pf PixelFormat) rgba(v uint32) color.RGBA {
	return color.RGBA{
		R: scale(v>>pf.RedShift, pf.RedMax), G: scale(v>>pf.GreenShift, pf.GreenMax),
		B: scale(v>>pf.BlueShift, pf.BlueMax), A: 0xFF,
	}
}

// scale brings a channel of 0 to limit to 0 to 255.
func scale(v uint32, limit uint16) uint8 {
	if limit == 0 {
		return 0
	}
	v &= uint32(limit)
	if limit == 255 {
		return uint8(v)
	}
	return uint8((v*255 + uint32(limit)/2) / uint32(limit))
}

// value reads a pixel of n bytes.
func (pf PixelFormat) value(b []byte, n int) uint32 {
	var v uint32
	for i := range n {
		if pf.BigEndian {
			v = v<<8 | uint32(b[i])
		} else {
			v |= uint32(b[i]) << (8 * i)
		}
	}
	return v
}

// toRGBA converts the pixels of src, each of n bytes, into dst.
func (pf PixelFormat) toRGBA(dst, src []byte, n int) {
	if pf.bytesAreRGB() {
		for len(dst) >= 4 && len(src) >= n {
			dst[0], dst[1], dst[2], dst[3] = src[0], src[1], src[2], 0xFF
			dst, src = dst[4:], src[n:]
		}
		return
	}
	for len(dst) >= 4 && len(src) >= n {
		c := pf.compact(src, n)
		dst[0], dst[1], dst[2], dst[3] = c.R, c.G, c.B, 0xFF
		dst, src = dst[4:], src[n:]
	}
}

// compact reads a pixel of n bytes, where 3 bytes of a 32-bit format are a CPIXEL: the
// three that carry the colour (RFC 6143, section 7.7.5).
func (pf PixelFormat) compact(b []byte, n int) color.RGBA {
	v := pf.value(b, n)
	if n == 3 && pf.BitsPerPixel == 32 && !pf.lowBytes() {
		v <<= 8
	}
	return pf.rgba(v)
}

// lowBytes reports whether the colours fit the least significant three bytes.
func (pf PixelFormat) lowBytes() bool {
	return uint64(pf.RedMax)<<pf.RedShift|uint64(pf.GreenMax)<<pf.GreenShift|uint64(pf.BlueMax)<<pf.BlueShift < 1<<24
}
