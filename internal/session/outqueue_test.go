// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestTheQueueKeepsOrderAndNeverWritesToWhatItWasGiven(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var q outQueue
	for range 50 {
		var want []byte
		var given, copies [][]byte
		for range rnd.IntN(10) {
			n := 1 + rnd.IntN(100)
			if rnd.IntN(3) == 0 {
				n += handedOver
			}
			b := make([]byte, n, n+1000) // with room for what must not be appended there
			for i := range b {
				b[i] = byte(rnd.Uint32())
			}
			q.add(b)
			want = append(want, b...)
			given, copies = append(given, b[:cap(b)]), append(copies, bytes.Clone(b[:cap(b)]))
		}
		if got := bytes.Join(q.buffers, nil); !bytes.Equal(got, want) || q.bytes != len(want) {
			t.Fatalf("the queue has %d bytes and counts %d, want the %d that were added", len(got), q.bytes, len(want))
		}
		for i := range given {
			if !bytes.Equal(given[i], copies[i]) {
				t.Fatalf("buffer %d was changed", i)
			}
		}
		q.clear()
		if len(q.buffers) != 0 || q.bytes != 0 {
			t.Fatalf("%d bytes in %d buffers after clear", q.bytes, len(q.buffers))
		}
	}
}

func TestTheQueueKeepsLargeBuffersWithoutACopy(t *testing.T) {
	var q outQueue
	frame := make([]byte, handedOver)
	if n := testing.AllocsPerRun(100, func() {
		q.add(frame)
		q.clear()
	}); n != 0 {
		t.Errorf("%v allocations for a frame, want none", n)
	}
	q.add(frame)
	if &q.buffers[0][0] != &frame[0] {
		t.Error("the frame was copied")
	}
}
