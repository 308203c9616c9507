// SPDX-License-Identifier: Apache-2.0

package bulk_test

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/bulk"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func TestPublicVectors(t *testing.T) {
	for _, codec := range []string{"bulk-rdp4-8k", "bulk-rdp5-64k", "bulk-rdp6-ncrush", "bulk-rdp61-xcrush"} {
		for _, v := range codectest.Vectors(t, codec) {
			t.Run(v.Name, func(t *testing.T) {
				var d bulk.Decompressor
				for i, name := range v.Inputs {
					src := v.Bytes(t, name)
					got, err := d.Decompress(v.Flags[i], src)
					if err != nil {
						t.Fatal(err)
					}
					if want := v.Bytes(t, v.Expects[i]); !bytes.Equal(got, want) {
						t.Fatalf("%s: %q, want %q", name, got, want)
					}
					codectest.Spoil(src, 300, func(b []byte) {
						var d bulk.Decompressor
						_, _ = d.Decompress(v.Flags[i]|bulk.Flushed, b)
					})
				}
			})
		}
	}
}

// sample is text with repetitions near and far.
func sample(n int, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 9))
	words := make([][]byte, 300)
	for i := range words {
		words[i] = make([]byte, 2+rng.IntN(9))
		for j := range words[i] {
			words[i][j] = byte(rng.Uint32() >> (rng.IntN(2) + 24))
		}
	}
	var out []byte
	for len(out) < n {
		out = append(out, words[rng.IntN(len(words))]...)
		if rng.IntN(30) == 0 {
			out = append(out, bytes.Repeat([]byte{byte(rng.Uint32())}, rng.IntN(400))...)
		}
	}
	return out[:n]
}

// encoder is a compressor of any type, with the history it shares with the decompressor.
type encoder struct {
	kind    uint8
	size    int
	history []byte
	offsets [4]int
}

// encode compresses a payload and returns its flags.
func (e *encoder) encode(data []byte) (flags uint8, out []byte) {
	flags = e.kind | bulk.Compressed
	if len(e.history)+len(data) > e.size {
		switch e.kind {
		case bulk.TypeNCRUSH:
			flags |= bulk.AtFront
			e.history = append([]byte(nil), e.history[len(e.history)-32768:]...)
		default:
			flags |= bulk.AtFront
			e.history = e.history[:0]
		}
	}
	start := len(e.history)
	e.history = append(e.history, data...)
	switch e.kind {
	case bulk.TypeNCRUSH:
		return flags, e.ncrush(start)
	case bulk.TypeXCRUSH:
		atFront := flags & bulk.AtFront >> 4
		return flags &^ bulk.AtFront, e.xcrush(start, atFront)
	}
	return flags, e.mppc(start)
}

// match finds the longest match nearby.
func (e *encoder) match(at, window int) (offset, length int) {
	for from := max(0, at-window); from < at; from++ {
		n := 0
		for at+n < len(e.history) && e.history[from+n] == e.history[at+n] && n < 500 {
			n++
		}
		if n > length {
			offset, length = at-from, n
		}
	}
	return offset, length
}

type highWriter struct {
	b []byte
	n int
}

func (w *highWriter) put(v, n int) {
	for n--; n >= 0; n-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>n&1) << (7 - w.n%8)
		w.n++
	}
}

func (e *encoder) mppc(start int) []byte {
	var w highWriter
	for at := start; at < len(e.history); {
		offset, length := e.match(at, 3000)
		if length < 3 {
			if b := e.history[at]; b < 0x80 {
				w.put(int(b), 8)
			} else {
				w.put(int(b&0x7F)|0x100, 9)
			}
			at++
			continue
		}
		e.mppcOffset(&w, offset)
		if length == 3 {
			w.put(0, 1)
		} else {
			k := bits.Len(uint(length)) - 1
			w.put(1<<k-2, k)
			w.put(length-1<<k, k)
		}
		at += length
	}
	return w.b
}

func (e *encoder) mppcOffset(w *highWriter, offset int) {
	if e.kind == bulk.Type8K {
		switch {
		case offset < 64:
			w.put(0xF<<6|offset, 10)
		case offset < 320:
			w.put(0xE<<8|(offset-64), 12)
		default:
			w.put(6<<13|(offset-320), 16)
		}
		return
	}
	switch {
	case offset < 64:
		w.put(0x1F<<6|offset, 11)
	case offset < 320:
		w.put(0x1E<<8|(offset-64), 13)
	case offset < 2368:
		w.put(0xE<<11|(offset-320), 15)
	default:
		w.put(6<<16|(offset-2368), 19)
	}
}

