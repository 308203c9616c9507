// SPDX-License-Identifier: Apache-2.0

package canvas

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strconv"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

var (
	empty = color.RGBA{}
	black = color.RGBA{A: 0xFF}
	red   = color.RGBA{0xFF, 0, 0, 0xFF}
	green = color.RGBA{0, 0xFF, 0, 0xFF}
	blue  = color.RGBA{0, 0, 0xFF, 0xFF}
	white = color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}
)

// play applies lines such as "size 0 10 10": opcode and arguments between spaces.
func play(t *testing.T, c *Canvas, script string) {
	t.Helper()
	for line := range strings.Lines(script) {
		if err := apply(c, strings.Fields(line)...); err != nil {
			t.Fatalf("%s: %v", strings.TrimSpace(line), err)
		}
	}
}

func apply(c *Canvas, fields ...string) error {
	if len(fields) == 0 {
		return nil
	}
	ins := guac.Instruction{Opcode: []byte(fields[0])}
	for _, f := range fields[1:] {
		ins.Args = append(ins.Args, []byte(f))
	}
	return c.Apply(&ins)
}

// want asserts pixels of the picture.
func want(t *testing.T, c *Canvas, pixels map[image.Point]color.RGBA) {
	t.Helper()
	m := c.Image()
	for p, w := range pixels {
		if g := m.RGBAAt(p.X, p.Y); g != w {
			t.Errorf("pixel %v is %v, want %v", p, g, w)
		}
	}
}

func pt(x, y int) image.Point { return image.Pt(x, y) }

func TestRectanglesAndCopies(t *testing.T) {
	c := New(Config{})
	play(t, c, `
		size 0 20 20
		rect 0 0 0 20 20
		cfill 14 0 0 0 0 255
		rect 0 1 1 4 4
		rect 0 10 1 4 4
		cfill 14 0 255 0 0 255
		copy 0 0 0 8 8 14 0 2 12
		copy 0 2 2 10 10 14 0 3 3`)
	want(t, c, map[image.Point]color.RGBA{
		pt(0, 0): black, pt(1, 1): red, pt(4, 4): red, pt(5, 1): black, pt(13, 4): red, pt(14, 4): black,
		pt(3, 13): red, pt(6, 16): red, pt(7, 16): black,
		pt(3, 3): red, pt(5, 5): red, pt(6, 6): black, pt(11, 3): red,
	})
}

func TestBuffersGrow(t *testing.T) {
	c := New(Config{})
	play(t, c, `
		size 0 8 8
		rect -1 2 2 3 3
		cfill 14 -1 0 255 0 255
		copy -1 0 0 8 8 14 0 1 1`)
	if got := c.Layer(-1).Rect; got != image.Rect(0, 0, 5, 5) {
		t.Errorf("buffer is %v, want 5x5", got)
	}
	want(t, c, map[image.Point]color.RGBA{pt(1, 1): empty, pt(3, 3): green, pt(5, 5): green, pt(6, 6): empty})
	play(t, c, "dispose -1")
	if c.Layer(-1) != nil || c.pixels != 64 {
		t.Errorf("buffer is not disposed of, %d pixels in use", c.pixels)
	}
}

