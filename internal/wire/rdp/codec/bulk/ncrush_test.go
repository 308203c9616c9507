// SPDX-License-Identifier: Apache-2.0

package bulk_test

import (
	"slices"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/bulk"
)

// lowWriter writes bits, the lowest of each byte first.
type lowWriter struct {
	b []byte
	n int
}

func (w *lowWriter) put(v, n int) {
	for i := range n {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
}

// The codes are the decoder's own.
var literalCode, lengthCode = bulk.NCRUSHCodes()

func (w *lowWriter) symbol(of []uint32, symbol int) {
	w.put(int(of[symbol]&0xFFFF), int(of[symbol]>>16))
}

var (
	offsetBases, offsetExtra = offsetTable()
	lengthBases              = []int{
		2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 22, 26, 30, 34, 42, 50, 58, 66, 82, 98, 114, 130, 194, 258, 514,
	}
	lengthExtra = []int{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 6, 6, 8, 8}
)

func offsetTable() (bases, extra []int) {
	base := 1
	for i := range 32 {
		n := max(0, i/2-1)
		bases, extra = append(bases, base), append(extra, n)
		base += 1 << n
	}
	return bases, extra
}

func (e *encoder) ncrush(start int) []byte {
	var w lowWriter
	for at := start; at < len(e.history); {
		offset, length := e.match(at, 3000)
		if length < 2 {
			w.symbol(literalCode, int(e.history[at]))
			at++
			continue
		}
		e.ncrushOffset(&w, offset)
		i := len(lengthBases) - 1
		for lengthBases[i] > length {
			i--
		}
		w.symbol(lengthCode, i)
		w.put(length-lengthBases[i], lengthExtra[i])
		at += length
	}
	w.symbol(literalCode, 256)
	return w.b
}

func (e *encoder) ncrushOffset(w *lowWriter, offset int) {
	if i := slices.Index(e.offsets[:], offset); i >= 0 {
		w.symbol(literalCode, 289+i)
		e.offsets[i], e.offsets[0] = e.offsets[0], offset
		return
	}
	i := len(offsetBases) - 1
	for offsetBases[i] > offset+1 {
		i--
	}
	w.symbol(literalCode, 257+i)
	w.put(offset+1-offsetBases[i], offsetExtra[i])
	copy(e.offsets[1:], e.offsets[:3])
	e.offsets[0] = offset
}
