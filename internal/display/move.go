// SPDX-License-Identifier: Apache-2.0

package display

import "image"

// move is a copy of pixels within the screen.
type move struct {
	src image.Rectangle
	dst image.Point
}

func (m move) delta() image.Point      { return m.dst.Sub(m.src.Min) }
func (m move) target() image.Rectangle { return m.src.Add(m.delta()) }

// clip returns the part of m whose source and target are within bounds.
func (m move) clip(bounds image.Rectangle) move {
	d := m.delta()
	src := m.src.Intersect(bounds).Add(d).Intersect(bounds).Sub(d)
	return move{src, src.Min.Add(d)}
}

// then returns the one move that takes the pixels which m takes to where next takes them on.
func (m move) then(next move) move {
	d := m.delta()
	src := m.src.Intersect(next.src.Sub(d))
	return move{src, src.Min.Add(d).Add(next.delta())}
}

const (
	// maxMoves bounds what a view remembers; further moves become damage.
	maxMoves = 32
	// combineArea is how many pixels two moves may cost more when made one.
	combineArea = 4096
)

// recordMove brings the view from the picture before whole to the one after it. The user
// has the screen's picture once moves and steps are done, in order, save for what is
// damaged; this keeps it true.
func (v *View) recordMove(whole move) {
	// A painter may have drawn these parts before the move or after it.
	for _, r := range v.painting {
		v.damage.add(r)
	}
	m := whole.clip(v.area)
	if !m.src.Empty() {
		v.recordSeen(m)
	}
	if m.src != whole.src { // the rest comes from where the user sees nothing
		for _, r := range subtract(whole.target().Intersect(v.area), m.target()) {
			v.redraw(r)
		}
	}
}

// recordSeen records a move within what the user sees.
func (v *View) recordSeen(m move) {
	ordered := v.needsOrder(m)
	if !ordered {
		v.unforward(m.src)
		v.unforward(m.target())
	}
	v.damage.move(m)
	v.lossy.move(m)

	target := m.target()
	switch {
	case ordered && len(v.steps) < maxSteps:
		kept := m // so that only this case allocates
		v.steps = append(v.steps, step{move: &kept})
		return
	case ordered, v.resized, !v.display.video.coverage.overlaps(target) && v.damage.area(target) > area(target)*7/8:
		v.redraw(target)
		return
	}
	if n := len(v.moves); n > 0 {
		if v.combine(v.moves[n-1], m) {
			return
		}
		if n == maxMoves {
			v.redraw(target)
			return
		}
	}
	v.moves = append(v.moves, m)
}

// combine replaces the last move a and its follower b by one, if that damages little
// beyond what is damaged already: a screen that scrolls line by line becomes one copy.
func (v *View) combine(a, b move) bool {
	if !a.target().Overlaps(b.target()) {
		return false
	}
	both := a.then(b)
	rest := append(subtract(a.target(), both.target()), subtract(b.target(), both.target())...)
	cost := 0
	for _, r := range rest {
		cost += area(r) - v.damage.area(r)
		if v.display.video.coverage.overlaps(r) {
			return false
		}
	}
	if cost > combineArea {
		return false
	}
	for _, r := range rest {
		v.damage.add(r)
	}
	last := len(v.moves) - 1
	if both.src.Empty() || both.delta() == (image.Point{}) {
		v.moves = v.moves[:last]
	} else {
		v.moves[last] = both
	}
	return true
}

// dropMoves forgets moves whose whole result is sent anyway, and that no step reads.
func (v *View) dropMoves() {
	if len(v.loose()) < len(v.steps) {
		return
	}
	for n := len(v.moves); n > 0; n-- {
		target := v.moves[n-1].target()
		if !v.damage.covers(target) || v.display.video.coverage.overlaps(target) {
			return
		}
		v.moves = v.moves[:n-1]
	}
}

// subtract returns the parts of a that are not in b.
func subtract(a, b image.Rectangle) []image.Rectangle {
	b = b.Intersect(a)
	if b.Empty() {
		return []image.Rectangle{a}
	}
	var parts []image.Rectangle
	for _, r := range []image.Rectangle{
		{Min: a.Min, Max: image.Pt(a.Max.X, b.Min.Y)},
		{Min: image.Pt(a.Min.X, b.Max.Y), Max: a.Max},
		{Min: image.Pt(a.Min.X, b.Min.Y), Max: image.Pt(b.Min.X, b.Max.Y)},
		{Min: image.Pt(b.Max.X, b.Min.Y), Max: image.Pt(a.Max.X, b.Max.Y)},
	} {
		if !r.Empty() {
			parts = append(parts, r)
		}
	}
	return parts
}
