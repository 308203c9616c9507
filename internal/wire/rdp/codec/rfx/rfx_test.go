// SPDX-License-Identifier: Apache-2.0

package rfx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/rfx/rfxtest"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// draw decodes a whole message.
func draw(c *rfx.Context, dst codec.Target, message []byte) error {
	var f rfx.Frame
	var s rfx.Scratch
	for len(message) > 0 {
		var err error
		if message, err = c.Parse(&f, message); err != nil {
			return err
		}
		for i := range f.Tiles {
			f.Draw(dst, i, &s)
		}
	}
	return nil
}

func TestPublicVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "rfx") {
		t.Run(v.Name, func(t *testing.T) {
			var ctx rfx.Context
			c := codectest.NewCanvas(v.Width, v.Height)
			for _, name := range v.Inputs {
				if err := draw(&ctx, c.Target, v.Bytes(t, name)); err != nil {
					t.Fatal(err)
				}
			}
			c.Compare(t, v.Bytes(t, v.Expect), v.Tolerance(t))
		})
	}
}

// update is a line of a captured session.
type update struct {
	Kind          string
	Left, Top     int
	Right, Bottom int
	CodecID       int
	Offset        int
	Length        int
}

func TestCapturedSessions(t *testing.T) {
	for _, v := range codectest.Vectors(t, "stream") {
		if !strings.HasSuffix(v.Name, "_rfx") {
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			var ctx rfx.Context
			data, want := v.Bytes(t, v.Input), v.Picture(t, v.Expect)
			c := codectest.NewCanvas(want.Bounds().Dx(), want.Bounds().Dy())
			for line := range bytes.Lines(v.Bytes(t, v.Meta)) {
				var u update
				if err := json.Unmarshal(line, &u); err != nil {
					t.Fatal(err)
				}
				if u.Kind != "surface_bits" || u.CodecID != 3 {
					t.Fatalf("%s", line)
				}
				part := c.Sub(image.Rect(u.Left, u.Top, u.Right, u.Bottom))
				if err := draw(&ctx, part, data[u.Offset:u.Offset+u.Length]); err != nil {
					t.Fatal(err)
				}
			}
			c.CompareImage(t, want, v.Tolerance(t))
		})
	}
}

func TestRoundTrip(t *testing.T) {
	for _, rlgr3 := range []bool{false, true} {
		t.Run(fmt.Sprintf("RLGR3 %v", rlgr3), func(t *testing.T) {
			var ctx rfx.Context
			img := codectest.Desktop(200, 150)
			c := codectest.NewCanvas(200, 150)
			if err := draw(&ctx, c.Target, rfxtest.Message(img, rlgr3)); err != nil {
				t.Fatal(err)
			}
			c.Compare(t, img.Pix, 40)
		})
	}
}

func TestTilesAreDrawnInParallel(t *testing.T) {
	img := codectest.Desktop(300, 200)
	one, many := codectest.NewCanvas(300, 200), codectest.NewCanvas(300, 200)
	message := rfxtest.Message(img, true)
	if err := draw(new(rfx.Context), one.Target, message); err != nil {
		t.Fatal(err)
	}
	var f rfx.Frame
	if _, err := new(rfx.Context).Parse(&f, message); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			var s rfx.Scratch
			for i := worker; i < len(f.Tiles); i += 4 {
				f.Draw(many.Target, i, &s)
			}
		})
	}
	wg.Wait()
	many.Compare(t, one.RGBA(), 0)
}

func TestRLGRIsTheInverseOfItsEncoder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 60 {
		c, got := make([]int16, 4096), make([]int16, 4096)
		for i := range c {
			if rng.IntN(60) < round {
				c[i] = int16(rng.NormFloat64() * float64(int(1)<<(round%13)))
			}
		}
		rfx.DecodeRLGR1(got, rfxtest.RLGR1(c))
		if !slices.Equal(got, c) {
			t.Fatalf("round %d, RLGR1", round)
		}
		rfx.DecodeRLGR3(got, rfxtest.RLGR3(c))
		if !slices.Equal(got, c) {
			t.Fatalf("round %d, RLGR3", round)
		}
	}
}

