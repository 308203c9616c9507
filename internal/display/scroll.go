// SPDX-License-Identifier: Apache-2.0

package display

import (
	"bytes"
	"hash/crc32"
	"image"
)

// When a drawing is looked at as a scroll.
const (
	scrollWidth  = 128 // at least
	scrollHeight = 32  // at least
	scrollReach  = 128 // rows looked at above and below: servers cut pictures into strips
	scrollVotes  = 6   // rows, not alike, that must have come from the same distance
	scrollSample = 4   // every so many rows are compared first
	freeLooks    = 3   // in vain, two times, before any drawing is not looked at
	maxPatience  = 64  // drawings not looked at after many that were no scrolls
)

// scroll finds pixels that a remote host sends again because they have moved up or down.
type scroll struct {
	wait, patience int
	table          *crc32.Table
	old, now       []uint32       // checksums of rows
	place          map[uint32]int // row of old with a checksum, -1 if there are several
	votes          map[int]int    // for each distance
}

// release gives back memory.
func (s *scroll) release() { *s = scroll{wait: s.wait, patience: s.patience} }

// find returns the move within the framebuffer that gives most of what pix draws in r.
func (s *scroll) find(fb *framebuffer, r image.Rectangle, pix []byte, stride int) (move, bool) {
	if r.Dx() < scrollWidth || r.Dy() < scrollHeight || !s.worthLooking(fb, r, pix, stride) {
		return move{}, false
	}
	if s.wait > 0 {
		s.wait--
		return move{}, false
	}
	reach := image.Rect(r.Min.X, r.Min.Y-scrollReach, r.Max.X, r.Max.Y+scrollReach)
	reach = reach.Intersect(image.Rectangle{Max: fb.size})
	s.sum(fb, reach, r, pix, stride)
	distance, ok := s.elect(r.Min.Y - reach.Min.Y)
	if !ok {
		s.patience = min(2*s.patience+1, maxPatience)
		s.wait = max(0, s.patience-freeLooks)
		return move{}, false
	}
	s.patience = 0
	m := move{src: r.Add(image.Pt(0, distance)), dst: r.Min}
	return m.clip(image.Rectangle{Max: fb.size}), true
}

// worthLooking reports whether most rows of r are to change.
func (s *scroll) worthLooking(fb *framebuffer, r image.Rectangle, pix []byte, stride int) bool {
	changed := 0
	for y := 0; y < r.Dy(); y += scrollSample {
		if !bytes.Equal(pix[y*stride:][:4*r.Dx()], fb.row(r.Min.X, r.Max.X, r.Min.Y+y)) {
			changed++
		}
	}
	return changed*2*scrollSample > r.Dy()
}

// sum computes the checksums of the rows of reach, and of those that pix draws in r.
func (s *scroll) sum(fb *framebuffer, reach, r image.Rectangle, pix []byte, stride int) {
	if s.table == nil {
		s.table = crc32.MakeTable(crc32.Castagnoli)
		s.place, s.votes = make(map[uint32]int), make(map[int]int)
	}
	s.old, s.now = s.old[:0], s.now[:0]
	clear(s.place)
	clear(s.votes)
	for y := reach.Min.Y; y < reach.Max.Y; y++ {
		sum := crc32.Checksum(fb.row(reach.Min.X, reach.Max.X, y), s.table)
		if _, several := s.place[sum]; several {
			s.place[sum] = -1
		} else {
			s.place[sum] = len(s.old)
		}
		s.old = append(s.old, sum)
	}
	for y := range r.Dy() {
		s.now = append(s.now, crc32.Checksum(pix[y*stride:][:4*r.Dx()], s.table))
	}
}

// elect returns by how many rows most new rows are away from where they were; the first
// new row is at the given row of the old ones.
func (s *scroll) elect(first int) (distance int, ok bool) {
	best := 0
	for i, sum := range s.now {
		at, known := s.place[sum]
		if !known || at < 0 {
			continue
		}
		d := at - first - i
		s.votes[d]++
		if n := s.votes[d]; n > best {
			best, distance = n, d
		}
	}
	if best < scrollVotes || distance == 0 {
		return 0, false
	}
	same := 0
	for i, sum := range s.now {
		if at := first + i + distance; at >= 0 && at < len(s.old) && s.old[at] == sum {
			same++
		}
	}
	return distance, 2*same > len(s.now)
}
