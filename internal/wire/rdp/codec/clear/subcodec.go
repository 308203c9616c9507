// SPDX-License-Identifier: Apache-2.0

package clear

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"math/bits"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// Subcodecs (MS-RDPEGFX, section 2.2.4.1.1.3.1).
const (
	subcodecRaw     = 0
	subcodecNSCodec = 1
	subcodecRLEX    = 2
)

const maxPalette = 127

// subcodecs draws the subcodec layer: for each rectangle xStart, yStart, width, height,
// bitmapDataByteCount, subcodecId and bitmapData.
func (d *Decoder) subcodecs(dst codec.Target, b []byte) error {
	var cover codec.Cover
	for r := (reader{b}); len(r.b) > 0; {
		head, ok := r.bytes(13)
		if !ok {
			return errShort
		}
		u16 := func(at int) int { return int(binary.LittleEndian.Uint16(head[at:])) }
		rect := image.Rect(u16(0), u16(2), u16(0)+u16(4), u16(2)+u16(6))
		if rect.Empty() || !rect.In(dst.Bounds()) {
			return fmt.Errorf("rectangle %v in %d × %d pixels", rect, dst.Width, dst.Height)
		}
		if err := cover.Paint(rect, dst.Bounds()); err != nil {
			return err
		}
		data, ok := r.bytes(binary.LittleEndian.Uint32(head[8:]))
		if !ok {
			return errShort
		}
		if err := d.subcodec(part(dst, rect), head[12], data); err != nil {
			return err
		}
	}
	return nil
}

// part returns a rectangle of the bitmap, in the bitmap's own direction.
func part(dst codec.Target, r image.Rectangle) codec.Target {
	if dst.BottomUp {
		r.Min.Y, r.Max.Y = dst.Height-r.Max.Y, dst.Height-r.Min.Y
	}
	sub := dst.Sub(r)
	sub.Opaque = true
	return sub
}

func (d *Decoder) subcodec(dst codec.Target, id byte, data []byte) error {
	switch id {
	case subcodecRaw:
		return raw(dst, data)
	case subcodecNSCodec:
		return d.nscodec.Decode(dst, data)
	case subcodecRLEX:
		return rlex(dst, data)
	}
	return fmt.Errorf("subcodecId %d", id)
}

// raw draws pixels that are B, G, R.
func raw(dst codec.Target, data []byte) error {
	if len(data) != 3*dst.Width*dst.Height {
		return fmt.Errorf("%d bytes for %d × %d raw pixels", len(data), dst.Width, dst.Height)
	}
	for y := range dst.Height {
		row := dst.Row(y)
		for x := range dst.Width {
			binary.LittleEndian.PutUint32(row[4*x:], colourOf(data[3*x:]))
		}
		data = data[3*dst.Width:]
	}
	return nil
}

// rlex draws a CLEARCODEC_SUBCODEC_RLEX (section 2.2.4.1.1.3.1.1): a palette, then segments
// of a run of one colour and a suite, which counts up from that to another.
func rlex(dst codec.Target, data []byte) error {
	r := reader{data}
	count, ok := r.u8()
	if !ok || count < 1 || count > maxPalette {
		return fmt.Errorf("RLEX: paletteCount %d", count)
	}
	colours, ok := r.bytes(3 * uint32(count))
	if !ok {
		return errShort
	}
	indexBits := max(bits.Len8(count-1), 1)
	p := pen{dst: dst}
	for len(r.b) > 0 {
		indices, ok := r.u8()
		if !ok {
			return errShort
		}
		run, ok := r.runLength()
		if !ok {
			return errShort
		}
		stop, depth := indices&(1<<indexBits-1), indices>>indexBits
		if stop >= count || depth > stop {
			return fmt.Errorf("RLEX: stopIndex %d, suiteDepth %d in a palette of %d", stop, depth, count)
		}
		index := stop - depth
		if !p.run(colourOf(colours[3*int(index):]), run) {
			return fmt.Errorf("RLEX: a run of %d runs over the last pixel", run)
		}
		for ; index <= stop; index++ {
			if !p.run(colourOf(colours[3*int(index):]), 1) {
				return errors.New("RLEX: a suite runs over the last pixel")
			}
		}
	}
	if !p.full() {
		return errors.New("RLEX: it does not cover its rectangle")
	}
	return nil
}
