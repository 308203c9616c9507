// SPDX-License-Identifier: Apache-2.0

package cliprdr_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/cliprdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func TestDIBVectors(t *testing.T) {
	for name, write := range map[string]func([]byte, image.Image) ([]byte, error){
		"cf_dib.pdu": cliprdr.AppendDIB, "cf_dibv5.pdu": cliprdr.AppendDIBV5,
	} {
		b := vector(t, name)
		if b == nil {
			return
		}
		d, err := cliprdr.ParseDIB(b)
		if err != nil || d.Width != 15 || d.Height != 5 {
			t.Fatalf("%s: %dx%d, %v", name, d.Width, d.Height, err)
		}
		if got, err := write(nil, d.Image()); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s is written back as\n%x, want\n%x (%v)", name, got, b, err)
		}
		pdutest.Cut(t, b, func(b []byte) error { _, err := cliprdr.ParseDIB(b); return err })
	}
}

// info is a header of 40 bytes.
func info(width, height, bitCount, compression, colors string) string {
	return "28000000" + width + height + "0100" + bitCount + compression + "00000000 00000000 00000000" + colors + "00000000"
}

const (
	two, one, minusOne = "02000000", "01000000", "ffffffff"
	none, zero         = "00000000", "00000000"
)

func TestDIBLayouts(t *testing.T) {
	v5 := func(compression, alpha string) string {
		return "7c000000" + two + one + "0100 2000" + compression + "00000000 00000000 00000000 00000000 00000000" +
			"0000ff00 00ff0000 ff000000" + alpha + "42475273" + fmt.Sprintf("%0128x", 0)
	}
	for _, tc := range []struct{ name, listing, want string }{
		{"1 bit", info(two, one, "0100", none, zero) + "00000000 ffffff00 40000000", "000000ff ffffffff"},
		{"4 bits", info(two, one, "0400", none, two) + "11223300 44556600 01000000", "332211ff 665544ff"},
		{"8 bits with an index beyond the palette", info(two, one, "0800", none, two) + "11223300 44556600 01050000", "665544ff 000000ff"},
		{"16 bits, 5-5-5", info(two, one, "1000", none, zero) + "007c 1f00", "ff0000ff 0000ffff"},
		{"16 bits, 5-6-5 by masks", info(two, one, "1000", "03000000", zero) + "00f80000 e0070000 1f000000 e007 ffff", "00ff00ff ffffffff"},
		{"24 bits", info(two, one, "1800", none, zero) + "010203 040506 0000", "030201ff 060504ff"},
		{"32 bits whose fourth byte was never set", info(two, one, "2000", none, zero) + "01020300 04050600", "030201ff 060504ff"},
		{"32 bits with alpha", info(two, one, "2000", none, zero) + "01020380 04050600", "03020180 06050400"},
		{"32 bits by masks, red last", info(two, one, "2000", "03000000", zero) + "ff000000 00ff0000 0000ff00 01020399 04050699", "010203ff 040506ff"},
		{"32 bits by four masks", info(two, one, "2000", "06000000", zero) + "0000ff00 00ff0000 ff000000 000000ff 01020380 040506ff", "03020180 060504ff"},
		{"10 bits a colour", info(two, one, "2000", "03000000", zero) + "0000f03f 00fc0f00 ff030000 0000f03f ff030000", "ff0000ff 0000ffff"},
		{"version 5 with alpha", v5(none, "000000ff") + "01020380 040506ff", "03020180 060504ff"},
		{"version 5 without alpha", v5(none, "00000000") + "01020380 040506ff", "030201ff 060504ff"},
		{"version 5 by masks", v5("03000000", "000000ff") + "01020380 040506ff", "03020180 060504ff"},
		{"version 5 with its masks again", v5("03000000", "000000ff") + "0000ff00 00ff0000 ff000000 01020380 040506ff", "03020180 060504ff"},
		{"a colour table that is not needed", info(two, one, "1800", none, one) + "99999999 010203 040506 0000", "030201ff 060504ff"},
		{"rows from the top", info(one, "feffffff", "2000", none, zero) + "010203ff 040506ff", "030201ff 060504ff"},
		{"rows from the bottom", info(one, two, "2000", none, zero) + "010203ff 040506ff", "060504ff 030201ff"},
	} {
		d, err := cliprdr.ParseDIB(pdutest.Hex(t, tc.listing))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got, want := d.Image().Pix, pdutest.Hex(t, tc.want); !bytes.Equal(got, want) {
			t.Errorf("%s: %x, want %x", tc.name, got, want)
		}
		if tc.name == "version 5 with its masks again" {
			continue // cut, the masks are pixels
		}
		pdutest.Cut(t, pdutest.Hex(t, tc.listing), func(b []byte) error { _, err := cliprdr.ParseDIB(b); return err })
	}
}

