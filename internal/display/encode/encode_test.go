// SPDX-License-Identifier: Apache-2.0

package encode

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"
)

// ui draws windows with text-like marks on flat areas, the more colours the larger.
func ui(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	rnd := rand.New(rand.NewPCG(1, 2))
	fill(m, m.Rect, color.RGBA{0xF0, 0xF0, 0xF0, 0xFF})
	for y := 0; y < height; y++ {
		for x := 0; x < width; x++ {
			switch {
			case y%160 < 24: // a title bar with a gradient
				m.SetRGBA(x, y, color.RGBA{uint8(40 + y%160*3), uint8(90 + y%160*2), uint8(180 + x*60/width), 0xFF})
			case y%16 > 3 && y%16 < 14 && x%9 < 7 && rnd.IntN(5) < 2: // text with smooth edges
				v := uint8(rnd.IntN(8) * 28)
				m.SetRGBA(x, y, color.RGBA{v, v, v, 0xFF})
			}
		}
	}
	return m
}

// photo has smooth colours with noise.
func photo(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	rnd := rand.New(rand.NewPCG(3, 4))
	for y := range height {
		for x := range width {
			fx, fy := float64(x), float64(y)
			v := func(a, b, c float64) uint8 {
				return uint8(128 + 60*math.Sin(fx/a+c) + 50*math.Cos(fy/b-c) + float64(rnd.IntN(9)))
			}
			m.SetRGBA(x, y, color.RGBA{v(37, 51, 0), v(83, 29, 1), v(59, 71, 2), 0xFF})
		}
	}
	return m
}

func fill(m *image.RGBA, r image.Rectangle, c color.RGBA) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			m.SetRGBA(x, y, c)
		}
	}
}

// colors has n colours in turn.
func colors(width, height, n int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		c := i % n
		m.SetRGBA(i%width, i/width, color.RGBA{uint8(c), uint8(c * 7), uint8(c >> 8), 0xFF})
	}
	return m
}

func picture(m *image.RGBA) Picture {
	return Picture{Pix: m.Pix, Stride: m.Stride, Width: m.Rect.Dx(), Height: m.Rect.Dy()}
}

func TestPNGIsExact(t *testing.T) {
	// Features: DIS-03
	// Part of: DIS-01
	var e Encoder
	for _, tc := range []struct {
		name string
		m    *image.RGBA
		kind Kind
	}{
		{"one pixel", colors(1, 1, 1), Solid},
		{"one colour", colors(70, 3, 1), Solid},
		{"2 colours", colors(13, 5, 2), Palette},
		{"3 colours", colors(13, 5, 3), Palette},
		{"4 colours", colors(7, 5, 4), Palette},
		{"5 colours", colors(7, 5, 5), Palette},
		{"16 colours", colors(17, 5, 16), Palette},
		{"17 colours", colors(17, 5, 17), Palette},
		{"256 colours", colors(64, 64, 256), Palette},
		{"257 colours", colors(64, 64, 257), Photo},
		{"user interface", ui(600, 400), Text},
		{"photograph", photo(300, 200), Photo},
		{"noise in one column", photo(1, 600), Text},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := e.Load(picture(tc.m)); got != tc.kind {
				t.Errorf("kind %d, want %d", got, tc.kind)
			}
			wantPixels(t, tc.m, e.PNG([]byte("prefix"))[len("prefix"):])
			e.Trim()
		})
	}
}

// wantPixels decodes data and compares.
func wantPixels(t *testing.T, want *image.RGBA, data []byte) {
	t.Helper()
	got, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != want.Rect {
		t.Fatalf("bounds %v, want %v", got.Bounds(), want.Rect)
	}
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			if g, w := color.RGBAModel.Convert(got.At(x, y)), want.RGBAAt(x, y); g != w {
				t.Fatalf("pixel %d,%d is %v, want %v", x, y, g, w)
			}
		}
	}
}

func TestPNGOfPartOfAPicture(t *testing.T) {
	whole := ui(300, 200)
	part := whole.SubImage(image.Rect(33, 17, 200, 60)).(*image.RGBA)
	var e Encoder
	e.Load(picture(part))
	got, err := png.Decode(bytes.NewReader(e.PNG(nil)))
	if err != nil {
		t.Fatal(err)
	}
	for y := range 43 {
		for x := range 167 {
			if g, w := color.RGBAModel.Convert(got.At(x, y)), part.RGBAAt(33+x, 17+y); g != w {
				t.Fatalf("pixel %d,%d is %v, want %v", x, y, g, w)
			}
		}
	}
}

