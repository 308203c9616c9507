// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"slices"
)

// step is one of the drawings that a user gets in their order: a ready-made picture, an
// access unit of video, or a move of what such a unit has drawn.
type step struct {
	picture *picture
	unit    *unit
	begins  bool // the unit begins its stream
	move    *move
}

// maxSteps bounds those of a view.
const maxSteps = maxPictures + maxVideoUnits + maxMoves

// append writes the step for a view that shows the display from origin on.
func (s *step) append(b []byte, origin image.Point) []byte {
	switch {
	case s.picture != nil:
		return s.picture.append(b, origin)
	case s.unit != nil:
		return s.unit.append(b, origin, s.begins)
	default:
		return appendMove(b, *s.move, origin)
	}
}

// loose returns the steps after the last move: the pictures among them may be taken out.
func (v *View) loose() []step {
	n := len(v.steps)
	for n > 0 && v.steps[n-1].move == nil {
		n--
	}
	return v.steps[n:]
}

// dropLoose takes those pictures out of the loose steps that drop names.
func (v *View) dropLoose(drop func(p *picture) bool) {
	loose := v.loose()
	kept := slices.DeleteFunc(loose, func(s step) bool { return s.picture != nil && drop(s.picture) })
	v.steps = v.steps[:len(v.steps)-len(loose)+len(kept)]
}

// picturesOf returns the pictures among steps.
func picturesOf(steps []step) (pictures []*picture) {
	for i := range steps {
		if p := steps[i].picture; p != nil {
			pictures = append(pictures, p)
		}
	}
	return pictures
}

// forward takes p as a change to be sent as it is.
func (v *View) forward(p *picture) {
	if p.mimetype != "" && !v.accepts(p.mimetype) || v.resized || len(v.steps) >= maxPictures || !p.rect.Overlaps(v.area) {
		v.damage.add(p.rect)
		return
	}
	v.dropLoose(func(old *picture) bool { return old.rect.In(p.rect) })
	v.damage.remove(p.rect)
	v.lossy.remove(p.rect)
	v.steps = append(v.steps, step{picture: p})
	if v.pictureBytes() <= maxPictureBytes {
		return
	}
	seen := visible(picturesOf(v.loose()))
	v.dropLoose(func(p *picture) bool { return !slices.Contains(seen, p) })
	if v.pictureBytes() > maxPictureBytes {
		v.unforward(v.area)
	}
	if v.pictureBytes() > maxPictureBytes {
		v.steps = nil
		v.redraw(v.area)
	}
}

func (v *View) pictureBytes() (n int) {
	for i := range v.steps {
		if p := v.steps[i].picture; p != nil {
			n += len(p.data)
		}
	}
	return n
}

// unforward makes loose pictures that touch r into damage, so that they need no place in
// the order of moves.
func (v *View) unforward(r image.Rectangle) {
	v.dropLoose(func(p *picture) bool {
		if p.rect.Overlaps(r) {
			v.damage.add(p.rect)
			return true
		}
		return false
	})
}

// redraw has r sent as pixels. Where video is shown there are none: that takes a key frame.
func (v *View) redraw(r image.Rectangle) {
	v.damage.add(r)
	if v.display.video.coverage.overlaps(r) {
		v.loseVideo()
	}
}

// needsOrder reports whether m must come after the steps there are: it moves what video
// draws, or follows such a move.
func (v *View) needsOrder(m move) bool {
	return slices.ContainsFunc(v.steps, func(s step) bool {
		if s.unit == nil {
			return s.move != nil
		}
		return slices.ContainsFunc(s.unit.Regions, func(r image.Rectangle) bool {
			r = r.Add(s.unit.Origin)
			return r.Overlaps(m.src) || r.Overlaps(m.target())
		})
	})
}
