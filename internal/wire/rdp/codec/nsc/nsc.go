// SPDX-License-Identifier: Apache-2.0

package nsc

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// headerSize is that of the fields of NSCODEC_BITMAP_STREAM before its planes (MS-RDPNSC,
// section 2.2.2): four PlaneByteCounts, ColorLossLevel, ChromaSubsamplingLevel, Reserved.
const headerSize = 20

// Decoder decodes bitmaps. The zero value is ready.
type Decoder struct{ scratch []byte }

// plane is one of the four, decoded.
type plane struct {
	pix    []byte
	stride int
}

// Decode draws an NSCODEC_BITMAP_STREAM.
func (d *Decoder) Decode(dst codec.Target, src []byte) error {
	if err := dst.Check(); err != nil {
		return err
	}
	if len(src) < headerSize {
		return fmt.Errorf("nsc: %d bytes do not hold the header", len(src))
	}
	loss, subsampling := src[16], src[17]
	if loss < 1 || loss > 7 {
		return fmt.Errorf("nsc: ColorLossLevel %d", loss)
	}
	if subsampling > 1 {
		return fmt.Errorf("nsc: ChromaSubsamplingLevel %d", subsampling)
	}
	planes := d.layout(dst.Width, dst.Height, subsampling == 1)
	rest := src[headerSize:]
	for i := range planes {
		n := binary.LittleEndian.Uint32(src[4*i:])
		if uint64(n) > uint64(len(rest)) {
			return fmt.Errorf("nsc: plane %d has %d bytes of which %d are there", i, n, len(rest))
		}
		if err := planes[i].decode(rest[:n]); err != nil {
			return fmt.Errorf("nsc: plane %d: %w", i, err)
		}
		rest = rest[n:]
	}
	draw(dst, &planes, loss-1, subsampling)
	return nil
}

// layout lays the planes out in the scratch, which grows to fit. With subsampling, rows of
// luma are padded to eight pixels, and chroma has half of that and of the rows
// (section 3.1.8.1.3).
func (d *Decoder) layout(width, height int, subsampled bool) (planes [4]plane) {
	strides, rows := [4]int{width, width, width, width}, [4]int{height, height, height, height}
	if subsampled {
		padded := (width + 7) / 8 * 8
		strides = [4]int{padded, padded / 2, padded / 2, width}
		rows[1], rows[2] = (height+1)/2, (height+1)/2
	}
	total := 0
	for i := range planes {
		total += strides[i] * rows[i]
	}
	if len(d.scratch) < total {
		d.scratch = make([]byte, total)
	}
	rest := d.scratch
	for i := range planes {
		n := strides[i] * rows[i]
		planes[i] = plane{rest[:n:n], strides[i]}
		rest = rest[n:]
	}
	return planes
}

var errRun = errors.New("the run-length encoded data does not make the plane")

// decode fills the plane. No bytes at all stand for 0xFF throughout, as many as the plane
// has for raw ones (section 3.1.8.1.1).
func (p *plane) decode(src []byte) error {
	switch {
	case len(src) == 0:
		for i := range p.pix {
			p.pix[i] = 0xFF
		}
		return nil
	case len(src) >= len(p.pix):
		p.pix = src[:len(p.pix)]
		return nil
	}
	return p.runs(src)
}

// runs decodes NSCODEC_RLE_SEGMENTS (section 2.2.2.2): a byte that comes twice is followed
// by how often it comes besides, and the last four bytes are raw.
func (p *plane) runs(src []byte) error {
	out := p.pix
	for len(out) > 4 {
		if len(src) < 2 {
			return errRun
		}
		v := src[0]
		if v != src[1] || len(out) == 5 {
			out[0] = v
			out, src = out[1:], src[1:]
			continue
		}
		if len(src) < 3 {
			return errRun
		}
		n := uint64(src[2]) + 2
		src = src[3:]
		if n == 0xFF+2 {
			if len(src) < 4 {
				return errRun
			}
			n = uint64(binary.LittleEndian.Uint32(src))
			src = src[4:]
		}
		if n > uint64(len(out)-4) {
			return errRun
		}
		for i := range out[:n] {
			out[i] = v
		}
		out = out[n:]
	}
	if len(src) != len(out) {
		return errRun
	}
	copy(out, src)
	return nil
}

// draw converts the colours (section 3.1.8.2.1): chroma has lost its lowest bits.
func draw(dst codec.Target, planes *[4]plane, shift, half byte) {
	for y := range dst.Height {
		row := dst.Row(y)
		luma := planes[0].pix[y*planes[0].stride:][:dst.Width]
		orange := planes[1].pix[(y>>half)*planes[1].stride:]
		green := planes[2].pix[(y>>half)*planes[2].stride:]
		alpha := planes[3].pix[y*dst.Width:][:dst.Width]
		for x, v := range luma {
			co, cg := int32(int8(orange[x>>half]<<shift)), int32(int8(green[x>>half]<<shift))
			t := int32(v) - cg
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0] = codec.ClipByte(t + co)
			p[1] = codec.ClipByte(int32(v) + cg)
			p[2] = codec.ClipByte(t - co)
			p[3] = alpha[x]
		}
		if dst.Opaque {
			for x := 3; x < len(row); x += 4 {
				row[x] = 0xFF
			}
		}
	}
}