func TestAlphaPNGKeepsTransparency(t *testing.T) {
	// Features: DIS-09
	m := image.NewRGBA(image.Rect(0, 0, 3, 2))
	m.SetRGBA(0, 0, color.RGBA{0xFF, 0, 0, 0xFF})
	m.SetRGBA(1, 1, color.RGBA{0x40, 0x20, 0, 0x80})
	var e Encoder
	wantPixels(t, m, e.AlphaPNG(nil, m))
}

func TestSolidColor(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 9, 9))
	want := color.RGBA{1, 2, 3, 0xFF}
	fill(m, m.Rect, want)
	var e Encoder
	if kind := e.Load(picture(m)); kind != Solid || e.Color() != want {
		t.Errorf("kind %d colour %v, want %d %v", kind, e.Color(), Solid, want)
	}
}

func TestJPEGIsAsGoodAsImageJPEG(t *testing.T) {
	// Part of: DIS-01
	var e Encoder
	for _, m := range []*image.RGBA{photo(200, 120), photo(17, 33), photo(1, 1), photo(16, 15), ui(130, 99), colors(40, 40, 1600)} {
		for _, quality := range []int{1, 30, 80, 90, 100} {
			e.Load(picture(m))
			ours := e.JPEG([]byte("prefix"), quality)[len("prefix"):]
			var theirs bytes.Buffer
			if err := jpeg.Encode(&theirs, m, &jpeg.Options{Quality: quality}); err != nil {
				t.Fatal(err)
			}
			got, want := meanSquare(t, m, ours), meanSquare(t, m, theirs.Bytes())
			if got > want*1.05+0.3 {
				t.Errorf("%v quality %d: mean square error %.2f, image/jpeg has %.2f", m.Rect.Max, quality, got, want)
			}
			if len(ours) > theirs.Len()*21/20+32 {
				t.Errorf("%v quality %d: %d bytes, image/jpeg has %d", m.Rect.Max, quality, len(ours), theirs.Len())
			}
		}
	}
}

// meanSquare returns the error of a JPEG against the picture it was made from.
func meanSquare(t *testing.T, want *image.RGBA, data []byte) float64 {
	t.Helper()
	got, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != want.Rect {
		t.Fatalf("bounds %v, want %v", got.Bounds(), want.Rect)
	}
	sum := 0.0
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			g, w := color.RGBAModel.Convert(got.At(x, y)).(color.RGBA), want.RGBAAt(x, y)
			for _, d := range []float64{float64(g.R) - float64(w.R), float64(g.G) - float64(w.G), float64(g.B) - float64(w.B)} {
				sum += d * d
			}
		}
	}
	return sum / float64(3*area(want))
}

func area(m *image.RGBA) int { return m.Rect.Dx() * m.Rect.Dy() }

func TestBytesOfOnesAreStuffed(t *testing.T) {
	var w bitWriter
	for range 5 {
		w.put(0xFFFF, 16)
		w.put(0x80FF, 16)
		w.put(0x01FE, 16)
	}
	for _, b := range bytes.SplitAfter(w.flush(), []byte{0xFF})[1:] {
		if len(b) == 0 || b[0] != 0 {
			t.Fatalf("0xFF is followed by % x", b)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, size := range []image.Point{{16, 20}, {64, 64}, {256, 256}, {1280, 720}} {
		few := ui(size.X, size.Y)
		for i := range few.Pix {
			few.Pix[i] |= 0x3F
		}
		for _, content := range []struct {
			name string
			m    *image.RGBA
		}{{"terminal", few}, {"ui", ui(size.X, size.Y)}, {"photo", photo(size.X, size.Y)}} {
			name := fmt.Sprintf("%s/%dx%d", content.name, size.X, size.Y)
			benchmarkContent(b, name, content.m)
		}
	}
}

func benchmarkContent(b *testing.B, name string, m *image.RGBA) {
	var e Encoder
	run := func(kind string, f func(dst []byte) []byte) {
		b.Run(name+"/"+kind, func(b *testing.B) {
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				out = f(out[:0])
			}
			b.ReportMetric(float64(len(out)), "size")
		})
	}
	run("png", func(dst []byte) []byte { e.Load(picture(m)); return e.PNG(dst) })
	run("image-png", func(dst []byte) []byte {
		out := bytes.NewBuffer(dst)
		_ = png.Encode(out, m)
		return out.Bytes()
	})
	run("image-jpeg80", func(dst []byte) []byte {
		out := bytes.NewBuffer(dst)
		_ = jpeg.Encode(out, m, &jpeg.Options{Quality: 80})
		return out.Bytes()
	})
	run("load", func(dst []byte) []byte { e.Load(picture(m)); return dst })
	run("jpeg80", func(dst []byte) []byte { e.Load(picture(m)); return e.JPEG(dst, 80) })
}
