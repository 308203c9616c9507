// SPDX-License-Identifier: Apache-2.0

package alpha_test

import (
	"bytes"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/alpha"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
)

func TestExamples(t *testing.T) {
	tests := []struct {
		name, stream  string
		width, height int
		want          string
	}{
		{"raw", "4C41 0000 01020304", 2, 2, "01020304"},
		{"runs", `
			4C41 0100
			10 03            ; three, over the end of the row
			20 FF 0200       ; two
			30 FF FFFF 01000000`, 2, 3, "101010202030"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, want := codectest.Hex(t, tt.stream), codectest.Hex(t, tt.want)
			c := codectest.NewCanvas(tt.width, tt.height)
			if err := alpha.Decode(c.Target, src); err != nil {
				t.Fatal(err)
			}
			var pix []byte
			for _, a := range want {
				pix = append(pix, 0, 0, 0, a)
			}
			c.Compare(t, pix, 0)
			codectest.Cut(t, src, func(b []byte) error { return alpha.Decode(c.Target, b) })
			codectest.EachByte(src, func(b []byte) { _ = alpha.Decode(c.Target, b) })
			codectest.Spoil(src, 500, func(b []byte) { _ = alpha.Decode(c.Target, b) })
			c.CheckMargin(t)
		})
	}
}

func TestRefused(t *testing.T) {
	for name, listing := range map[string]string{
		"alphaSig":              "4C40 0000 01020304",
		"run of 4 G pixels":     "4C41 0100 00 FF FFFF FFFFFFFF",
		"run over the last one": "4C41 0100 00 05",
	} {
		c := codectest.NewCanvas(2, 2)
		if err := alpha.Decode(c.Target, codectest.Hex(t, listing)); err == nil {
			t.Errorf("%s: accepted", name)
		}
		c.CheckMargin(t)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint8(2), uint8(3), codectest.Hex(f, "4C41 0100 10 03 20 FF 0200 30 FF FFFF 01000000"))
	f.Add(uint8(2), uint8(2), codectest.Hex(f, "4C41 0000 01020304"))
	f.Fuzz(func(t *testing.T, width, height uint8, src []byte) {
		one, two := codectest.NewCanvas(int(width), int(height)), codectest.NewCanvas(int(width), int(height))
		two.BottomUp = true
		errOne, errTwo := alpha.Decode(one.Target, src), alpha.Decode(two.Target, src)
		one.CheckMargin(t)
		two.CheckMargin(t)
		if (errOne == nil) != (errTwo == nil) {
			t.Fatalf("top down: %v; bottom up: %v", errOne, errTwo)
		}
		for y := range int(height) {
			if errOne == nil && !bytes.Equal(one.Row(y), two.Row(y)) {
				t.Fatalf("row %d depends on the direction", y)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	src := codectest.Hex(b, "4C41 0100 80 FF FFFF 00B00400")
	c := codectest.NewCanvas(640, 480)
	b.ReportAllocs()
	for b.Loop() {
		if err := alpha.Decode(c.Target, src); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(640*480*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpx/s")
}
