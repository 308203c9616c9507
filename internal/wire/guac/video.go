// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// VideoH264 is the mimetype of a video stream whose access units come with the rectangles
// that they draw. A client that can show it names it in its video instruction. The server's
// instruction adds the parameter codecs (RFC 6381) as far as a decoder must know it:
//
//	video,STREAM,LAYER,video/vnd.palta.h264;codecs=avc1.42C01E;
//
// The stream begins with a key frame and is a sequence of [VideoHeader] and access unit
// (H.264, annex B); where one blob ends and the next begins means nothing. The picture of a
// unit is drawn when the unit is complete, in the order of all drawing. Its colours are
// those that the parameter sets describe.
const VideoH264 = "video/vnd.palta.h264"

// Bounds of a video stream.
const (
	MaxVideoRegions = 4096    // of one access unit
	MaxVideoUnit    = 8 << 20 // bytes of one access unit
)

// VideoHeader is what comes before an access unit, in network byte order:
//
//	offset  bytes
//	 0      1      1 for a key frame, where a decoder can begin, otherwise 0
//	 1      1      0; other values are kept for the second views of 4:4:4
//	 2      2      count of regions
//	 4      4, 4   x, y: where on the layer the picture has its upper left corner, signed
//	12      4      length of the access unit, not 0
//	16      8      count times: x, y, width, height of a region in the picture, 2 bytes each
//
// Only the regions are drawn; there may be none.
type VideoHeader struct {
	Key     bool
	Origin  image.Point
	Length  int
	Regions []image.Rectangle
}

const (
	videoHeaderSize = 16
	videoRegionSize = 8
)

var errVideoHeader = errors.New("guac: bad header of an access unit")

// AppendVideoHeader appends h, whose regions are within 65535 pixels of the picture's corner.
func AppendVideoHeader(b []byte, h *VideoHeader) []byte {
	key := byte(0)
	if h.Key {
		key = 1
	}
	b = append(b, key, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(len(h.Regions)))
	b = binary.BigEndian.AppendUint32(b, uint32(int32(h.Origin.X)))
	b = binary.BigEndian.AppendUint32(b, uint32(int32(h.Origin.Y)))
	b = binary.BigEndian.AppendUint32(b, uint32(h.Length))
	for _, r := range h.Regions {
		for _, n := range [...]int{r.Min.X, r.Min.Y, r.Dx(), r.Dy()} {
			b = binary.BigEndian.AppendUint16(b, uint16(n))
		}
	}
	return b
}

// ConsumeVideoHeader reads the header at the start of b and returns its length, 0 if more
// is needed.
func ConsumeVideoHeader(b []byte) (h VideoHeader, n int, err error) {
	if len(b) < videoHeaderSize {
		return h, 0, nil
	}
	count := int(binary.BigEndian.Uint16(b[2:]))
	length := binary.BigEndian.Uint32(b[12:])
	switch {
	case b[0] > 1 || b[1] != 0:
		return h, 0, fmt.Errorf("%w: flags %#x, view %d", errVideoHeader, b[0], b[1])
	case count > MaxVideoRegions:
		return h, 0, fmt.Errorf("%w: %d regions", errVideoHeader, count)
	case length == 0 || length > MaxVideoUnit:
		return h, 0, fmt.Errorf("%w: access unit of %d bytes", errVideoHeader, length)
	}
	n = videoHeaderSize + count*videoRegionSize
	if len(b) < n {
		return h, 0, nil
	}
	h.Key, h.Length = b[0] == 1, int(length)
	h.Origin = image.Pt(int(int32(binary.BigEndian.Uint32(b[4:]))), int(int32(binary.BigEndian.Uint32(b[8:]))))
	for at := videoHeaderSize; at < n; at += videoRegionSize {
		u16 := func(i int) int { return int(binary.BigEndian.Uint16(b[at+i:])) }
		h.Regions = append(h.Regions, image.Rect(u16(0), u16(2), u16(0)+u16(4), u16(2)+u16(6)))
	}
	return h, n, nil
}
