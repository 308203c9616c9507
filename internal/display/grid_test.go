// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"math/rand/v2"
	"testing"
)

// truthMap is a grid with a mark for each pixel.
type truthMap map[image.Point]bool

func (m truthMap) set(r image.Rectangle, on bool) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			m[image.Pt(x, y)] = on
		}
	}
}

func TestGridNeverForgets(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		size := image.Pt(1+rnd.IntN(200), 1+rnd.IntN(200))
		var g grid
		g.reset(size)
		truth := make(truthMap)
		random := func() image.Rectangle {
			x, y := rnd.IntN(size.X), rnd.IntN(size.Y)
			return image.Rect(x, y, x+1+rnd.IntN(size.X), y+1+rnd.IntN(size.Y)).Intersect(g.bounds)
		}
		for range 6 {
			if r := random(); rnd.IntN(3) > 0 {
				g.add(r)
				truth.set(r, true)
			} else {
				g.remove(r)
				truth.set(r, false)
			}
		}
		covered := make(truthMap)
		total := 0
		for _, region := range g.regions() {
			cut(region.rect, func(r image.Rectangle) {
				if area(r) > tileArea || !r.In(g.bounds) {
					t.Fatalf("tile %v of %v", r, g.bounds)
				}
				covered.set(r, true)
				total += area(r)
			})
		}
		for p, on := range truth {
			if on && !covered[p] {
				t.Fatalf("%v is marked, but in no region", p)
			}
		}
		if (g.marked == 0) != (len(g.regions()) == 0) || g.empty() != (g.area(g.bounds) == 0) {
			t.Fatalf("%d cells marked, %d regions", g.marked, len(g.regions()))
		}
	}
}

func TestRegionsMergeNeighboursOnly(t *testing.T) {
	var g grid
	g.reset(image.Pt(1280, 720))
	g.add(image.Rect(0, 700, 1280, 716)) // a line of text
	g.add(image.Rect(500, 20, 508, 36))  // a character far away
	got := g.regions()
	if len(got) != 2 || got[0].rect != image.Rect(500, 20, 508, 36) || got[1].rect != image.Rect(0, 700, 1280, 716) {
		t.Errorf("regions %v, want the character and the line", got)
	}
	g.clear()
	g.add(g.bounds)
	if got := g.regions(); len(got) != 1 || got[0].rect != g.bounds {
		t.Errorf("regions %v, want the whole screen", got)
	}
}

func TestSubtract(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	random := func() image.Rectangle {
		return image.Rect(rnd.IntN(9), rnd.IntN(9), rnd.IntN(9), rnd.IntN(9))
	}
	for range 2000 {
		a, b := random(), random()
		truth := make(truthMap)
		truth.set(a, true)
		truth.set(b.Intersect(a), false)
		for _, r := range subtract(a, b) {
			for y := r.Min.Y; y < r.Max.Y; y++ {
				for x := r.Min.X; x < r.Max.X; x++ {
					if !truth[image.Pt(x, y)] {
						t.Fatalf("%v minus %v has %d,%d, or has it twice", a, b, x, y)
					}
					truth[image.Pt(x, y)] = false
				}
			}
		}
		for p, left := range truth {
			if left {
				t.Fatalf("%v minus %v lacks %v", a, b, p)
			}
		}
	}
}
