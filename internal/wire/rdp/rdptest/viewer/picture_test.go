// SPDX-License-Identifier: Apache-2.0

//go:build integration

package viewer_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest/viewer"
	"github.com/palta-gateway/palta/test/servers"
	"github.com/palta-gateway/palta/test/xpaint"
)

// timeout bounds a whole connection of a test; on a busy machine servers take seconds.
const timeout = 30 * time.Second

// The size of the desktops: no multiple of a tile's 64 pixels, nor of four.
const width, height = 810, 601

// paint draws a picture on a display, which is taken away at the end of the test.
func paint(t *testing.T, d servers.Display, img *image.RGBA) {
	t.Helper()
	w, err := xpaint.Open(string(d), img.Rect.Dx(), img.Rect.Dy())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if err := w.Put(img, img.Rect); err != nil {
		t.Fatal(err)
	}
}

// desktop is a picture of sharp edges, with much that differs from pixel to pixel.
func desktop(width, height int) *image.RGBA {
	img := codectest.Desktop(width, height)
	for y := height - 40; y < height; y++ {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{R: uint8(x), G: uint8(x / 3), B: uint8(y * x), A: 0xFF})
		}
	}
	return img
}

// smooth is a picture that transforms lose next to nothing of.
func smooth(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{R: uint8(255 * x / width), G: uint8(255 * y / height), B: uint8(127 * (x + y) / width), A: 0xFF})
		}
	}
	return img
}

// difference is how far two pictures are apart, in levels of a channel.
type difference struct {
	mean float64
	max  int
	// pixels is how many differ.
	pixels int
}

var (
	// exact is what lossless paths have to reach.
	exact = difference{}
	// sharp and soft are what RemoteFX has to reach with the pictures desktop and smooth. It is
	// lossy: both servers divide the coefficients of the finest detail by 8, which sharp edges
	// show most. Measured: mean 1.96 and max 33, and mean 1.43 and max 10, both from xrdp.
	sharp = difference{mean: 3, max: 48}
	soft  = difference{mean: 2, max: 16}
)

// differ compares two pictures, both as a desktop of a depth has them.
func differ(got, want *image.RGBA, depth int) difference {
	if got.Rect.Size() != want.Rect.Size() {
		return difference{mean: 255, max: 255, pixels: got.Rect.Dx() * got.Rect.Dy()}
	}
	masks := depthMasks(depth)
	var d difference
	sum := 0
	for i := 0; i < len(got.Pix); i += 4 {
		m := 0
		for j, mask := range masks {
			v := int(got.Pix[i+j]&mask) - int(want.Pix[i+j]&mask)
			v = max(v, -v)
			m, sum = max(m, v), sum+v
		}
		d.max = max(d.max, m)
		if m > 0 {
			d.pixels++
		}
	}
	d.mean = float64(sum) / float64(3*got.Rect.Dx()*got.Rect.Dy())
	return d
}

// depthMasks are what a depth leaves of R, G and B.
func depthMasks(depth int) [3]byte {
	switch depth {
	case 15:
		return [3]byte{0xF8, 0xF8, 0xF8}
	case 16:
		return [3]byte{0xF8, 0xFC, 0xF8}
	}
	return [3]byte{0xFF, 0xFF, 0xFF}
}

// screenshot returns what a display shows.
func screenshot(t *testing.T, d servers.Display) *image.RGBA {
	t.Helper()
	shot := d.Screenshot(t)
	img := image.NewRGBA(image.Rectangle{Max: shot.Bounds().Size()})
	draw.Draw(img, img.Rect, shot, shot.Bounds().Min, draw.Src)
	return img
}

func (d difference) within(limit difference) bool { return d.max <= limit.max && d.mean <= limit.mean }

func (d difference) String() string {
	return fmt.Sprintf("%d pixels differ, mean %.3f, max %d", d.pixels, d.mean, d.max)
}

// dial connects for the time of the test.
func dial(t *testing.T, cfg viewer.Config) (context.Context, *viewer.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	t.Cleanup(cancel)
	if cfg.Width == 0 {
		cfg.Width, cfg.Height = width, height
	}
	c, err := viewer.Dial(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		t.Logf("received %v", c.Screen.Counts)
	})
	return ctx, c
}

// show waits until the client shows what the display shows, within a limit. What the display
// shows may change meanwhile: a program there may still draw.
func show(ctx context.Context, t *testing.T, c *viewer.Client, d servers.Display, depth int, limit difference) {
	t.Helper()
	var last difference
	for {
		want := screenshot(t, d)
		settled, frames := time.Now().Add(time.Second), -1
		err := c.Until(ctx, func() bool {
			if c.Frames != frames {
				frames, last = c.Frames, differ(c.Screen.Image, want, depth)
			}
			return last.within(limit) || time.Now().After(settled)
		})
		if last.within(limit) {
			t.Logf("shown: %v", last)
			return
		}
		if err != nil {
			t.Fatalf("%v: %v, want at most mean %.3f, max %d", err, last, limit.mean, limit.max)
		}
	}
}

// came demands that something came, as Screen.Counts names it.
func came(t *testing.T, c *viewer.Client, kind string) {
	t.Helper()
	if c.Screen.Counts[kind] == 0 {
		t.Errorf("no %s among %v", kind, c.Screen.Counts)
	}
}
