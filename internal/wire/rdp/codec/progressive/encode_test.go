// SPDX-License-Identifier: Apache-2.0

package progressive_test

import (
	"encoding/binary"
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx/rfxtest"
)

// coefficients are those of a tile at full quality, quantized by 2^5 throughout.
type coefficients [3]rfx.Coefficients

var (
	plainEnds       = []int{1024, 2048, 3072, 3328, 3584, 3840, 3904, 3968, 4032, 4096}
	extrapolateEnds = []int{1023, 2046, 3007, 3279, 3551, 3807, 3879, 3951, 4015, 4096}
)

// quality is a progressive quantization value for each subband, HL1 first and LL3 last.
type quality [10]uint8

// qualities get better; each lets some subbands as they were.
var qualities = []quality{
	{7, 6, 8, 5, 5, 6, 4, 3, 4, 2},
	{5, 6, 6, 4, 4, 4, 2, 3, 3, 2},
	{4, 4, 4, 2, 3, 1, 1, 1, 1, 0},
	{1, 2, 1, 1, 1, 1, 0, 0, 0, 0},
}

// encoder writes payloads.
type encoder struct {
	extrapolate bool
	tiles       []byte
	count       uint16
}

func (e *encoder) ends() []int {
	if e.extrapolate {
		return extrapolateEnds
	}
	return plainEnds
}

func block(out []byte, kind uint16, body []byte) []byte {
	out = binary.LittleEndian.AppendUint16(out, kind)
	out = binary.LittleEndian.AppendUint32(out, uint32(6+len(body)))
	return append(out, body...)
}

// payload wraps the tiles so far into a stream with one region.
func (e *encoder) payload(rects ...image.Rectangle) []byte {
	le := binary.LittleEndian
	out := block(nil, 0xCCC0, []byte{0xCA, 0xAC, 0xCC, 0xCA, 0, 1})
	out = block(out, 0xCCC3, []byte{0, 64, 0, 1})
	out = block(out, 0xCCC1, []byte{1, 0, 0, 0, 1, 0})
	flags := byte(0)
	if e.extrapolate {
		flags = 1
	}
	region := le.AppendUint16([]byte{64}, uint16(len(rects)))
	region = append(region, 1, byte(len(qualities)), flags)
	region = le.AppendUint32(le.AppendUint16(region, e.count), uint32(len(e.tiles)))
	for _, r := range rects {
		for _, v := range []int{r.Min.X, r.Min.Y, r.Dx(), r.Dy()} {
			region = le.AppendUint16(region, uint16(v))
		}
	}
	region = append(region, 0x66, 0x66, 0x66, 0x66, 0x66)
	for i, q := range qualities {
		region = append(region, byte(20*i))
		for range 3 {
			wire := []uint8{q[9], q[6], q[7], q[8], q[3], q[4], q[5], q[0], q[1], q[2]}
			for k := 0; k < 10; k += 2 {
				region = append(region, wire[k]|wire[k+1]<<4)
			}
		}
	}
	out = block(out, 0xCCC4, append(region, e.tiles...))
	e.tiles, e.count = nil, 0
	return block(out, 0xCCC2, nil)
}

// first adds a tile with all its coefficients at a quality, 0xFF for all of their bits.
func (e *encoder) first(c *coefficients, x, y int, q byte, flags byte) {
	body := []byte{0, 0, 0, byte(x), 0, byte(y), 0, flags}
	kind := uint16(0xCCC5)
	var drop quality
	if q != 0xFF {
		kind, body, drop = 0xCCC6, append(body, q), qualities[q]
	}
	var data []byte
	for i := range c {
		var out rfx.Coefficients
		from := 0
		for b, end := range e.ends() {
			for j := from; j < end; j++ {
				out[j] = keep(c[i][j], drop[b], b == 9)
			}
			from = end
		}
		for j := 4095; j > e.ends()[8]; j-- {
			out[j] -= out[j-1]
		}
		enc := rfxtest.RLGR1(out[:])
		body = binary.LittleEndian.AppendUint16(body, uint16(len(enc)))
		data = append(data, enc...)
	}
	e.tiles = block(e.tiles, kind, append(append(body, 0, 0), data...))
	e.count++
}

// keep drops low bits: towards zero, but in LL3, which has no signs, downwards.
func keep(v int16, drop uint8, low bool) int16 {
	if v < 0 && !low {
		return -(-v >> drop)
	}
	return v >> drop
}

// upgrade adds an upgrade pass from one quality to the next, 0xFF being the best.
func (e *encoder) upgrade(c *coefficients, x, y int, from, to byte) {
	body := []byte{0, 0, 0, byte(x), 0, byte(y), 0, to}
	var data []byte
	for i := range c {
		srl, raw := e.streams(&c[i], qualityOf(from), qualityOf(to))
		body = binary.LittleEndian.AppendUint16(body, uint16(len(srl)))
		body = binary.LittleEndian.AppendUint16(body, uint16(len(raw)))
		data = append(append(data, srl...), raw...)
	}
	e.tiles = block(e.tiles, 0xCCC7, append(body, data...))
	e.count++
}

func qualityOf(q byte) quality {
	if q == 0xFF {
		return quality{}
	}
	return qualities[q]
}

func (e *encoder) streams(c *rfx.Coefficients, old, now quality) (srl, raw []byte) {
	var r rfxtest.BitWriter
	s := srlWriter{kp: 8}
	start := 0
	for b, end := range e.ends() {
		n := int(old[b] - now[b])
		for j := start; j < end && n > 0; j++ {
			v := int32(c[j])
			switch {
			case b == 9:
				r.Put(uint32(v>>now[b])&(1<<n-1), n)
			case keep(c[j], old[b], false) != 0:
				r.Put(uint32(max(v, -v)>>now[b])&(1<<n-1), n)
			default:
				s.put(keep(c[j], now[b], false), n)
			}
		}
		start = end
	}
	s.end()
	return s.w.Bytes, r.Bytes
}

// srlWriter writes simplified run-length data.
type srlWriter struct {
	w     rfxtest.BitWriter
	kp    int
	zeros int
}

func (s *srlWriter) put(v int16, n int) {
	if v == 0 {
		s.zeros++
		return
	}
	for s.zeros >= 1<<(s.kp>>3) {
		s.full()
	}
	s.w.Put(1, 1)
	s.w.Put(uint32(s.zeros), s.kp>>3)
	s.zeros = 0
	sign := uint32(0)
	if v < 0 {
		sign, v = 1, -v
	}
	s.w.Put(sign, 1)
	s.kp = max(s.kp-6, 0)
	for range v - 1 {
		s.w.Put(0, 1)
	}
	if int(v) < 1<<n-1 {
		s.w.Put(1, 1)
	}
}

func (s *srlWriter) full() {
	s.w.Put(0, 1)
	s.zeros -= 1 << (s.kp >> 3)
	s.kp = min(s.kp+4, 80)
}

func (s *srlWriter) end() {
	for s.zeros > 0 {
		s.full()
	}
}
