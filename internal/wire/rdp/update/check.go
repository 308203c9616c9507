// SPDX-License-Identifier: Apache-2.0

package update

import (
	"fmt"
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// maxPadding is how much larger a picture may be than where it goes, and where it goes than
// the desktop: servers pad rows to four pixels, and send whole tiles of 64 at the edges.
const maxPadding = 64

// Check demands that the picture is about as large as where it goes, and that it goes to the
// desktop. A few bytes may stand for all pixels of a picture: without a look at its size they
// ask for as many as 65535 × 65535.
func (b Bitmap) Check(desktop image.Point) error {
	dest := image.Rect(int(b.Left), int(b.Top), int(b.Right)+1, int(b.Bottom)+1)
	return check("update: bitmap", image.Pt(int(b.Width), int(b.Height)), dest, desktop)
}

// Check is that of Bitmap.
func (s SurfaceBits) Check(desktop image.Point) error {
	dest := image.Rectangle{Min: image.Pt(int(s.Left), int(s.Top)), Max: image.Pt(int(s.Right), int(s.Bottom))}
	if dest.Empty() {
		return wrong("update: surface bits", "destRight", "the rectangle %v is empty", dest)
	}
	return check("update: surface bits", image.Pt(int(s.Width), int(s.Height)), dest, desktop)
}

func check(pdu string, size image.Point, dest image.Rectangle, desktop image.Point) error {
	switch {
	case dest.Max.X > desktop.X+maxPadding:
		return wrong(pdu, "destRight", "%d on a desktop of %d pixels", dest.Max.X, desktop.X)
	case dest.Max.Y > desktop.Y+maxPadding:
		return wrong(pdu, "destBottom", "%d on a desktop of %d pixels", dest.Max.Y, desktop.Y)
	case size.X < 1 || size.X > dest.Dx()+maxPadding:
		return wrong(pdu, "width", "%d for a destination of %d pixels", size.X, dest.Dx())
	case size.Y < 1 || size.Y > dest.Dy()+maxPadding:
		return wrong(pdu, "height", "%d for a destination of %d pixels", size.Y, dest.Dy())
	}
	return nil
}

func wrong(pdu, name, format string, args ...any) error {
	return &field.Error{PDU: pdu, Field: name, Problem: fmt.Sprintf(format, args...)}
}
