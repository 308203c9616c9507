// SPDX-License-Identifier: Apache-2.0

package encode

import (
	"image"
	"image/jpeg"
)

// JPEG appends the loaded picture as JPEG of a quality from 1 to 100, in the sampling
// 4:2:0.
func (e *Encoder) JPEG(dst []byte, quality int) []byte {
	p := &e.picture
	m := image.RGBA{Pix: p.Pix, Stride: p.Stride, Rect: image.Rect(0, 0, p.Width, p.Height)}
	e.out.b = dst
	// Neither the appender nor a picture of a screen's size gives an error.
	_ = jpeg.Encode(&e.out, &m, &jpeg.Options{Quality: quality})
	dst, e.out.b = e.out.b, nil
	return dst
}
