// SPDX-License-Identifier: Apache-2.0

package bitreader_test

import (
	"bytes"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/bitreader"
)

// slow is the same one bit at a time.
type slow struct {
	src []byte
	at  int
}

func (s *slow) bit() uint32 {
	at := s.at
	s.at++
	if at/8 >= len(s.src) {
		return 0
	}
	return uint32(s.src[at/8]>>(7-at%8)) & 1
}

func (s *slow) take(n int) (v uint32) {
	for range n {
		v = v<<1 | s.bit()
	}
	return v
}

// compare does what each step says with both readers: a number of bits to take, 33 to 40 to
// peek at some, 41 for bytes, and all above to count ones.
func compare(t *testing.T, src, steps []byte) {
	t.Helper()
	r, want := bitreader.New(src), &slow{src: src}
	for i, step := range steps {
		switch n := int(step % 48); {
		case n <= 32:
			if got, want := r.Take(n), want.take(n); got != want {
				t.Fatalf("step %d: %d bits are %x, want %x", i, n, got, want)
			}
		case n <= 40:
			copied := *want
			if got, want := r.Peek(n-20), copied.take(n-20); got != want {
				t.Fatalf("step %d: the next %d bits are %x, want %x", i, n-20, got, want)
			}
		case n == 41:
			if r.Left < 0 {
				return
			}
			want.at = (want.at + 7) / 8 * 8
			b := make([]byte, min(3, len(src)))
			fits := want.at/8+len(b) <= len(src)
			if got := r.Bytes(b); got != fits || fits && !bytes.Equal(b, src[want.at/8:][:len(b)]) {
				t.Fatalf("step %d: bytes %x, %v, want %v", i, b, got, fits)
			}
			if !fits {
				return
			}
			want.at += 8 * len(b)
		default:
			copied, ones := *want, 0
			for ones < 33 && copied.bit() == 1 {
				ones++
			}
			if got := r.Ones(); min(got, 33) != ones {
				t.Fatalf("step %d: %d ones, want %d", i, got, ones)
			}
		}
		if r.Left != 8*len(src)-want.at {
			t.Fatalf("step %d: %d bits are left, want %d", i, r.Left, 8*len(src)-want.at)
		}
	}
}

func TestReader(t *testing.T) {
	src := []byte("\xff\xff\xff\xff\xff\x12\x34\x56\x78\x9a\xbc\xde\xf0 and some text after it")
	for n := range src {
		for from := range 48 {
			var steps []byte
			for i := range 40 {
				steps = append(steps, byte(from+7*i))
			}
			compare(t, src[:n], steps)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("\xff\xff\xff\xff\xff\x12\x34"), []byte{1, 32, 41, 47, 36})
	f.Fuzz(func(t *testing.T, src, steps []byte) { compare(t, src, steps) })
}
