// SPDX-License-Identifier: Apache-2.0

//go:build bench

package bench

import (
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/canvas"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/test/servers"
	"github.com/palta-gateway/palta/test/xpaint"
)

const (
	keys        = 200
	keyGap      = 80 * time.Millisecond // of quiet before each key, and up to half as much again
	settle      = 500 * time.Millisecond
	videoWarm   = time.Second
	videoLength = 6 * time.Second
	videoRate   = 30
	connections = 20
	hold        = 6 * time.Second // until memory is looked at
)

// BenchmarkType measures from a key to the first drawing that it causes.
func BenchmarkType(b *testing.B) {
	s := servers.StartSSHD(b)
	each(b, func(b *testing.B, d daemon) {
		c := open(b, d, "ssh", ssh(s))
		before := cpu(b, d.pid)
		var took []time.Duration
		c.typeText("# ")
		for i := range keys {
			c.quiet(keyGap + rand.N(keyGap/2))
			began := time.Now()
			c.key('a' + i%26)
			took = append(took, c.firstDrawing().Sub(began))
		}
		report(b, took, "draw-ms")
		b.ReportMetric(cpu(b, d.pid)-before, "cpu-s")
		c.conn.Close()
	})
}

// report adds the median and the 99th percentile in milliseconds.
func report(b *testing.B, took []time.Duration, unit string) {
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)/2]), "p50-"+unit)
	b.ReportMetric(ms(took[len(took)*99/100]), "p99-"+unit)
}

// BenchmarkFlood measures a command that prints two megabytes of lines.
func BenchmarkFlood(b *testing.B) {
	s := servers.StartSSHD(b)
	each(b, func(b *testing.B, d daemon) {
		c := open(b, d, "ssh", ssh(s))
		c.typeText("seq 1 300000")
		c.quiet(settle)
		before, began := cpu(b, d.pid), time.Now()
		c.key(0xFF0D)
		c.firstDrawing()
		last, frames, drawn := began, 0, false
		for _, e := range c.quiet(settle) {
			if draws(e.opcode) {
				last, drawn = e.at, true
			}
			if e.opcode == guac.OpSync && drawn {
				frames, drawn = frames+1, false
			}
		}
		wall := last.Sub(began)
		b.ReportMetric(float64(wall.Milliseconds()), "wall-ms")
		b.ReportMetric(cpu(b, d.pid)-before, "cpu-s")
		b.ReportMetric(float64(frames)/wall.Seconds(), "pictures/s")
		c.conn.Close()
	})
}

// BenchmarkVideo plays a moving picture over a whole VNC desktop.
func BenchmarkVideo(b *testing.B) { play(b, field) }

// BenchmarkScroll scrolls a page of lines on a VNC desktop.
func BenchmarkScroll(b *testing.B) { play(b, page) }

// play measures how many different pictures of a source reach the user, and how old.
func play(b *testing.B, paint func(img *image.RGBA, frame int)) {
	v := servers.StartTigerVNC(b, servers.VNCOptions{Width: 1280, Height: 720})
	each(b, func(b *testing.B, d daemon) {
		stop := animate(b, v, paint)
		defer stop()
		c := connect(b, d, "vnc", vnc(v))
		c.keep = true
		time.Sleep(videoWarm + videoLength/10)
		before, from := cpu(b, d.pid), time.Now()
		time.Sleep(videoLength)
		used, to := cpu(b, d.pid)-before, time.Now()
		c.conn.Close()
		stop()
		seen, ages := watch(b, c, from, to)
		seconds := to.Sub(from).Seconds()
		b.ReportMetric(float64(seen)/seconds, "pictures/s")
		b.ReportMetric(used/seconds*100, "cpu-%")
		b.ReportMetric(used/float64(max(seen, 1))*1000, "cpu-ms/picture")
		if len(ages) > 0 {
			report(b, ages, "age-ms")
		}
	})
}

// animate paints pictures at videoRate until the returned function is called. Each has
// its number and the time in a row of squares at the top left.
func animate(b *testing.B, v *servers.TigerVNC, paint func(img *image.RGBA, frame int)) (stop func()) {
	w, err := xpaint.Open(string(v.Display), 1280, 720)
	if err != nil {
		b.Fatal(err)
	}
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
		tick := time.NewTicker(time.Second / videoRate)
		defer tick.Stop()
		for frame := 0; ; frame++ {
			paint(img, frame)
			stamp(img, time.Now())
			if w.Put(img, img.Rect) != nil {
				return
			}
			select {
			case <-tick.C:
			case <-end:
				return
			}
		}
	}()
	closed := false
	return func() {
		if !closed {
			closed = true
			close(end)
			<-done
			w.Close()
		}
	}
}

