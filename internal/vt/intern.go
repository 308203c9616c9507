// SPDX-License-Identifier: Apache-2.0

package vt

import "unicode/utf8"

// interner gives small numbers to values that cells refer to. It holds at most limit values; when it is full, those no
// cell refers to any more are dropped (Terminal.sweep). Number 0 is the zero value.
type interner[T comparable] struct {
	values []T
	index  map[T]uint32
	free   []uint32
	limit  int
	// denied counts the refusals since a sweep that freed nothing, so that a full table is not swept for every value.
	denied int
}

// sweepAgain is how many refusals a full table gives before it is swept again.
const sweepAgain = 4096

func (n *interner[T]) get(i uint16) T {
	if int(i) < len(n.values) {
		return n.values[i]
	}
	var zero T
	return zero
}

// intern returns the number of v, or false if the table is full and sweep frees nothing.
func (n *interner[T]) intern(v T, sweep func()) (uint32, bool) {
	if i, ok := n.index[v]; ok {
		return i, true
	}
	if n.index == nil {
		n.index = map[T]uint32{}
		n.values = make([]T, 1, 8)
	}
	if len(n.free) == 0 && len(n.values) >= n.limit {
		if n.denied > 0 && n.denied < sweepAgain {
			n.denied++
			return 0, false
		}
		n.denied = 1
		sweep()
		if len(n.free) == 0 {
			return 0, false
		}
		n.denied = 0
	}
	var i uint32
	if k := len(n.free); k > 0 {
		i = n.free[k-1]
		n.free = n.free[:k-1]
		n.values[i] = v
	} else {
		i = uint32(len(n.values))
		n.values = append(n.values, v)
	}
	n.index[v] = i
	return i, true
}

// release frees all values whose number is not in used.
func (n *interner[T]) release(used []bool) {
	var zero T
	n.free = n.free[:0]
	for i := 1; i < len(n.values); i++ {
		if used[i] {
			continue
		}
		if n.values[i] != zero {
			delete(n.index, n.values[i])
			n.values[i] = zero
		}
		n.free = append(n.free, uint32(i))
	}
}

// clusterTable holds the graphemes of more than one code point.
type clusterTable struct{ interner[string] }

func (c *clusterTable) text(content uint32) string { return c.get(uint16(content &^ clusterFlag)) }

func (c *clusterTable) first(content uint32) rune {
	r, _ := utf8.DecodeRuneInString(c.text(content))
	return r
}

// ext are the rare properties of a cell.
type ext struct {
	underline Color
	link      int
	uri       string
}

const (
	maxClusters = 1 << 16
	maxExts     = 1 << 12
)

// sweep frees the clusters and exts that no cell, pen or saved cursor uses.
func (t *Terminal) sweep() {
	clusters := make([]bool, max(len(t.clusters.values), 1))
	exts := make([]bool, max(len(t.exts.values), 1))
	mark := func(c *Cell) {
		if c.content&clusterFlag != 0 {
			clusters[c.content&^clusterFlag] = true
		}
		exts[c.ext] = true
	}
	mark(&t.pen)
	for _, s := range []*screen{&t.primary, &t.alternate} {
		mark(&s.saved.pen)
		for _, l := range s.lines {
			for i := range l.cells {
				mark(&l.cells[i])
			}
		}
	}
	var row []Cell
	for i := range t.history.count {
		row = unpack(row[:0], t.history.at(i))
		for k := range row {
			mark(&row[k])
		}
	}
	for i := range t.scratch {
		mark(&t.scratch[i])
	}
	t.clusters.release(clusters)
	t.exts.release(exts)
}
