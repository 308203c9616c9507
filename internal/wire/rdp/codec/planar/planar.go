// SPDX-License-Identifier: Apache-2.0

package planar

import (
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// FormatHeader bits (MS-RDPEGDI, section 2.2.2.5.1).
const (
	colorLossLevel    = 0x07 // CLL: 0 for RGB, else Co and Cg are shifted by CLL - 1
	chromaSubsampling = 0x08 // CS
	runLength         = 0x10 // RLE
	noAlpha           = 0x20 // NA
)

var (
	errShort   = errors.New("planar: the stream ends within a plane")
	errSegment = errors.New("planar: a segment is longer than its scan line")
)

// Decoder decodes bitmaps. The zero value is ready.
type Decoder struct {
	planes []byte // alpha, then red or luma, green or orange, blue or green chroma
}

// plane is a part of the scratch with its own size.
type plane struct {
	pix           []byte
	width, height int
}

// Decode draws an RDP6_BITMAP_STREAM.
func (d *Decoder) Decode(dst codec.Target, src []byte) error {
	if err := dst.Check(); err != nil {
		return err
	}
	if len(src) < 1 {
		return errors.New("planar: no FormatHeader")
	}
	header, src := src[0], src[1:]
	if header&chromaSubsampling != 0 && header&colorLossLevel == 0 {
		return fmt.Errorf("planar: FormatHeader %#x has subsampled chroma without a colour loss level", header)
	}
	planes := d.layout(header, dst.Width, dst.Height)
	for i := range planes {
		p := &planes[i]
		if p.width == 0 {
			continue
		}
		var err error
		if header&runLength != 0 {
			src, err = p.runs(src)
		} else {
			src, err = p.raw(src)
		}
		if err != nil {
			return err
		}
	}
	if len(src) > 1 { // raw planes are followed by one pad byte
		return fmt.Errorf("planar: %d bytes after the last plane", len(src))
	}
	if header&colorLossLevel == 0 {
		drawRGB(dst, &planes)
	} else {
		drawYCoCg(dst, &planes, header)
	}
	return nil
}

// layout lays the planes out in the scratch, which grows to fit.
func (d *Decoder) layout(header byte, width, height int) (planes [4]plane) {
	if n := 4 * width * height; len(d.planes) < n {
		d.planes = make([]byte, n)
	}
	rest := d.planes
	for i := range planes {
		w, h := width, height
		if header&chromaSubsampling != 0 && i >= 2 {
			w, h = (w+1)/2, (h+1)/2
		}
		if i == 0 && header&noAlpha != 0 {
			continue
		}
		planes[i] = plane{rest[: w*h : w*h], w, h}
		rest = rest[w*h:]
	}
	return planes
}

// raw takes a plane as it is.
func (p *plane) raw(src []byte) ([]byte, error) {
	if len(src) < len(p.pix) {
		return nil, errShort
	}
	p.pix = src[:len(p.pix)]
	return src[len(p.pix):], nil
}

// runs decodes the RLE segments of a plane (RDP6_RLE_SEGMENTS, section 2.2.2.5.1.1): the
// first scan line has values, the others differences to the line above.
func (p *plane) runs(src []byte) ([]byte, error) {
	var above []byte
	var err error
	for y := range p.height {
		row := p.pix[y*p.width : (y+1)*p.width]
		if y == 0 {
			src, err = firstLine(row, src)
		} else {
			src, err = nextLine(row, above, src)
		}
		if err != nil {
			return nil, err
		}
		above = row
	}
	return src, nil
}

// segment takes a controlByte apart: raw bytes that follow it, and how often the last of
// them comes again.
func segment(control byte) (raw, run int) {
	raw, run = int(control>>4), int(control&0x0F)
	switch run {
	case 1:
		return 0, raw + 16
	case 2:
		return 0, raw + 32
	}
	return raw, run
}

func firstLine(row, src []byte) ([]byte, error) {
	value := byte(0)
	for len(row) > 0 {
		if len(src) == 0 {
			return nil, errShort
		}
		raw, run := segment(src[0])
		src = src[1:]
		if raw+run > len(row) || raw+run == 0 {
			return nil, errSegment
		}
		if raw > len(src) {
			return nil, errShort
		}
		if raw > 0 {
			copy(row, src[:raw])
			value = src[raw-1]
			src, row = src[raw:], row[raw:]
		}
		for i := range row[:run] {
			row[i] = value
		}
		row = row[run:]
	}
	return src, nil
}

func nextLine(row, above, src []byte) ([]byte, error) {
	delta := byte(0)
	above = above[:len(row)]
	for len(row) > 0 {
		if len(src) == 0 {
			return nil, errShort
		}
		raw, run := segment(src[0])
		src = src[1:]
		if raw+run > len(row) || raw+run == 0 {
			return nil, errSegment
		}
		if raw > len(src) {
			return nil, errShort
		}
		if raw > 0 {
			values, out, up := src[:raw], row[:raw], above[:raw]
			for i, v := range values {
				delta = v>>1 ^ -(v & 1) // the sign is bit 0
				out[i] = up[i] + delta
			}
			src, row, above = src[raw:], row[raw:], above[raw:]
		}
		if delta == 0 {
			copy(row[:run], above)
		} else {
			out, up := row[:run], above[:run]
			for i := range out {
				out[i] = up[i] + delta
			}
		}
		row, above = row[run:], above[run:]
	}
	return src, nil
}

// drawRGB joins the planes.
func drawRGB(dst codec.Target, planes *[4]plane) {
	for y := range dst.Height {
		row, at := dst.Row(y), y*dst.Width
		r := planes[1].pix[at : at+dst.Width]
		g := planes[2].pix[at : at+dst.Width][:len(r)]
		b := planes[3].pix[at : at+dst.Width][:len(r)]
		row = row[:4*len(r)]
		for x, v := range r {
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2], p[3] = v, g[x], b[x], 0xFF
		}
		drawAlpha(dst, row, &planes[0], at)
	}
}

func drawAlpha(dst codec.Target, row []byte, alpha *plane, at int) {
	if alpha.width == 0 || dst.Opaque {
		return
	}
	for x, a := range alpha.pix[at : at+dst.Width] {
		row[4*x+3] = a
	}
}

// drawYCoCg converts the colours (section 3.1.9.1.2). Co grows with blue here, unlike in
// NSCodec.
func drawYCoCg(dst codec.Target, planes *[4]plane, header byte) {
	shift := header&colorLossLevel - 1
	half := 0
	if header&chromaSubsampling != 0 {
		half = 1
	}
	for y := range dst.Height {
		row, at := dst.Row(y), y*dst.Width
		co := planes[2].pix[(y>>half)*planes[2].width:]
		cg := planes[3].pix[(y>>half)*planes[3].width:]
		for x, luma := range planes[1].pix[at : at+dst.Width] {
			o, g := int32(int8(co[x>>half]<<shift)), int32(int8(cg[x>>half]<<shift))
			t := int32(luma) - g
			p := row[4*x : 4*x+4 : 4*x+4]
			p[0] = codec.ClipByte(t - o)
			p[1] = codec.ClipByte(int32(luma) + g)
			p[2] = codec.ClipByte(t + o)
			p[3] = 0xFF
		}
		drawAlpha(dst, row, &planes[0], at)
	}
}
