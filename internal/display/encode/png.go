// SPDX-License-Identifier: Apache-2.0

package encode

import (
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"image"

	"github.com/klauspost/compress/flate"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// Colour types (PNG specification, section 11.2.1, IHDR).
const (
	typeTrueColor = 2
	typeIndexed   = 3
	typeTrueAlpha = 6
)

// Filter types (PNG specification, section 9.2).
const (
	filterNone = 0
	filterSub  = 1
	filterUp   = 2
)

const (
	// statelessLimit is the most bytes that are deflated without a state kept from
	// picture to picture: keystrokes need no more.
	statelessLimit = 4 << 10
	deflateLevel   = 3
)

// PNG appends the loaded picture as PNG: with a palette where the colours allow.
func (e *Encoder) PNG(dst []byte) []byte {
	p := &e.picture
	if e.palette.n > maxPalette {
		dst = appendHeader(dst, p.Width, p.Height, 8, typeTrueColor)
		if e.trueColorRows() {
			return e.finish(dst, e.deflateFiltered)
		}
		return e.finish(dst, e.deflateRows)
	}
	depth := e.depth()
	dst = appendHeader(dst, p.Width, p.Height, depth, typeIndexed)
	dst = e.appendPalette(dst)
	e.indexedRows(depth)
	return e.finish(dst, e.deflateRows)
}

// AlphaPNG appends m as PNG with its transparency.
func (e *Encoder) AlphaPNG(dst []byte, m *image.RGBA) []byte {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	dst = appendHeader(dst, width, height, 8, typeTrueAlpha)
	e.rows = grow(e.rows, height*(1+4*width))
	out := e.rows
	for y := range height {
		out[0] = filterNone
		straight(out[1:1+4*width], m.Pix[y*m.Stride:])
		out = out[1+4*width:]
	}
	return e.finish(dst, e.deflateRows)
}

// straight divides colours by their alpha.
func straight(dst, src []byte) {
	for i := 0; i < len(dst); i += 4 {
		a := uint32(src[i+3])
		dst[i+3] = src[i+3]
		for c := i; c < i+3; c++ {
			dst[c] = src[c]
			if a != 0 && a != 0xFF {
				dst[c] = uint8(min(0xFF, (uint32(src[c])*0xFF+a/2)/a))
			}
		}
	}
}

// depth returns the bits of an index.
func (e *Encoder) depth() int {
	switch n := e.palette.n; {
	case n <= 2:
		return 1
	case n <= 4:
		return 2
	case n <= 16:
		return 4
	default:
		return 8
	}
}

// indexedRows packs the indices.
func (e *Encoder) indexedRows(depth int) {
	p := &e.picture
	length := (p.Width*depth + 7) / 8
	e.rows = grow(e.rows, p.Height*(1+length))
	out := e.rows
	for y := range p.Height {
		in := e.index[y*p.Width:][:p.Width]
		out[0] = filterNone
		if depth == 8 {
			copy(out[1:], in)
		} else {
			pack(out[1:1+length], in, depth)
		}
		out = out[1+length:]
	}
}

// pack writes indices of 1, 2 or 4 bits, the first in the high bits.
func pack(dst, index []byte, depth int) {
	switch depth {
	case 1:
		for ; len(index) >= 8; dst, index = dst[1:], index[8:] {
			dst[0] = packBits(binary.LittleEndian.Uint64(index))
		}
	case 4:
		for ; len(index) >= 2; dst, index = dst[1:], index[2:] {
			dst[0] = index[0]<<4 | index[1]
		}
	}
	per := 8 / depth
	for i := range dst {
		n := min(per, len(index))
		var b byte
		for _, v := range index[:n] {
			b = b<<depth | v
		}
		dst[i] = b << (depth * (per - n))
		index = index[n:]
	}
}

// packBits gathers the lowest bits of eight bytes, the lowest byte's in the high bit. Each
// product of a bit of v and one of the factor has a place of its own, so nothing is
// carried, and those of the high byte are in the wanted order.
func packBits(v uint64) byte {
	return byte(v * 0x8040201008040201 >> 56)
}

// trueColorRows writes rows of R, G and B. Text is best without a filter, photographs
// with the better of two; it reports whether there is one.
func (e *Encoder) trueColorRows() (filtered bool) {
	p := &e.picture
	length := 1 + 3*p.Width
	e.rows = grow(e.rows, p.Height*length)
	for y := range p.Height {
		out := e.rows[y*length:][:length]
		out[0] = filterNone
		rgb(out[1:], p.row(y))
	}
	if !e.photoLike() {
		return false
	}
	if e.upIsBetter(length) {
		e.filterUp(length)
	} else {
		e.filterSub(length)
	}
	return true
}

func rgb(dst, src []byte) {
	for len(dst) >= 3 && len(src) >= 4 {
		dst[0], dst[1], dst[2] = src[0], src[1], src[2]
		dst, src = dst[3:], src[4:]
	}
}

// upIsBetter compares the two filters on some rows by the sum of what remains.
func (e *Encoder) upIsBetter(length int) bool {
	step := max(1, e.picture.Height/sampleRows)
	sub, up := 0, 0
	for y := max(1, step/2); y < e.picture.Height; y += step {
		row, above := e.rows[y*length+1:][:length-1], e.rows[(y-1)*length+1:][:length-1]
		for x := 3; x < len(row); x++ {
			sub += magnitude(row[x] - row[x-3])
			up += magnitude(row[x] - above[x])
		}
	}
	return up < sub
}

func magnitude(b byte) int {
	v := int(int8(b))
	return max(v, -v)
}

// filterUp replaces rows by the difference to the row above, from the last on.
func (e *Encoder) filterUp(length int) {
	for y := e.picture.Height - 1; y > 0; y-- {
		row, above := e.rows[y*length:][:length], e.rows[(y-1)*length:][:length]
		row[0] = filterUp
		for x := 1; x < length; x++ {
			row[x] -= above[x]
		}
	}
}

// filterSub replaces pixels by the difference to their left neighbour.
func (e *Encoder) filterSub(length int) {
	for y := range e.picture.Height {
		row := e.rows[y*length:][:length]
		row[0] = filterSub
		for x := length - 1; x > 3; x-- {
			row[x] -= row[x-3]
		}
	}
}

func appendHeader(dst []byte, width, height, depth, colorType int) []byte {
	dst = append(dst, pngSignature...)
	dst, start := beginChunk(dst, "IHDR")
	dst = binary.BigEndian.AppendUint32(dst, uint32(width))
	dst = binary.BigEndian.AppendUint32(dst, uint32(height))
	dst = append(dst, byte(depth), byte(colorType), 0, 0, 0)
	return endChunk(dst, start)
}

func (e *Encoder) appendPalette(dst []byte) []byte {
	dst, start := beginChunk(dst, "PLTE")
	for _, c := range e.palette.colors[:e.palette.n] {
		dst = append(dst, byte(c), byte(c>>8), byte(c>>16))
	}
	return endChunk(dst, start)
}

// finish appends the rows, deflated in the zlib format (RFC 1950), and the end. Writing
// to an appender, as deflate does, gives no error.
func (e *Encoder) finish(dst []byte, deflate func()) []byte {
	dst, start := beginChunk(dst, "IDAT")
	e.out.b = append(dst, 0x78, 0x01)
	deflate()
	dst, e.out.b = e.out.b, nil
	dst = binary.BigEndian.AppendUint32(dst, adler32.Checksum(e.rows))
	dst = endChunk(dst, start)
	dst, start = beginChunk(dst, "IEND")
	return endChunk(dst, start)
}

// deflateRows looks for repetitions.
func (e *Encoder) deflateRows() {
	if len(e.rows) <= statelessLimit {
		_ = flate.StatelessDeflate(&e.out, e.rows, true, nil)
		return
	}
	e.deflate = e.deflateWith(e.deflate, deflateLevel)
}

// deflateFiltered does not look for repetitions, which filtered photographs do not have:
// a fast level would store them as they are.
func (e *Encoder) deflateFiltered() { e.huffman = e.deflateWith(e.huffman, flate.HuffmanOnly) }

// deflateWith deflates the rows with w, which is made if it is nil.
func (e *Encoder) deflateWith(w *flate.Writer, level int) *flate.Writer {
	if w == nil {
		w, _ = flate.NewWriter(&e.out, level)
	} else {
		w.Reset(&e.out)
	}
	_, _ = w.Write(e.rows)
	_ = w.Close()
	return w
}

// beginChunk appends length and type of a chunk; the length is set by endChunk.
func beginChunk(dst []byte, name string) (b []byte, start int) {
	return append(append(dst, 0, 0, 0, 0), name...), len(dst)
}

// endChunk sets the length of the chunk at start and appends its checksum.
func endChunk(dst []byte, start int) []byte {
	body := dst[start+4:]
	binary.BigEndian.PutUint32(dst[start:], uint32(len(body)-4))
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(body))
}
