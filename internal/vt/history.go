// SPDX-License-Identifier: Apache-2.0

package vt

import (
	"encoding/binary"
	"unicode/utf8"
)

// history is the scrollback: a ring of packed rows, the oldest first.
//
// A packed row is the row's text as UTF-8 without trailing blanks, with control bytes between: see the tok constants. A row
// of plain text takes its length in bytes and one slice header, a tenth of its cells.
type history struct {
	slots [][]byte // len(slots) is the ring's present capacity
	start int
	count int
	max   int
	bytes int // sum of the capacities of the rows held
}

// rowBudget is the mean size of a packed row beyond which old rows are dropped early: 1000 lines take at most 4 MiB.
const rowBudget = 4096

const (
	tokWrapped = 0x01 // first byte only: the row continues in the next
	tokStyle   = 0x02 // four uvarints follow: foreground, background, attributes, ext
	tokPlain   = 0x03 // back to the default style
	tokWide    = 0x04 // the next character is wide; its tail is implied
	tokCluster = 0x05 // a uvarint follows: index of the cluster
	tokBlanks  = 0x06 // a uvarint follows: number of blank cells
)

// at returns the packed row i, 0 being the oldest.
func (h *history) at(i int) []byte {
	i += h.start
	if i >= len(h.slots) {
		i -= len(h.slots)
	}
	return h.slots[i]
}

// push appends a copy of row, dropping the oldest rows if the limits are reached.
func (h *history) push(row []byte) {
	if h.max == 0 {
		return
	}
	if h.count == len(h.slots) && h.count < h.max {
		h.grow(min(h.max, max(64, 2*len(h.slots))))
	}
	i := h.start + h.count
	if i >= len(h.slots) {
		i -= len(h.slots)
	}
	if h.count == h.max {
		h.start++
		if h.start == len(h.slots) {
			h.start = 0
		}
	} else {
		h.count++
	}
	old := h.slots[i]
	h.bytes -= cap(old)
	if c := cap(old); c > 256 && c > 4*len(row) {
		old = nil
	}
	h.slots[i] = append(old[:0], row...)
	h.bytes += cap(h.slots[i])
	for h.bytes > h.max*rowBudget && h.count > 1 {
		h.dropOldest()
	}
}

func (h *history) dropOldest() {
	h.bytes -= cap(h.slots[h.start])
	h.slots[h.start] = nil
	h.start = (h.start + 1) % len(h.slots)
	h.count--
}

// pop removes the newest row and returns it; it is valid until the next push.
func (h *history) pop() []byte {
	row := h.at(h.count - 1)
	h.count--
	return row
}

// grow changes the ring's capacity to n >= count.
func (h *history) grow(n int) {
	slots := make([][]byte, n)
	for i := range h.count {
		slots[i] = h.at(i)
	}
	h.slots, h.start = slots, 0
}

// setMax changes the limit, dropping the oldest rows beyond it.
func (h *history) setMax(n int) {
	for h.count > n {
		h.dropOldest()
	}
	h.max = n
	if len(h.slots) > n {
		h.grow(n)
		h.bytes = 0
		for i := range h.count {
			h.bytes += cap(h.at(i))
		}
	}
}

func (h *history) clear() { *h = history{max: h.max} }

func isWrapped(row []byte) bool { return len(row) > 0 && row[0] == tokWrapped }

// pack appends the packed form of a row to b.
func pack(b []byte, cells []Cell, wrapped bool) []byte {
	n := len(cells)
	for n > 0 && cells[n-1] == (Cell{}) {
		n--
	}
	if wrapped {
		b = append(b, tokWrapped)
	}
	var style Cell
	for i := 0; i < n; i++ {
		c := &cells[i]
		if c.Attr&wideTail != 0 {
			continue
		}
		if !sameStyle(c, &style) {
			style = *c
			b = appendStyle(b, c)
		}
		switch {
		case c.Attr&wideLead == 0 && c.content-0x20 < 0x5f:
			b = append(b, byte(c.content))
		case c.content == 0:
			run := 1
			for i+run < n && cells[i+run] == *c {
				run++
			}
			i += run - 1
			b = binary.AppendUvarint(append(b, tokBlanks), uint64(run))
		default:
			b = appendContent(b, c)
		}
	}
	return b
}

func appendStyle(b []byte, c *Cell) []byte {
	if sameStyle(c, &Cell{}) {
		return append(b, tokPlain)
	}
	b = append(b, tokStyle)
	b = binary.AppendUvarint(b, uint64(c.FG))
	b = binary.AppendUvarint(b, uint64(c.BG))
	b = binary.AppendUvarint(b, uint64(c.Attr&styleMask))
	return binary.AppendUvarint(b, uint64(c.ext))
}

func appendContent(b []byte, c *Cell) []byte {
	if c.Attr&wideLead != 0 {
		b = append(b, tokWide)
	}
	if c.content&clusterFlag != 0 {
		return binary.AppendUvarint(append(b, tokCluster), uint64(c.content&^clusterFlag))
	}
	return utf8.AppendRune(b, rune(c.content))
}

// unpack appends the cells of a packed row to dst.
func unpack(dst []Cell, row []byte) []Cell {
	if isWrapped(row) {
		row = row[1:]
	}
	var style Cell
	var wide Attr
	number := func() uint64 {
		v, n := binary.Uvarint(row)
		row = row[n:]
		return v
	}
	put := func(content uint32) {
		c := style
		c.content = content
		c.Attr |= wide
		dst = append(dst, c)
		if wide != 0 {
			c.content = 0
			c.Attr = style.Attr | wideTail
			dst = append(dst, c)
			wide = 0
		}
	}
	for len(row) > 0 {
		b := row[0]
		switch {
		case b >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(row)
			row = row[n:]
			put(uint32(r))
			continue
		case b >= 0x20:
			row = row[1:]
			put(uint32(b))
			continue
		}
		row = row[1:]
		switch b {
		case tokStyle:
			style = Cell{FG: Color(number()), BG: Color(number()), Attr: Attr(number()), ext: uint16(number())}
		case tokPlain:
			style = Cell{}
		case tokWide:
			wide = wideLead
		case tokCluster:
			put(uint32(number()) | clusterFlag)
		case tokBlanks:
			for range number() {
				dst = append(dst, style)
			}
		}
	}
	return dst
}

// trim gives back what the ring holds beyond its rows.
func (h *history) trim() {
	if n := max(64, h.count); len(h.slots) > 2*n && h.count < h.max {
		h.grow(min(n, h.max))
	}
	h.bytes = 0
	for i := range h.count {
		h.bytes += cap(h.at(i))
	}
}
