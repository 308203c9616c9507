// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/palta-gateway/palta/internal/canvas"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// browser is a user: it draws what it gets on a canvas, and answers a frame after delay,
// never if that is negative.
type browser struct {
	t     *testing.T
	delay time.Duration
	view  *View

	mu     sync.Mutex
	canvas *canvas.Canvas
	frames int
	bytes  int
	seen   map[string]int // instructions by opcode

	players map[int]*player
}

func newBrowser(t *testing.T, delay time.Duration) *browser {
	return &browser{t: t, delay: delay, canvas: canvas.New(canvas.Config{}), seen: make(map[string]int)}
}

// join adds the browser to a display. A sink may be sent to before AddView has returned,
// so answers wait for the view.
func (u *browser) join(d *Display, mimetypes ...string) *browser {
	return u.joinAs(d, ViewConfig{Image: mimetypes})
}

func (u *browser) joinAs(d *Display, cfg ViewConfig) *browser {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.view = d.AddView(u, cfg)
	return u
}

func (u *browser) Send(b []byte) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.bytes += len(b)
	var ins guac.Instruction
	for len(b) > 0 {
		n, err := guac.ConsumeInstruction(b, &ins, guac.DefaultLimits)
		if err != nil || n == 0 {
			u.t.Errorf("bad instructions at %.60q: %v", b, err)
			return nil
		}
		u.seen[string(ins.Opcode)]++
		if err := u.canvas.Apply(&ins); err != nil {
			u.t.Errorf("canvas: %v", err)
		}
		u.video(&ins)
		if ins.Is(guac.OpSync) {
			u.frames++
			timestamp, _ := ins.Int(0)
			u.answer(int64(timestamp))
		}
		b = b[n:]
	}
	return nil
}

func (u *browser) answer(timestamp int64) {
	if u.delay >= 0 {
		v := u.view
		time.AfterFunc(u.delay, func() { v.Sync(timestamp) })
	}
}

func (u *browser) count(opcode string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.seen[opcode]
}

// want compares the browser's picture with the display's.
func (u *browser) want(name string, want *image.RGBA) {
	u.t.Helper()
	u.mu.Lock()
	got := u.canvas.Image()
	u.mu.Unlock()
	if got.Rect != want.Rect {
		u.t.Errorf("%s: size %v, want %v", name, got.Rect, want.Rect)
		return
	}
	if bytes.Equal(got.Pix, want.Pix) {
		return
	}
	var wrong image.Rectangle
	n := 0
	for y := range want.Rect.Max.Y {
		for x := range want.Rect.Max.X {
			if got.RGBAAt(x, y) != want.RGBAAt(x, y) {
				wrong = wrong.Union(image.Rect(x, y, x+1, y+1))
				n++
			}
		}
	}
	u.t.Errorf("%s: %d pixels are wrong, within %v: first is %v, want %v", name, n, wrong,
		got.RGBAAt(wrong.Min.X, wrong.Min.Y), want.RGBAAt(wrong.Min.X, wrong.Min.Y))
}

// run starts the display's pump and returns how to stop it.
func run(t *testing.T, d *Display) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- d.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want %v", err, context.Canceled)
		}
	}
}

// artist draws at random, on whatever is behind these functions.
type artist struct {
	rnd    *rand.Rand
	size   func() image.Point
	draw   func(r image.Rectangle, pix []byte, stride int)
	fill   func(r image.Rectangle, c color.RGBA)
	move   func(src image.Rectangle, dst image.Point)
	encode func(r image.Rectangle, mimetype string, data []byte) // may be nil
	resize func(w, h int)
	whole  func() *image.RGBA // a copy of the picture; nil for painters
}

