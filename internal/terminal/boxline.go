// SPDX-License-Identifier: Apache-2.0

package terminal

import "math"

// Weights of an arm of a box drawing character.
const (
	armNone = iota
	armLight
	armHeavy
	armDouble
)

// boxArms are the arms of U+2500 to 257F: four digits of weight, left, right, up and down. Dashes, arcs and diagonals,
// which are drawn otherwise, have spaces.
const boxArms = "" +
	"1100" + "2200" + "0011" + "0022" + "    " + "    " + "    " + "    " + // 2500
	"    " + "    " + "    " + "    " + "0101" + "0201" + "0102" + "0202" + // 2508
	"1001" + "2001" + "1002" + "2002" + "0110" + "0210" + "0120" + "0220" + // 2510
	"1010" + "2010" + "1020" + "2020" + "0111" + "0211" + "0121" + "0112" + // 2518
	"0122" + "0221" + "0212" + "0222" + "1011" + "2011" + "1021" + "1012" + // 2520
	"1022" + "2021" + "2012" + "2022" + "1101" + "2101" + "1201" + "2201" + // 2528
	"1102" + "2102" + "1202" + "2202" + "1110" + "2110" + "1210" + "2210" + // 2530
	"1120" + "2120" + "1220" + "2220" + "1111" + "2111" + "1211" + "2211" + // 2538
	"1121" + "1112" + "1122" + "2121" + "1221" + "2112" + "1212" + "2221" + // 2540
	"2212" + "2122" + "1222" + "2222" + "    " + "    " + "    " + "    " + // 2548
	"3300" + "0033" + "0301" + "0103" + "0303" + "3001" + "1003" + "3003" + // 2550
	"0310" + "0130" + "0330" + "3010" + "1030" + "3030" + "0311" + "0133" + // 2558
	"0333" + "3011" + "1033" + "3033" + "3301" + "1103" + "3303" + "3310" + // 2560
	"1130" + "3330" + "3311" + "1133" + "3333" + "    " + "    " + "    " + // 2568
	"    " + "    " + "    " + "    " + "1000" + "0010" + "0100" + "0001" + // 2570
	"2000" + "0020" + "0200" + "0002" + "1200" + "0012" + "2100" + "0021" // 2578

// line draws U+2500 to 257F.
func (b *boxCanvas) line(r rune) {
	arms := boxArms[(r-0x2500)*4:][:4]
	switch {
	case arms != "    ":
		b.arms(int(arms[0]-'0'), int(arms[1]-'0'), int(arms[2]-'0'), int(arms[3]-'0'))
	case r <= 0x250B:
		b.dashes(3+int(r-0x2504)/4, r&2 != 0, r&1 != 0)
	case r <= 0x254F:
		b.dashes(2, r&2 != 0, r&1 != 0)
	case r <= 0x2570:
		b.arc(r == 0x256E || r == 0x256F, r >= 0x256F)
	default:
		b.diagonals(r != 0x2572, r != 0x2571)
	}
}

// thickness is the whole width of an arm.
func (b *boxCanvas) thickness(weight int) int {
	switch weight {
	case armLight:
		return b.light
	case armHeavy:
		return b.heavy
	case armDouble:
		return 3 * b.light
	}
	return 0
}

// arms draws up to four arms from the centre to the edges.
func (b *boxCanvas) arms(left, right, up, down int) {
	horizontal := max(b.thickness(left), b.thickness(right))
	vertical := max(b.thickness(up), b.thickness(down))
	b.band(left, right, vertical, b.w, b.h, b.fill)
	b.band(up, down, horizontal, b.h, b.w, b.fillTurned)
	b.channel(left, right, b.w, b.h, b.fill)
	b.channel(up, down, b.h, b.w, b.fillTurned)
	// Single lines are drawn again, over the channels of double ones that they cross or end at.
	b.single(left, right, up, down, b.w, b.h, b.fill)
	b.single(up, down, left, right, b.h, b.w, b.fillTurned)
}

