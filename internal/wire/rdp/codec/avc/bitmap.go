// SPDX-License-Identifier: Apache-2.0

package avc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// Region is a rectangle of an RFX_AVC420_METABLOCK with its RDPGFX_AVC420_QUANT_QUALITY.
type Region struct {
	Rect        image.Rectangle
	QP          uint8 // 0 to 51
	Progressive bool
	Quality     uint8 // 0 to 100
}

// Bitmap420 is an RFX_AVC420_BITMAP_STREAM (MS-RDPEGFX, section 2.2.4.4).
type Bitmap420 struct {
	Regions []Region // used again by the next Parse
	Stream  []byte   // Annex B, aliases what was parsed
}

const (
	rectSize    = 8 // RDPGFX_RECT16
	qualitySize = 2 // RDPGFX_AVC420_QUANT_QUALITY
)

// Parse takes numRegionRects, regionRects, quantQualityVals and avc420EncodedBitstream.
func (b *Bitmap420) Parse(src []byte) error {
	b.Regions, b.Stream = b.Regions[:0], nil
	if len(src) < 4 {
		return errors.New("avc: RFX_AVC420_METABLOCK: no numRegionRects")
	}
	count := binary.LittleEndian.Uint32(src)
	src = src[4:]
	if uint64(count)*(rectSize+qualitySize) > uint64(len(src)) {
		return fmt.Errorf("avc: RFX_AVC420_METABLOCK: numRegionRects %d in %d bytes", count, len(src))
	}
	n := int(count)
	qualities := src[n*rectSize:]
	for i := range n {
		u16 := func(at int) int { return int(binary.LittleEndian.Uint16(src[i*rectSize+at:])) }
		r := Region{Rect: image.Rectangle{Min: image.Pt(u16(0), u16(2)), Max: image.Pt(u16(4), u16(6))}}
		if r.Rect.Empty() {
			return fmt.Errorf("avc: RFX_AVC420_METABLOCK: regionRect %v", r.Rect)
		}
		qp := qualities[i*qualitySize]
		r.QP, r.Progressive, r.Quality = qp&0x3F, qp&0x80 != 0, qualities[i*qualitySize+1]
		b.Regions = append(b.Regions, r)
	}
	b.Stream = qualities[n*qualitySize:]
	return nil
}

// LC tells which views a frame has (section 2.2.4.5, field LC).
type LC uint8

// Values of LC.
const (
	LumaAndChroma LC = 0
	LumaOnly      LC = 1
	ChromaOnly    LC = 2
)

// Bitmap444 is an RFX_AVC444_BITMAP_STREAM or RFX_AVC444V2_BITMAP_STREAM (sections 2.2.4.5
// and 2.2.4.6). Both streams are fed to one video decoder in turn.
type Bitmap444 struct {
	LC LC
	// First is the luma view, or the chroma view if LC says that there is that alone.
	First Bitmap420
	// Second is the chroma view where there are both.
	Second Bitmap420
}

// Parse takes cbAvc420EncodedBitstream1, whose two highest bits are LC, and the streams.
func (b *Bitmap444) Parse(src []byte) error {
	b.Second.Regions, b.Second.Stream = b.Second.Regions[:0], nil
	if len(src) < 4 {
		return errors.New("avc: AVC444: no cbAvc420EncodedBitstream1")
	}
	info := binary.LittleEndian.Uint32(src)
	b.LC = LC(info >> 30)
	n, src := info&(1<<30-1), src[4:]
	switch {
	case b.LC > ChromaOnly:
		return fmt.Errorf("avc: AVC444: LC %d", b.LC)
	case b.LC != LumaAndChroma: // one stream, which is all there is
		return b.First.Parse(src)
	case uint64(n) > uint64(len(src)):
		return fmt.Errorf("avc: AVC444: cbAvc420EncodedBitstream1 %d, %d bytes are there", n, len(src))
	}
	if err := b.First.Parse(src[:n]); err != nil {
		return err
	}
	return b.Second.Parse(src[n:])
}
