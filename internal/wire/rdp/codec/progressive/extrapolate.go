// SPDX-License-Identifier: Apache-2.0

package progressive

import "github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx"

// inverseExtrapolate transforms three levels back with the reduce-extrapolate method
// (MS-RDPEGFX, section 3.2.8.1.2.2), in which low subbands are a sample or two longer than
// high ones, so that the picture's edge needs no mirror.
func inverseExtrapolate(c, scratch *rfx.Coefficients) {
	inverseLevel(c[3807:], scratch[:], 9, 8)
	inverseLevel(c[3007:], scratch[:], 17, 16)
	inverseLevel(c[:], scratch[:], 33, 31)
}

// inverseLevel makes a picture of HL, LH, HH and LL, whose sides are nl and nh samples.
func inverseLevel(b, tmp []int16, nl, nh int) {
	width := nl + nh
	hl, lh, hh, ll := b, b[nl*nh:], b[2*nl*nh:], b[2*nl*nh+nh*nh:]
	for y := range nl {
		inverseRow(tmp[y*width:(y+1)*width], ll[y*nl:(y+1)*nl], hl[y*nh:(y+1)*nh])
	}
	for y := range nh {
		inverseRow(tmp[(nl+y)*width:(nl+y+1)*width], lh[y*nl:(y+1)*nl], hh[y*nh:(y+1)*nh])
	}
	inverseColumns(b, tmp, nl, nh)
}

// inverseRow makes the samples of a row: even ones of a low sample and the two high ones
// beside it, odd ones of a high sample and the two even ones beside it.
func inverseRow(dst, low, high []int16) {
	nh := len(high)
	h := int32(high[0])
	even := clamp(int32(low[0]) - h)
	for i := 1; i < nh; i++ {
		next := int32(high[i])
		x := clamp(int32(low[i]) - (h+next)/2)
		dst[2*i-2] = int16(even)
		dst[2*i-1] = int16(clamp((even+x)/2 + 2*h))
		h, even = next, x
	}
	last := int32(low[nh])
	if len(low) == nh+1 {
		last = clamp(last - h)
	} else {
		last = clamp(last - h/2)
		dst[2*nh+1] = int16((last + int32(low[nh+1])) / 2)
	}
	dst[2*nh-2] = int16(even)
	dst[2*nh-1] = int16(clamp((even+last)/2 + 2*h))
	dst[2*nh] = int16(last)
}

// inverseColumns does what inverseRow does, a row at a time.
func inverseColumns(b, tmp []int16, nl, nh int) {
	width := nl + nh
	row := func(p []int16, y int) []int16 { return p[y*width : (y+1)*width : (y+1)*width] }
	high := tmp[nl*width:]
	evenRow(row(b, 0), row(tmp, 0), row(high, 0), row(high, 0))
	for y := 1; y < nh; y++ {
		evenRow(row(b, 2*y), row(tmp, y), row(high, y-1), row(high, y))
	}
	if nl == nh+1 {
		evenRow(row(b, 2*nh), row(tmp, nh), row(high, nh-1), row(high, nh-1))
	} else {
		last, h := row(high, nh-1), row(tmp, nh+1)
		lastRows(row(b, 2*nh), row(b, 2*nh+1), row(tmp, nh), h, last)
	}
	for y := range nh {
		oddRow(row(b, 2*y+1), row(b, 2*y), row(b, 2*y+2), row(high, y))
	}
}

func evenRow(dst, low, above, below []int16) {
	n := len(dst)
	low, above, below = low[:n], above[:n], below[:n]
	for x := range dst {
		dst[x] = int16(clamp(int32(low[x]) - (int32(above[x])+int32(below[x]))/2))
	}
}

func oddRow(dst, above, below, high []int16) {
	n := len(dst)
	above, below, high = above[:n], below[:n], high[:n]
	for x := range dst {
		dst[x] = int16(clamp((int32(above[x])+int32(below[x]))/2 + 2*int32(high[x])))
	}
}

// lastRows makes the two last rows of the first level, which has two more low rows.
func lastRows(even, odd, low, after, high []int16) {
	n := len(even)
	odd, low, after, high = odd[:n], low[:n], after[:n], high[:n]
	for x := range even {
		v := clamp(int32(low[x]) - int32(high[x])/2)
		even[x] = int16(v)
		odd[x] = int16((v + int32(after[x])) / 2)
	}
}

func clamp(v int32) int32 { return min(max(v, -32768), 32767) }
