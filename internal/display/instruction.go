// SPDX-License-Identifier: Apache-2.0

package display

import (
	"encoding/base64"
	"image"
	"image/color"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// ImageStream is the index of the stream that carries a display's pictures, one after the
// other. Video has the odd indices below it. A session must not use them for other streams
// to a user.
const (
	ImageStream      = 511
	firstVideoStream = ImageStream - 2
)

// videoStream returns the index of the stream that carries one of Video.Stream.
func videoStream(i int) int { return firstVideoStream - 2*i }

// blobOverhead is more than what an instruction has around a blob's text.
const blobOverhead = 32

// appendImage appends a compressed picture as a whole stream.
func appendImage(b []byte, layer, mask int, mimetype string, at image.Point, data []byte) []byte {
	b = slices.Grow(b, blobsSize(len(data))+2*blobOverhead+len(mimetype)+64)
	b = guac.Begin(b, guac.OpImg).Int(ImageStream).Int(mask).Int(layer).Str(mimetype).Int(at.X).Int(at.Y).End()
	b = guac.AppendBlobs(b, ImageStream, data)
	return guac.AppendEnd(b, ImageStream)
}

// blobsSize is at least what n bytes take as blobs.
func blobsSize(n int) int {
	return base64.StdEncoding.EncodedLen(n) + (n/guac.MaxBlob+1)*blobOverhead
}

// appendFill appends a rectangle of one colour.
func appendFill(b []byte, r image.Rectangle, c color.RGBA) []byte {
	b = guac.Begin(b, guac.OpRect).Int(0).Int(r.Min.X).Int(r.Min.Y).Int(r.Dx()).Int(r.Dy()).End()
	return guac.Begin(b, guac.OpCFill).Int(guac.MaskOver).Int(0).
		Int(int(c.R)).Int(int(c.G)).Int(int(c.B)).Int(int(c.A)).End()
}

// appendMove appends a copy within the default layer, which shows the display from origin on.
func appendMove(b []byte, m move, origin image.Point) []byte {
	src, dst := m.src.Sub(origin), m.dst.Sub(origin)
	return guac.Begin(b, guac.OpCopy).Int(0).Int(src.Min.X).Int(src.Min.Y).Int(src.Dx()).Int(src.Dy()).
		Int(guac.MaskOver).Int(0).Int(dst.X).Int(dst.Y).End()
}