func TestRLGRHasZerosAfterItsEnd(t *testing.T) {
	c, got := make([]int16, 4096), make([]int16, 4096)
	for i := range c {
		c[i] = int16(i%7) * int16(1-i%3)
	}
	for name, form := range map[string]struct {
		encode func([]int16) []byte
		decode func([]int16, []byte)
	}{"RLGR1": {rfxtest.RLGR1, rfx.DecodeRLGR1}, "RLGR3": {rfxtest.RLGR3, rfx.DecodeRLGR3}} {
		whole := form.encode(c)
		for n := 0; n < len(whole); n++ {
			form.decode(got, whole[:n:n])
			same := 0
			for same < len(c) && got[same] == c[same] {
				same++
			}
			for i, v := range got[same:] {
				if v != 0 && i > 1 {
					t.Fatalf("%s cut to %d bytes: coefficient %d is %d, the first wrong one was %d", name, n, same+i, v, same)
				}
			}
		}
	}
}

func TestDWTIsTheInverseOfTheForwardOne(t *testing.T) {
	planes := rfxtest.Planes(codectest.Desktop(64, 64), image.Pt(0, 0))
	want := planes[0]
	var scratch rfx.Coefficients
	rfxtest.DWT(&planes[0])
	rfx.InverseDWT(&planes[0], &scratch)
	for i, v := range planes[0] { // the forward transform halves what is odd away
		if d := int(v) - int(want[i]); d < -12 || d > 12 {
			t.Fatalf("sample %d is %d, want about %d", i, v, want[i])
		}
	}
}

func TestTilesAreClippedToTheRegion(t *testing.T) {
	img := codectest.Desktop(64, 64)
	message := rfxtest.Message(img, true)
	at := bytes.Index(message, []byte{0xC6, 0xCC}) + 6 + 2 + 3 // the rectangle
	copy(message[at:], []byte{10, 0, 20, 0, 5, 0, 6, 0})
	var ctx rfx.Context
	c := codectest.NewCanvas(64, 64)
	if err := draw(&ctx, c.Target, message); err != nil {
		t.Fatal(err)
	}
	in := image.Rect(10, 20, 15, 26)
	for y := range 64 {
		for x := range 64 {
			if p := c.Row(y)[4*x:]; !image.Pt(x, y).In(in) && (p[0] != 0 || p[1] != 0 || p[2] != 0) {
				t.Fatalf("pixel (%d,%d) is painted", x, y)
			}
		}
	}
	if c.Row(20)[40] == 0 {
		t.Error("nothing is painted in the region")
	}
}

func TestHeadersInTheFirstMessageOnly(t *testing.T) {
	img := codectest.Desktop(64, 64)
	message := rfxtest.Message(img, false)
	at := bytes.Index(message, []byte{0xC4, 0xCC})
	var ctx rfx.Context
	c, d := codectest.NewCanvas(64, 64), codectest.NewCanvas(64, 64)
	if err := draw(&ctx, c.Target, message); err != nil {
		t.Fatal(err)
	}
	if err := draw(&ctx, d.Target, message[at:]); err != nil {
		t.Fatal(err)
	}
	d.Compare(t, c.RGBA(), 0)
}

func TestCutAndSpoilt(t *testing.T) {
	message := rfxtest.Message(codectest.Desktop(100, 64), true)
	frame := message[bytes.Index(message, []byte{0xC4, 0xCC}):]
	first := bytes.Index(frame, []byte{0xC6, 0xCC})
	c := codectest.NewCanvas(100, 64)
	for n := range frame {
		var ctx rfx.Context
		err := draw(&ctx, c.Target, frame[:n:n])
		between := n == 0 || n == first || n == bytes.Index(frame, []byte{0xC7, 0xCC})
		if err == nil && !between {
			t.Errorf("cut to %d bytes and accepted", n)
		}
	}
	codectest.Spoil(message[:200], 2000, func(b []byte) {
		var ctx rfx.Context
		_ = draw(&ctx, c.Target, append(b, message[200:]...))
	})
	c.CheckMargin(t)
}

