// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"image/color"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counting is a painter that counts what it draws.
type counting struct{ pixels atomic.Int64 }

func (c *counting) Paint(dst *image.RGBA) {
	c.pixels.Add(int64(area(dst.Rect)))
	for i := range dst.Pix {
		dst.Pix[i] = byte(i%7*31) | byte(i%4/3*0xFF)
	}
}

func TestUsersSharePictures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Width: 1024, Height: 768})
		p := &counting{}
		d.SetPainter(p)
		d.Flush()
		for _, delay := range []time.Duration{0, 0, 40 * time.Millisecond, 90 * time.Millisecond} {
			newBrowser(t, delay).join(d)
		}
		defer run(t, d)() // not before: pictures are kept for others from the second user on
		time.Sleep(time.Second)
		d.Damage(image.Rect(0, 0, 1024, 768))
		d.Flush()
		time.Sleep(time.Second)
		synctest.Wait()
		if got, want := p.pixels.Load(), int64(2*1024*768); got != want {
			t.Errorf("%d pixels painted for four users, want %d as for one", got, want)
		}
	})
}

// gate is a painter that stops in the middle.
type gate struct {
	entered, leave chan struct{}
	stops          atomic.Bool
	scrolled       atomic.Bool
}

// Paint draws stripes of 16 rows, which scrolled has moved up by one.
func (g *gate) Paint(dst *image.RGBA) {
	if g.stops.Load() {
		g.entered <- struct{}{}
		<-g.leave
	}
	for y := dst.Rect.Min.Y; y < dst.Rect.Max.Y; y++ {
		stripe := y / 16
		if g.scrolled.Load() {
			stripe++
		}
		for x := dst.Rect.Min.X; x < dst.Rect.Max.X; x++ {
			dst.SetRGBA(x, y, color.RGBA{byte(stripe * 5), byte(x), 0, 0xFF})
		}
	}
}

func TestMoveWhileAPainterPaints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Width: 64, Height: 64})
		g := &gate{entered: make(chan struct{}), leave: make(chan struct{})}
		d.SetPainter(g)
		d.Flush()
		defer run(t, d)()
		u := newBrowser(t, 0).join(d)
		time.Sleep(time.Second)

		g.stops.Store(true)
		d.Damage(image.Rect(0, 32, 64, 48))
		d.Flush()
		<-g.entered
		g.scrolled.Store(true)
		d.Move(image.Rect(0, 16, 64, 64), image.Point{})
		d.Damage(image.Rect(0, 48, 64, 64))
		d.Flush()
		close(g.leave)
		for painting := true; painting; {
			select {
			case <-g.entered:
			case <-time.After(time.Second):
				painting = false
			}
		}
		g.stops.Store(false)
		u.want("user", d.Snapshot(image.Rect(0, 0, 64, 64)))
	})
}
