// SPDX-License-Identifier: Apache-2.0

package planar_test

import (
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/planar"
)

func TestPublicVectors(t *testing.T) {
	var d planar.Decoder
	for _, v := range codectest.Vectors(t, "planar") {
		t.Run(v.Name, func(t *testing.T) {
			src := v.Bytes(t, v.Input)
			c := codectest.NewCanvas(v.Width, v.Height)
			if err := d.Decode(c.Target, src); err != nil {
				t.Fatal(err)
			}
			c.Compare(t, v.Bytes(t, v.Expect), v.Tolerance(t))
			codectest.Spoil(src, 10, func(b []byte) { _ = d.Decode(c.Target, b) })
			c.CheckMargin(t)
		})
	}
}

func TestExamples(t *testing.T) {
	tests := []struct {
		name, stream  string
		width, height int
		want          string
	}{
		{"the plane of MS-RDPEGDI 3.1.9.2.2, three times", `
			30             ; FormatHeader: RLE, no alpha
			13 FF          ; row 0: raw FF, run 3
			20 FE FD       ; raw FE FD
			60 01 7D F5 C2 9A 38 ; row 1: raw differences
			60 01 67 8B A3 78 AF ; row 2
			13 FF 20 FE FD 60 01 7D F5 C2 9A 38 60 01 67 8B A3 78 AF
			13 FF 20 FE FD 60 01 7D F5 C2 9A 38 60 01 67 8B A3 78 AF`, 6, 3, `
			FFFFFF FFFFFF FFFFFF FFFFFF FEFEFE FDFDFD
			FEFEFE C0C0C0 848484 606060 4B4B4B 191919
			FDFDFD 8C8C8C 3E3E3E 0E0E0E 878787 C1C1C1`},
		{"raw, with the pad byte", "20 0102 0304 0506 00", 2, 1, "010305 020406"},
		{"raw, without the pad byte", "20 0102 0304 0506", 2, 1, "010305 020406"},
		{"alpha", "00 80 01 02 03 00", 1, 1, "01020380"},
		{"long runs", "30 10 05 F1 10 06 F1 10 07 F1", 32, 1, repeat("050607", 32)},
		{"longer runs", "30 10 05 02 10 06 02 10 07 02", 33, 1, repeat("050607", 33)},
		{"YCoCg", "21 64 0A F6 00", 1, 1, "645A78"},
		{"YCoCg with loss and subsampling", "2A 64 64 64 64 05 FB 00", 2, 2, "645A78 645A78 645A78 645A78"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d planar.Decoder
			c := codectest.NewCanvas(tt.width, tt.height)
			src := codectest.Hex(t, tt.stream)
			if err := d.Decode(c.Target, src); err != nil {
				t.Fatal(err)
			}
			c.Compare(t, codectest.Hex(t, tt.want), 0)
			if src[0]&0x10 == 0 && src[len(src)-1] == 0 {
				src = src[:len(src)-1]
			}
			codectest.Cut(t, src, func(b []byte) error { return d.Decode(c.Target, b) })
		})
	}
}

func repeat(s string, n int) (all string) {
	for range n {
		all += s
	}
	return all
}

func TestOpaqueTargetHasNoAlpha(t *testing.T) {
	var d planar.Decoder
	c := codectest.NewCanvas(1, 1)
	c.Opaque = true
	if err := d.Decode(c.Target, codectest.Hex(t, "00 80 01 02 03 00")); err != nil {
		t.Fatal(err)
	}
	c.Compare(t, codectest.Hex(t, "010203FF"), 0)
}

func TestRefused(t *testing.T) {
	for name, stream := range map[string]string{
		"nothing":                         "",
		"segment over the scan line":      "30 F0 000000000000000000000000000000",
		"run over the scan line":          "30 12 0F",
		"segment of nothing":              "30 00 00 00",
		"subsampling of RGB":              "28 00 00 00 00",
		"bytes after the planes":          "20 01020304 01020304 01020304 00 00",
		"a plane that is one byte short":  "20 01020304 01020304 010203",
		"a segment that is a byte short":  "30 40 010203",
		"alpha plane and nothing further": "00 01020304",
	} {
		t.Run(name, func(t *testing.T) {
			var d planar.Decoder
			c := codectest.NewCanvas(2, 2)
			if err := d.Decode(c.Target, codectest.Hex(t, stream)); err == nil {
				t.Error("accepted")
			}
			c.CheckMargin(t)
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range codectest.Vectors(f, "planar") {
		f.Add(uint8(v.Width), uint8(v.Height), v.Bytes(f, v.Input))
	}
	f.Add(uint8(2), uint8(2), []byte{0x2A, 1, 2, 3, 4, 5, 6})
	f.Fuzz(func(t *testing.T, width, height uint8, src []byte) {
		var d planar.Decoder
		one, two := codectest.NewCanvas(int(width), int(height)), codectest.NewCanvas(int(width), int(height))
		two.BottomUp = true
		errOne, errTwo := d.Decode(one.Target, src), d.Decode(two.Target, src)
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

// encode writes the planes of a picture as RLE segments.
func encode(width, height int) []byte {
	img := codectest.Desktop(width, height)
	out := []byte{0x30}
	line := make([]byte, width)
	for k := range 3 {
		for y := range height {
			for x := range width {
				line[x] = img.Pix[img.PixOffset(x, y)+k]
				if y > 0 {
					d := int8(line[x] - img.Pix[img.PixOffset(x, y-1)+k])
					line[x] = byte(d<<1) ^ byte(d>>7)
				}
			}
			out = appendSegments(out, line)
		}
	}
	return out
}

func appendSegments(out, line []byte) []byte {
	last := byte(0)
	for x := 0; x < len(line); {
		raw := x
		for x < len(line) && x-raw < 15 {
			n := 0
			for x+n < len(line) && line[x+n] == last && n < 47 {
				n++
			}
			if n >= 3 {
				break
			}
			last = line[x]
			x++
		}
		n := 0
		for x+n < len(line) && line[x+n] == last && n < 47 {
			n++
		}
		switch count := x - raw; {
		case n < 3:
			out = append(append(out, byte(count<<4)), line[raw:x]...)
			continue
		case n <= 15:
			out = append(append(out, byte(count<<4|n)), line[raw:x]...)
		default:
			if count > 0 {
				out = append(append(out, byte(count<<4)), line[raw:x]...)
			}
			if n < 32 {
				out = append(out, byte(n-16)<<4|1)
			} else {
				out = append(out, byte(n-32)<<4|2)
			}
		}
		x += n
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	var d planar.Decoder
	c := codectest.NewCanvas(500, 300)
	if err := d.Decode(c.Target, encode(500, 300)); err != nil {
		t.Fatal(err)
	}
	c.Compare(t, codectest.Desktop(500, 300).Pix, 0)
}

func BenchmarkDecode(b *testing.B) {
	const width, height = 640, 480
	src := encode(width, height)
	c := codectest.NewCanvas(width, height)
	var d planar.Decoder
	_ = d.Decode(c.Target, src) // the scratch grows once
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(c.Target, src); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(width*height*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpx/s")
}