func (e *encoder) xcrush(start int, atFront uint8) []byte {
	var details, literals []byte
	count := 0
	for at := start; at < len(e.history); {
		offset, length := e.match(at, 3000)
		if length < 16 || at-start > 60000 {
			literals = append(literals, e.history[at])
			at++
			continue
		}
		details = binary.LittleEndian.AppendUint16(details, uint16(length))
		details = binary.LittleEndian.AppendUint16(details, uint16(at-start))
		details = binary.LittleEndian.AppendUint32(details, uint32(at-offset))
		count++
		at += length
	}
	out := binary.LittleEndian.AppendUint16([]byte{1 | atFront, 0}, uint16(count))
	return append(append(out, details...), literals...)
}

func TestRoundTrips(t *testing.T) {
	for name, e := range encoders() {
		t.Run(name, func(t *testing.T) {
			var d bulk.Decompressor
			for i := range 40 {
				data := sample(1+i*i*4%7000, uint64(i%7))
				flags, src := e.encode(data)
				got, err := d.Decompress(flags, src)
				if err != nil {
					t.Fatalf("payload %d: %v", i, err)
				}
				if !bytes.Equal(got, data) {
					t.Fatalf("payload %d differs", i)
				}
				if got, err := d.Decompress(0, data); err != nil || !bytes.Equal(got, data) {
					t.Fatalf("without compression: %v", err)
				}
			}
		})
	}
}

func encoders() map[string]*encoder {
	return map[string]*encoder{
		"MPPC 8K":  {kind: bulk.Type8K, size: 8192},
		"MPPC 64K": {kind: bulk.Type64K, size: 65536},
		"NCRUSH":   {kind: bulk.TypeNCRUSH, size: 65536},
		"XCRUSH":   {kind: bulk.TypeXCRUSH, size: 100000},
	}
}

// TestSessionOfVectors is data of a session, many times as long as the specification's examples.
func TestSessionOfVectors(t *testing.T) {
	for key, src := range pdutest.Vectors(t) {
		if key != "ironrdp-bulk/src/mppc/test_data.rs::TEST_RDP5_COMPRESSED_DATA" {
			continue
		}
		want := pdutest.Vectors(t)["ironrdp-bulk/src/mppc/test_data.rs::TEST_RDP5_UNCOMPRESSED_DATA"]
		var d bulk.Decompressor
		got, err := d.Decompress(bulk.Type64K|bulk.Compressed, src)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, want %d: %v", len(got), len(want), err)
		}
	}
}

