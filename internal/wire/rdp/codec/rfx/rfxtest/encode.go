// SPDX-License-Identifier: Apache-2.0

// Package rfxtest encodes RemoteFX, the inverse of the stages of package rfx, for tests and
// benchmarks (MS-RDPRFX, section 3.1.8.2).
package rfxtest

import (
	"encoding/binary"
	"image"
	"math/bits"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx"
)

// BitWriter writes bits, the highest of each byte first.
type BitWriter struct {
	Bytes []byte
	n     int
}

// Put writes the low n bits of v.
func (w *BitWriter) Put(v uint32, n int) {
	for n--; n >= 0; n-- {
		if w.n%8 == 0 {
			w.Bytes = append(w.Bytes, 0)
		}
		w.Bytes[w.n/8] |= byte(v>>n&1) << (7 - w.n%8)
		w.n++
	}
}

type encoder struct {
	BitWriter

	kp, krp int
}

func (e *encoder) golomb(v uint32) {
	kr := e.krp >> 3
	ones := int(v >> kr)
	for range ones {
		e.Put(1, 1)
	}
	e.Put(0, 1)
	e.Put(v, kr)
	if ones == 0 {
		e.krp = max(e.krp-2, 0)
	} else if ones > 1 {
		e.krp = min(e.krp+ones, 80)
	}
}

func (e *encoder) run(c []int16) (rest []int16) {
	zeros := 0
	for zeros < len(c) && c[zeros] == 0 {
		zeros++
	}
	rest = c[zeros:]
	for zeros >= 1<<(e.kp>>3) {
		e.Put(0, 1)
		zeros -= 1 << (e.kp >> 3)
		e.kp = min(e.kp+4, 80)
	}
	e.Put(1, 1)
	e.Put(uint32(zeros), e.kp>>3)
	value := int32(1)
	if len(rest) > 0 {
		value, rest = int32(rest[0]), rest[1:]
	}
	if value < 0 {
		e.Put(1, 1)
		value = -value
	} else {
		e.Put(0, 1)
	}
	e.golomb(uint32(value - 1))
	e.kp = max(e.kp-6, 0)
	return rest
}

func code(v int16) uint32 {
	if v < 0 {
		return uint32(-2*int32(v) - 1)
	}
	return uint32(2 * int32(v))
}

// RLGR1 encodes coefficients.
func RLGR1(c []int16) []byte {
	e := encoder{kp: 8, krp: 8}
	for len(c) > 0 {
		if e.kp >= 8 {
			c = e.run(c)
			continue
		}
		v := code(c[0])
		e.golomb(v)
		if v == 0 {
			e.kp = min(e.kp+3, 80)
		} else {
			e.kp = max(e.kp-3, 0)
		}
		c = c[1:]
	}
	return e.Bytes
}

// RLGR3 encodes coefficients.
func RLGR3(c []int16) []byte {
	e := encoder{kp: 8, krp: 8}
	for len(c) > 0 {
		if e.kp >= 8 {
			c = e.run(c)
			continue
		}
		a, b := code(c[0]), uint32(0)
		if len(c) > 1 {
			b = code(c[1])
		}
		e.golomb(a + b)
		e.Put(a, bits.Len32(a+b))
		switch {
		case a != 0 && b != 0:
			e.kp = max(e.kp-6, 0)
		case a == 0 && b == 0:
			e.kp = min(e.kp+6, 80)
		}
		c = c[min(2, len(c)):]
	}
	return e.Bytes
}

// Planes returns the three components of a tile of a picture, with five fractional bits.
func Planes(img *image.RGBA, at image.Point) (planes [3]rfx.Coefficients) {
	for i := range planes[0] {
		x, y := min(at.X+i%64, img.Rect.Max.X-1), min(at.Y+i/64, img.Rect.Max.Y-1)
		p := img.Pix[img.PixOffset(x, y):]
		r, g, b := float64(p[0]), float64(p[1]), float64(p[2])
		planes[0][i] = int16(32 * (0.299*r + 0.587*g + 0.114*b - 128))
		planes[1][i] = int16(32 * (-0.168935*r - 0.331665*g + 0.50059*b))
		planes[2][i] = int16(32 * (0.499813*r - 0.418531*g - 0.081282*b))
	}
	return planes
}

// DWT transforms samples into subbands.
func DWT(c *rfx.Coefficients) {
	var tmp rfx.Coefficients
	level(c[:], tmp[:], 32)
	level(c[3072:], tmp[:], 16)
	level(c[3840:], tmp[:], 8)
}

