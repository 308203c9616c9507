// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"math/rand/v2"
	"testing"
)

func TestMaskIsExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	size := image.Pt(200, 150)
	var m mask
	m.resize(size)
	want := map[image.Point]bool{}
	each := func(r image.Rectangle, f func(p image.Point)) {
		r = r.Intersect(image.Rectangle{Max: size})
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				f(image.Pt(x, y))
			}
		}
	}
	rect := func() image.Rectangle {
		at := image.Pt(rnd.IntN(220)-10, rnd.IntN(170)-10)
		return image.Rectangle{Min: at, Max: at.Add(image.Pt(rnd.IntN(130), rnd.IntN(130)))}
	}
	for i := range 2000 {
		r := rect()
		switch rnd.IntN(4) {
		case 0:
			m.add(r)
			each(r, func(p image.Point) { want[p] = true })
		case 1:
			m.remove(r)
			each(r, func(p image.Point) { delete(want, p) })
		case 2:
			mv := move{r, rect().Min}.clip(image.Rectangle{Max: size})
			moved := map[image.Point]bool{}
			each(mv.target(), func(p image.Point) { moved[p] = want[p.Sub(mv.delta())] })
			m.move(mv)
			for p, set := range moved {
				delete(want, p)
				if set {
					want[p] = true
				}
			}
		case 3:
			if i%5 == 0 {
				m.remove(image.Rectangle{Max: size})
				clear(want)
			}
		}
		look := rect()
		in, out := 0, 0
		each(look, func(p image.Point) {
			if want[p] {
				in++
			} else {
				out++
			}
		})
		if got := m.overlaps(look); got != (in > 0) {
			t.Fatalf("step %d: overlaps = %v, want %v", i, got, in > 0)
		}
		look = look.Intersect(image.Rectangle{Max: size})
		for _, part := range m.within(look) {
			each(part, func(p image.Point) {
				if !want[p] || !p.In(look) {
					t.Fatalf("step %d: %v is not in the set", i, p)
				}
				in--
			})
		}
		for _, part := range m.without(look) {
			each(part, func(p image.Point) {
				if want[p] || !p.In(look) {
					t.Fatalf("step %d: %v is in the set", i, p)
				}
				out--
			})
		}
		if in != 0 || out != 0 {
			t.Fatalf("step %d: %d pixels in the set and %d others are missing, or come twice", i, in, out)
		}
		if m.empty() != (len(want) == 0) || m.empty() != (m.cells == nil) {
			t.Fatalf("step %d: empty = %v with %d pixels", i, m.empty(), len(want))
		}
	}
}

func TestMaskJoinsWhatItsCellsCut(t *testing.T) {
	var m mask
	m.resize(image.Pt(640, 480))
	hole := image.Rect(100, 100, 500, 400)
	m.add(hole)
	if got := m.within(m.bounds); len(got) != 1 || got[0] != hole {
		t.Errorf("the set is %v, want %v", got, hole)
	}
	if got := m.without(m.bounds); len(got) > 8 {
		t.Errorf("the rest is %d rectangles, want 8 at most", len(got))
	}
	m.resize(image.Pt(300, 300))
	if got, want := m.within(m.bounds), image.Rect(100, 100, 300, 300); len(got) != 1 || got[0] != want {
		t.Errorf("cut down, the set is %v, want %v", got, want)
	}
}
