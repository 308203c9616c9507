// SPDX-License-Identifier: Apache-2.0

// Package codectest has what the tests of all codecs share: the public test vectors, hex
// with field comments, targets whose surroundings are watched, and pictures to compare.
package codectest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// Vector is one entry of the manifest of the public test vectors.
type Vector struct {
	Codec   string   `json:"codec"`
	Name    string   `json:"name"`
	Input   string   `json:"input"`
	Inputs  []string `json:"inputs"`
	Expect  string   `json:"expect"`
	Expects []string `json:"expects"`
	Meta    string   `json:"meta"`
	Width   int      `json:"width"`
	Height  int      `json:"height"`
	Sizes   [][2]int `json:"sizes"`
	BPP     int      `json:"bpp"`
	Flags   []uint8  `json:"flags"`
	Palette string   `json:"palette"`
	Pixels  string   `json:"pixels"`
	Compare string   `json:"compare"`
	Struct  string   `json:"struct"`

	folder string
}

// Vectors returns the public test vectors of a codec: none where they are absent, which
// is logged, since the examples in the tests themselves then have to do.
func Vectors(tb testing.TB, codec string) []Vector {
	tb.Helper()
	folder, ok := find()
	if !ok {
		tb.Log("no public test vectors here: built-in examples only")
		return nil
	}
	var all []Vector
	if err := json.Unmarshal(read(tb, filepath.Join(folder, "manifest.json")), &all); err != nil {
		tb.Fatal(err)
	}
	var some []Vector
	for _, v := range all {
		if v.Codec != codec {
			continue
		}
		v.folder = folder
		if v.Input != "" && len(v.Inputs) == 0 {
			v.Inputs = []string{v.Input}
		}
		if v.Expect != "" && len(v.Expects) == 0 {
			v.Expects = []string{v.Expect}
		}
		some = append(some, v)
	}
	return some
}