func TestPicturesOfEveryForm(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range m.Pix {
		m.Pix[i] = 0xFF
	}
	m.SetRGBA(3, 0, red)
	var asPNG, asJPEG bytes.Buffer
	if err := errors.Join(png.Encode(&asPNG, m), jpeg.Encode(&asJPEG, m, nil)); err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString(asPNG.Bytes())
	c := New(Config{})
	play(t, c, "size 0 64 64")
	play(t, c, "png 14 0 1 2 "+text)
	play(t, c, "jpeg 14 0 20 0 "+base64.StdEncoding.EncodeToString(asJPEG.Bytes()))
	play(t, c, "img 7 14 0 image/png 40 40")
	half := len(text) / 8 * 4
	play(t, c, "blob 7 "+text[:half]+"\nblob 9 "+text+"\nblob 7 "+text[half:]+"\nend 7\nend 7")
	// A WebP of one blue pixel, lossless.
	play(t, c, "img 1 14 0 image/webp 60 60\nblob 1 UklGRhwAAABXRUJQVlA4TA8AAAAvAAAAAAcQEf0PRET/Aw==\nend 1")
	want(t, c, map[image.Point]color.RGBA{
		pt(1, 2): white, pt(4, 2): red, pt(17, 2): empty,
		pt(34, 14): white, pt(40, 40): white, pt(43, 40): red,
	})
	if c.Image().RGBAAt(60, 60).A != 0xFF {
		t.Error("the WebP picture is not drawn")
	}
	if c.streamBytes != 0 || len(c.streams) != 0 {
		t.Errorf("%d bytes of %d streams are left", c.streamBytes, len(c.streams))
	}
}

func TestChannelMasks(t *testing.T) {
	half := color.RGBA{0x80, 0, 0, 0x80}
	for _, tc := range []struct {
		name                       string
		mask                       string
		outside, inside, uncovered color.RGBA // source alone, both, where the source is transparent
	}{
		{"src", "12", half, half, empty},
		{"over", "14", half, color.RGBA{0x80, 0, 0x7F, 0xFF}, blue},
		{"in", "4", empty, half, empty},
		{"out", "8", half, empty, empty},
		{"atop", "6", empty, color.RGBA{0x80, 0, 0x7F, 0xFF}, blue},
		{"xor", "10", half, color.RGBA{0, 0, 0x7F, 0x7F}, blue},
		{"rin", "1", empty, color.RGBA{0, 0, 0x80, 0x80}, empty},
		{"rout", "2", empty, color.RGBA{0, 0, 0x7F, 0x7F}, blue},
		{"rover", "11", half, blue, blue},
		{"ratop", "9", half, color.RGBA{0, 0, 0x80, 0x80}, empty},
		{"plus", "15", half, color.RGBA{0x80, 0, 0xFF, 0xFF}, blue},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(Config{})
			play(t, c, `
				size 0 4 1
				rect 0 1 0 2 1
				cfill 14 0 0 0 255 255
				size -1 3 1
				rect -1 0 0 2 1
				cfill 12 -1 255 0 0 128
				copy -1 0 0 3 1 `+tc.mask+` 0 0 0`)
			want(t, c, map[image.Point]color.RGBA{pt(0, 0): tc.outside, pt(1, 0): tc.inside, pt(2, 0): tc.uncovered})
		})
	}
}

func TestTransferFunctions(t *testing.T) {
	s, d := byte(0xCC), byte(0xAA)
	for function, result := range map[string]byte{
		"0": 0, "15": 0xFF, "3": s, "5": d, "12": ^s, "10": ^d, "1": s & d, "14": ^(s & d),
		"7": s | d, "8": ^(s | d), "6": s ^ d, "9": ^(s ^ d), "4": ^s & d, "11": ^(^s & d), "13": ^s | d, "2": ^(^s | d),
	} {
		c := New(Config{})
		play(t, c, `
			size 0 2 2
			rect 0 0 0 2 2
			cfill 12 0 170 170 170 255
			rect -1 0 0 1 1
			cfill 12 -1 204 204 204 255
			transfer -1 0 0 1 1 `+function+` 0 1 1`)
		want(t, c, map[image.Point]color.RGBA{pt(0, 0): {d, d, d, 0xFF}, pt(1, 1): {result, result, result, 0xFF}})
	}
}

