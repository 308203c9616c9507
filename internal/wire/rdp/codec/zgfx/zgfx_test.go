// SPDX-License-Identifier: Apache-2.0

package zgfx_test

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/zgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func TestPublicVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "zgfx") {
		t.Run(v.Name, func(t *testing.T) {
			d := zgfx.New()
			for i, name := range v.Inputs {
				src, want := v.Bytes(t, name), v.Bytes(t, v.Expects[i])
				got, err := d.Append(nil, src)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Fatalf("%s: %q, want %q", name, got, want)
				}
			}
			src := v.Bytes(t, v.Inputs[0])
			codectest.Spoil(src, 200, func(b []byte) { _, _ = d.Append(nil, b) })
		})
	}
}

// abc is the example of MS-RDPEGFX 4.2.1.1.3.
const abc = `
	E0           ; descriptor: one segment
	04           ; not compressed
	ABC0DE`

func TestSegments(t *testing.T) {
	tests := map[string]struct{ src, want string }{
		"uncompressed":       {abc, "ABC0DE"},
		"a literal":          {"E0 24 20 80 07", "41"},
		"multipart":          {"E1 0200 05000000 03000000 04 0102 04000000 04 030405", "0102030405"},
		"overlapping match":  {bitsOf("11000 11001 10001 00010 10 01", "E024"), "0001 0001000100"},
		"run of one":         {bitsOf("11001 10001 00001 0", "E024"), "01 010101"},
		"long match":         {bitsOf("11001 10001 00001 11110 00011", "E024"), "01" + repeat("01", 35)},
		"nothing compressed": {"E0 24 00", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			src := codectest.Hex(t, tt.src)
			got, err := zgfx.New().Append(nil, src)
			if want := codectest.Hex(t, tt.want); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%x, %v, want %x", got, err, want)
			}
		})
	}
}

func repeat(s string, n int) (all string) {
	for range n {
		all += s
	}
	return all
}

// bitsOf returns a segment of the given bits as hex.
func bitsOf(digits, head string) string {
	var w writer
	for _, c := range digits {
		if c == '0' || c == '1' {
			w.put(uint32(c-'0'), 1)
		}
	}
	const hex = "0123456789ABCDEF"
	for _, b := range w.finish() {
		head += string(hex[b>>4]) + string(hex[b&15])
	}
	return head
}

// writer writes bits, the highest of each byte first.
type writer struct {
	b []byte
	n int
}

func (w *writer) put(v uint32, n int) {
	for n--; n >= 0; n-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>n&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *writer) finish() []byte { return append(w.b, byte((8-w.n%8)%8)) }

// compressor writes segments with the shortest tokens it knows.
type compressor struct {
	history []byte
	last    map[uint32]int // where four bytes were seen
}

var distances = []struct{ bits, code, valueBits, base int }{
	{5, 0x11, 5, 0},
	{5, 0x12, 7, 32},
	{5, 0x13, 9, 160},
	{5, 0x14, 10, 672},
	{5, 0x15, 12, 1696},
	{6, 0x2C, 14, 5792},
	{6, 0x2D, 15, 22176},
	{7, 0x5C, 18, 54944},
	{7, 0x5D, 20, 317088},
	{8, 0xBC, 20, 1365664},
	{8, 0xBD, 21, 2414240},
}

func (c *compressor) segment(data []byte) []byte {
	w := writer{}
	start := len(c.history)
	c.history = append(c.history, data...)
	for i := 0; i < len(data); {
		n, distance := 0, 0
		if i+4 <= len(data) {
			key := binary.LittleEndian.Uint32(data[i:])
			if at, ok := c.last[key]; ok && start+i-at <= 2500000 {
				distance = start + i - at
				for i+n < len(data) && n < 60000 && c.history[at+n] == data[i+n] {
					n++
				}
			}
			c.last[key] = start + i
		}
		switch {
		case n >= 4:
			c.match(&w, distance, n)
			i += n
		case i%1000 == 77 && i+20 < len(data): // some unencoded bytes
			w.put(0x11<<5, 10)
			w.put(20, 15)
			w.put(0, (8-w.n%8)%8)
			for _, b := range data[i : i+20] {
				w.put(uint32(b), 8)
			}
			i += 20
		default:
			w.put(uint32(data[i]), 9)
			i++
		}
	}
	return w.finish()
}

func (c *compressor) match(w *writer, distance, n int) {
	for i := len(distances) - 1; i >= 0; i-- {
		d := distances[i]
		if distance >= d.base {
			w.put(uint32(d.code), d.bits)
			w.put(uint32(distance-d.base), d.valueBits)
			break
		}
	}
	k := bits.Len(uint(n)) - 1 // 2^k <= n
	w.put(1<<k-2, k)           // k - 1 ones and a zero
	w.put(uint32(n-1<<k), k)
}