// find walks up from the test's directory.
func find() (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		folder := filepath.Join(dir, "..", "shared", "vectors", "rdp")
		if _, err := os.Stat(filepath.Join(folder, "manifest.json")); err == nil {
			return folder, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

func read(tb testing.TB, path string) []byte {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// Tolerance returns how far a sample may be from the expected one: "exact" is 0, and
// "maxdiff 4 (reason)" is 4.
func (v Vector) Tolerance(tb testing.TB) int {
	tb.Helper()
	if strings.HasPrefix(v.Compare, "exact") {
		return 0
	}
	var n int
	if _, err := fmt.Sscanf(v.Compare, "maxdiff %d", &n); err != nil {
		tb.Fatalf("%s: comparison %q: %v", v.Name, v.Compare, err)
	}
	return n
}

// Bytes returns the contents of a file of the vector.
func (v Vector) Bytes(tb testing.TB, name string) []byte {
	tb.Helper()
	return read(tb, filepath.Join(v.folder, name))
}

// Picture returns a PNG file of the vector.
func (v Vector) Picture(tb testing.TB, name string) image.Image {
	tb.Helper()
	f, err := os.Open(filepath.Join(v.folder, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		tb.Fatal(err)
	}
	return img
}

// Hex returns the bytes of a listing: hex digits in any grouping, with comments that run
// from a semicolon to the end of the line.
func Hex(tb testing.TB, listing string) []byte {
	tb.Helper()
	var digits strings.Builder
	for line := range strings.Lines(listing) {
		line, _, _ = strings.Cut(line, ";")
		for word := range strings.FieldsSeq(line) {
			digits.WriteString(word)
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

const margin, guard = 3, 0xA5

// Canvas is a target with a margin around it that no decoder may touch.
type Canvas struct {
	codec.Target

	whole []byte
}

// NewCanvas returns a black, opaque canvas.
func NewCanvas(width, height int) *Canvas {
	stride := 4 * (width + 2*margin)
	c := &Canvas{whole: make([]byte, stride*(height+2*margin))}
	for i := range c.whole {
		c.whole[i] = guard
	}
	c.Target = codec.Target{
		Pix: c.whole[stride*margin+4*margin:], Stride: stride, Width: width, Height: height,
	}
	for y := range height {
		row := c.Row(y)
		clear(row)
		for x := range width {
			row[4*x+3] = 0xFF
		}
	}
	return c
}

// CheckMargin fails the test if a pixel outside of the target has changed.
func (c *Canvas) CheckMargin(tb testing.TB) {
	tb.Helper()
	for y := 0; y*c.Stride < len(c.whole); y++ {
		row, left, right := c.whole[y*c.Stride:(y+1)*c.Stride], 4*margin, c.Stride-4*margin
		if y < margin || y >= margin+c.Height {
			right = left
		}
		for _, part := range [][]byte{row[:left], row[right:]} {
			if bytes.Count(part, []byte{guard}) != len(part) {
				tb.Fatalf("row %d has changed outside of the target", y-margin)
			}
		}
	}
}

// RGBA returns a copy of the pixels, from the top.
func (c *Canvas) RGBA() []byte {
	pix := make([]byte, 0, 4*c.Width*c.Height)
	for y := range c.Height {
		pix = append(pix, c.Pix[y*c.Stride:y*c.Stride+4*c.Width]...)
	}
	return pix
}

// Compare fails the test where the canvas differs from want by more than tolerance in a
// channel. want is R, G, B or, if it has the length for it, R, G, B, A, tightly packed.
func (c *Canvas) Compare(tb testing.TB, want []byte, tolerance int) {
	tb.Helper()
	size := len(want) / (c.Width * c.Height)
	if size*c.Width*c.Height != len(want) || size != 3 && size != 4 {
		tb.Fatalf("%d bytes do not fit %d × %d pixels", len(want), c.Width, c.Height)
	}
	c.CheckMargin(tb)
	got, worst, wrong := c.RGBA(), 0, 0
	for i := range c.Width * c.Height {
		for k := range size {
			d := max(int(got[4*i+k])-int(want[size*i+k]), int(want[size*i+k])-int(got[4*i+k]))
			if d > tolerance {
				if wrong == 0 {
					tb.Errorf("pixel (%d,%d) is %v, want %v", i%c.Width, i/c.Width, got[4*i:4*i+size], want[size*i:size*i+size])
				}
				wrong++
			}
			worst = max(worst, d)
		}
	}
	if wrong > 0 {
		tb.Errorf("%d samples differ, the worst by %d, more than %d", wrong, worst, tolerance)
	}
}

// CompareImage is Compare with a picture.
func (c *Canvas) CompareImage(tb testing.TB, want image.Image, tolerance int) {
	tb.Helper()
	b := want.Bounds()
	pix := make([]byte, 0, 3*c.Width*c.Height)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := want.At(x, y).RGBA()
			pix = append(pix, byte(r>>8), byte(g>>8), byte(bl>>8))
		}
	}
	c.Compare(tb, pix, tolerance)
}

// Cut demands that no proper prefix of b is accepted.
func Cut(t *testing.T, b []byte, decode func([]byte) error) {
	t.Helper()
	if err := decode(b); err != nil {
		t.Errorf("the whole: %v", err)
		return
	}
	for n := range b {
		if err := decode(b[:n:n]); err == nil {
			t.Errorf("cut to %d of %d bytes and accepted", n, len(b))
		}
	}
}

// Spoil calls decode with copies of b that have some bytes changed, which may be refused
// but must not panic.
func Spoil(b []byte, rounds int, decode func([]byte)) {
	rng := rand.New(rand.NewPCG(1, uint64(len(b))))
	for range rounds {
		bad := append([]byte(nil), b...)
		for range 1 + rng.IntN(4) {
			bad[rng.IntN(len(bad))] = byte(rng.Uint32())
		}
		decode(bad)
	}
}

// EachByte calls decode with copies of b in which one byte after the other is changed, which
// may be refused but must not panic.
func EachByte(b []byte, decode func([]byte)) {
	for i := range b {
		for _, change := range []byte{0x01, 0x10, 0x80, 0xFF} {
			bad := append([]byte(nil), b...)
			bad[i] ^= change
			decode(bad)
		}
	}
}

// Desktop draws something like a desktop: a gradient, windows, lines like text.
func Desktop(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	rng := rand.New(rand.NewPCG(7, 7))
	text := make([]bool, 4096)
	for i := range text {
		text[i] = rng.IntN(3) == 0
	}
	for y := range height {
		for x := range width {
			r, g, b := byte(30+x*60/width), byte(60+y*80/height), byte(140)
			if wx, wy := x%300, y%220; wx > 20 && wx < 260 && wy > 15 && wy < 190 {
				r, g, b = 245, 245, 245
				if wy < 35 {
					r, g, b = 50, 90, 160
				} else if wy%14 < 9 && wx > 30 && wx < 220 && text[(x/2*31+y*17)%len(text)] {
					r, g, b = 20, 20, 20
				}
			}
			copy(img.Pix[img.PixOffset(x, y):], []byte{r, g, b, 0xFF})
		}
	}
	return img
}
