// SPDX-License-Identifier: Apache-2.0

package nsc_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/nsc"
)

func TestPublicVectors(t *testing.T) {
	var d nsc.Decoder
	for _, v := range codectest.Vectors(t, "nscodec") {
		t.Run(v.Name, func(t *testing.T) {
			c := codectest.NewCanvas(v.Width, v.Height)
			if err := d.Decode(c.Target, v.Bytes(t, v.Input)); err != nil {
				t.Fatal(err)
			}
			c.Compare(t, v.Bytes(t, v.Expect), v.Tolerance(t))
		})
	}
}

func TestExamples(t *testing.T) {
	tests := []struct {
		name, stream  string
		width, height int
		want          string
	}{
		{"raw planes", `
			01000000 01000000 01000000 01000000 ; PlaneByteCounts
			01 00 0000                          ; ColorLossLevel, ChromaSubsamplingLevel
			64 0A F6 80`, 1, 1, "785A64 80"},
		{"no alpha plane", "01000000 01000000 01000000 00000000 03 00 0000 64 05 FB", 1, 1, "8C5064 FF"},
		{"runs", `
			07000000 07000000 07000000 00000000 01 00 0000
			0A0A 03 0A0A0A0A                    ; five, and the last four
			0000 03 00000000
			0000 03 00000000`, 9, 1, repeat("0A0A0AFF", 9)},
		{"a long run", `
			0B000000 0B000000 0B000000 00000000 01 00 0000
			0A0A FF 0C000000 0A0A0A0B
			0000 FF 0C000000 00000000
			0000 FF 0C000000 00000000`, 16, 1, repeat("0A0A0AFF", 15) + "0B0B0BFF"},
		{"a literal, then a fifth from the last that equals the one after", `
			06000000 06000000 06000000 00000000 01 00 0000
			01 02 03 03 04 05
			00 01 00 00 00 00
			00 01 00 00 00 00`, 6, 1, "010101FF 020300FF 030303FF 030303FF 040404FF 050505FF"},
		{"subsampled chroma, rows padded to eight", `
			10000000 04000000 04000000 00000000 01 01 0000
			01020304 05060708 11121314 15161718
			00010000 00000000`, 3, 2, "010101FF 020202FF 040302FF 111111FF 121212FF 141312FF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d nsc.Decoder
			c := codectest.NewCanvas(tt.width, tt.height)
			src := codectest.Hex(t, tt.stream)
			if err := d.Decode(c.Target, src); err != nil {
				t.Fatal(err)
			}
			c.Compare(t, codectest.Hex(t, tt.want), 0)
			codectest.Cut(t, src, func(b []byte) error { return d.Decode(c.Target, b) })
			codectest.Spoil(src, 100, func(b []byte) { _ = d.Decode(c.Target, b) })
			c.CheckMargin(t)
		})
	}
}

func repeat(s string, n int) (all string) {
	for range n {
		all += s
	}
	return all
}

func TestRefused(t *testing.T) {
	for name, stream := range map[string]string{
		"ColorLossLevel 0":         "00000000 00000000 00000000 00000000 00 00 0000",
		"ColorLossLevel 8":         "00000000 00000000 00000000 00000000 08 00 0000",
		"ChromaSubsamplingLevel 2": "00000000 00000000 00000000 00000000 01 02 0000",
		"plane of 4 GB":            "FFFFFFFF 00000000 00000000 00000000 01 00 0000",
		"run over the plane":       "07000000 00000000 00000000 00000000 01 00 0000 0A0A FE 0A0A0A0A",
		"run of 4 GB":              "0B000000 00000000 00000000 00000000 01 00 0000 0A0A FF FFFFFFFF 0A0A0A0A",
		"bytes after the last":     "08000000 00000000 00000000 00000000 01 00 0000 0A0A 0A 0A0A0A0A 00",
	} {
		t.Run(name, func(t *testing.T) {
			var d nsc.Decoder
			c := codectest.NewCanvas(16, 1)
			if err := d.Decode(c.Target, codectest.Hex(t, stream)); err == nil {
				t.Error("accepted")
			}
			c.CheckMargin(t)
		})
	}
}

