// SPDX-License-Identifier: Apache-2.0

package rle_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rle"
)

func TestPublicVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "interleaved") {
		t.Run(v.Name, func(t *testing.T) {
			src, want := v.Bytes(t, v.Input), v.Bytes(t, v.Expect)
			var palette *rle.Palette
			if v.Palette != "" {
				palette = new(rle.Palette)
				for i, b := range v.Bytes(t, v.Palette) {
					palette[i/3][i%3] = b
				}
			}
			c := codectest.NewCanvas(v.Width, v.Height)
			c.BottomUp = true
			if strings.HasPrefix(v.Name, "ironrdp_") { // raw words in the order of the stream
				c.BottomUp = false
				want = rgb565(want)
			}
			if err := rle.Decode(c.Target, v.BPP, palette, src); err != nil {
				t.Fatal(err)
			}
			c.Compare(t, want, v.Tolerance(t))
			codectest.Spoil(src, 20, func(b []byte) { _ = rle.Decode(c.Target, v.BPP, palette, b) })
			c.CheckMargin(t)
		})
	}
}

// update is a line of a captured session.
type update struct {
	Kind          string
	Left, Top     int
	Right, Bottom int // inclusive
	Width, Height int
	BPP           int
	Compressed    int
	Offset        int
	Length        int
}

func TestCapturedSession(t *testing.T) {
	for _, v := range codectest.Vectors(t, "stream") {
		if v.Name != "xrdp_bitmap24" {
			continue
		}
		data, want := v.Bytes(t, v.Input), v.Picture(t, v.Expect)
		c := codectest.NewCanvas(want.Bounds().Dx(), want.Bounds().Dy())
		for line := range bytes.Lines(v.Bytes(t, v.Meta)) {
			var u update
			if err := json.Unmarshal(line, &u); err != nil {
				t.Fatal(err)
			}
			if u.Kind != "bitmap" || u.Compressed != 1 || u.BPP > 24 {
				t.Fatalf("%s", line)
			}
			bitmap := codectest.NewCanvas(u.Width, u.Height)
			bitmap.BottomUp = true
			if err := rle.Decode(bitmap.Target, u.BPP, nil, data[u.Offset:u.Offset+u.Length]); err != nil {
				t.Fatalf("%s%v", line, err)
			}
			for y := u.Top; y <= u.Bottom; y++ {
				from := bitmap.Pix[(y-u.Top)*bitmap.Stride:]
				copy(c.Row(y)[4*u.Left:4*(u.Right+1)], from[:4*u.Width])
			}
		}
		c.CompareImage(t, want, v.Tolerance(t))
	}
}

func rgb565(words []byte) []byte {
	var pix []byte
	for i := 0; i < len(words); i += 2 {
		w := binary.LittleEndian.Uint16(words[i:])
		r, g, b := byte(w>>11), byte(w>>5&63), byte(w&31)
		pix = append(pix, r<<3|r>>2, g<<2|g>>4, b<<3|b>>2)
	}
	return pix
}

