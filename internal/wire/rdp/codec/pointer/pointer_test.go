// SPDX-License-Identifier: Apache-2.0

package pointer_test

import (
	"bytes"
	"image/color"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/pointer"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func TestPublicVectors(t *testing.T) {
	parsers := map[string]func([]byte) (pointer.Shape, error){
		"TS_COLORPOINTERATTRIBUTE":    pointer.ParseColor,
		"TS_POINTERATTRIBUTE":         pointer.ParseNew,
		"TS_FP_LARGEPOINTERATTRIBUTE": pointer.ParseLarge,
	}
	for _, v := range codectest.Vectors(t, "pointer") {
		t.Run(v.Name, func(t *testing.T) {
			src, want := v.Bytes(t, v.Input), v.Picture(t, v.Expect)
			s, err := parsers[v.Struct](src)
			if err != nil {
				t.Fatal(err)
			}
			s.CacheIndex = 0
			p, err := pointer.NewCache(1).Put(&s, nil)
			if err != nil {
				t.Fatal(err)
			}
			if p.Image.Bounds() != want.Bounds() {
				t.Fatalf("%v, want %v", p.Image.Bounds(), want.Bounds())
			}
			for y := range s.Height {
				for x := range s.Width {
					got, want := p.Image.NRGBAAt(x, y), color.NRGBAModel.Convert(want.At(x, y)).(color.NRGBA)
					if want.A == 0 && got.A == 0 || inverted(&s, x, y) {
						continue
					}
					if squared(got) != want {
						t.Fatalf("pixel (%d,%d) is %v, want %v", x, y, squared(got), want)
					}
				}
			}
			codectest.Spoil(src, 50, func(b []byte) {
				if s, err := parsers[v.Struct](b); err == nil {
					_, _ = pointer.NewCache(100).Put(&s, nil)
				}
			})
		})
	}
}

// squared is how the expected pictures have colours: each multiplied with itself.
func squared(c color.NRGBA) color.NRGBA {
	square := func(v uint8) uint8 { return uint8(int(v) * int(v) >> 8) }
	return color.NRGBA{square(c.R), square(c.G), square(c.B), c.A}
}

// inverted reports a white pixel in the AND mask, whose picture everyone is free to choose.
func inverted(s *pointer.Shape, x, y int) bool {
	if s.XORBpp != 16 && s.XORBpp != 1 {
		return false
	}
	row := s.Height - 1 - y
	if s.XORBpp == 1 {
		row = y
	}
	and := s.ANDMask[row*((s.Width+15)/16*2)+x/8] >> (7 - x%8) & 1
	if s.XORBpp == 1 {
		return and == 1 && s.XORMask[row*((s.Width+15)/16*2)+x/8]>>(7-x%8)&1 == 1
	}
	return and == 1 && s.XORMask[row*2*s.Width+2*x] == 0xFF
}

func TestFields(t *testing.T) {
	b := codectest.Hex(t, `
		0400           ; xorBpp
		0300           ; cacheIndex
		0100 0200      ; hotSpot
		0300 0200      ; width, height
		0400           ; lengthAndMask
		0400           ; lengthXorMask
		1230 4560      ; xorMaskData, the lowest row first
		6000 0000      ; andMaskData`)
	s, err := pointer.ParseNew(b)
	if err != nil {
		t.Fatal(err)
	}
	if s.CacheIndex != 3 || s.HotSpotX != 1 || s.HotSpotY != 2 {
		t.Errorf("%+v", s)
	}
	palette := new(pointer.Palette)
	for i := range palette {
		palette[i] = [3]byte{byte(i), 0, 0}
	}
	c := codectest.NewCanvas(3, 2)
	if err := s.Draw(c.Target, palette); err != nil {
		t.Fatal(err)
	}
	c.Compare(t, codectest.Hex(t, "040000FF 050000FF 060000FF 010000FF 020000FF 030000FF"), 0)
	codectest.Cut(t, b, func(b []byte) error { _, err := pointer.ParseNew(b); return err })
}

func TestDepths(t *testing.T) {
	palette := new(pointer.Palette)
	palette[7] = [3]byte{1, 2, 3}
	tests := map[string]struct {
		bpp, xor, and string
		want          string
	}{
		"1 bpp, black and white": {"01", "4000", "0000", "000000FF FFFFFFFF"},
		"1 bpp, transparent":     {"01", "0000", "C000", "00000000 00000000"},
		"1 bpp, inverted":        {"01", "C000", "C000", "FFFFFFFF 000000FF"},
		"8 bpp":                  {"08", "0700", "0000", "010203FF 000000FF"},
		"16 bpp":                 {"10", "007C 1F00", "0000", "FF0000FF 0000FFFF"},
		"24 bpp":                 {"18", "010203 040506", "0000", "030201FF 060504FF"},
		"24 bpp, coloured where the AND mask is set": {"18", "010203 FFFFFF", "C000", "030201FF 000000FF"},
		"24 bpp without AND":                         {"18", "010203 040506", "", "030201FF 060504FF"},
		"32 bpp with alpha":                          {"20", "01020380 04050600", "0000", "03020180 06050400"},
		"32 bpp by the AND mask":                     {"20", "01020300 00000000", "4000", "030201FF 00000000"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			xor, and := codectest.Hex(t, tt.xor), codectest.Hex(t, tt.and)
			b := append(codectest.Hex(t, tt.bpp+"00 0000 0000 0000 0200 0100"), byte(len(and)), 0, byte(len(xor)), 0)
			b = append(append(b, xor...), and...)
			s, err := pointer.ParseNew(b)
			if err != nil {
				t.Fatal(err)
			}
			c := codectest.NewCanvas(2, 1)
			if err := s.Draw(c.Target, palette); err != nil {
				t.Fatal(err)
			}
			c.Compare(t, codectest.Hex(t, tt.want), 0)
			codectest.Cut(t, b, func(b []byte) error { _, err := pointer.ParseNew(b); return err })
		})
	}
}

