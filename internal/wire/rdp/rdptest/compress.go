// SPDX-License-Identifier: Apache-2.0

package rdptest

import (
	"encoding/binary"
	"math/bits"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/bulk"
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
)

// compressor is the sender of MPPC with a history of 64 KB ([MS-RDPBCGR], section
// 3.1.8.4.2), slow and simple.
type compressor struct{ history []byte }

const historySize = 65536

// pack compresses what is sent next, in share data, an update or a chunk.
func (c *compressor) pack(data []byte) (flags uint8, out []byte) {
	flags = bulk.Type64K | bulk.Compressed
	switch {
	case c.history == nil:
		flags |= bulk.AtFront | bulk.Flushed
	case len(c.history)+len(data) > historySize:
		flags |= bulk.AtFront
		c.history = nil
	}
	start := len(c.history)
	c.history = append(c.history, data...)
	var w bitWriter
	for at := start; at < len(c.history); {
		offset, length := c.match(at)
		if length < 3 {
			w.literal(c.history[at])
			at++
			continue
		}
		w.offset(offset)
		w.length(length)
		at += length
	}
	return flags, w.b
}

// match finds the longest match in what came last.
func (c *compressor) match(at int) (offset, length int) {
	for from := max(0, at-3000); from < at; from++ {
		n := 0
		for at+n < len(c.history) && c.history[from+n] == c.history[at+n] {
			n++
		}
		if n > length {
			offset, length = at-from, n
		}
	}
	return offset, length
}

// bitWriter writes bits, the highest of each byte first.
type bitWriter struct {
	b    []byte
	free int
}

func (w *bitWriter) put(v uint32, n int) {
	for n--; n >= 0; n-- {
		if w.free == 0 {
			w.b, w.free = append(w.b, 0), 8
		}
		w.free--
		w.b[len(w.b)-1] |= byte(v>>n&1) << w.free
	}
}

func (w *bitWriter) literal(b byte) {
	if b < 0x80 {
		w.put(uint32(b), 8)
		return
	}
	w.put(0x100|uint32(b&0x7F), 9)
}

func (w *bitWriter) offset(n int) {
	switch v := uint32(n); {
	case n < 64:
		w.put(0x1F<<6|v, 11)
	case n < 320:
		w.put(0x1E<<8|(v-64), 13)
	case n < 2368:
		w.put(0xE<<11|(v-320), 15)
	default:
		w.put(6<<16|(v-2368), 19)
	}
}

func (w *bitWriter) length(n int) {
	if n == 3 {
		w.put(0, 1)
		return
	}
	k := bits.Len(uint(n)) - 1
	w.put(1<<k-2, k)
	w.put(uint32(n-1<<k), k)
}

// compresses says whether the server compresses: if it is to, and the client takes it.
func (s *Server) compresses() bool {
	offered := s.Info.Flags & pdu.InfoCompressionTypeMask >> 9
	return s.Compress && s.Info.Flags&pdu.InfoCompression != 0 && offered >= bulk.Type64K
}

// packShare compresses a share control PDU with data in it.
func (s *Server) packShare(b []byte) []byte {
	if !s.compresses() {
		return b
	}
	control, _, err := pdu.ParseShareControl(b)
	if err != nil || control.Type != pdu.TypeData {
		return b
	}
	data, err := pdu.ParseShareData(control.Body)
	if err != nil {
		return b
	}
	const headers = 18
	data.UncompressedLength = uint16(len(data.Data) + headers)
	data.CompressedType, data.Data = s.compressor.pack(data.Data)
	data.CompressedLength = uint16(len(data.Data) + headers)
	control.Body = data.Append(nil)
	return control.Append(nil)
}

// packUpdate compresses a fast-path update.
func (s *Server) packUpdate(u fastpath.Update) fastpath.Update {
	if s.compresses() {
		u.Compressed = true
		u.CompressionFlags, u.Data = s.compressor.pack(u.Data)
	}
	return u
}

// packChunk compresses a chunk of a static channel.
func (s *Server) packChunk(chunk []byte) []byte {
	const header = 8
	if !s.compresses() || len(chunk) < header {
		return chunk
	}
	flags, data := s.compressor.pack(chunk[header:])
	out := append([]byte(nil), chunk[:header]...)
	binary.LittleEndian.PutUint32(out[4:], binary.LittleEndian.Uint32(out[4:])|uint32(flags)<<16)
	return append(out, data...)
}