func TestOrdersByTheRules(t *testing.T) {
	palette := new(rle.Palette)
	for i := range palette {
		palette[i] = [3]byte{byte(i), byte(i), byte(i)}
	}
	tests := []struct {
		name, stream string
		width        int
		want         string // one byte a pixel, top down in the order of the stream
	}{
		{"background runs", "03 22 63 11 08", 8, "000000FFFF111111 000000FFFF111111"},
		{"second background run begins with a foreground pixel", "63 11 61 22 61 33 02 03", 5, "1111112233 1111EE2233"},
		{"background run after the first line is full", "05 05", 5, "0000000000 0000000000"},
		{"foreground run", "64 0F 24", 4, "0F0F0F0F F0F0F0F0"},
		{"set foreground", "C4 05 24", 4, "05050505 00000000"},
		{"foreground/background image", "68 01 41 81", 8, "0101010101010101 FE010101010101FE"},
		{"set foreground/background image", "68 01 D1 10 03", 8, "0101010101010101 1111010101010101"},
		{"special masks", "68 01 F9 FA", 8, "0101010101010101 FEFE010101010101 01FE FE0101010101"},
		{"color image", "84 01020304", 4, "01020304"},
		{"dithered run counts pairs", "E3 0102", 6, "010201020102"},
		{"white and black", "FD FE", 2, "FF00"},
		{"mega runs", "F3 0300 07 F0 0300", 3, "070707 070707"},
		{"mega image", "F3 0900 07 F2 0900 FF 01", 9, strings.Repeat("07", 9) + strings.Repeat("F8", 9)},
		{"mega set foreground", "F6 0200 07 F8 0100 0102", 2, "0707 0102"},
		{"mega set foreground image", "F7 0300 07 05 F4 0300 010203", 3, "070007 010203"},
		{"long regular run", "60 00 09", 32, strings.Repeat("09", 32)},
		{"long lite run", "C0 00 09", 16, strings.Repeat("09", 16)},
		{"long image", "40 00 01", 1, "FF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := codectest.Hex(t, tt.want)
			c := codectest.NewCanvas(tt.width, len(want)/tt.width)
			decode := func(b []byte) error { return rle.Decode(c.Target, 8, palette, b) }
			if err := decode(codectest.Hex(t, tt.stream)); err != nil {
				t.Fatal(err)
			}
			var pix []byte
			for _, b := range want {
				pix = append(pix, b, b, b)
			}
			c.Compare(t, pix, 0)
			full, whole := c.RGBA(), codectest.Hex(t, tt.stream)
			for n := range whole {
				if decode(whole[:n:n]) != nil {
					continue // within an order; between two of them, the rest is black
				}
				got := c.RGBA()
				for i := 0; i < len(got); i += 4 {
					if got[i] != full[i] && got[i] != 0 {
						t.Fatalf("cut to %d bytes, pixel %d is %#x", n, i/4, got[i])
					}
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	tests := map[string]struct {
		depth         int
		stream        string
		width, height int
	}{
		"depth 32":                  {32, "FD", 1, 1},
		"8 bpp without palette":     {8, "FD", 1, 1},
		"no pixels":                 {16, "", 0, 1},
		"absurd width":              {16, "", 1 << 20, 1},
		"run past the end":          {16, "F0 FFFF", 4, 4},
		"dithered run past the end": {16, "F8 FFFF 0000 0000", 4, 4},
		"image longer than stream":  {24, "F4 0400 000000", 4, 1},
		"unknown regular code":      {16, "A1", 1, 1},
		"unknown special code":      {16, "FF", 1, 1},
		"undefined mega code":       {16, "F5 0100", 1, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := codectest.NewCanvas(4, 4)
			c.Width, c.Height = tt.width, tt.height
			if err := rle.Decode(c.Target, tt.depth, nil, codectest.Hex(t, tt.stream)); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range codectest.Vectors(f, "interleaved") {
		if v.Width*v.Height <= 4096 {
			f.Add(uint8(v.BPP), uint8(v.Width), uint8(v.Height), v.Bytes(f, v.Input))
		}
	}
	f.Add(uint8(24), uint8(3), uint8(2), []byte{0xF0, 6, 0})
	palette := new(rle.Palette)
	f.Fuzz(func(t *testing.T, depth, width, height uint8, src []byte) {
		one, two := codectest.NewCanvas(int(width), int(height)), codectest.NewCanvas(int(width), int(height))
		two.BottomUp = true
		errOne, errTwo := rle.Decode(one.Target, int(depth), palette, src), rle.Decode(two.Target, int(depth), palette, src)
		one.CheckMargin(t)
		two.CheckMargin(t)
		if (errOne == nil) != (errTwo == nil) {
			t.Fatalf("top down: %v; bottom up: %v", errOne, errTwo)
		}
		for y := range int(height) {
			if errOne == nil && string(one.Row(y)) != string(two.Row(y)) {
				t.Fatalf("row %d depends on the direction", y)
			}
		}
	})
}

// encode writes a picture with background runs, color runs and color images.
func encode(width, height, depth int) []byte {
	img := codectest.Desktop(width, height)
	words := make([]uint32, width*height)
	for i := range words {
		p := img.Pix[4*i:]
		if depth == 24 {
			words[i] = uint32(p[2]) | uint32(p[1])<<8 | uint32(p[0])<<16
		} else {
			words[i] = uint32(p[0]>>3)<<11 | uint32(p[1]>>2)<<5 | uint32(p[2]>>3)
		}
	}
	var out []byte
	put := func(w uint32) { out = append(out, binary.LittleEndian.AppendUint32(nil, w)[:depth/8]...) }
	mega := func(code byte, n int) { out = binary.LittleEndian.AppendUint16(append(out, code), uint16(n)) }
	var literal []uint32
	flush := func() {
		if len(literal) > 0 {
			mega(0xF4, len(literal))
			for _, w := range literal {
				put(w)
			}
			literal = literal[:0]
		}
	}
	inRun := false
	for i := 0; i < len(words); {
		n := 1
		end := len(words)
		if i < width {
			end = width
		}
		for i >= width && i+n <= end && n < 60000 && words[i+n-1] == words[i+n-1-width] {
			n++
		}
		if n--; n > 4 && !inRun {
			flush()
			mega(0xF0, n)
			i, inRun = i+n, true
			continue
		}
		n = 1
		for i+n < end && n < 60000 && words[i+n] == words[i] {
			n++
		}
		if n > 4 {
			flush()
			mega(0xF3, n)
			put(words[i])
			i, inRun = i+n, false
			continue
		}
		literal, inRun = append(literal, words[i]), false
		i++
		if i == width || len(literal) == 60000 {
			flush()
		}
	}
	flush()
	return out
}

func BenchmarkDecode(b *testing.B) {
	const width, height = 640, 480
	for _, depth := range []int{16, 24} {
		b.Run(fmt.Sprint(depth), func(b *testing.B) {
			src := encode(width, height, depth)
			c := codectest.NewCanvas(width, height)
			b.ReportAllocs()
			for b.Loop() {
				if err := rle.Decode(c.Target, depth, nil, src); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(width*height*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpx/s")
		})
	}
}