// field is a colour field that moves, with grain.
func field(img *image.RGBA, frame int) {
	seed := uint32(frame*7919 + 1)
	for y := range 720 {
		row := img.Pix[y*img.Stride:]
		for x := range 1280 {
			seed = seed*1664525 + 1013904223
			grain := byte(seed >> 29)
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = byte(x/5+3*frame)+grain, byte(y/3-2*frame)+grain, byte((x+y)/8+frame), 255
		}
	}
}

// page is a page of letter-like marks that moves up by six rows a picture.
func page(img *image.RGBA, frame int) {
	for y := range 720 {
		source := y + 6*frame
		line, within := source/18, source%18
		row := img.Pix[y*img.Stride:]
		for x := range 1280 {
			c := byte(0xFF)
			letter := uint32(line*131+x/9) * 2654435761
			if within < 12 && x%9 < 7 && letter>>(uint(within/2*3+x%9/3)%31)&1 == 1 {
				c = 0x20
			}
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = c, c, c, 255
		}
	}
}

const (
	square     = 16
	stampBits  = 40
	stampGuard = 0xB2
)

// stamp writes the milliseconds of a time as squares: 8 bits of guard, then 32 of time.
func stamp(img *image.RGBA, at time.Time) {
	value := uint64(stampGuard)<<32 | uint64(uint32(at.UnixMilli()))
	for bit := range stampBits {
		c := color.RGBA{A: 255}
		if value>>(stampBits-1-bit)&1 == 1 {
			c = color.RGBA{255, 255, 255, 255}
		}
		for y := range square {
			for x := range square {
				img.SetRGBA(bit*square+x, y, c)
			}
		}
	}
}

// readStamp reads it back from a picture.
func readStamp(img *image.RGBA) (ms uint32, ok bool) {
	if img == nil || img.Rect.Dx() < stampBits*square {
		return 0, false
	}
	var value uint64
	for bit := range stampBits {
		value <<= 1
		if img.RGBAAt(bit*square+square/2, square/2).G > 127 {
			value |= 1
		}
	}
	return uint32(value), value>>32 == stampGuard
}

// watch draws what a client was sent, after the fact, and returns how many different
// pictures it saw between two times, and how old each was.
func watch(b *testing.B, c *client, from, to time.Time) (seen int, ages []time.Duration) {
	b.Helper()
	screen := canvas.New(canvas.Config{})
	events, _ := c.take()
	last := uint32(0)
	for _, e := range events {
		var ins guac.Instruction
		if _, err := guac.ConsumeInstruction(e.raw, &ins, guac.HandshakeLimits); err != nil {
			b.Fatal(err)
		}
		if err := screen.Apply(&ins); err != nil {
			b.Fatal(err)
		}
		if e.opcode != guac.OpSync {
			continue
		}
		ms, ok := readStamp(screen.Layer(0))
		if !ok || ms == last || e.at.Before(from) || e.at.After(to) {
			continue
		}
		last = ms
		seen++
		ages = append(ages, time.Duration(uint32(e.at.UnixMilli())-ms)*time.Millisecond)
	}
	return seen, ages
}

// BenchmarkIdle measures one connection that does nothing.
func BenchmarkIdle(b *testing.B) {
	s := servers.StartSSHD(b)
	v := servers.StartTigerVNC(b, servers.VNCOptions{Width: 1280, Height: 720})
	each(b, func(b *testing.B, d daemon) {
		vacant(b, d)
		alone := pss(b, d.pid)
		for protocol, params := range map[string]map[string]string{"ssh": ssh(s), "vnc": vnc(v)} {
			c := open(b, d, protocol, params)
			time.Sleep(hold)
			b.ReportMetric(pss(b, d.pid)-alone, protocol+"-MiB")
			c.conn.Close()
			vacant(b, d)
		}
		b.ReportMetric(alone, "daemon-MiB")
	})
}

// BenchmarkConnections opens many SSH connections and holds them.
func BenchmarkConnections(b *testing.B) {
	s := servers.StartSSHD(b)
	each(b, func(b *testing.B, d daemon) {
		vacant(b, d)
		alone, before, began := pss(b, d.pid), cpu(b, d.pid), time.Now()
		var all []*client
		for range connections {
			c := connect(b, d, "ssh", ssh(s))
			all = append(all, c)
		}
		for _, c := range all {
			c.firstDrawing()
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds())/connections, "open-ms")
		b.ReportMetric((cpu(b, d.pid)-before)/connections*1000, "open-cpu-ms")
		time.Sleep(hold)
		b.ReportMetric((pss(b, d.pid)-alone)/connections, "MiB/connection")
		for _, c := range all {
			c.conn.Close()
		}
	})
}
