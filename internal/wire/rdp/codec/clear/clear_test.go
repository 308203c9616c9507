// SPDX-License-Identifier: Apache-2.0

package clear_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/clear"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
)

func TestPublicVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "clear") {
		t.Run(v.Name, func(t *testing.T) {
			var d clear.Decoder
			for i, name := range v.Inputs {
				src := v.Bytes(t, name)
				c := codectest.NewCanvas(v.Sizes[i][0], v.Sizes[i][1])
				if err := d.Decode(c.Target, src); err != nil {
					t.Fatal(err)
				}
				c.Compare(t, v.Bytes(t, v.Expects[i]), v.Tolerance(t))
				codectest.Cut(t, src, cutter(c))
				codectest.Spoil(src, 500, func(b []byte) { _ = new(clear.Decoder).Decode(c.Target, b) })
				c.CheckMargin(t)
			}
		})
	}
}

// cutter decodes with a fresh decoder; flags and seqNumber alone are a valid bitmap, so that
// these do not count as cut.
func cutter(c *codectest.Canvas) func([]byte) error {
	return func(b []byte) error {
		if len(b) == 2 || len(b) == 4 && b[0]&1 == 1 {
			b = b[:1]
		}
		return new(clear.Decoder).Decode(c.Target, b)
	}
}

func TestLayers(t *testing.T) {
	tests := []struct {
		name, stream  string
		width, height int
		want          string
	}{
		{"residual runs", `
			00 00
			14000000 00000000 00000000
			030201 02
			060504 FF 0100
			090807 FF FFFF 03000000`, 3, 2, "010203 010203 040506 070809 070809 070809"},
		{"a short bar, the same again, the whole bar again", `
			00 00
			00000000 17000000 00000000
			0000 0300 0000 0200 0A0B0C
			0102 030201
			0040 02
			0180
			0000`, 4, 3, `
			0C0B0A 0C0B0A 0C0B0A 0C0B0A
			010203 0C0B0A 0C0B0A 0C0B0A
			0C0B0A 010203 010203 0C0B0A`},
		{"an empty slot is black", `
			00 00
			00000000 0D000000 00000000
			0000 0000 0000 0000 0A0B0C 0790`, 1, 1, "000000"},
		{"raw subcodec", `
			00 00
			00000000 00000000 13000000
			0100 0000 0100 0200 06000000 00 ; xStart, yStart, width, height, count, raw
			030201 060504`, 2, 2, "000000 010203 000000 040506"},
		{"RLEX", `
			00 00
			00000000 00000000 1B000000
			0000 0000 0600 0100 0E000000 02
			03 010000 020000 030000     ; paletteCount, palette
			0A 02                       ; stopIndex 2, suiteDepth 2: two of 0, then 0, 1, 2
			01 00                       ; stopIndex 1, suiteDepth 0: one of 1`, 6, 1, "000001 000001 000001 000002 000003 000002"},
		{"NSCodec", `
			00 00
			00000000 00000000 25000000
			0000 0000 0100 0100 18000000 01
			01000000 01000000 01000000 01000000 01 00 0000 64 0A F6 80`, 1, 1, "785A64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := codectest.Hex(t, tt.stream)
			for _, bottomUp := range []bool{false, true} {
				var d clear.Decoder
				c := codectest.NewCanvas(tt.width, tt.height)
				c.BottomUp = bottomUp
				if err := d.Decode(c.Target, src); err != nil {
					t.Fatal(err)
				}
				c.BottomUp = false
				want := codectest.Hex(t, tt.want)
				if bottomUp {
					want = flip(want, 3*tt.width)
				}
				c.Compare(t, want, 0)
				codectest.Cut(t, src, cutter(c))
			}
		})
	}
}

func flip(pix []byte, n int) (out []byte) {
	for at := len(pix) - n; at >= 0; at -= n {
		out = append(out, pix[at:at+n]...)
	}
	return out
}