type fillFunc func(x0, y0, x1, y1 int, v byte)

// fillTurned is fill with the axes swapped, so that the code for horizontal arms draws vertical ones.
func (b *boxCanvas) fillTurned(x0, y0, x1, y1 int, v byte) { b.fill(y0, x0, y1, x1, v) }

// band draws two arms along the first axis, each from the far side of the lines across it, whose width is across.
func (b *boxCanvas) band(before, after, across, length, breadth int, fill fillFunc) {
	across = max(across, 1)
	start := (length - across) / 2
	if t := b.thickness(before); t > 0 {
		lo := (breadth - t) / 2
		fill(0, lo, start+across, lo+t, 0xFF)
	}
	if t := b.thickness(after); t > 0 {
		lo := (breadth - t) / 2
		fill(start, lo, length, lo+t, 0xFF)
	}
}

// channel clears the gap between the lines of double arms.
func (b *boxCanvas) channel(before, after, length, breadth int, fill fillFunc) {
	lo, mid := (breadth-b.light)/2, (length-b.light)/2
	if before == armDouble {
		fill(0, lo, mid+b.light, lo+b.light, 0)
	}
	if after == armDouble {
		fill(mid, lo, length, lo+b.light, 0)
	}
}

// single draws single arms along the first axis where the arms across it (low and high side) are double.
func (b *boxCanvas) single(before, after, low, high, length, breadth int, fill fillFunc) {
	if low != armDouble && high != armDouble || before == armDouble || after == armDouble {
		return
	}
	near, far := (length-3*b.light)/2, (length+3*b.light)/2
	if low == armDouble && high == armDouble {
		// The arms end at the nearer of the two lines, or cross both if they go through.
		near, far = (length-b.light)/2+b.light, (length-b.light)/2
		if before != armNone && after != armNone {
			near = far
		}
	}
	if t := b.thickness(before); t > 0 {
		lo := (breadth - t) / 2
		fill(0, lo, far, lo+t, 0xFF)
	}
	if t := b.thickness(after); t > 0 {
		lo := (breadth - t) / 2
		fill(near, lo, length, lo+t, 0xFF)
	}
}

// dashes draws a line of n dashes with gaps between them.
func (b *boxCanvas) dashes(n int, vertical, heavy bool) {
	length, breadth, fill := b.w, b.h, b.fill
	if vertical {
		length, breadth, fill = b.h, b.w, b.fillTurned
	}
	t := b.light
	if heavy {
		t = b.heavy
	}
	gap := max(1, length/(n*4))
	lo := (breadth - t) / 2
	for i := range n {
		x0, x1 := i*length/n, (i+1)*length/n
		fill(x0+gap/2, lo, x1-(gap+1)/2, lo+t, 0xFF)
	}
}

// arc draws a rounded corner from the right or left edge to the lower or upper one.
func (b *boxCanvas) arc(left, up bool) {
	t := float64(b.light)
	cx, cy := float64((b.w-b.light)/2)+t/2, float64((b.h-b.light)/2)+t/2
	dx, dy := 1.0, 1.0
	if left {
		dx = -1
	}
	if up {
		dy = -1
	}
	radius := math.Min(float64(b.w), float64(b.h)) / 2
	b.sample(func(x, y float64) bool {
		// Coordinates towards the two edges, from the cell's centre lines.
		u, v := (x-cx)*dx, (y-cy)*dy
		switch {
		case u >= radius:
			return math.Abs(v) <= t/2
		case v >= radius:
			return math.Abs(u) <= t/2
		}
		return math.Abs(math.Hypot(u-radius, v-radius)-radius) <= t/2
	})
}

func (b *boxCanvas) diagonals(rising, falling bool) {
	w, h := float64(b.w), float64(b.h)
	reach := float64(b.light) / 2 * math.Hypot(w, h)
	b.sample(func(x, y float64) bool {
		return rising && math.Abs(x*h+y*w-w*h) <= reach || falling && math.Abs(x*h-y*w) <= reach
	})
}