func (a *artist) rect() image.Rectangle {
	size := a.size()
	x, y := a.rnd.IntN(size.X+20)-10, a.rnd.IntN(size.Y+20)-10
	w, h := 1+a.rnd.IntN(size.X/2), 1+a.rnd.IntN(size.Y/2)
	if a.rnd.IntN(2) == 0 {
		w, h = 1+a.rnd.IntN(20), 1+a.rnd.IntN(20)
	}
	return image.Rect(x, y, x+w, y+h)
}

// content makes pixels of one of several kinds.
func (a *artist) content(r image.Rectangle) *image.RGBA {
	m := image.NewRGBA(r)
	kind, base := a.rnd.IntN(4), a.rnd.Uint32()
	for i := 0; i < len(m.Pix); i += 4 {
		c := base
		switch x := i / 4 % r.Dx(); kind {
		case 1:
			c = base + uint32(x/7%5)
		case 2:
			c = base + uint32(a.rnd.IntN(2))*uint32(a.rnd.IntN(2))*uint32(a.rnd.IntN(1<<24))
		case 3:
			c = a.rnd.Uint32()
		}
		m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3] = byte(c), byte(c>>8), byte(c>>16), 0xFF
	}
	return m
}

func (a *artist) step() {
	switch a.rnd.IntN(12) {
	case 0:
		a.fill(a.rect(), color.RGBA{uint8(a.rnd.IntN(256)), 7, 9, 0xFF})
	case 1, 2, 3:
		a.move(a.rect(), a.rect().Min)
	case 4, 5: // a terminal's scroll
		size := a.size()
		line := 1 + a.rnd.IntN(20)
		a.move(image.Rect(0, line, size.X, size.Y), image.Point{})
		m := a.content(image.Rect(0, size.Y-line, size.X, size.Y))
		a.draw(m.Rect, m.Pix, m.Stride)
	case 6, 7:
		a.picture()
	case 10: // an engine that knows of no moves
		if m := a.whole(); m != nil {
			line := 1 + a.rnd.IntN(20)
			copy(m.Pix, m.Pix[min(line*m.Stride, len(m.Pix)):])
			a.draw(m.Rect, m.Pix, m.Stride)
		}
	case 8:
		if a.rnd.IntN(10) == 0 {
			a.resize(20+a.rnd.IntN(400), 20+a.rnd.IntN(300))
		}
	default:
		m := a.content(a.rect())
		a.draw(m.Rect, m.Pix, m.Stride)
	}
}

func (a *artist) picture() {
	r := a.rect()
	m := a.content(r)
	var out bytes.Buffer
	switch {
	case a.encode == nil:
		a.draw(r, m.Pix, m.Stride)
	case a.rnd.IntN(2) == 0:
		_ = png.Encode(&out, m)
		a.encode(r, "image/png", out.Bytes())
	default:
		_ = jpeg.Encode(&out, m, nil)
		a.encode(r, "image/jpeg", out.Bytes())
	}
}

// onDisplay is an artist that draws on a framebuffer.
func onDisplay(d *Display, seed uint64) *artist {
	return &artist{
		rnd:  rand.New(rand.NewPCG(seed, 1)),
		size: func() image.Point { w, h := d.Size(); return image.Pt(w, h) },
		draw: d.Draw, fill: d.Fill, move: d.Move, encode: d.DrawPicture, resize: d.Resize,
		whole: func() *image.RGBA { return d.Snapshot(image.Rect(0, 0, guac.MaxWidth, guac.MaxHeight)) },
	}
}

// sheet is a painter with pixels of its own.
type sheet struct {
	d  *Display
	mu sync.Mutex
	m  *image.RGBA
}

func (s *sheet) Paint(dst *image.RGBA) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := dst.Rect.Intersect(s.m.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		copy(dst.Pix[dst.PixOffset(r.Min.X, y):][:4*r.Dx()], s.m.Pix[s.m.PixOffset(r.Min.X, y):])
	}
}