func TestGlyphs(t *testing.T) {
	var d clear.Decoder
	decode := func(width, height int, listing string) (*codectest.Canvas, error) {
		c := codectest.NewCanvas(width, height)
		err := d.Decode(c.Target, codectest.Hex(t, listing))
		c.CheckMargin(t)
		return c, err
	}
	if _, err := decode(2, 2, "01 05 0300 04000000 00000000 00000000 030201 04"); err != nil {
		t.Fatal(err)
	}
	c, err := decode(4, 1, "03 06 0300") // a hit of another shape
	if err != nil {
		t.Fatal(err)
	}
	c.Compare(t, bytes.Repeat([]byte{1, 2, 3}, 4), 0)
	steps := []struct{ name, listing string }{
		{"seqNumber out of order", "03 06 0300"},
		{"a hit of a smaller glyph", "03 07 0300"},
		{"a hit of an empty slot", "03 08 0400"},
		{"glyphIndex 4000", "03 09 A00F"},
		{"a hit without glyphIndex", "02 0A"},
		{"half a glyphIndex", "01 0B 00"},
	}
	for _, step := range steps {
		if _, err := decode(5, 1, step.listing); err == nil {
			t.Errorf("%s: accepted", step.name)
		}
	}
	if _, err := decode(33, 32, "01 0C 0000 04000000 00000000 00000000 030201 FF 2004"); err == nil {
		t.Error("a glyph of more than 1024 pixels: accepted")
	}
}

func TestRefused(t *testing.T) {
	for name, listing := range map[string]string{
		"run of 4 G pixels":          "00 00 0A000000 00000000 00000000 030201 FF FFFF FFFFFFFF",
		"residual too short":         "00 00 04000000 00000000 00000000 030201 01",
		"layer of 4 GB":              "00 00 FFFFFFFF 00000000 00000000 030201 04",
		"band out of bounds":         "00 00 00000000 0D000000 00000000 0200 0200 0000 0000 000000 0000",
		"band upside down":           "00 00 00000000 0D000000 00000000 0000 0000 0100 0000 000000 0000",
		"short bar upside down":      "00 00 00000000 0D000000 00000000 0000 0000 0000 0000 000000 0201",
		"subcodec out of bounds":     "00 00 00000000 00000000 10000000 0100 0100 0200 0100 03000000 00 000000",
		"empty subcodec rectangle":   "00 00 00000000 00000000 0D000000 0000 0000 0000 0100 00000000 00",
		"subcodec 3":                 "00 00 00000000 00000000 10000000 0000 0000 0100 0100 03000000 03 000000",
		"raw of another size":        "00 00 00000000 00000000 0F000000 0000 0000 0100 0100 02000000 00 0000",
		"RLEX palette of 0":          "00 00 00000000 00000000 10000000 0000 0000 0100 0100 03000000 02 00 00 00",
		"RLEX index over palette":    "00 00 00000000 00000000 13000000 0000 0000 0100 0100 06000000 02 01 000000 01 00",
		"RLEX depth over index":      "00 00 00000000 00000000 16000000 0000 0000 0100 0100 09000000 02 02 000000 000000 02 00",
		"RLEX run of 4 G pixels":     "00 00 00000000 00000000 19000000 0000 0000 0100 0100 0C000000 02 01 000000 00 FF FFFF FFFFFFFF",
		"RLEX that ends before time": "00 00 00000000 00000000 13000000 0000 0000 0200 0100 06000000 02 01 000000 00 00",
	} {
		t.Run(name, func(t *testing.T) {
			c := codectest.NewCanvas(2, 2)
			if err := new(clear.Decoder).Decode(c.Target, codectest.Hex(t, listing)); err == nil {
				t.Error("accepted")
			}
			c.CheckMargin(t)
		})
	}
}