func TestFlushedForgetsTheHistory(t *testing.T) {
	for name, e := range encoders() {
		var d bulk.Decompressor
		flags, src := e.encode([]byte("for whom the bell tolls"))
		if _, err := d.Decompress(flags, src); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := d.Decompress(e.kind|bulk.Flushed, []byte("as is")); err != nil || string(got) != "as is" {
			t.Errorf("%s: flushed and not compressed: %q, %v", name, got, err)
		}
		e.history, e.offsets = nil, [4]int{}
		flags, src = e.encode([]byte("the bell tolls"))
		if got, err := d.Decompress(flags, src); err != nil || string(got) != "the bell tolls" {
			t.Errorf("%s: after a flush: %q, %v", name, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	tests := map[string]struct {
		flags uint8
		src   string
	}{
		"type 4":                          {4 | bulk.Compressed, "00"},
		"8K: copy from where it goes":     {bulk.Type8K | bulk.Compressed, "F0 00 00"},
		"8K: length with 12 ones":         {bulk.Type8K | bulk.Compressed, "F0 7F FF FF"},
		"64K: length with 15 ones":        {bulk.Type64K | bulk.Compressed, "F8 3F FF FF FF"},
		"64K: ends within a token":        {bulk.Type64K | bulk.Compressed, "D0"},
		"NCRUSH: no end of stream":        {bulk.TypeNCRUSH | bulk.Compressed, "00 00"},
		"NCRUSH: nothing":                 {bulk.TypeNCRUSH | bulk.Compressed, ""},
		"NCRUSH: front without history":   {bulk.TypeNCRUSH | bulk.AtFront, ""},
		"XCRUSH: one flag":                {bulk.TypeXCRUSH | bulk.Compressed, "01"},
		"XCRUSH: no level 1 flag":         {bulk.TypeXCRUSH | bulk.Compressed, "00 00 00"},
		"XCRUSH: no match count":          {bulk.TypeXCRUSH | bulk.Compressed, "01 00 00"},
		"XCRUSH: details not there":       {bulk.TypeXCRUSH | bulk.Compressed, "01 00 0100 0000"},
		"XCRUSH: literals not there":      {bulk.TypeXCRUSH | bulk.Compressed, "01 00 0100 0100 0500 00000000"},
		"XCRUSH: match over the history":  {bulk.TypeXCRUSH | bulk.Compressed, "01 00 0100 0100 0000 80841E00"},
		"XCRUSH: match far over the edge": {bulk.TypeXCRUSH | bulk.Compressed, "01 00 0100 0100 0000 FFFFFFFF"},
		"XCRUSH: offsets go back":         {bulk.TypeXCRUSH | bulk.Compressed, "01 00 0200 0500 0000 00000000 0100 0000 00000000"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var d bulk.Decompressor
			if got, err := d.Decompress(tt.flags, codectest.Hex(t, tt.src)); err == nil {
				t.Errorf("accepted as %x", got)
			}
		})
	}
}

func TestOutputIsBoundedByTheHistory(t *testing.T) {
	literals := bytes.Repeat([]byte{0x41}, 9000)
	var d bulk.Decompressor
	if _, err := d.Decompress(bulk.Type8K|bulk.Compressed, literals); err == nil {
		t.Error("9000 bytes in a history of 8192: accepted")
	}
	// each payload goes on where the last one ended
	for i := range 3 {
		_, err := d.Decompress(bulk.Type64K|bulk.Compressed, bytes.Repeat([]byte{0x41}, 30000))
		if (err != nil) != (i == 2) {
			t.Errorf("payload %d: %v", i, err)
		}
	}
	var many []byte
	many = binary.LittleEndian.AppendUint16(append(many, 1, 0), 60)
	for i := range 60 {
		many = binary.LittleEndian.AppendUint16(many, 0xFFFF)
		many = binary.LittleEndian.AppendUint16(many, uint16(i))
		many = binary.LittleEndian.AppendUint32(many, 0)
	}
	if _, err := d.Decompress(bulk.TypeXCRUSH|bulk.Compressed, many); err == nil {
		t.Error("XCRUSH of 4 MB: accepted")
	}
}

func TestCutAtEveryByte(t *testing.T) {
	for name, e := range encoders() {
		_, src := e.encode(sample(400, 1))
		for n := range src {
			var d bulk.Decompressor
			got, err := d.Decompress(e.kind|bulk.Compressed, src[:n:n])
			if err == nil && len(got) > 400 {
				t.Errorf("%s cut to %d bytes makes %d", name, n, len(got))
			}
		}
	}
}

func FuzzDecompress(f *testing.F) {
	for _, e := range encoders() {
		_, src := e.encode(sample(300, 2))
		f.Add(e.kind|bulk.Compressed, src)
	}
	for _, codec := range []string{"bulk-rdp4-8k", "bulk-rdp5-64k", "bulk-rdp6-ncrush", "bulk-rdp61-xcrush"} {
		for _, v := range codectest.Vectors(f, codec) {
			for i, name := range v.Inputs {
				f.Add(v.Flags[i], v.Bytes(f, name))
			}
		}
	}
	for kind, prefix := range map[uint8]string{
		bulk.Type8K: "ironrdp-bulk/src/mppc/test_data.rs::TEST_MPPC", bulk.Type64K: "ironrdp-bulk/src/mppc/", bulk.TypeNCRUSH: "ironrdp-bulk/src/ncrush/test_data.rs", bulk.TypeXCRUSH: "ironrdp-bulk/src/xcrush/",
	} {
		pdutest.Seeds(f, func(b []byte) { f.Add(kind|bulk.Compressed, b) }, prefix)
	}
	f.Fuzz(func(t *testing.T, flags uint8, src []byte) {
		var d bulk.Decompressor
		got, err := d.Decompress(flags, src)
		if err != nil || len(got) > 2000 || flags&bulk.Compressed == 0 {
			return
		}
		got = bytes.Clone(got)
		for name, e := range encoders() {
			if e.kind != flags&bulk.TypeMask {
				continue
			}
			if len(got) > e.size {
				continue
			}
			var d bulk.Decompressor
			flags, src := e.encode(got)
			again, err := d.Decompress(flags, src)
			if err != nil || !bytes.Equal(got, again) {
				t.Fatalf("%s: does not survive compression: %v", name, err)
			}
		}
	})
}

func BenchmarkDecompress(b *testing.B) {
	for name, e := range encoders() {
		b.Run(name, func(b *testing.B) {
			data := sample(6000, 3)
			_, src := e.encode(data)
			if e.kind == bulk.TypeXCRUSH {
				src[0] |= 4
			}
			var d bulk.Decompressor
			if _, err := d.Decompress(e.kind|bulk.Flushed, nil); err != nil {
				b.Fatal(err)
			}
			flags := e.kind | bulk.Compressed | bulk.AtFront
			if e.kind == bulk.TypeNCRUSH {
				flags = e.kind | bulk.Compressed | bulk.Flushed
			}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Decompress(flags, src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
