// SPDX-License-Identifier: Apache-2.0

package progressive_test

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/progressive"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx/rfxtest"
)

func newContext(tb testing.TB, width, height int) *progressive.Context {
	tb.Helper()
	c, err := progressive.New(width, height)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// draw decodes a payload; the tiles are drawn from the last to the first, since they do not
// depend on each other.
func draw(c *progressive.Context, frameID uint32, dst codec.Target, payload []byte) error {
	var f progressive.Frame
	var s progressive.Scratch
	if err := c.Parse(&f, frameID, payload); err != nil {
		return err
	}
	for i := len(f.Tiles) - 1; i >= 0; i-- {
		f.Draw(dst, i, &s)
	}
	return nil
}

func TestPublicVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "progressive") {
		t.Run(v.Name, func(t *testing.T) {
			ctx := newContext(t, v.Width, v.Height)
			c := codectest.NewCanvas(v.Width, v.Height)
			for i, name := range v.Inputs {
				if err := draw(ctx, uint32(i), c.Target, v.Bytes(t, name)); err != nil {
					t.Fatal(err)
				}
				c.Compare(t, v.Bytes(t, v.Expects[i]), v.Tolerance(t))
			}
			src := v.Bytes(t, v.Inputs[0])
			codectest.Spoil(src, 30, func(b []byte) { _ = draw(newContext(t, v.Width, v.Height), 0, c.Target, b) })
			c.CheckMargin(t)
		})
	}
}

var whole = image.Rect(0, 0, 64, 64)

// random returns coefficients of all sizes, more small ones than large.
func random(seed uint64, spread float64) *coefficients {
	rng := rand.New(rand.NewPCG(seed, 1))
	c := new(coefficients)
	for i := range c {
		for j := range c[i] {
			if rng.IntN(3) == 0 {
				c[i][j] = int16(rng.NormFloat64() * spread)
			}
		}
	}
	return c
}

// atOnce returns the picture of coefficients that are sent in one pass.
func atOnce(t *testing.T, c *coefficients, extrapolate bool) []byte {
	t.Helper()
	e := encoder{extrapolate: extrapolate}
	e.first(c, 0, 0, 0xFF, 0)
	canvas := codectest.NewCanvas(64, 64)
	if err := draw(newContext(t, 64, 64), 1, canvas.Target, e.payload(whole)); err != nil {
		t.Fatal(err)
	}
	return canvas.RGBA()
}

func TestUpgradePassesEndAtTheFullPicture(t *testing.T) {
	for _, extrapolate := range []bool{false, true} {
		for _, spread := range []float64{2, 20, 120} {
			t.Run(fmt.Sprintf("extrapolate %v, spread %v", extrapolate, spread), func(t *testing.T) {
				c := random(11, spread)
				e := encoder{extrapolate: extrapolate}
				ctx, canvas := newContext(t, 64, 64), codectest.NewCanvas(64, 64)
				e.first(c, 0, 0, 0, 0)
				if err := draw(ctx, 1, canvas.Target, e.payload(whole)); err != nil {
					t.Fatal(err)
				}
				steps := []byte{0, 1, 2, 3, 0xFF}
				for i := range steps[1:] {
					e.upgrade(c, 0, 0, steps[i], steps[i+1])
					if err := draw(ctx, uint32(2+i), canvas.Target, e.payload(whole)); err != nil {
						t.Fatal(err)
					}
				}
				canvas.Compare(t, atOnce(t, c, extrapolate), 0)
			})
		}
	}
}

func TestAllPassesOfATileInOnePayload(t *testing.T) {
	c := random(12, 30)
	e := encoder{extrapolate: true}
	e.first(c, 0, 0, 1, 0)
	e.upgrade(c, 0, 0, 1, 3)
	e.upgrade(c, 0, 0, 3, 0xFF)
	canvas := codectest.NewCanvas(64, 64)
	if err := draw(newContext(t, 64, 64), 1, canvas.Target, e.payload(whole)); err != nil {
		t.Fatal(err)
	}
	canvas.Compare(t, atOnce(t, c, true), 0)
}

