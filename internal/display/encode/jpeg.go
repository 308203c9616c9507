// SPDX-License-Identifier: Apache-2.0

package encode

import "math"

// Markers of a JPEG stream (ITU-T T.81, table B.1), each after 0xFF.
const (
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerAPP0 = 0xE0
	markerDQT  = 0xDB
	markerSOF0 = 0xC0
	markerDHT  = 0xC4
	markerSOS  = 0xDA
)

// JPEG appends the loaded picture as baseline JPEG of a quality from 1 to 100, in the
// sampling 4:2:0.
func (e *Encoder) JPEG(dst []byte, quality int) []byte {
	if e.jpeg == nil {
		e.jpeg = new(jpegState)
	}
	j, p := e.jpeg, &e.picture
	j.setQuality(min(max(quality, 1), 100))
	j.out = bitWriter{b: j.appendJPEGHeader(dst, p)}
	var dc [3]int32
	for y := 0; y < p.Height; y += 16 {
		for x := 0; x < p.Width; x += 16 {
			j.convert(p, x, y)
			for i := range 4 {
				dc[0] = j.block(&j.luma[i], 0, dc[0])
			}
			dc[1] = j.block(&j.blue, 1, dc[1])
			dc[2] = j.block(&j.red, 1, dc[2])
		}
	}
	dst = append(j.out.flush(), 0xFF, markerEOI)
	j.out = bitWriter{}
	return dst
}

// jpegState is what a JPEG encoder keeps between pictures and blocks. Tables are those of
// luminance (0) and chrominance (1).
type jpegState struct {
	quality   int
	quantizer [2][64]uint8   // in zigzag order
	scale     [2][64]float32 // reciprocals of quantizer and of the transform's scale

	luma      [4]block // of 16x16 pixels
	blue, red block
	out       bitWriter
}

// block holds samples of 8x8 pixels, then their coefficients.
type block [64]float32

// zigzag has the natural index of each coefficient in the order of figure A.6.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// baseQuantizer has the tables K.1 and K.2 in natural order.
var baseQuantizer = [2][64]int{
	{
		16, 11, 10, 16, 24, 40, 51, 61,
		12, 12, 14, 19, 26, 58, 60, 55,
		14, 13, 16, 24, 40, 57, 69, 56,
		14, 17, 22, 29, 51, 87, 80, 62,
		18, 22, 37, 56, 68, 109, 103, 77,
		24, 35, 55, 64, 81, 104, 113, 92,
		49, 64, 78, 87, 103, 121, 120, 101,
		72, 92, 95, 98, 112, 100, 103, 99,
	},
	{
		17, 18, 24, 47, 99, 99, 99, 99,
		18, 21, 26, 66, 99, 99, 99, 99,
		24, 26, 56, 99, 99, 99, 99, 99,
		47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99,
	},
}

// setQuality makes the tables, by the formula that everybody uses for "quality".
func (j *jpegState) setQuality(quality int) {
	if j.quality == quality {
		return
	}
	j.quality = quality
	percent := 200 - 2*quality
	if quality < 50 {
		percent = 5000 / quality
	}
	var aan [8]float64
	for i := range aan {
		aan[i] = math.Cos(float64(i)*math.Pi/16) * math.Sqrt2
	}
	aan[0] = 1
	for t := range 2 {
		for k, n := range zigzag {
			q := min(max((baseQuantizer[t][n]*percent+50)/100, 1), 255)
			j.quantizer[t][k] = uint8(q)
			j.scale[t][k] = float32(1 / (float64(q) * aan[n/8] * aan[n%8] * 8))
		}
	}
}

// appendJPEGHeader appends all segments before the coded data.
func (j *jpegState) appendJPEGHeader(dst []byte, p *Picture) []byte {
	dst = append(dst, 0xFF, markerSOI)
	dst = append(dst, 0xFF, markerAPP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0)
	dst = append(dst, 0xFF, markerDQT, 0, 2+2*65)
	for t := range 2 {
		dst = append(append(dst, byte(t)), j.quantizer[t][:]...)
	}
	dst = append(dst, 0xFF, markerSOF0, 0, 8+3*3, 8,
		byte(p.Height>>8), byte(p.Height), byte(p.Width>>8), byte(p.Width), 3,
		1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1)
	for class, name := range [4]byte{0x00, 0x10, 0x01, 0x11} {
		s := &huffmanSpecs[class]
		dst = append(dst, 0xFF, markerDHT, 0, byte(2+17+len(s.values)), name)
		dst = append(append(dst, s.count[:]...), s.values...)
	}
	return append(dst, 0xFF, markerSOS, 0, 6+2*3, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0)
}

