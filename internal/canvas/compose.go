// SPDX-License-Identifier: Apache-2.0

package canvas

import (
	"image"
	"image/draw"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Bits of a channel mask: which of source and destination remain where the other one is
// opaque, and where it is transparent.
const (
	dstInside  = 0x1 // destination where the source is opaque
	dstOutside = 0x2 // destination where the source is transparent
	srcInside  = 0x4 // source where the destination is opaque
	srcOutside = 0x8 // source where the destination is transparent
)

// compose draws src, whose point sp comes to r.Min, on r of the layer. The layer's clip
// and mask, if not nil and covering r, limit it; channels is the channel mask.
func (l *layer) compose(r image.Rectangle, src image.Image, sp image.Point, mask *image.Alpha, channels int) {
	cut := r.Intersect(l.state.clip.bounds(l.pix.Rect))
	if cut.Empty() {
		return
	}
	sp = sp.Add(cut.Min.Sub(r.Min))
	if l.state.clip.mask == nil && mask == nil {
		switch channels {
		case guac.MaskSrc:
			draw.Draw(l.pix, cut, src, sp, draw.Src)
			return
		case guac.MaskOver:
			draw.Draw(l.pix, cut, src, sp, draw.Over)
			return
		}
	}
	row := image.NewRGBA(image.Rect(0, 0, cut.Dx(), 1))
	for y := range cut.Dy() {
		draw.Draw(row, row.Rect, src, sp.Add(image.Pt(0, y)), draw.Src)
		l.composeRow(cut.Min.X, cut.Min.Y+y, row.Pix, mask, channels)
	}
}

// composeRow draws one row of pixels at x, y.
func (l *layer) composeRow(x, y int, src []byte, mask *image.Alpha, channels int) {
	dst := l.pix.Pix[l.pix.PixOffset(x, y):]
	for i := 0; i < len(src); i += 4 {
		cover := uint32(0xFF)
		if mask != nil {
			cover = uint32(mask.AlphaAt(x+i/4, y).A)
		}
		if l.state.clip.mask != nil {
			cover = cover * uint32(l.state.clip.mask.AlphaAt(x+i/4, y).A) / 0xFF
		}
		if cover > 0 {
			composePixel(dst[i:i+4:i+4], src[i:i+4:i+4], cover, channels)
		}
	}
}

// composePixel is the algebra of Porter and Duff for one premultiplied pixel; cover, of
// 255, is how much of it counts.
func composePixel(dst, src []byte, cover uint32, channels int) {
	sa, da := uint32(src[3]), uint32(dst[3])
	var fs, fd uint32
	if channels&srcInside != 0 {
		fs += da
	}
	if channels&srcOutside != 0 {
		fs += 0xFF - da
	}
	if channels&dstInside != 0 {
		fd += sa
	}
	if channels&dstOutside != 0 {
		fd += 0xFF - sa
	}
	for i := range 4 {
		v := min(0xFF, (uint32(src[i])*fs+uint32(dst[i])*fd+0x7F)/0xFF)
		dst[i] = uint8((v*cover + uint32(dst[i])*(0xFF-cover) + 0x7F) / 0xFF)
	}
}

// transfer combines the bits of colours. Function is a truth table: bit 0 is the result
// for a source and destination of 1, bit 1 for 1 and 0, bit 2 for 0 and 1, bit 3 for 0.
// Where the result does not depend on the destination, its alpha is the source's.
func (l *layer) transfer(r image.Rectangle, src *image.RGBA, sp image.Point, function int) {
	cut := r.Intersect(l.state.clip.bounds(l.pix.Rect))
	sp = sp.Add(cut.Min.Sub(r.Min))
	copyAlpha := function == 0x3 || function == 0xC
	for y := range cut.Dy() {
		from := src.Pix[src.PixOffset(sp.X, sp.Y+y):]
		to := l.pix.Pix[l.pix.PixOffset(cut.Min.X, cut.Min.Y+y):]
		for i := 0; i < 4*cut.Dx(); i++ {
			if i%4 != 3 {
				to[i] = truth(from[i], to[i], function)
			} else if copyAlpha {
				to[i] = from[i]
			}
			// Colours are premultiplied, so none is above its alpha.
			if i%4 == 3 {
				for c := i - 3; c < i; c++ {
					to[c] = min(to[c], to[i])
				}
			}
		}
	}
}

func truth(s, d byte, function int) byte {
	var v byte
	if function&1 != 0 {
		v |= s & d
	}
	if function&2 != 0 {
		v |= s &^ d
	}
	if function&4 != 0 {
		v |= d &^ s
	}
	if function&8 != 0 {
		v |= ^(s | d)
	}
	return v
}