func TestTilesAreDrawnInParallel(t *testing.T) {
	c := random(20, 10)
	e := encoder{extrapolate: true}
	for i := range 12 {
		e.first(c, i%4, i/4, 1, 0)
		e.upgrade(c, i%4, i/4, 1, 0xFF)
	}
	all := image.Rect(0, 0, 256, 192)
	payload := e.payload(all)
	one, many := codectest.NewCanvas(256, 192), codectest.NewCanvas(256, 192)
	if err := draw(newContext(t, 256, 192), 1, one.Target, payload); err != nil {
		t.Fatal(err)
	}
	var f progressive.Frame
	if err := newContext(t, 256, 192).Parse(&f, 1, payload); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			var s progressive.Scratch
			for i := worker; i < len(f.Tiles); i += 4 {
				f.Draw(many.Target, i, &s)
			}
		})
	}
	wg.Wait()
	many.Compare(t, one.RGBA(), 0)
}

func TestDifferenceTilesAddUp(t *testing.T) {
	for _, extrapolate := range []bool{false, true} {
		one, two, difference := random(13, 20), random(14, 20), new(coefficients)
		for i := range one {
			for j := range one[i] {
				difference[i][j] = two[i][j] - one[i][j]
			}
		}
		e := encoder{extrapolate: extrapolate}
		ctx, canvas := newContext(t, 64, 64), codectest.NewCanvas(64, 64)
		e.first(one, 0, 0, 0xFF, 0)
		if err := draw(ctx, 1, canvas.Target, e.payload(whole)); err != nil {
			t.Fatal(err)
		}
		e.first(difference, 0, 0, 2, 1) // at a lesser quality, then the rest
		if err := draw(ctx, 2, canvas.Target, e.payload(whole)); err != nil {
			t.Fatal(err)
		}
		e.upgrade(difference, 0, 0, 2, 0xFF)
		if err := draw(ctx, 3, canvas.Target, e.payload(whole)); err != nil {
			t.Fatal(err)
		}
		canvas.Compare(t, atOnce(t, two, extrapolate), 0)
	}
}

func TestTilesOfAFrameArePaintedByLaterRectangles(t *testing.T) {
	c := random(15, 30)
	for _, same := range []bool{true, false} {
		e := encoder{}
		ctx, canvas := newContext(t, 128, 64), codectest.NewCanvas(128, 64)
		e.first(c, 0, 0, 0xFF, 0)
		if err := draw(ctx, 5, canvas.Target, e.payload(image.Rect(0, 0, 10, 64))); err != nil {
			t.Fatal(err)
		}
		e.first(c, 1, 0, 0xFF, 0)
		frame := uint32(5)
		if !same {
			frame = 6
		}
		if err := draw(ctx, frame, canvas.Target, e.payload(image.Rect(20, 0, 128, 64))); err != nil {
			t.Fatal(err)
		}
		want := atOnce(t, c, false)
		painted := bytes.Equal(canvas.Row(30)[4*20:4*64], want[4*(30*64+20):4*(30*64+64)])
		if painted != same {
			t.Errorf("same frame: %v, painted: %v", same, painted)
		}
		if between := canvas.Row(30)[4*10 : 4*20]; !bytes.Equal(between, bytes.Repeat([]byte{0, 0, 0, 0xFF}, 10)) {
			t.Errorf("pixels outside of all rectangles have been painted")
		}
	}
}

func TestRefused(t *testing.T) {
	c := random(16, 10)
	e := encoder{}
	e.first(c, 0, 0, 1, 0)
	valid := e.payload(whole)
	at := func(kind byte) int { return bytes.Index(valid, []byte{kind, 0xCC}) + 6 }
	region, tile := at(0xC4), at(0xC6)
	for name, change := range map[string]struct {
		at int
		to []byte
	}{
		"magic":               {at(0xC0), []byte{0}},
		"context tileSize":    {at(0xC3) + 1, []byte{32}},
		"blockLen 4 GB":       {at(0xC1) - 4, []byte{0xFF, 0xFF, 0xFF, 0xFF}},
		"blockLen 5":          {at(0xC1) - 4, []byte{5}},
		"blockType":           {at(0xC1) - 6, []byte{0xC8}},
		"region tileSize":     {region, []byte{32}},
		"numRects":            {region + 1, []byte{0xFF, 0xFF}},
		"numQuant 8":          {region + 3, []byte{8}},
		"numQuant 0":          {region + 3, []byte{0}},
		"numProgQuant 0":      {region + 4, []byte{0}},
		"numTiles 2":          {region + 6, []byte{2}},
		"tileDataSize":        {region + 8, []byte{0, 0, 0, 1}},
		"quantization of 5":   {region + 12 + 8, []byte{0x65}},
		"progressive of 9":    {region + 12 + 8 + 5 + 1, []byte{0x99}},
		"tile blockType":      {tile - 6, []byte{0xC4}},
		"quantIdxCb":          {tile + 1, []byte{1}},
		"xIdx":                {tile + 3, []byte{1}},
		"yIdx":                {tile + 5, []byte{0, 1}},
		"quality":             {tile + 8, []byte{4}},
		"yLen":                {tile + 9, []byte{0xFF, 0xFF}},
		"crLen":               {tile + 13, []byte{0xFF, 0xFF}},
		"upgrade of nothing":  {tile - 6, []byte{0xC7}},
		"region within tiles": {tile - 6, []byte{0xC4}},
	} {
		t.Run(name, func(t *testing.T) {
			bad := bytes.Clone(valid)
			copy(bad[change.at:], change.to)
			if err := draw(newContext(t, 64, 64), 1, codectest.NewCanvas(64, 64).Target, bad); err == nil {
				t.Error("accepted")
			}
		})
	}
	for _, size := range [][2]int{{0, 1}, {1, 0}, {8193, 1}, {1, 1 << 30}} {
		if _, err := progressive.New(size[0], size[1]); err == nil {
			t.Errorf("a surface of %v: accepted", size)
		}
	}
}