func TestCacheResetMovesTheCursorsOnly(t *testing.T) {
	var d clear.Decoder
	c := codectest.NewCanvas(1, 1)
	for _, listing := range []string{
		"00 00 00000000 10000000 00000000 0000 0000 0000 0000 000000 0001 030201", // into slots 0
		"00 01 00000000 0D000000 00000000 0000 0000 0000 0000 000000 0080",        // slot 0
		"04 02 00000000 0D000000 00000000 0000 0000 0000 0000 000000 0080",        // still there
	} {
		if err := d.Decode(c.Target, codectest.Hex(t, listing)); err != nil {
			t.Fatal(err)
		}
		c.Compare(t, []byte{1, 2, 3}, 0)
	}
	for _, listing := range []string{
		"00 03 00000000 10000000 00000000 0000 0000 0000 0000 000000 0001 060504", // slots 0 again
		"00 04 00000000 0D000000 00000000 0000 0000 0000 0000 000000 0080",
	} {
		if err := d.Decode(c.Target, codectest.Hex(t, listing)); err != nil {
			t.Fatal(err)
		}
		c.Compare(t, []byte{4, 5, 6}, 0)
	}
}

func TestSubcodecsThatPaintOverAndOver(t *testing.T) {
	// One colour for all 512 × 512 pixels takes 17 bytes and more than 100 µs.
	one := codectest.Hex(t, `
		0000 0000 0002 0002 09000000 02 ; rectangle, size, RLEX
		01 0A0B0C                       ; palette
		00 FF FFFF`)
	one = binary.LittleEndian.AppendUint32(one, 512*512-1)
	binary.LittleEndian.PutUint32(one[8:], uint32(len(one)-13))
	picture := func(n int) []byte {
		b := append([]byte{0, 0}, make([]byte, 8)...)
		b = binary.LittleEndian.AppendUint32(b, uint32(n*len(one)))
		return append(b, bytes.Repeat(one, n)...)
	}
	c := codectest.NewCanvas(512, 512)
	if err := new(clear.Decoder).Decode(c.Target, picture(2)); err != nil {
		t.Errorf("twice: %v", err)
	}
	err := new(clear.Decoder).Decode(c.Target, picture(1000))
	if err == nil || !strings.Contains(err.Error(), "clear: subcodec layer: rects: more than") {
		t.Errorf("1000 times: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range codectest.Vectors(f, "clear") {
		f.Add(uint8(v.Sizes[0][0]), uint8(v.Sizes[0][1]), v.Bytes(f, v.Inputs[0]))
	}
	f.Add(uint8(4), uint8(3), codectest.Hex(f, "00 00 00000000 17000000 00000000 0000 0300 0000 0200 0A0B0C 0102 030201 0040 02 0180 0000"))
	f.Fuzz(func(t *testing.T, width, height uint8, src []byte) {
		one, two := codectest.NewCanvas(int(width), int(height)), codectest.NewCanvas(int(width), int(height))
		two.BottomUp = true
		errOne, errTwo := new(clear.Decoder).Decode(one.Target, src), new(clear.Decoder).Decode(two.Target, src)
		one.CheckMargin(t)
		two.CheckMargin(t)
		if (errOne == nil) != (errTwo == nil) {
			t.Fatalf("top down: %v; bottom up: %v", errOne, errTwo)
		}
		if errOne != nil {
			return
		}
		for y := range int(height) {
			if !bytes.Equal(one.Row(y), two.Row(y)) {
				t.Fatalf("row %d depends on the direction", y)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	// a band of 256 × 52 with bars that miss, and a rectangle of runs
	var bars strings.Builder
	for range 256 {
		bars.WriteString("0034 ") // yOn 0, yOff 52
		bars.WriteString(strings.Repeat("102030", 52))
	}
	band := codectest.Hex(b, "0000 FF00 0000 3300 000000 "+bars.String())
	n := len(band)
	src := append([]byte{0, 0, 6, 0, 0, 0, byte(n), byte(n >> 8), 0, 0, 0, 0, 0, 0, 1, 2, 3, 0xFF, 0, 0x40}, band...)
	c := codectest.NewCanvas(256, 64)
	var d clear.Decoder
	for i := range 150 {
		src[1] = byte(i)
		if err := d.Decode(c.Target, src); err != nil {
			b.Fatal(err)
		}
	}
	seq := byte(150)
	b.ReportAllocs()
	for b.Loop() {
		src[1] = seq
		seq++
		if err := d.Decode(c.Target, src); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(256*64*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpx/s")
}