// onSheet is an artist that draws on a painter.
func onSheet(d *Display, seed uint64) *artist {
	width, height := d.Size()
	s := &sheet{d: d, m: newFramebuffer(image.Pt(width, height), nil).image()}
	d.SetPainter(s)
	locked := func(f func(fb *framebuffer)) {
		s.mu.Lock()
		defer s.mu.Unlock()
		fb := &framebuffer{s.m.Pix, s.m.Stride, s.m.Rect.Max}
		f(fb)
		s.m = fb.image()
	}
	draw := func(r image.Rectangle, pix []byte, stride int) {
		locked(func(fb *framebuffer) {
			in := r.Intersect(s.m.Rect)
			if !in.Empty() {
				fb.draw(in, pix[(in.Min.Y-r.Min.Y)*stride+4*(in.Min.X-r.Min.X):], stride)
				d.Damage(r)
			}
		})
	}
	return &artist{
		rnd:  rand.New(rand.NewPCG(seed, 2)),
		size: func() image.Point { return s.m.Rect.Max },
		draw: draw,
		fill: func(r image.Rectangle, c color.RGBA) {
			row := bytes.Repeat([]byte{c.R, c.G, c.B, 0xFF}, r.Dx())
			draw(r, row, 0)
		},
		move: func(src image.Rectangle, dst image.Point) {
			locked(func(fb *framebuffer) {
				if m := (move{src, dst}).clip(s.m.Rect); !m.src.Empty() {
					fb.copyWithin(m)
					d.Move(src, dst)
				}
			})
		},
		whole: func() *image.RGBA { return nil },
		resize: func(w, h int) {
			locked(func(fb *framebuffer) {
				*fb = *newFramebuffer(image.Pt(w, h), fb)
				d.Resize(w, h)
			})
		},
	}
}

func TestEveryUserSeesTheSamePixels(t *testing.T) {
	// Features: DIS-05, DIS-06
	for _, backing := range []struct {
		name   string
		artist func(d *Display, seed uint64) *artist
	}{{"framebuffer", onDisplay}, {"painter", onSheet}} {
		for seed := range uint64(5) {
			t.Run(fmt.Sprintf("%s/%d", backing.name, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { oracle(t, backing.artist, seed) })
			})
		}
	}
}

func oracle(t *testing.T, artist func(d *Display, seed uint64) *artist, seed uint64) {
	d := New(Config{Width: 300, Height: 200})
	defer run(t, d)()
	a := artist(d, seed)
	users := map[string]*browser{
		"fast":      newBrowser(t, 0).join(d, "image/png", "image/jpeg"),
		"same":      newBrowser(t, 0).join(d, "image/png", "image/jpeg"),
		"slow":      newBrowser(t, time.Second).join(d, "image/jpeg"),
		"PNG only":  newBrowser(t, 30*time.Millisecond).join(d),
		"30 frames": newBrowser(t, 33*time.Millisecond).join(d, "image/jpeg"),
	}
	silent := newBrowser(t, -1).join(d, "image/jpeg")
	check := func() {
		d.Flush()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		want := d.Snapshot(image.Rect(0, 0, guac.MaxWidth, guac.MaxHeight))
		for name, u := range users {
			u.want(name, want)
		}
	}
	for i := range 200 {
		for range a.rnd.IntN(5) {
			a.step()
		}
		if a.rnd.IntN(4) > 0 {
			d.Flush()
		}
		if a.rnd.IntN(3) > 0 {
			time.Sleep(time.Duration(a.rnd.IntN(40)) * time.Millisecond)
		}
		if i%70 == 69 {
			check()
		}
		if i == 50 || i == 120 {
			users[fmt.Sprintf("joined at %d", i)] = newBrowser(t, 5*time.Millisecond).join(d, "image/jpeg")
		}
		if i == 100 {
			d.RemoveView(users["same"].view)
			delete(users, "same")
		}
	}
	check()
	if silent.frames != maxInFlight {
		t.Errorf("a user who never answers got %d frames, want %d", silent.frames, maxInFlight)
	}
}