func TestLargeAndColor(t *testing.T) {
	large := codectest.Hex(t, "2000 0000 0000 0000 0100 0100 00000000 04000000 01020304")
	codectest.Cut(t, large, func(b []byte) error { _, err := pointer.ParseLarge(b); return err })
	colour := codectest.Hex(t, "0000 0000 0000 0100 0100 0200 0400 01020304 8000")
	codectest.Cut(t, colour, func(b []byte) error { _, err := pointer.ParseColor(b); return err })
	if _, err := pointer.ParseColor(append(colour, 0)); err != nil {
		t.Errorf("with the pad byte: %v", err)
	}
}

func TestRefused(t *testing.T) {
	for name, listing := range map[string]string{
		"depth 15":         "0F00 0000 0000 0000 0100 0100 0000 0200 0000",
		"97 pixels wide":   "0100 0000 0000 0000 6100 0100 0000 0E00 0000000000000000000000000000",
		"short XOR mask":   "0100 0000 0000 0000 1100 0100 0000 0200 0000",
		"short AND mask":   "0100 0000 0000 0000 1100 0100 0200 0400 00000000 0000",
		"masks not there":  "0100 0000 0000 0000 0100 0100 FFFF FFFF 00000000",
		"nothing after it": "0100",
	} {
		if _, err := pointer.ParseNew(codectest.Hex(t, listing)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := pointer.ParseLarge(codectest.Hex(t, "2000 0000 0000 0000 8101 0100 00000000 FFFFFFFF")); err == nil {
		t.Error("a mask of 4 GB: accepted")
	}
}

func TestCache(t *testing.T) {
	c := pointer.NewCache(2)
	s := pointer.Shape{XORBpp: 24, CacheIndex: 1, Width: 1, Height: 1, XORMask: []byte{1, 2, 3, 0}}
	put, err := c.Put(&s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Get(1); got != put || err != nil {
		t.Errorf("slot 1: %v, %v", got, err)
	}
	if got, err := c.Get(0); got != nil || err != nil {
		t.Errorf("empty slot: %v, %v", got, err)
	}
	if _, err := c.Get(2); err == nil {
		t.Error("slot 2 of 2: no error")
	}
	s.CacheIndex = 2
	if _, err := c.Put(&s, nil); err == nil {
		t.Error("into slot 2 of 2: no error")
	}
	if n, err := pointer.ParseCached([]byte{5, 1}); n != 261 || err != nil {
		t.Errorf("cached pointer: %d, %v", n, err)
	}
	if _, err := pointer.ParseCached([]byte{5}); err == nil {
		t.Error("half a cacheIndex: no error")
	}
}

func FuzzPointer(f *testing.F) {
	for _, v := range codectest.Vectors(f, "pointer") {
		f.Add(v.Bytes(f, v.Input))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func([]byte) (pointer.Shape, error){pointer.ParseColor, pointer.ParseNew, pointer.ParseLarge} {
			s, err := parse(b)
			if err != nil || s.Width == 0 || s.Height == 0 {
				continue
			}
			c := codectest.NewCanvas(s.Width, s.Height)
			if err := s.Draw(c.Target, nil); err != nil {
				t.Fatalf("%d × %d at %d bpp was accepted, but: %v", s.Width, s.Height, s.XORBpp, err)
			}
			c.CheckMargin(t)
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	s := pointer.Shape{XORBpp: 32, Width: 96, Height: 96, XORMask: make([]byte, 4*96*96)}
	s.XORMask[3] = 0xFF
	c := codectest.NewCanvas(96, 96)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Draw(c.Target, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMasksOfVectors has the masks by themselves, of pointers of 7 × 7 and 2 × 2 pixels.
func TestMasksOfVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	mask := func(name string) []byte { return all["tests/pdu/pointer/mod.rs::"+name] }
	for name, tc := range map[string]struct {
		bpp, size, row byte
		and, xor       []byte
		want           map[[2]int]string
	}{
		"1 bpp":  {1, 7, 2, mask("AND_MASK_1BPP"), mask("XOR_MASK_1BPP"), map[[2]int]string{{0, 0}: "000000FF", {1, 0}: "00000000", {5, 6}: "00000000", {6, 6}: "000000FF"}},
		"16 bpp": {16, 2, 4, []byte{0xBE, 0, 0x7E, 0}, mask("XOR_MASK_16BPP"), map[[2]int]string{{0, 0}: "000000FF", {1, 1}: "FFFFFFFF"}},
	} {
		if len(tc.xor) == 0 {
			continue
		}
		b := []byte{tc.bpp, 0, 0, 0, 0, 0, 0, 0, tc.size, 0, tc.size, 0, byte(len(tc.and)), 0, byte(len(tc.xor)), 0}
		s, err := pointer.ParseNew(append(append(b, tc.xor...), tc.and...))
		if err != nil || len(s.XORMask) != int(tc.row*tc.size) {
			t.Errorf("%s: %+v, %v", name, s, err)
			continue
		}
		c := codectest.NewCanvas(int(tc.size), int(tc.size))
		if err := s.Draw(c.Target, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for at, want := range tc.want {
			if got := c.Row(at[1])[4*at[0] : 4*at[0]+4]; !bytes.Equal(got, codectest.Hex(t, want)) {
				t.Errorf("%s: pixel %v is %x, want %s", name, at, got, want)
			}
		}
	}
}