func TestPathsAreFilledAndStroked(t *testing.T) {
	c := New(Config{})
	play(t, c, `
		size 0 100 100
		start 0 10 10
		line 0 50 10
		line 0 10 50
		close 0
		cfill 14 0 255 0 0 255
		arc 0 75 25 20 0 6.2831853 0
		cfill 14 0 0 255 0 255
		start 0 10 80
		line 0 90 80
		cstroke 14 0 0 0 4 0 0 255 255
		start 0 10 95
		curve 0 10 60 90 60 90 95
		cstroke 14 0 1 2 2 255 255 255 255`)
	want(t, c, map[image.Point]color.RGBA{
		pt(12, 12): red, pt(40, 12): red, pt(45, 45): empty, pt(9, 9): empty,
		pt(75, 25): green, pt(93, 25): green, pt(57, 9): empty, pt(90, 40): empty,
		pt(50, 79): blue, pt(50, 81): blue, pt(50, 83): empty, pt(9, 80): empty, pt(10, 80): blue,
		pt(50, 69): white,
	})
}

func TestCapsAndJoins(t *testing.T) {
	for _, tc := range []struct {
		name, pen string
		on, off   []image.Point
	}{
		{"butt, bevel", "0 0", []image.Point{pt(20, 50)}, []image.Point{pt(15, 50), pt(57, 57)}},
		{"square, miter", "2 1", []image.Point{pt(12, 50), pt(12, 44), pt(58, 58)}, []image.Point{pt(8, 50)}},
		{"round, round", "1 2", []image.Point{pt(12, 50), pt(55, 55)}, []image.Point{pt(12, 42), pt(58, 58)}},
	} {
		c := New(Config{})
		play(t, c, `
			size 0 100 100
			start 0 20 50
			line 0 50 50
			line 0 50 10
			cstroke 14 0 `+tc.pen+` 20 255 0 0 255`)
		m := c.Image()
		for _, p := range tc.on {
			if m.RGBAAt(p.X, p.Y).A == 0 {
				t.Errorf("%s: %v is empty", tc.name, p)
			}
		}
		for _, p := range tc.off {
			if m.RGBAAt(p.X, p.Y).A == 0xFF {
				t.Errorf("%s: %v is drawn", tc.name, p)
			}
		}
	}
}

func TestLayersFillAndStroke(t *testing.T) {
	c := New(Config{})
	play(t, c, `
		size 0 20 20
		size -1 2 1
		rect -1 0 0 1 1
		cfill 12 -1 255 0 0 255
		rect -1 1 0 1 1
		cfill 12 -1 0 0 255 255
		rect 0 4 4 8 8
		lfill 14 0 -1
		start 0 0 16
		line 0 20 16
		lstroke 14 0 0 0 2 -1
		rect 0 0 0 1 1
		lfill 14 0 -2`)
	want(t, c, map[image.Point]color.RGBA{
		pt(4, 4): red, pt(5, 4): blue, pt(10, 11): red, pt(3, 4): empty, pt(0, 15): red, pt(1, 16): blue, pt(0, 0): empty,
	})
}

func TestClipPushPopReset(t *testing.T) {
	c := New(Config{})
	play(t, c, `
		size 0 40 40
		push 0
		rect 0 10 10 10 10
		clip 0
		rect 0 0 0 40 40
		cfill 14 0 255 0 0 255
		start 0 10 10
		line 0 20 10
		line 0 10 20
		close 0
		clip 0
		rect 0 0 0 40 40
		cfill 14 0 0 255 0 255
		pop 0
		rect 0 30 30 5 5
		cfill 14 0 0 0 255 255
		rect 0 0 0 1 1
		clip 0
		reset 0
		rect 0 36 36 2 2
		cfill 14 0 0 0 255 255
		pop 0`)
	want(t, c, map[image.Point]color.RGBA{
		pt(5, 5): empty, pt(11, 11): green, pt(19, 19): red, pt(25, 15): empty, pt(32, 32): blue, pt(37, 37): blue,
	})
	if c.pixels != 1600 {
		t.Errorf("%d pixels in use, want the layer's 1600", c.pixels)
	}
}