func TestRoundTripOverTheEndOfTheHistory(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	c, d := compressor{last: map[uint32]int{}}, zgfx.New()
	pool := make([]byte, 200000)
	for i := range pool {
		pool[i] = byte(rng.Uint32())
	}
	var out []byte
	for round := range 120 { // 7.8 MB
		data := make([]byte, 0, 65535)
		for len(data) < 60000 {
			at, n := rng.IntN(len(pool)-4000), rng.IntN(4000)
			data = append(data, pool[at:at+n]...)
			data = append(data, bytes.Repeat([]byte{byte(round)}, rng.IntN(1000))...)
		}
		var err error
		out, err = d.Append(out[:0], append([]byte{0xE0, 0x24}, c.segment(data)...))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if !bytes.Equal(out, data) {
			t.Fatalf("round %d differs", round)
		}
	}
}

func TestLiteHasAHistoryOf8K(t *testing.T) {
	d := zgfx.NewLite()
	for i := range 3 {
		src := append([]byte{0xE0, 0x06}, bytes.Repeat([]byte{byte(i)}, 5000)...)
		if _, err := d.Append(nil, src); err != nil {
			t.Fatal(err)
		}
	}
	// distance 8191 (base 5792 + 2399), three bytes: the second buffer's
	far := codectest.Hex(t, bitsOf("101100 00100101011111 0", "E026"))
	got, err := d.Append(nil, far)
	if err != nil || !bytes.Equal(got, []byte{1, 1, 1}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := d.Append(nil, codectest.Hex(t, bitsOf("101100 00100101100001 0", "E026"))); err == nil {
		t.Error("a distance of 8193: accepted")
	}
}

func TestLiteRefuses(t *testing.T) {
	for name, src := range map[string][]byte{
		"the type of the other variant": {0xE0, 0x04, 1},
		"several segments":              codectest.Hex(t, "E1 0100 02000000 03000000 06 0102"),
		"more than 8 KB":                append([]byte{0xE0, 0x06}, make([]byte, 8193)...),
		"more than 8 KB, compressed":    codectest.Hex(t, bitsOf("11001 10001 00001 1111111111110 0000000000000", "E026")),
	} {
		if got, err := zgfx.NewLite().Append(nil, src); err == nil {
			t.Errorf("%s: accepted as %d bytes", name, len(got))
		}
	}
}

func TestRefused(t *testing.T) {
	for name, listing := range map[string]string{
		"nothing":                    "",
		"descriptor":                 "E2 04 00",
		"type":                       "E0 03 00",
		"no segment":                 "E0",
		"unused bits":                "E0 24 00 08",
		"unused bits of nothing":     "E0 24 01",
		"compressed, no data":        "E0 24",
		"undefined token":            "E0 24 80 80 00",
		"segment longer than data":   "E1 0100 05000000 06000000 04 0102",
		"size of 4 GB":               "E1 0100 FFFFFFFF 03000000 04 0102",
		"fewer bytes than announced": "E1 0100 05000000 03000000 04 0102",
		"more bytes than announced":  "E1 0100 01000000 03000000 04 0102",
		"fewer segments":             "E1 0200 05000000 03000000 04 0102",
		"match of 64 KB and more":    bitsOf("11001 10001 00001 111111111111111 0 0000000000000000", "E024"),
		"match with too many ones":   bitsOf("11001 10001 00001 1111111111111111111111111", "E024"),
		"unencoded beyond the end":   bitsOf("10001 00000 000000000000111 0000", "E024"),
		"token cut short":            "E0 24 20 00",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := zgfx.New().Append(nil, codectest.Hex(t, listing)); err == nil {
				t.Errorf("accepted as %d bytes", len(got))
			}
		})
	}
}

func FuzzAppend(f *testing.F) {
	for _, v := range codectest.Vectors(f, "zgfx") {
		f.Add(v.Bytes(f, v.Inputs[0]))
	}
	f.Add([]byte{0xE0, 0x24, 0x20, 0x80, 0x07})
	f.Add([]byte{0xE0, 0x26, 0x20, 0x80, 0x07})
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "ironrdp-graphics/src/zgfx/")
	f.Fuzz(func(t *testing.T, src []byte) {
		d := zgfx.NewLite()
		if len(src) < 2 || src[1]&0x0F == 4 {
			d = zgfx.New()
		}
		got, err := d.Append([]byte("before"), src)
		if !bytes.HasPrefix(got, []byte("before")) {
			t.Fatal("what was there before has changed")
		}
		if err != nil {
			return
		}
		c := compressor{last: map[uint32]int{}}
		data := got[6:]
		if len(data) > 65535 {
			return
		}
		again, err := zgfx.New().Append(nil, append([]byte{0xE0, 0x24}, c.segment(data)...))
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("does not survive compression: %v", err)
		}
	})
}

func BenchmarkDecompress(b *testing.B) {
	img := codectest.Desktop(640, 480).Pix
	c := compressor{last: map[uint32]int{}}
	var segments [][]byte
	size := 0
	for len(img) > 0 {
		n := min(len(img), 65535)
		segments = append(segments, append([]byte{0xE0, 0x24}, c.segment(img[:n])...))
		img = img[n:]
		size += n
	}
	d := zgfx.New()
	out := make([]byte, 0, 70000)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range segments {
			var err error
			if out, err = d.Append(out[:0], s); err != nil {
				b.Fatal(err)
			}
		}
	}
}
