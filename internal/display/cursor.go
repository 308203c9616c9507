// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"image/color"

	"github.com/palta-gateway/palta/internal/display/encode"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

const (
	// cursorLayer is the buffer that holds the pointer's picture.
	cursorLayer = -1
	// maxCursor bounds the sides of a pointer; RDP has up to 384.
	maxCursor = 512
)

// StandardCursor is a pointer shape that needs no picture of the remote host.
type StandardCursor int

// The standard cursors.
const (
	CursorNone    StandardCursor = iota // invisible
	CursorDot                           // a dot, where the remote host draws the pointer
	CursorIBar                          // for text
	CursorPointer                       // an arrow
)

// cursorArt has the shapes: X is black, o is white; the hotspot is given beside.
var cursorArt = map[StandardCursor]struct {
	hot  image.Point
	rows []string
}{
	CursorNone: {rows: []string{" "}},
	CursorDot: {hot: image.Pt(2, 2), rows: []string{
		" XXX ",
		"XoooX",
		"XoooX",
		"XoooX",
		" XXX ",
	}},
	CursorIBar: {hot: image.Pt(3, 7), rows: []string{
		"XXX XXX",
		"XooXooX",
		"XXXoXXX",
		"  XoX  ",
		"  XoX  ",
		"  XoX  ",
		"  XoX  ",
		"  XoX  ",
		"  XoX  ",
		"  XoX  ",
		"  XoX  ",
		"  XoX  ",
		"XXXoXXX",
		"XooXooX",
		"XXX XXX",
	}},
	CursorPointer: {rows: []string{
		"X          ",
		"XX         ",
		"XoX        ",
		"XooX       ",
		"XoooX      ",
		"XooooX     ",
		"XoooooX    ",
		"XooooooX   ",
		"XoooooooX  ",
		"XooooooooX ",
		"XoooooXXXXX",
		"XooXooX    ",
		"XoX XooX   ",
		"XX  XooX   ",
		"X    XooX  ",
		"     XooX  ",
		"      XX   ",
	}},
}

// SetStandardCursor sets the pointer to a shape of the display's own.
func (d *Display) SetStandardCursor(c StandardCursor) {
	art := cursorArt[c]
	if len(art.rows) == 0 {
		art = cursorArt[CursorNone]
	}
	m := image.NewRGBA(image.Rect(0, 0, len(art.rows[0]), len(art.rows)))
	for y, row := range art.rows {
		for x, c := range row {
			switch c {
			case 'X':
				m.SetRGBA(x, y, color.RGBA{A: 0xFF})
			case 'o':
				m.SetRGBA(x, y, color.RGBA{0xFF, 0xFF, 0xFF, 0xFF})
			}
		}
	}
	d.SetCursor(m, art.hot.X, art.hot.Y)
}

// SetCursor sets the pointer's shape, with premultiplied alpha, and the point in it that
// points; nil hides the pointer.
func (d *Display) SetCursor(img *image.RGBA, hotX, hotY int) {
	if img == nil || img.Rect.Empty() {
		img = image.NewRGBA(image.Rect(0, 0, 1, 1))
	}
	bounds := img.Rect.Intersect(image.Rect(0, 0, maxCursor, maxCursor).Add(img.Rect.Min))
	img = img.SubImage(bounds).(*image.RGBA)
	width, height := bounds.Dx(), bounds.Dy()

	var e encode.Encoder
	b := guac.Begin(nil, guac.OpSize).Int(cursorLayer).Int(width).Int(height).End()
	b = appendImage(b, cursorLayer, guac.MaskSrc, mimePNG, image.Point{}, e.AlphaPNG(nil, img))
	b = guac.Begin(b, guac.OpCursor).Int(hotX).Int(hotY).Int(cursorLayer).Int(0).Int(0).Int(width).Int(height).End()

	d.mu.Lock()
	d.cursor = b
	for _, v := range d.views {
		v.cursor = true
	}
	d.mu.Unlock()
	d.signal()
}

// SetMouse shows the pointer of one user, at x and y, to all others.
func (d *Display) SetMouse(from *View, x, y int) {
	d.mu.Lock()
	d.mouse, d.mouseKnown = image.Pt(x, y), true
	for _, v := range d.views {
		if v != from && !v.unwatched && d.mouse.In(v.area) {
			v.mouse = true
		}
	}
	d.mu.Unlock()
	d.signal()
}
