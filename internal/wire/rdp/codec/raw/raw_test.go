// SPDX-License-Identifier: Apache-2.0

package raw_test

import (
	"bytes"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/raw"
)

func TestDecode(t *testing.T) {
	for _, tc := range []struct {
		name     string
		depth    int
		src      string
		width    int
		bottomUp bool
		opaque   bool
		want     string
	}{
		{name: "15 bits, padded rows", depth: 15, src: "007C 0000 E003 0000", width: 1, want: "FF0000FF 00FF00FF"},
		{name: "16 bits from the bottom", depth: 16, src: "00F8 1F00 E007 FFFF", width: 2, bottomUp: true, want: "00FF00FF FFFFFFFF FF0000FF 0000FFFF"},
		{name: "24 bits, padded rows", depth: 24, src: "010203 00 040506 00", width: 1, want: "030201FF 060504FF"},
		{name: "24 bits without padding", depth: 24, src: "010203 040506", width: 1, want: "030201FF 060504FF"},
		{name: "32 bits with alpha", depth: 32, src: "01020304 05060708", width: 1, want: "03020104 07060508"},
		{name: "32 bits, opaque, more than needed", depth: 32, src: "01020304 05060708 FF", width: 1, opaque: true, want: "030201FF 070605FF"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			src := codectest.Hex(t, tc.src)
			c := codectest.NewCanvas(tc.width, 2)
			c.BottomUp, c.Opaque = tc.bottomUp, tc.opaque
			if err := raw.Decode(c.Target, tc.depth, src); err != nil {
				t.Fatal(err)
			}
			c.Compare(t, codectest.Hex(t, tc.want), 0)
			c.CheckMargin(t)
		})
	}
}

func TestRefusals(t *testing.T) {
	c := codectest.NewCanvas(3, 2)
	for _, depth := range []int{15, 16, 24, 32} {
		need := 3 * 2 * ((depth + 7) / 8)
		if err := raw.Decode(c.Target, depth, make([]byte, need-1)); err == nil {
			t.Errorf("%d bits: %d bytes suffice", depth, need-1)
		}
	}
	if err := raw.Decode(c.Target, 8, make([]byte, 100)); err == nil {
		t.Error("8 bits are taken")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(byte(24), byte(3), []byte("pixels of no meaning"))
	f.Add(byte(32), byte(1), []byte("more"))
	f.Fuzz(func(t *testing.T, depth, width byte, src []byte) {
		c := codectest.NewCanvas(int(width)%64+1, 3)
		if err := raw.Decode(c.Target, int(depth), src); err == nil {
			first := c.RGBA()
			if err := raw.Decode(c.Target, int(depth), src); err != nil || !bytes.Equal(first, c.RGBA()) {
				t.Errorf("the second time: %v", err)
			}
		}
		c.CheckMargin(t)
	})
}

func BenchmarkDecode(b *testing.B) {
	pix := make([]byte, 4*1280*720)
	dst := codec.Target{Pix: pix, Stride: 4 * 1280, Width: 1280, Height: 720, BottomUp: true, Opaque: true}
	src := make([]byte, len(pix))
	b.SetBytes(1280 * 720)
	b.ReportAllocs()
	for b.Loop() {
		if err := raw.Decode(dst, 32, src); err != nil {
			b.Fatal(err)
		}
	}
}
