// SPDX-License-Identifier: Apache-2.0

package update

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Position is where the server moves the pointer (section 2.2.9.1.1.4.2).
type Position struct {
	X, Y uint16
}

// ParsePosition reads a pointer position update.
func ParsePosition(b []byte) (Position, error) {
	r := field.NewReader("update: pointer position", b)
	return Position{X: r.U16("xPos"), Y: r.U16("yPos")}, r.Err()
}

// Append appends the update.
func (p Position) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, p.X), p.Y)
}

// Limits of a pointer's sides (sections 2.2.9.1.1.4.4 and 2.2.9.1.2.1.11).
const (
	MaxPointer      = 96
	MaxLargePointer = 384
)

// Pointer is a pointer's picture: TS_COLORPOINTERATTRIBUTE, TS_POINTERATTRIBUTE or
// TS_FP_LARGEPOINTERATTRIBUTE. Rows of both masks are bottom-up and padded to two bytes.
type Pointer struct {
	// BitsPerPixel is that of the XOR mask: 24 for a color pointer.
	BitsPerPixel  uint16
	CacheIndex    uint16
	HotX, HotY    uint16
	Width, Height uint16
	XORMask       []byte
	// ANDMask has one bit a pixel, and may be absent.
	ANDMask []byte
}

// colorPointerBits is what a color pointer has a pixel.
const colorPointerBits = 24

func (p *Pointer) readHead(r *field.Reader, limit uint16) {
	p.CacheIndex = r.U16("cacheIndex")
	p.HotX, p.HotY = r.U16("hotSpot"), r.U16("hotSpot")
	p.Width, p.Height = r.U16("width"), r.U16("height")
	if r.Err() == nil && (p.Width > limit || p.Height > limit) {
		r.Fail("width", "a pointer of %dx%d pixels", p.Width, p.Height)
	}
}

func (p *Pointer) readMasks(r *field.Reader, and, xor int) {
	p.XORMask = r.Bytes("xorMaskData", xor)
	p.ANDMask = r.Bytes("andMaskData", and)
	if r.Len() > 0 {
		r.Skip("pad", 1)
	}
}

// checkMasks demands masks that cover the picture, so that who draws it need not look.
func (p *Pointer) checkMasks(r *field.Reader) {
	if r.Err() != nil {
		return
	}
	switch p.BitsPerPixel {
	case 1, 4, 8, 16, 24, 32:
	default:
		r.Fail("xorBpp", "%d", p.BitsPerPixel)
		return
	}
	width, height := int(p.Width), int(p.Height)
	if need := (width*int(p.BitsPerPixel) + 15) / 16 * 2 * height; len(p.XORMask) < need {
		r.Fail("lengthXorMask", "%d bytes of %d", len(p.XORMask), need)
	}
	if need := (width + 15) / 16 * 2 * height; len(p.ANDMask) > 0 && len(p.ANDMask) < need {
		r.Fail("lengthAndMask", "%d bytes of %d", len(p.ANDMask), need)
	}
}

// ParseColorPointer reads a color pointer update (section 2.2.9.1.1.4.4).
func ParseColorPointer(b []byte) (Pointer, error) {
	p := Pointer{BitsPerPixel: colorPointerBits}
	r := field.NewReader("update: color pointer", b)
	p.readColor(r)
	return p, r.Err()
}

func (p *Pointer) readColor(r *field.Reader) {
	p.readHead(r, MaxPointer)
	and, xor := int(r.U16("lengthAndMask")), int(r.U16("lengthXorMask"))
	p.readMasks(r, and, xor)
	p.checkMasks(r)
}

// ParseNewPointer reads a new pointer update (section 2.2.9.1.1.4.5).
func ParseNewPointer(b []byte) (Pointer, error) {
	r := field.NewReader("update: new pointer", b)
	p := Pointer{BitsPerPixel: r.U16("xorBpp")}
	p.readColor(r)
	return p, r.Err()
}

// maxMask bounds a mask of a large pointer: 384 rows of 384 pixels of 4 bytes.
const maxMask = MaxLargePointer * MaxLargePointer * 4

// ParseLargePointer reads a large pointer update (section 2.2.9.1.2.1.11).
func ParseLargePointer(b []byte) (Pointer, error) {
	r := field.NewReader("update: large pointer", b)
	p := Pointer{BitsPerPixel: r.U16("xorBpp")}
	p.readHead(r, MaxLargePointer)
	and, xor := r.Length("lengthAndMask", maxMask), r.Length("lengthXorMask", maxMask)
	p.readMasks(r, and, xor)
	p.checkMasks(r)
	return p, r.Err()
}

func (p Pointer) appendHead(b []byte) []byte {
	for _, v := range []uint16{p.CacheIndex, p.HotX, p.HotY, p.Width, p.Height} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// AppendColor appends a color pointer update.
func (p Pointer) AppendColor(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(p.appendHead(b), uint16(len(p.ANDMask)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(p.XORMask)))
	return append(append(b, p.XORMask...), p.ANDMask...)
}

// AppendNew appends a new pointer update.
func (p Pointer) AppendNew(b []byte) []byte {
	return p.AppendColor(binary.LittleEndian.AppendUint16(b, p.BitsPerPixel))
}

// AppendLarge appends a large pointer update.
func (p Pointer) AppendLarge(b []byte) []byte {
	b = p.appendHead(binary.LittleEndian.AppendUint16(b, p.BitsPerPixel))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(p.ANDMask)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(p.XORMask)))
	return append(append(b, p.XORMask...), p.ANDMask...)
}

// ParseCachedPointer reads a cached pointer update (section 2.2.9.1.1.4.6): the index.
func ParseCachedPointer(b []byte) (uint16, error) {
	r := field.NewReader("update: cached pointer", b)
	return r.U16("cacheIndex"), r.Err()
}
