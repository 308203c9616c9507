// SPDX-License-Identifier: Apache-2.0

package codec_test

import (
	"image"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		target codec.Target
		ok     bool
	}{
		{"exact", codec.Target{Pix: make([]byte, 24), Stride: 12, Width: 3, Height: 2}, true},
		{"last row without padding", codec.Target{Pix: make([]byte, 28), Stride: 16, Width: 3, Height: 2}, true},
		{"a byte short", codec.Target{Pix: make([]byte, 27), Stride: 16, Width: 3, Height: 2}, false},
		{"stride too small", codec.Target{Pix: make([]byte, 99), Stride: 11, Width: 3, Height: 2}, false},
		{"no width", codec.Target{Pix: make([]byte, 24), Stride: 12, Height: 2}, false},
		{"negative height", codec.Target{Pix: make([]byte, 24), Stride: 12, Width: 3, Height: -2}, false},
		{"absurd height", codec.Target{Pix: make([]byte, 24), Stride: 12, Width: 3, Height: 1 << 40}, false},
	}
	for _, tt := range tests {
		if err := tt.target.Check(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestRowsOfEitherDirection(t *testing.T) {
	target := codec.Of(image.NewRGBA(image.Rect(0, 0, 2, 3)))
	target.Row(0)[0] = 1
	target.BottomUp = true
	target.Row(0)[0] = 2
	if target.Pix[0] != 1 || target.Pix[2*target.Stride] != 2 {
		t.Errorf("%v", target.Pix)
	}
}

func TestPaintIsClipped(t *testing.T) {
	pix := make([]byte, 4*4*4)
	for i := range pix {
		pix[i] = byte(i)
	}
	tests := []struct {
		name string
		at   image.Point
		clip image.Rectangle
		want image.Rectangle
	}{
		{"whole", image.Pt(1, 1), image.Rect(0, 0, 9, 9), image.Rect(1, 1, 5, 5)},
		{"by the clip", image.Pt(1, 1), image.Rect(2, 3, 4, 9), image.Rect(2, 3, 4, 5)},
		{"by the edge", image.Pt(4, 5), image.Rect(0, 0, 99, 99), image.Rect(4, 5, 6, 7)},
		{"left and above", image.Pt(-2, -3), image.Rect(-9, -9, 9, 9), image.Rect(0, 0, 2, 1)},
		{"nothing", image.Pt(6, 0), image.Rect(0, 0, 9, 9), image.Rectangle{}},
	}
	for _, tt := range tests {
		img := image.NewRGBA(image.Rect(0, 0, 6, 7))
		codec.Of(img).Paint(pix, 4, tt.at, tt.clip)
		for y := range 7 {
			for x := range 6 {
				got, want := img.Pix[img.PixOffset(x, y)+3], byte(0)
				if image.Pt(x, y).In(tt.want) {
					want = byte(4*(4*(y-tt.at.Y)+x-tt.at.X) + 3)
				}
				if got != want {
					t.Fatalf("%s: pixel (%d,%d) is %d, want %d", tt.name, x, y, got, want)
				}
			}
		}
	}
}

func TestClipByte(t *testing.T) {
	for v, want := range map[int32]byte{-1 << 31: 0, -1: 0, 0: 0, 1: 1, 254: 254, 255: 255, 256: 255, 1<<31 - 1: 255} {
		if got := codec.ClipByte(v); got != want {
			t.Errorf("%d gives %d, want %d", v, got, want)
		}
	}
}
