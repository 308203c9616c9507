// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"fmt"
	"image"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

func TestScreensMakeTheSize(t *testing.T) {
	d := New(Config{Width: 300, Height: 200})
	if diff := cmp.Diff([]Screen{{image.Rect(0, 0, 300, 200), 100}}, d.Screens()); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	for name, tc := range map[string]struct {
		screens, want []Screen
		size          image.Point
	}{
		"side by side": {
			[]Screen{{image.Rect(0, 50, 640, 530), 100}, {image.Rect(640, 0, 1440, 600), 150}},
			[]Screen{{image.Rect(0, 50, 640, 530), 100}, {image.Rect(640, 0, 1440, 600), 150}},
			image.Pt(1440, 600),
		},
		"beyond the bounds": {
			[]Screen{{image.Rect(-100, 0, 640, 99999), 100}, {image.Rect(guac.MaxWidth, 0, guac.MaxWidth+5, 5), 100}},
			[]Screen{{image.Rect(0, 0, 640, guac.MaxHeight), 100}},
			image.Pt(640, guac.MaxHeight),
		},
		"none":     {nil, nil, image.Pt(1, 1)},
		"too many": {row(maxScreens + 1), row(maxScreens), image.Pt(10*maxScreens, 10)},
	} {
		d.SetScreens(tc.screens)
		if diff := cmp.Diff(tc.want, d.Screens()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if w, h := d.Size(); image.Pt(w, h) != tc.size {
			t.Errorf("%s: size %dx%d, want %v", name, w, h, tc.size)
		}
	}
}

// row returns screens side by side.
func row(n int) (screens []Screen) {
	for i := range n {
		screens = append(screens, Screen{image.Rect(10*i, 0, 10*i+10, 10), 100})
	}
	return screens
}

// TestAUserMayWatchOneScreen has the random drawing of the oracle, video included, on a
// display of two screens that lie apart and overlap.
func TestAUserMayWatchOneScreen(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { screenOracle(t, seed) })
		})
	}
}

func screenOracle(t *testing.T, seed uint64) {
	screens := []Screen{{image.Rect(0, 30, 110, 200), 100}, {image.Rect(70, 10, 300, 160), 200}}
	var s *studio
	d := New(Config{Width: 300, Height: 200, Video: func(n VideoNeed) { s.needs.add(n) }})
	d.SetScreens(screens)
	s = newStudio(d, seed)
	s.resize = func(int, int) {}
	defer run(t, d)()
	users := []*browser{}
	for i, delay := range []time.Duration{0, 300 * time.Millisecond, 20 * time.Millisecond} {
		cfg := ViewConfig{Image: []string{"image/jpeg"}, Video: []string{guac.VideoH264}, Screen: i}
		users = append(users, newBrowser(t, delay).joinAs(d, cfg))
	}
	for i := range 150 {
		for range s.rnd.IntN(5) {
			s.step()
		}
		d.Flush()
		time.Sleep(time.Duration(s.rnd.IntN(40)) * time.Millisecond)
		if i%50 < 49 {
			continue
		}
		for settled := false; !settled; {
			s.step()
			pass(d)
			pass(d)
			s.needs.mu.Lock()
			settled = len(s.needs.told) == 0
			s.needs.mu.Unlock()
		}
		users[0].want("all", s.truth.image())
		for n, screen := range screens {
			users[n+1].want(fmt.Sprintf("screen %d", n+1), part(s.truth, screen.Rect))
		}
	}
}

// part returns a copy of r, moved to 0,0.
func part(fb *framebuffer, r image.Rectangle) *image.RGBA {
	m := image.NewRGBA(image.Rectangle{Max: r.Size()})
	fb.read(m.Pix, r)
	return m
}

func TestAUserOfAScreenFollowsItsChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Width: 300, Height: 200})
		defer run(t, d)()
		drawImage(d, noise(image.Rect(0, 0, 300, 200), 1))
		u := newBrowser(t, 0).joinAs(d, ViewConfig{Screen: 2})
		other := newBrowser(t, 0).join(d)
		pass(d)
		u.want("a screen that does not exist is all", d.Snapshot(image.Rect(0, 0, 300, 200)))

		area := image.Rect(100, 50, 300, 200)
		d.SetScreens([]Screen{{image.Rect(0, 0, 100, 200), 100}, {area, 100}})
		pass(d)
		m := d.Snapshot(area)
		u.want("the second screen", &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: image.Rectangle{Max: area.Size()}})
		if x, y := u.view.Place(7, 8); x != 107 || y != 58 {
			t.Errorf("7,8 of the screen is %d,%d of the display, want 107,58", x, y)
		}
		d.SetMouse(other.view, 50, 50)
		pass(d)
		if got := u.count(guac.OpMouse); got != 0 {
			t.Error("the mouse is told though it is on another screen")
		}
		d.SetMouse(other.view, 150, 60)
		pass(d)
		if got := u.canvas.Mouse(); got != image.Pt(50, 10) {
			t.Errorf("the mouse is at %v of the screen, want 50,10", got)
		}
	})
}

func TestDrawIntoTakesWhatHasChanged(t *testing.T) {
	watched(t, Config{Width: 640, Height: 480}, func(d *Display, r *recorder, v *View) {
		m := noise(image.Rect(0, 0, 640, 480), 1)
		drawImage(d, m)
		d.Flush()
		settle(v, r)
		calls := 0
		d.DrawInto(image.Rect(600, 400, 700, 500), func(dst *image.RGBA) []image.Rectangle {
			calls++
			if want := image.Rect(600, 400, 640, 480); dst.Rect != want || !bytes.Equal(dst.Pix[:160], m.Pix[m.PixOffset(600, 400):][:160]) {
				t.Errorf("lent %v, want %v and what is shown there", dst.Rect, want)
			}
			for x := 610; x < 620; x++ {
				copy(dst.Pix[dst.PixOffset(x, 410):], []byte{1, 2, 3, 0xFF})
			}
			return []image.Rectangle{image.Rect(610, 410, 620, 411), image.Rect(0, 0, 10, 10)}
		})
		d.Flush()
		synctest.Wait()
		want := []string{"rect", "0", "610", "410", "10", "1"}
		if diff := cmp.Diff(want, r.instructions[0]); diff != "" {
			t.Errorf("first instruction (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"rect", "cfill", "sync"}, r.take()); diff != "" {
			t.Errorf("instructions (-want +got):\n%s", diff)
		}
		d.DrawInto(image.Rect(640, 0, 650, 10), func(*image.RGBA) []image.Rectangle { calls++; return nil })
		if calls != 1 {
			t.Errorf("%d calls, want one: nothing can be drawn beyond the screen", calls)
		}
	})
}
