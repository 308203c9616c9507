// SPDX-License-Identifier: Apache-2.0

package codec

import (
	"fmt"
	"image"
)

// MaxSize bounds the width and the height of a picture: no desktop is larger.
const MaxSize = 8192

// Target is where a picture is decoded to: Width × Height pixels of four bytes, R first.
type Target struct {
	Pix           []byte
	Stride        int // bytes from one row to the next below it
	Width, Height int

	// BottomUp says that the first row of the stream is the lowest one, as in the bitmaps
	// of MS-RDPBCGR; those of MS-RDPEGFX go from the top.
	BottomUp bool

	// Opaque says that alpha is 0xFF whatever the stream has for it.
	Opaque bool
}

// Of returns a target for the whole of an image, from the top.
func Of(img *image.RGBA) Target {
	return Target{Pix: img.Pix, Stride: img.Stride, Width: img.Rect.Dx(), Height: img.Rect.Dy()}
}

// Check reports a size that is out of bounds, or pixels that do not suffice for it.
func (t Target) Check() error {
	if t.Width < 1 || t.Height < 1 || t.Width > MaxSize || t.Height > MaxSize {
		return fmt.Errorf("codec: a picture of %d × %d pixels", t.Width, t.Height)
	}
	if t.Stride < 4*t.Width || len(t.Pix) < t.Stride*(t.Height-1)+4*t.Width {
		return fmt.Errorf("codec: %d bytes, %d a row, for %d × %d pixels", len(t.Pix), t.Stride, t.Width, t.Height)
	}
	return nil
}

// Row returns the pixels of a row, counted as the stream does.
func (t Target) Row(y int) []byte {
	if t.BottomUp {
		y = t.Height - 1 - y
	}
	return t.Pix[y*t.Stride : y*t.Stride+4*t.Width : y*t.Stride+4*t.Width]
}

// Bounds returns the rectangle from the origin to the size.
func (t Target) Bounds() image.Rectangle { return image.Rect(0, 0, t.Width, t.Height) }

// Sub returns the part of a top-down target that r names. It must lie within the bounds.
func (t Target) Sub(r image.Rectangle) Target {
	sub := t
	sub.Pix = t.Pix[r.Min.Y*t.Stride+4*r.Min.X:]
	sub.Width, sub.Height = r.Dx(), r.Dy()
	return sub
}

// Paint copies the part of a square picture of side × side pixels, whose top left corner
// is at the given point of a top-down target, that lies within clip and the target.
func (t Target) Paint(pix []byte, side int, at image.Point, clip image.Rectangle) {
	r := image.Rect(at.X, at.Y, at.X+side, at.Y+side).Intersect(clip).Intersect(t.Bounds())
	if r.Empty() {
		return
	}
	n := 4 * r.Dx()
	from := 4 * (side*(r.Min.Y-at.Y) + r.Min.X - at.X)
	to := r.Min.Y*t.Stride + 4*r.Min.X
	for range r.Dy() {
		copy(t.Pix[to:to+n], pix[from:from+n])
		from += 4 * side
		to += t.Stride
	}
}

// ClipByte returns v as a byte, the nearest one if it is out of range.
func ClipByte(v int32) byte {
	if uint32(v) <= 0xFF {
		return byte(v)
	}
	return byte(^(v >> 31))
}
