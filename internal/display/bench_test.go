// SPDX-License-Identifier: Apache-2.0

package display

import (
	"context"
	"image"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// waiter is a sink that tells when a frame is sent.
type waiter struct {
	sent  chan struct{}
	bytes int
}

func (w *waiter) Send(b []byte) error {
	w.bytes += len(b)
	w.sent <- struct{}{}
	return nil
}

// bench measures step, each followed by a frame, from Flush to Send.
func bench(b *testing.B, d *Display, step func(i int)) {
	benchAs(b, d, ViewConfig{Image: []string{"image/jpeg"}}, step)
}

func benchAs(b *testing.B, d *Display, user ViewConfig, step func(i int)) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { _ = d.Run(ctx) }()
	w := &waiter{sent: make(chan struct{})}
	v := d.AddView(w, user)
	<-w.sent
	w.bytes = 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.mu.Lock()
		v.inFlight, v.slot = v.inFlight[:0], time.Time{}
		d.mu.Unlock()
		step(i)
		d.Flush()
		<-w.sent
	}
	b.ReportMetric(float64(w.bytes)/float64(b.N), "size")
}

// text looks like a page of a terminal.
func text(r image.Rectangle, seed uint64) *image.RGBA {
	m := noise(r, seed)
	for i := 0; i < len(m.Pix); i += 4 {
		x, y := i/4%r.Dx(), i/4/r.Dx()
		v := m.Pix[i] & 0xE0
		if x%9 > 6 || y%16 > 12 || y%16 < 3 || m.Pix[i+1] < 150 {
			v = 0
		}
		m.Pix[i], m.Pix[i+1], m.Pix[i+2] = v, v, v
	}
	return m
}

func BenchmarkTyping(b *testing.B) {
	d := New(Config{Width: 1280, Height: 720})
	chars := []*image.RGBA{text(image.Rect(0, 0, 16, 16), 1), text(image.Rect(0, 0, 16, 16), 2)}
	bench(b, d, func(i int) {
		at := image.Rect(0, 0, 16, 16).Add(image.Pt(i%70*16, i/70%40*16))
		d.Draw(at, chars[i/2800%2].Pix, 64)
	})
}

func BenchmarkScroll(b *testing.B) {
	d := New(Config{Width: 1280, Height: 720})
	lines := []*image.RGBA{text(image.Rect(0, 704, 1280, 720), 1), text(image.Rect(0, 704, 1280, 720), 2)}
	bench(b, d, func(i int) {
		d.Move(image.Rect(0, 16, 1280, 720), image.Point{})
		drawImage(d, lines[i%2])
	})
}

func BenchmarkScrollUntold(b *testing.B) {
	d := New(Config{Width: 1280, Height: 720})
	page := text(image.Rect(0, 0, 1280, 720*3), 1)
	bench(b, d, func(i int) {
		d.Draw(image.Rect(0, 0, 1280, 720), page.Pix[i%90*16*page.Stride:], page.Stride)
	})
}

func BenchmarkTextPage(b *testing.B) {
	d := New(Config{Width: 1280, Height: 720})
	pages := []*image.RGBA{text(image.Rect(0, 0, 1280, 720), 1), text(image.Rect(0, 0, 1280, 720), 2)}
	bench(b, d, func(i int) { drawImage(d, pages[i%2]) })
}

func BenchmarkVideo(b *testing.B) {
	d := New(Config{Width: 1280, Height: 720})
	frames := []*image.RGBA{film(1), film(2), film(3)}
	bench(b, d, func(i int) {
		drawImage(d, frames[i%3])
		d.mu.Lock()
		for j := range d.activity.cells { // as at 30 frames a second
			d.activity.cells[j].gap = 33
		}
		d.mu.Unlock()
	})
}

// film is a smooth picture with some noise.
func film(seed int) *image.RGBA {
	m := noise(image.Rect(0, 0, 1280, 720), uint64(seed))
	for i := 0; i < len(m.Pix); i += 4 {
		x, y := i/4%1280, i/4/1280
		m.Pix[i] = byte(x/7+seed*3) + m.Pix[i]&7
		m.Pix[i+1] = byte(y/5+seed*5) + m.Pix[i+1]&7
		m.Pix[i+2] = byte((x+y)/9) + m.Pix[i+2]&7
	}
	return m
}

// BenchmarkCodedVideo is the way of an access unit of 20 kB, a frame of 1280x720 at some
// 5 Mbit/s.
func BenchmarkCodedVideo(b *testing.B) {
	d := New(Config{Width: 1280, Height: 720})
	whole := []image.Rectangle{image.Rect(0, 0, 1280, 720)}
	unit := make([]byte, 20_000)
	benchAs(b, d, ViewConfig{Video: []string{guac.VideoH264}}, func(i int) {
		d.DrawVideo(Video{Key: i == 0, Codec: cameraCodec, Regions: whole, Data: unit})
	})
}
