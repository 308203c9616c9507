// SPDX-License-Identifier: Apache-2.0

package rfx

import "encoding/binary"

// TileSize is the width and the height of a tile.
const TileSize = 64

// Coefficients is one component of a tile. Before the inverse transform, the subbands are
// in the order HL1 LH1 HH1 HL2 LH2 HH2 HL3 LH3 HH3 LL3, afterwards there are rows of samples
// with five fractional bits.
type Coefficients [TileSize * TileSize]int16

// Zero reports coefficients that are all 0, as those of chroma often are: transforming
// them would not change them.
func (c *Coefficients) Zero() bool {
	for i := 0; i < len(c); i += 64 {
		set := int16(0)
		for _, v := range c[i : i+64] {
			set |= v
		}
		if set != 0 {
			return false
		}
	}
	return true
}

// ll3 is where the subband LL3 begins.
const ll3 = 4032

// Quant is a TS_RFX_CODEC_QUANT (MS-RDPRFX, section 2.2.2.1.5) in the order of the
// subbands in [Coefficients].
type Quant [10]uint8

// quantOrder tells where the fields LL3 LH3 HL3 HH3 LH2 HL2 HH2 LH1 HL1 HH1 of the
// structure belong.
var quantOrder = [10]uint8{9, 7, 6, 8, 4, 3, 5, 1, 0, 2}

// quantSize is the size of a TS_RFX_CODEC_QUANT on the wire.
const quantSize = 5

// parseQuant reads ten factors of four bits, the low ones first.
func parseQuant(b []byte) (q Quant, ok bool) {
	for i, to := range quantOrder {
		v := b[i/2] >> (4 * (i % 2)) & 0x0F
		if v == 0 {
			return Quant{}, false
		}
		q[to] = v
	}
	return q, true
}

// subbandEnds are the ends of the subbands in Coefficients.
var subbandEnds = [10]int{1024, 2048, 3072, 3328, 3584, 3840, 3904, 3968, 4032, 4096}

// DecodeDifferential sums up the differences that LL3 comes in (section 3.1.8.1.7.2).
func DecodeDifferential(c *Coefficients) {
	band := c[ll3:]
	sum := band[0]
	for i, v := range band[1:] {
		sum += v
		band[i+1] = sum
	}
}

// Dequantize scales the subbands (section 3.1.8.1.6): a factor of 6 stands for 1, with five
// fractional bits.
func (q *Quant) Dequantize(c *Coefficients) {
	from := 0
	for i, end := range subbandEnds {
		shift := q[i] - 1
		band := c[from:end]
		for j, v := range band {
			band[j] = v << (shift & 15)
		}
		from = end
	}
}

// InverseDWT transforms three levels back (section 3.1.8.1.4).
func InverseDWT(c, scratch *Coefficients) {
	inverseLevel(c[3840:], scratch[:], 8)
	inverseLevel(c[3072:], scratch[:], 16)
	inverseLevel(c[:], scratch[:], 32)
}

// inverseLevel makes a picture of 2n × 2n of the subbands HL, LH, HH and LL of n × n.
func inverseLevel(b, tmp []int16, n int) {
	nn := n * n
	for y := range n {
		inverseRow(tmp[2*n*y:2*n*(y+1)], b[3*nn+n*y:3*nn+n*(y+1)], b[n*y:n*(y+1)])
		inverseRow(tmp[2*nn+2*n*y:2*nn+2*n*(y+1)], b[nn+n*y:nn+n*(y+1)], b[2*nn+n*y:2*nn+n*(y+1)])
	}
	// columns, a row at a time: even rows of low[y] and the high rows beside it
	width := 2 * n
	low, high := tmp[:2*nn], tmp[2*nn:4*nn]
	above := high[:width]
	for y := range n {
		at := y * width
		h := high[at : at+width]
		evenRow(b[2*at:2*at+width], low[at:at+width], above, h)
		above = h
	}
	for y := range n {
		at := y * width
		even := b[2*at : 2*at+width]
		next := even
		if y+1 < n {
			next = b[2*at+2*width : 2*at+3*width]
		}
		oddRow(b[2*at+width:2*at+2*width], even, next, high[at:at+width])
	}
}

// inverseRow makes 2n samples of n low and n high ones.
func inverseRow(dst, low, high []int16) {
	n := len(low)
	high, dst = high[:n], dst[:2*n]
	prev := int32(high[0])
	even := int32(low[0]) - (2*prev+1)>>1
	dst[0] = int16(even)
	for i := 1; i < n; i++ {
		h := int32(high[i])
		next := int32(int16(int32(low[i]) - (prev+h+1)>>1))
		dst[2*i-1] = int16(prev<<1 + (int32(int16(even))+next)>>1)
		dst[2*i] = int16(next)
		prev, even = h, next
	}
	dst[2*n-1] = int16(prev<<1 + int32(int16(even)))
}

func evenRow(dst, low, above, below []int16) {
	n := len(dst)
	low, above, below = low[:n], above[:n], below[:n]
	for x := range dst {
		dst[x] = int16(int32(low[x]) - (int32(above[x])+int32(below[x])+1)>>1)
	}
}

func oddRow(dst, even, next, high []int16) {
	n := len(dst)
	even, next, high = even[:n], next[:n], high[:n]
	for x := range dst {
		dst[x] = int16(int32(high[x])<<1 + (int32(even[x])+int32(next[x]))>>1)
	}
}

// Factors of the inverse colour conversion (section 3.1.8.1.3) with 16 fractional bits.
const (
	crToR = 91916  // 1.402525
	crToG = 46819  // 0.714401
	cbToG = 22527  // 0.343730
	cbToB = 115992 // 1.769905
	// yOffset undoes the level shift by 128 of samples with five fractional bits.
	yOffset = 4096
	// samples have 5 fractional bits, the factors 16.
	colourShift = 21
)

// ToRGBA converts a tile's Y, Cb and Cr to opaque pixels.
func ToRGBA(dst []byte, luma, cb, cr *Coefficients) {
	dst = dst[:4*TileSize*TileSize]
	for i := range luma {
		y := (int64(luma[i]) + yOffset) << 16
		b, r := int64(cb[i]), int64(cr[i])
		pr := (y + r*crToR) >> colourShift
		pg := (y - b*cbToG - r*crToG) >> colourShift
		pb := (y + b*cbToB) >> colourShift
		if uint64(pr|pg|pb) > 0xFF {
			pr, pg, pb = min(max(pr, 0), 0xFF), min(max(pg, 0), 0xFF), min(max(pb, 0), 0xFF)
		}
		binary.LittleEndian.PutUint32(dst[4*i:4*i+4], uint32(pr)|uint32(pg)<<8|uint32(pb)<<16|0xFF<<24)
	}
}