func level(b, tmp []int16, n int) {
	w := 2 * n
	line, low, high := make([]int16, w), make([]int16, n), make([]int16, n)
	for x := range w {
		for y := range w {
			line[y] = b[y*w+x]
		}
		Lift(line, low, high)
		for y := range n {
			tmp[y*w+x], tmp[(y+n)*w+x] = low[y], high[y]
		}
	}
	for y := range w {
		Lift(tmp[y*w:(y+1)*w], low, high)
		l, h := b[3*n*n:], b // LL, HL
		if y >= n {
			l, h = b[n*n:], b[2*n*n:] // LH, HH
		}
		copy(l[y%n*n:], low)
		copy(h[y%n*n:], high)
	}
}

// Lift makes low and high samples of a line of twice as many.
func Lift(line, low, high []int16) {
	n := len(low)
	for i := range n {
		next := line[2*i]
		if i+1 < n {
			next = line[2*i+2]
		}
		high[i] = int16((int32(line[2*i+1]) - (int32(line[2*i])+int32(next))>>1) >> 1)
		prev := high[i]
		if i > 0 {
			prev = high[i-1]
		}
		low[i] = int16(int32(line[2*i]) + (int32(prev)+int32(high[i])+1)>>1)
	}
}

// ends of the subbands, and the factor of each.
var (
	ends  = [10]int{1024, 2048, 3072, 3328, 3584, 3840, 3904, 3968, 4032, 4096}
	quant = [10]uint{8, 8, 9, 7, 7, 8, 6, 6, 6, 6}
	wire  = []byte{0x66, 0x66, 0x77, 0x88, 0x98}
)

// Message encodes a picture as one TS_RFX message with all its headers.
func Message(img *image.RGBA, rlgr3 bool) []byte {
	var tiles []byte
	count := 0
	for y := 0; y < img.Rect.Dy(); y += 64 {
		for x := 0; x < img.Rect.Dx(); x += 64 {
			tiles = append(tiles, tile(img, image.Pt(x, y), rlgr3)...)
			count++
		}
	}
	et := uint16(1)
	if rlgr3 {
		et = 4
	}
	le := binary.LittleEndian
	out := block(nil, 0xCCC0, []byte{0xCA, 0xAC, 0xCC, 0xCA, 0, 1})
	out = block(out, 0xCCC1, []byte{1, 1, 0, 1})
	out = block(out, 0xCCC2, le.AppendUint16(le.AppendUint16([]byte{1, 0}, uint16(img.Rect.Dx())), uint16(img.Rect.Dy())))
	out = block(out, 0xCCC3, le.AppendUint16([]byte{1, 0xFF, 0, 64, 0}, 0x28|et<<9|1<<13))
	out = block(out, 0xCCC4, []byte{1, 0, 9, 0, 0, 0, 1, 0})
	region := []byte{1, 0, 1, 1, 0, 0, 0, 0, 0}
	region = le.AppendUint16(le.AppendUint16(region, uint16(img.Rect.Dx())), uint16(img.Rect.Dy()))
	out = block(out, 0xCCC6, append(region, 0xC1, 0xCA, 1, 0))
	set := le.AppendUint16([]byte{1, 0, 0xC2, 0xCA, 0, 0}, 0x51|et<<10|1<<14)
	set = le.AppendUint16(append(set, 1, 64), uint16(count))
	set = append(append(le.AppendUint32(set, uint32(len(tiles))), wire...), tiles...)
	out = block(out, 0xCCC7, set)
	return block(out, 0xCCC5, []byte{1, 0})
}

func block(out []byte, kind uint16, body []byte) []byte {
	out = binary.LittleEndian.AppendUint16(out, kind)
	out = binary.LittleEndian.AppendUint32(out, uint32(6+len(body)))
	return append(out, body...)
}

func tile(img *image.RGBA, at image.Point, rlgr3 bool) []byte {
	planes := Planes(img, at)
	body := []byte{0, 0, 0, byte(at.X / 64), 0, byte(at.Y / 64), 0}
	var data []byte
	for i := range planes {
		enc := Component(&planes[i], rlgr3)
		body = binary.LittleEndian.AppendUint16(body, uint16(len(enc)))
		data = append(data, enc...)
	}
	return block(nil, 0xCAC3, append(body, data...))
}

// Component encodes one component of a tile.
func Component(c *rfx.Coefficients, rlgr3 bool) []byte {
	DWT(c)
	from := 0
	for i, end := range ends {
		shift := quant[i] - 1
		for j := from; j < end; j++ {
			c[j] = int16((int32(c[j]) + 1<<(shift-1)) >> shift)
		}
		from = end
	}
	for i := 4095; i > 4032; i-- {
		c[i] -= c[i-1]
	}
	if rlgr3 {
		return RLGR3(c[:])
	}
	return RLGR1(c[:])
}