// convert reads 16x16 pixels at x, y into luma, blue and red. Beyond the edge, the last
// row and column are repeated.
func (j *jpegState) convert(p *Picture, x, y int) {
	var edge [2][64]byte
	whole := x+16 <= p.Width
	for half := range 8 {
		top := p.row(min(y+2*half, p.Height-1))
		bottom := p.row(min(y+2*half+1, p.Height-1))
		if whole {
			top, bottom = top[4*x:], bottom[4*x:]
		} else {
			repeat(&edge[0], top[4*x:])
			repeat(&edge[1], bottom[4*x:])
			top, bottom = edge[0][:], edge[1][:]
		}
		left, right := &j.luma[half/4*2], &j.luma[half/4*2+1]
		line := half % 4 * 16
		j.convertRows(top, bottom, left, line, half*8)
		j.convertRows(top[32:], bottom[32:], right, line, half*8+4)
	}
}

// repeat fills row with the pixels of src, the last one over and over.
func repeat(row *[64]byte, src []byte) {
	n := copy(row[:], src)
	for ; n < len(row); n += 4 {
		copy(row[n:n+4], row[n-4:n])
	}
}

// convertRows converts 8 pixels of two rows: 16 samples of luma from line on, and four of
// either chroma from c on.
func (j *jpegState) convertRows(top, bottom []byte, luma *block, line, c int) {
	top, bottom = top[:32:32], bottom[:32:32]
	y0, y1 := luma[line:line+8:line+8], luma[line+8:line+16:line+16]
	blue, red := j.blue[c:c+4:c+4], j.red[c:c+4:c+4]
	for i := range 4 {
		a, b := top[8*i:8*i+8:8*i+8], bottom[8*i:8*i+8:8*i+8]
		r0, g0, b0 := int32(a[0]), int32(a[1]), int32(a[2])
		r1, g1, b1 := int32(a[4]), int32(a[5]), int32(a[6])
		r2, g2, b2 := int32(b[0]), int32(b[1]), int32(b[2])
		r3, g3, b3 := int32(b[4]), int32(b[5]), int32(b[6])
		y0[2*i] = luminance(r0, g0, b0)
		y0[2*i+1] = luminance(r1, g1, b1)
		y1[2*i] = luminance(r2, g2, b2)
		y1[2*i+1] = luminance(r3, g3, b3)
		r, g, bb := r0+r1+r2+r3, g0+g1+g2+g3, b0+b1+b2+b3
		blue[i] = float32(-11059*r-21709*g+32768*bb) * (1.0 / (4 << 16))
		red[i] = float32(32768*r-27439*g-5329*bb) * (1.0 / (4 << 16))
	}
}

// luminance returns Y of JFIF, less 128.
func luminance(r, g, b int32) float32 {
	return float32(19595*r+38470*g+7471*b-128<<16) * (1.0 / (1 << 16))
}

// transform is the forward discrete cosine transform of Arai, Agui and Nakajima: 5
// multiplications for 8 samples, with a scale that setQuality takes out.
func (b *block) transform() {
	for i := 0; i < 64; i += 8 {
		s := b[i : i+8 : i+8]
		s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = cosines(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
	}
	for i := range 8 {
		b[i], b[i+8], b[i+16], b[i+24], b[i+32], b[i+40], b[i+48], b[i+56] = cosines(
			b[i], b[i+8], b[i+16], b[i+24], b[i+32], b[i+40], b[i+48], b[i+56])
	}
}

func cosines(s0, s1, s2, s3, s4, s5, s6, s7 float32) (c0, c1, c2, c3, c4, c5, c6, c7 float32) {
	const (
		cos4      = 0.70710678 // cos(4 pi/16)
		cos6      = 0.38268343 // cos(6 pi/16)
		cos2Less6 = 0.54119610 // cos(2 pi/16) - cos(6 pi/16)
		cos2And6  = 1.30656296 // cos(2 pi/16) + cos(6 pi/16)
	)
	a0, d0 := s0+s7, s0-s7
	a1, d1 := s1+s6, s1-s6
	a2, d2 := s2+s5, s2-s5
	a3, d3 := s3+s4, s3-s4

	e0, e3 := a0+a3, a0-a3
	e1, e2 := a1+a2, a1-a2
	c0, c4 = e0+e1, e0-e1
	z1 := (e2 + e3) * cos4
	c2, c6 = e3+z1, e3-z1

	o0, o1, o2 := d3+d2, d2+d1, d1+d0
	z5 := (o0 - o2) * cos6
	z2 := o0*cos2Less6 + z5
	z4 := o2*cos2And6 + z5
	z3 := o1 * cos4
	z11, z13 := d0+z3, d0-z3
	c5, c3 = z13+z2, z13-z2
	c1, c7 = z11+z4, z11-z4
	return
}