func TestTransformMovesPaths(t *testing.T) {
	c := New(Config{})
	play(t, c, `
		size 0 40 40
		transform 0 2 0 0 2 10 10
		transform 0 1 0 0 1 1 0
		rect 0 0 0 5 5
		cfill 14 0 255 0 0 255
		identity 0
		rect 0 0 0 2 2
		cfill 14 0 0 255 0 255`)
	want(t, c, map[image.Point]color.RGBA{
		pt(11, 11): empty, pt(12, 10): red, pt(21, 19): red, pt(22, 20): empty, pt(1, 1): green,
	})
}

func TestVisibleLayersAreStacked(t *testing.T) {
	c := New(Config{})
	play(t, c, `
		size 0 20 20
		rect 0 0 0 20 20
		cfill 14 0 255 255 255 255
		size 1 10 10
		rect 1 0 0 10 10
		cfill 14 1 255 0 0 255
		move 1 0 5 5 2
		size 2 10 10
		rect 2 0 0 10 10
		cfill 14 2 0 0 255 255
		move 2 0 8 8 1
		size 3 4 4
		rect 3 0 0 4 4
		cfill 14 3 0 255 0 255
		move 3 1 8 8 0`)
	want(t, c, map[image.Point]color.RGBA{
		pt(4, 4): white, pt(5, 5): red, pt(10, 10): red, pt(16, 16): blue,
		pt(13, 13): green, pt(15, 15): blue, // the child is cut to its parent
	})
	play(t, c, "shade 1 0")
	want(t, c, map[image.Point]color.RGBA{pt(5, 5): white, pt(10, 10): blue, pt(13, 13): blue})
	play(t, c, "shade 1 128\ndistort 1 1 0 0 1 -3 0")
	want(t, c, map[image.Point]color.RGBA{pt(3, 6): {0xFF, 0x7F, 0x7F, 0xFF}})
}

func TestCursorAndMouse(t *testing.T) {
	c := New(Config{})
	play(t, c, `
		size 0 20 20
		rect -1 0 0 3 3
		cfill 12 -1 255 0 0 255
		cursor 1 1 -1 0 0 3 3
		dispose -1
		mouse 10 10`)
	m := c.Image()
	c.DrawCursor(m)
	if m.RGBAAt(9, 9) != red || m.RGBAAt(11, 11) != red || m.RGBAAt(12, 12) != empty {
		t.Error("the cursor is not drawn around the mouse")
	}
}

func TestLimits(t *testing.T) {
	c := New(Config{MaxPixels: 1000})
	play(t, c, "size 0 20 20")
	for name, fields := range map[string]string{
		"large layer":          "size 1 100 100",
		"long layer":           "size 1 100000 0",
		"large buffer":         "img 1 14 -1 image/png 0 0",
		"negative size":        "size 0 -1 5",
		"negative rectangle":   "rect 0 0 0 -5 5",
		"number out of range":  "rect 0 0 0 5000000000 5",
		"layer below itself":   "move 1 1 0 0 0",
		"default layer moved":  "move 0 0 0 0 0",
		"no number":            "arc 0 1 1 1 x 2 0",
		"not a number":         "arc 0 1 1 1 NaN 2 0",
		"large radius":         "arc 0 1 1 100000 0 2 0",
		"broad line":           "cstroke 14 0 0 0 5000 1 1 1 1",
		"large matrix":         "transform 0 1e30 0 0 1 0 0",
		"missing argument":     "cfill 14 0 1 2 3",
		"unknown picture":      "img 2 14 0 image/gif 0 0",
		"buffer far away":      "rect -1 40000 0 1 1",
		"broken inline":        "png 14 0 0 0 AAAA",
		"broken inline base64": "png 14 0 0 0 A",
	} {
		err := apply(c, strings.Fields(fields)...)
		if strings.HasPrefix(fields, "img") { // refused once complete
			if err = apply(c, "blob", strings.Fields(fields)[1], largePNG(t)); err == nil {
				err = apply(c, "end", strings.Fields(fields)[1])
			}
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if c.pixels > 1000 {
		t.Errorf("%d pixels in use", c.pixels)
	}
}

// largePNG has more pixels than bytes.
func largePNG(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 500, 500))); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