func TestPassesThatDoNotFit(t *testing.T) {
	c := random(17, 10)
	e, other := encoder{}, encoder{extrapolate: true}
	ctx := newContext(t, 64, 64)
	canvas := codectest.NewCanvas(64, 64)
	e.first(c, 0, 0, 2, 0)
	if err := draw(ctx, 1, canvas.Target, e.payload(whole)); err != nil {
		t.Fatal(err)
	}
	e.upgrade(c, 0, 0, 0, 1) // worse than what is there
	if err := draw(ctx, 1, canvas.Target, e.payload(whole)); err == nil {
		t.Error("an upgrade to a lesser quality: accepted")
	}
	other.upgrade(c, 0, 0, 2, 3)
	if err := draw(ctx, 1, canvas.Target, other.payload(whole)); err == nil {
		t.Error("an upgrade with another transform: accepted")
	}
	other.first(c, 0, 0, 0xFF, 1)
	if err := draw(ctx, 1, canvas.Target, other.payload(whole)); err == nil {
		t.Error("a difference with another transform: accepted")
	}
}

func TestCut(t *testing.T) {
	c := random(18, 2)
	e := encoder{extrapolate: true}
	e.first(c, 0, 0, 1, 0)
	e.upgrade(c, 0, 0, 1, 2)
	payload := e.payload(whole)
	canvas := codectest.NewCanvas(64, 64)
	ends := map[int]bool{0: true}
	for at := 0; at < len(payload); {
		at += int(payload[at+2]) | int(payload[at+3])<<8
		ends[at] = true
	}
	for n := range payload {
		err := draw(newContext(t, 64, 64), 1, canvas.Target, payload[:n:n])
		if (err == nil) != ends[n] {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
}

func TestBudgetIsOfAllSurfaces(t *testing.T) {
	budget := &progressive.Budget{Bytes: 3 * progressive.TileBytes}
	surface := func() *progressive.Context {
		c, err := budget.New(128, 64)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := random(21, 2)
	both := encoder{}
	both.first(c, 0, 0, 0xFF, 0)
	both.first(c, 1, 0, 0xFF, 0)
	payload := both.payload(image.Rect(0, 0, 128, 64))
	canvas := codectest.NewCanvas(128, 64)
	first, second := surface(), surface()
	if err := draw(first, 1, canvas.Target, payload); err != nil {
		t.Fatal(err)
	}
	err := draw(second, 1, canvas.Target, payload)
	if err == nil || !strings.Contains(err.Error(), "progressive: tile: xIdx 1, yIdx 0: the tiles of all surfaces hold") {
		t.Errorf("%v, want an error of the fourth tile", err)
	}
	if budget.Used() != budget.Bytes {
		t.Errorf("%d bytes used, want %d", budget.Used(), budget.Bytes)
	}
	first.Release()
	if err := draw(second, 2, canvas.Target, payload); err != nil || budget.Used() != 2*progressive.TileBytes {
		t.Errorf("%d bytes used, %v", budget.Used(), err)
	}
	second.Release()
	second.Release()
	if budget.Used() != 0 {
		t.Errorf("%d bytes used after all surfaces are gone", budget.Used())
	}
}

func TestDefaultBudgetSufficesForTwoLargeScreens(t *testing.T) {
	tiles := 2 * (3840 / 64) * ((2160 + 63) / 64)
	if got := progressive.DefaultBudget / progressive.TileBytes; got < tiles {
		t.Errorf("%d tiles, want %d", got, tiles)
	}
}

func TestFewBytesCannotAskForEndlessWork(t *testing.T) {
	c := random(22, 2)
	one := func(rects ...image.Rectangle) []byte {
		e := encoder{}
		e.first(c, 0, 0, 0xFF, 0)
		return e.payload(rects...)
	}
	passes := encoder{}
	for range 40 {
		passes.first(c, 0, 0, 0xFF, 0)
	}
	for name, tc := range map[string]struct {
		payload []byte
		want    string
	}{
		"a rectangle 5000 times": {one(slices.Repeat([]image.Rectangle{image.Rect(0, 0, 1, 1)}, 5000)...), "numRects: more than 4096"},
		"the surface 1000 times": {one(slices.Repeat([]image.Rectangle{whole}, 1000)...), "rects: more than"},
		"a tile 40 times":        {passes.payload(whole), "more than 32 passes"},
	} {
		err := draw(newContext(t, 64, 64), 1, codectest.NewCanvas(64, 64).Target, tc.payload)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tc.want)
		}
	}
	// The tile of the first payload is painted again by each payload of the frame that has a
	// rectangle over it and another tile.
	ctx, canvas := newContext(t, 128, 64), codectest.NewCanvas(128, 64)
	if err := draw(ctx, 1, canvas.Target, one(whole)); err != nil {
		t.Fatal(err)
	}
	var err error
	n := 0
	for ; n < 100 && err == nil; n++ {
		empty := encoder{}
		err = draw(ctx, 1, canvas.Target, empty.payload(image.Rect(0, 0, 128, 64)))
	}
	if err == nil || n < 16 || !strings.Contains(err.Error(), "painted again") {
		t.Errorf("%v after %d payloads", err, n)
	}
	if err := draw(ctx, 2, canvas.Target, one(whole)); err != nil {
		t.Errorf("the next frame: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range codectest.Vectors(f, "progressive") {
		f.Add(v.Bytes(f, v.Inputs[0]))
	}
	c := random(19, 3)
	e := encoder{extrapolate: true}
	e.first(c, 0, 0, 1, 0)
	e.upgrade(c, 0, 0, 1, 3)
	f.Add(e.payload(whole))
	var s progressive.Scratch
	canvas := codectest.NewCanvas(130, 70)
	f.Fuzz(func(t *testing.T, src []byte) {
		ctx := newContext(t, 130, 70)
		var frame progressive.Frame
		for range 2 {
			if ctx.Parse(&frame, 1, src) != nil {
				return
			}
			if len(frame.Tiles) > 6 {
				t.Fatalf("%d tiles of a surface that has 6", len(frame.Tiles))
			}
			for i := range frame.Tiles {
				frame.Draw(canvas.Target, i, &s)
			}
			canvas.CheckMargin(t)
		}
	})
}

// desktop returns the coefficients of a tile of a desktop.
func desktop() *coefficients {
	planes := rfxtest.Planes(codectest.Desktop(640, 448), image.Pt(64, 64))
	c := new(coefficients)
	for i := range planes {
		rfxtest.DWT(&planes[i])
		for j, v := range planes[i] {
			shift := 5
			if j < 3072 {
				shift = 7
			}
			c[i][j] = v >> shift
		}
	}
	return c
}

func BenchmarkTile(b *testing.B) {
	c := desktop()
	for _, extrapolate := range []bool{false, true} {
		simple, upgrade := encoder{extrapolate: extrapolate}, encoder{extrapolate: extrapolate}
		simple.first(c, 0, 0, 0xFF, 0)
		upgrade.first(c, 0, 0, 1, 0)
		upgrade.upgrade(c, 0, 0, 1, 2)
		for name, payload := range map[string][]byte{"simple": simple.payload(whole), "upgrade": upgrade.payload(whole)} {
			b.Run(fmt.Sprintf("%s, extrapolate %v", name, extrapolate), func(b *testing.B) {
				ctx, canvas := newContext(b, 64, 64), codectest.NewCanvas(64, 64)
				var f progressive.Frame
				var s progressive.Scratch
				if err := ctx.Parse(&f, 1, payload); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := ctx.Parse(&f, 1, payload); err != nil {
						b.Fatal(err)
					}
					f.Draw(canvas.Target, 0, &s)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e3, "tiles/ms")
			})
		}
	}
}