func TestDIBRefuses(t *testing.T) {
	for _, tc := range []struct{ name, field, listing string }{
		{"a header of OS/2", "biSize", "0c000000 0200 0100 0100 1800 010203 040506 0000"},
		{"no width", "biWidth", info(zero, one, "2000", none, zero)},
		{"a negative width", "biWidth", info(minusOne, one, "2000", none, zero)},
		{"no height", "biHeight", info(one, zero, "2000", none, zero)},
		{"the lowest height", "biHeight", info(one, "00000080", "2000", none, zero)},
		{"too many pixels", "biHeight", info("ff7f0000", "ff7f0000", "0100", none, zero)},
		{"2 bits", "biBitCount", info(one, one, "0200", none, zero)},
		{"8 bits by masks", "biBitCount", info(one, one, "0800", "03000000", zero) + "00f80000 e0070000 1f000000"},
		{"run lengths", "biCompression", info(one, one, "0800", "01000000", zero)},
		{"a PNG in a bitmap", "biCompression", info(one, one, "0000", "05000000", zero)},
		{"a palette of absurd length", "biClrUsed", info(one, one, "2000", none, "ffffff7f")},
		{"too few rows", "bits", info(one, two, "2000", none, zero) + "01020304"},
	} {
		var wrong *field.Error
		if d, err := cliprdr.ParseDIB(pdutest.Hex(t, tc.listing)); !errors.As(err, &wrong) || wrong.Field != tc.field {
			t.Errorf("%s: %+v, %v, want an error of %s", tc.name, d, err, tc.field)
		}
	}
}

func TestPicturesOfThisSide(t *testing.T) {
	img := image.NewRGBA(image.Rect(5, 5, 7, 6)) // premultiplied, and not at the origin
	img.Set(5, 5, color.NRGBA{R: 0xFF, A: 0x80})
	img.Set(6, 5, color.NRGBA{B: 0x40, A: 0xFF})
	for name, tc := range map[string]struct {
		write func([]byte, image.Image) ([]byte, error)
		want  string
	}{
		"over white": {cliprdr.AppendDIB, "ff7f7fff 000040ff"},
		"with alpha": {cliprdr.AppendDIBV5, "ff000080 000040ff"},
	} {
		b, err := tc.write(nil, img)
		if err != nil {
			t.Fatal(err)
		}
		d, err := cliprdr.ParseDIB(b)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := d.Image().Pix, pdutest.Hex(t, tc.want); !bytes.Equal(got, want) {
			t.Errorf("%s: %x, want %x", name, got, want)
		}
		if _, err := tc.write(nil, image.NewRGBA(image.Rectangle{})); err == nil {
			t.Errorf("%s: a picture without pixels is written", name)
		}
	}
}

func FuzzDIB(f *testing.F) {
	for _, listing := range []string{
		info(two, one, "0400", none, two) + "11223300 44556600 01000000",
		info(two, one, "1000", "03000000", zero) + "00f80000 e0070000 1f000000 e007 ffff",
		info(two, one, "2000", none, zero) + "01020380 04050600",
	} {
		b, err := pdutest.ParseHex(listing)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := cliprdr.ParseDIB(b)
		if err != nil || d.Width*d.Height > 1<<16 {
			return
		}
		img := d.Image()
		wire, err := cliprdr.AppendDIBV5(nil, img)
		if err != nil {
			t.Fatal(err)
		}
		again, err := cliprdr.ParseDIB(wire)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Image().Pix, img.Pix) {
			t.Fatalf("%x comes back as %x", img.Pix, again.Image().Pix)
		}
	})
}

func BenchmarkDIB(b *testing.B) {
	img := image.NewNRGBA(image.Rect(0, 0, 1920, 1080))
	for i := range img.Pix {
		img.Pix[i] = byte(i*7) | 1
	}
	var wire []byte
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(img.Pix)))
		for b.Loop() {
			var err error
			if wire, err = cliprdr.AppendDIB(wire[:0], img); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(img.Pix)))
		for b.Loop() {
			d, err := cliprdr.ParseDIB(wire)
			if err != nil {
				b.Fatal(err)
			}
			d.Image()
		}
	})
}