func TestCountsAreBounded(t *testing.T) {
	c := New(Config{})
	for name, f := range map[string]func() error{
		"layers": func() error { return repeat(maxLayers+1, func(i int) error { return apply(c, "shade", itoa(i), "9") }) },
		"streams": func() error {
			return repeat(maxStreams+1, func(i int) error { return apply(c, "img", itoa(i), "14", "0", "x", "0", "0") })
		},
		"points": func() error { return repeat(maxPoints+1, func(int) error { return apply(c, "line", "1", "5", "5") }) },
		"states": func() error { return repeat(maxStack+1, func(int) error { return apply(c, "push", "1") }) },
		"depth": func() error {
			return repeat(200, func(i int) error { return apply(c, "move", itoa(i+2), itoa(i+1), "0", "0", "0") })
		},
	} {
		if err := f(); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v, want a limit", name, err)
		}
	}
	c.Image()
}

func repeat(n int, f func(i int) error) error {
	for i := range n {
		if err := f(i); err != nil {
			return err
		}
	}
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }

func FuzzApply(f *testing.F) {
	for _, seed := range []string{
		"4.size,1.0,2.20,2.20;4.rect,1.0,1.1,1.1,2.10,2.10;5.cfill,2.14,1.0,3.255,1.0,1.0,3.255;",
		"4.rect,2.-1,1.0,1.0,1.3,1.3;5.lfill,2.14,1.0,2.-1;4.copy,2.-1,1.0,1.0,1.3,1.3,2.12,1.0,1.2,1.2;",
		"5.start,1.0,1.1,1.1;5.curve,1.0,1.1,1.9,1.9,1.1,1.5,1.5;7.cstroke,2.14,1.0,1.1,1.2,1.3,1.1,1.2,1.3,3.255;",
		"3.arc,1.0,2.10,2.10,1.5,1.0,1.3,1.1;5.close,1.0;4.clip,1.0;4.push,1.0;3.pop,1.0;5.reset,1.0;",
		"8.transfer,1.0,1.0,1.0,1.9,1.9,1.6,1.0,1.3,1.3;9.transform,1.0,3.0.5,1.0,1.0,1.2,1.1,1.1;",
		"4.move,1.1,1.0,1.5,1.5,1.1;4.size,1.1,1.9,1.9;5.shade,1.1,3.128;7.distort,1.1,1.1,1.0,1.1,1.1,1.0,1.0;",
		"3.img,1.1,2.14,1.0,9.image/png,1.0,1.0;4.blob,1.1,4.iVBO;3.end,1.1;7.dispose,1.0;",
		"6.cursor,1.0,1.0,1.0,1.0,1.0,1.5,1.5;5.mouse,1.3,1.3;",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := New(Config{MaxPixels: 1 << 16})
		_ = apply(c, "size", "0", "64", "64")
		var ins guac.Instruction
		for len(b) > 0 {
			n, err := guac.ConsumeInstruction(b, &ins, guac.DefaultLimits)
			if err != nil || n == 0 {
				break
			}
			b = b[n:]
			_ = c.Apply(&ins)
		}
		used := 0
		for _, l := range c.layers {
			used += area(l.pix.Rect) + l.masks
		}
		if used != c.pixels || used > c.maxPixels {
			t.Fatalf("%d pixels are counted of %d", c.pixels, used)
		}
		for _, p := range c.layers {
			for i := 0; i < len(p.pix.Pix); i += 4 {
				if px := p.pix.Pix[i : i+4]; max(px[0], px[1], px[2]) > px[3] {
					t.Fatalf("layer %d has the impossible colour %v", p.index, px)
				}
			}
		}
		m := c.Image()
		c.DrawCursor(m)
	})
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }
