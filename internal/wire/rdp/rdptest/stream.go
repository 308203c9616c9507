// SPDX-License-Identifier: Apache-2.0

package rdptest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/update"
)

// entry is a line of a captured stream: an update and where its payload lies.
type entry struct {
	Kind       string `json:"kind"`
	Command    uint16 `json:"cmd"`
	Left       uint16 `json:"left"`
	Top        uint16 `json:"top"`
	Right      uint16 `json:"right"`
	Bottom     uint16 `json:"bottom"`
	Width      uint16 `json:"width"`
	Height     uint16 `json:"height"`
	BPP        uint16 `json:"bpp"`
	Compressed uint16 `json:"compressed"`
	CodecID    uint8  `json:"codecId"`
	Offset     int    `json:"offset"`
	Length     int    `json:"length"`
}

// streamSurfaceBits is the command that is a set surface bits command in all but its name.
const streamSurfaceBits = 6

// ParseStream reads a captured session: lines of JSON, one an update, and the payloads that
// they point to. The updates are what the server had sent: bitmap updates of one rectangle,
// and each surface bits command between the markers of a frame.
func ParseStream(lines string, payloads []byte) ([]fastpath.Update, error) {
	var all []fastpath.Update
	for line := range strings.Lines(lines) {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil, fmt.Errorf("rdptest: stream: update %d: %w", len(all), err)
		}
		if e.Offset < 0 || e.Length < 0 || e.Offset+e.Length > len(payloads) {
			return nil, fmt.Errorf("rdptest: stream: update %d: no payload at %d", len(all), e.Offset)
		}
		u, err := e.update(uint32(len(all)), payloads[e.Offset:e.Offset+e.Length])
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

func (e entry) update(frame uint32, data []byte) (fastpath.Update, error) {
	switch e.Kind {
	case "bitmap":
		b := update.Bitmap{
			Left: e.Left, Top: e.Top, Right: e.Right, Bottom: e.Bottom, Width: e.Width, Height: e.Height, BitsPerPixel: e.BPP, Data: data,
		}
		if e.Compressed != 0 {
			b.Flags = update.BitmapCompression | update.NoBitmapCompressionHeader
		}
		return fastpath.Update{Code: fastpath.UpdateBitmap, Data: update.AppendBitmap(nil, b)}, nil
	case "surface_bits":
		bits := update.SurfaceBits{
			Stream: e.Command == streamSurfaceBits, Left: e.Left, Top: e.Top, Right: e.Right, Bottom: e.Bottom,
			BitsPerPixel: uint8(e.BPP), CodecID: e.CodecID, Width: e.Width, Height: e.Height, Data: data,
		}
		b := update.FrameMarker{FrameID: frame}.Append(nil)
		b = update.FrameMarker{End: true, FrameID: frame}.Append(bits.Append(b))
		return fastpath.Update{Code: fastpath.UpdateSurfaceCommands, Data: b}, nil
	}
	return fastpath.Update{}, fmt.Errorf("rdptest: stream: an update of kind %q", e.Kind)
}