// TestBlocksOfVectors joins blocks to a message, and replaces each with those that lie.
func TestBlocksOfVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	block := func(name string) []byte { return all["tests/pdu/rfx.rs::"+name] }
	names := []string{
		"SYNC_PDU_BUFFER", "CODEC_VERSIONS_PDU_BUFFER", "CHANNELS_PDU_BUFFER", "CONTEXT_PDU_BUFFER", "FRAME_BEGIN_PDU_BUFFER",
		"REGION_PDU_BUFFER", "TILESET_PDU_BUFFER", "FRAME_END_PDU_BUFFER",
	}
	if len(block(names[0])) == 0 {
		return
	}
	message := func(names []string) (all []byte) {
		for _, name := range names {
			all = append(all, block(name)...)
		}
		return all
	}
	var c rfx.Context
	var f rfx.Frame
	if _, err := c.Parse(&f, message(names)); err == nil || !strings.Contains(err.Error(), "xIdx 65535, yIdx 65535") {
		t.Errorf("%v, want an error for the second tile, which lies nowhere", err)
	}
	whole := message(names)
	second := bytes.Index(whole, []byte("\xc3\xca\x19\x00\x00\x00\xff\xff"))
	copy(whole[second+6:], []byte{0, 0, 0, 1, 0, 0, 0}) // quantIdxY to yIdx
	c = rfx.Context{}
	rest, err := c.Parse(&f, whole)
	if err != nil || len(rest) != 0 || len(f.Tiles) != 2 || f.Tiles[1].Min != image.Pt(64, 0) {
		t.Fatalf("%d bytes are left of %+v, %v", len(rest), f, err)
	}
	want := []image.Rectangle{image.Rect(0, 0, 64, 64), image.Rect(64, 64, 64+255, 64+255)}
	if diff := cmp.Diff(want, f.Rects); diff != "" {
		t.Errorf("rectangles (-want +got):\n%s", diff)
	}
	for bad, at := range map[string]int{
		"SYNC_PDU_BUFFER_WITH_ZERO_DATA_LENGTH": 0, "SYNC_PDU_BUFFER_WITH_BIG_DATA_LENGTH": 0, "SYNC_PDU_BUFFER_WITH_SMALL_BUFFER": 0,
		"CHANNELS_PDU_BUFFER_WITH_INVALID_DATA_LENGTH": 2, "CONTEXT_PDU_BUFFER_WITH_ZERO_DATA_LENGTH": 3, "CONTEXT_PDU_BUFFER_WITH_BIG_DATA_LENGTH": 3,
		"TILESET_PDU_BUFFER_WITH_INVALID_NUMBER_OF_QUANTS": 6, "TILESET_PDU_BUFFER_WITH_INVALID_TILES_DATA_SIZE": 6,
	} {
		changed := slices.Clone(names)
		changed[at] = bad
		var c rfx.Context
		if _, err := c.Parse(&f, message(changed)); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func TestRefused(t *testing.T) {
	valid := rfxtest.Message(codectest.Desktop(128, 64), true)
	at := func(kind byte) int { return bytes.Index(valid, []byte{kind, 0xCC}) + 6 }
	set := at(0xC7) + 2
	tile := bytes.Index(valid, []byte{0xC3, 0xCA}) + 6
	second := tile - 6 + int(valid[tile-4]) + int(valid[tile-3])<<8 + 6
	for name, change := range map[string]struct {
		at int
		to []byte
	}{
		"magic":                 {at(0xC0), []byte{0}},
		"version":               {at(0xC0) + 4, []byte{1, 1}},
		"blockLen 5":            {at(0xC1) - 4, []byte{5, 0, 0, 0}},
		"blockLen 4 GB":         {at(0xC1) - 4, []byte{0xFF, 0xFF, 0xFF, 0xFF}},
		"blockType":             {at(0xC6) - 6, []byte{0xC9, 0xCC}},
		"context tileSize":      {at(0xC3) + 3, []byte{32}},
		"entropy algorithm":     {at(0xC3) + 5, []byte{0, 0}},
		"numRects":              {at(0xC6) + 3, []byte{0xFF, 0xFF}},
		"subtype":               {set, []byte{0, 0}},
		"tileSize":              {set + 7, []byte{65}},
		"numQuant":              {set + 6, []byte{0}},
		"numTiles":              {set + 8, []byte{3, 0}},
		"tilesDataSize":         {set + 10, []byte{0, 0, 0, 1}},
		"quantization factor 0": {set + 14, []byte{0}},
		"tile blockType":        {tile - 6, []byte{0xC4, 0xCA}},
		"quantIdxY":             {tile, []byte{1}},
		"xIdx":                  {tile + 3, []byte{128, 0}},
		"yIdx":                  {tile + 5, []byte{0, 1}},
		"YLen":                  {tile + 7, []byte{0xFF, 0xFF}},
		"a tile twice":          {second + 3, []byte{0}},
	} {
		t.Run(name, func(t *testing.T) {
			var ctx rfx.Context
			bad := slices.Clone(valid)
			copy(bad[change.at:], change.to)
			if err := draw(&ctx, codectest.NewCanvas(128, 64).Target, bad); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestRegionsAreBounded(t *testing.T) {
	region := func(n int, width byte) []byte {
		size := 6 + 2 + 3 + 8*n + 4
		b := []byte{0xC6, 0xCC, byte(size), byte(size >> 8), byte(size >> 16), 0, 1, 0, 1, byte(n), byte(n >> 8)}
		for range n {
			b = append(b, 0, 0, 0, 0, 0, width, 0, width)
		}
		return append(b, 0xC1, 0xCA, 1, 0)
	}
	head := rfxtest.Message(codectest.Desktop(64, 64), true)
	at := bytes.Index(head, []byte{0xC6, 0xCC})
	for name, tc := range map[string]struct {
		region []byte
		want   string
	}{
		"5000 rectangles":     {region(5000, 1), "rfx: TS_RFX_REGION: numRects: more than 4096"},
		"rectangles over all": {region(100, 0x20), "rfx: TS_RFX_REGION: rects: more than"},
	} {
		var c rfx.Context
		var f rfx.Frame
		if _, err := c.Parse(&f, slices.Concat(head[:at], tc.region)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tc.want)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(rfxtest.Message(codectest.Desktop(20, 20), true))
	f.Add(rfxtest.Message(codectest.Desktop(70, 20), false))
	for _, v := range codectest.Vectors(f, "rfx") {
		f.Add(bytes.Join([][]byte{v.Bytes(f, v.Inputs[0]), v.Bytes(f, v.Inputs[1])}, nil))
	}
	c := codectest.NewCanvas(100, 70)
	var s rfx.Scratch
	for _, v := range codectest.Vectors(f, "stream") {
		if v.Name == "grd_rfx" {
			f.Add(v.Bytes(f, v.Inputs[0])[:24419]) // its first message
		}
	}
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "tests/pdu/rfx.rs::")
	f.Fuzz(func(t *testing.T, message []byte) {
		var ctx rfx.Context
		var frame rfx.Frame
		for frames := 0; len(message) > 0; frames++ {
			rest, err := ctx.Parse(&frame, message)
			if err != nil {
				return
			}
			if len(rest) >= len(message) {
				t.Fatal("no progress")
			}
			message = rest
			for i := range frame.Tiles {
				if i < 4 {
					frame.Draw(c.Target, i, &s)
				}
			}
			c.CheckMargin(t)
		}
	})
}

func FuzzRLGR(f *testing.F) {
	f.Add([]byte{1, 2, 3})
	f.Add(rfxtest.RLGR1(make([]int16, 4096)))
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "tests/graphics/rlgr.rs::")
	f.Fuzz(func(t *testing.T, src []byte) {
		one, again := make([]int16, 4096), make([]int16, 4096)
		rfx.DecodeRLGR1(one, src)
		if small(one) {
			rfx.DecodeRLGR1(again, rfxtest.RLGR1(one))
			if !slices.Equal(one, again) {
				t.Fatal("RLGR1: coefficients do not survive encoding")
			}
		}
		rfx.DecodeRLGR3(one, src)
		if small(one) {
			rfx.DecodeRLGR3(again, rfxtest.RLGR3(one))
			if !slices.Equal(one, again) {
				t.Fatal("RLGR3: coefficients do not survive encoding")
			}
		}
	})
}

// small reports coefficients of a size that the encoder writes in reasonable time.
func small(c []int16) bool {
	return slices.Max(c) < 1<<11 && slices.Min(c) > -1<<11
}

func BenchmarkTile(b *testing.B) {
	var ctx rfx.Context
	var f rfx.Frame
	var s rfx.Scratch
	if _, err := ctx.Parse(&f, rfxtest.Message(codectest.Desktop(640, 448), true)); err != nil {
		b.Fatal(err)
	}
	c := codectest.NewCanvas(640, 448)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		f.Draw(c.Target, n%len(f.Tiles), &s)
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e3, "tiles/ms")
}

func BenchmarkParse(b *testing.B) {
	var ctx rfx.Context
	var f rfx.Frame
	message := rfxtest.Message(codectest.Desktop(640, 448), true)
	_, _ = ctx.Parse(&f, message) // the slices grow once
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ctx.Parse(&f, message); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStages(b *testing.B) {
	planes := rfxtest.Planes(codectest.Desktop(640, 448), image.Pt(64, 64))
	enc := rfxtest.Component(&planes[0], true)
	var c, scratch rfx.Coefficients
	pix := make([]byte, 4*4096)
	q := rfx.Quant{8, 8, 9, 7, 7, 8, 6, 6, 6, 6}
	for name, stage := range map[string]func(){
		"RLGR3":      func() { rfx.DecodeRLGR3(c[:], enc) },
		"dequantize": func() { q.Dequantize(&c) },
		"DWT":        func() { rfx.InverseDWT(&c, &scratch) },
		"colours":    func() { rfx.ToRGBA(pix, &c, &c, &c) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				stage()
			}
		})
	}
}