// encode writes a picture with the given loss and subsampling.
func encode(width, height int, loss, sub byte) []byte {
	img := codectest.Desktop(width, height)
	stride, rows := width, height
	if sub == 1 {
		stride, rows = (width+7)/8*8, (height+1)/2
	}
	luma, alpha := make([]byte, stride*height), bytes.Repeat([]byte{0xFF}, width*height)
	co, cg := make([]byte, stride>>sub*rows), make([]byte, stride>>sub*rows)
	for y := range height {
		for x := range width {
			p := img.Pix[img.PixOffset(x, y):]
			r, g, b := int(p[0]), int(p[1]), int(p[2])
			luma[y*stride+x] = byte((r + 2*g + b) / 4)
			at := (y>>sub)*(stride>>sub) + x>>sub
			co[at] = byte((r - b) >> loss)
			cg[at] = byte((2*g - r - b) / 2 >> loss)
		}
	}
	var head, body []byte
	for _, p := range [][]byte{luma, co, cg, alpha} {
		enc := runs(p)
		if len(enc) >= len(p) {
			enc = p
		}
		head = binary.LittleEndian.AppendUint32(head, uint32(len(enc)))
		body = append(body, enc...)
	}
	return append(append(head, loss, sub, 0, 0), body...)
}

func runs(p []byte) (out []byte) {
	if len(p) <= 4 {
		return p
	}
	body := p[:len(p)-4]
	for i := 0; i < len(body); {
		n := 1
		for i+n < len(body) && body[i+n] == body[i] {
			n++
		}
		switch {
		case n == 1 && i+1 < len(body), i+1 == len(body):
			out = append(out, body[i])
		case n-2 < 0xFF:
			out = append(out, body[i], body[i], byte(n-2))
		default:
			out = binary.LittleEndian.AppendUint32(append(out, body[i], body[i], 0xFF), uint32(n))
		}
		i += n
	}
	return append(out, p[len(p)-4:]...)
}

func TestRoundTrip(t *testing.T) {
	var d nsc.Decoder
	for _, loss := range []byte{1, 3} {
		const width, height = 101, 77
		c := codectest.NewCanvas(width, height)
		if err := d.Decode(c.Target, encode(width, height, loss, 0)); err != nil {
			t.Fatal(err)
		}
		c.Compare(t, codectest.Desktop(width, height).Pix, 2+2<<loss)
		if err := d.Decode(c.Target, encode(width, height, loss, 1)); err != nil {
			t.Fatal(err)
		}
		c.CheckMargin(t)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint8(20), uint8(9), encode(20, 9, 3, 0))
	f.Add(uint8(20), uint8(9), encode(20, 9, 3, 1))
	f.Fuzz(func(t *testing.T, width, height uint8, src []byte) {
		var d nsc.Decoder
		c := codectest.NewCanvas(int(width), int(height))
		err := d.Decode(c.Target, src)
		c.CheckMargin(t)
		if err != nil {
			return
		}
		again := codectest.NewCanvas(int(width), int(height))
		if err := d.Decode(again.Target, src); err != nil {
			t.Fatalf("the second time: %v", err)
		}
		if !bytes.Equal(c.RGBA(), again.RGBA()) {
			t.Fatal("the scratch shows through")
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	const width, height = 640, 480
	for _, sub := range []byte{0, 1} {
		b.Run(fmt.Sprintf("subsampling %d", sub), func(b *testing.B) {
			src := encode(width, height, 3, sub)
			c := codectest.NewCanvas(width, height)
			var d nsc.Decoder
			_ = d.Decode(c.Target, src) // the scratch grows once
			b.ReportAllocs()
			for b.Loop() {
				if err := d.Decode(c.Target, src); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(width*height*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpx/s")
		})
	}
}
