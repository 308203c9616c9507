// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bytes"
	"log/slog"
	"sync"
	"time"
)

// Observer gets a copy of the host's output. It is called by one goroutine, which is not that of the session: however
// slow it is, users see the output at once.
type Observer interface {
	// Output gets what the host wrote, and when it came. p is the observer's.
	Output(at time.Time, p []byte)
	// Lost is called in the place of n bytes that came while too many were waiting.
	Lost(at time.Time, n int)
}

const (
	// maxObserved bounds the memory of the output that waits for an observer.
	maxObserved = 1 << 20
	// pieceSize is what a piece of output takes beside its bytes.
	pieceSize = 64
	// observerTime is how long an observer may take for what waits at the end.
	observerTime = 2 * time.Second
)

// tap hands output to an observer.
type tap struct {
	observer Observer
	log      *slog.Logger
	more     chan struct{} // one slot: something waits
	done     chan struct{} // closed when the observer has got all

	mu      sync.Mutex // guards what follows
	waiting []piece
	size    int
	closed  bool
}

// piece is output, or the number of bytes that were lost.
type piece struct {
	at   time.Time
	p    []byte
	lost int
}

func newTap(observer Observer, log *slog.Logger) *tap {
	t := &tap{observer: observer, log: log, more: make(chan struct{}, 1), done: make(chan struct{})}
	go t.run() // ends after close, when the observer has returned
	return t
}

// put queues a copy of p; it never waits for the observer.
func (t *tap) put(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, n := time.Now(), len(t.waiting)
	switch {
	case t.size+len(p)+pieceSize <= maxObserved:
		t.waiting = append(t.waiting, piece{at: now, p: bytes.Clone(p)})
		t.size += len(p) + pieceSize
	case n > 0 && t.waiting[n-1].lost > 0:
		t.waiting[n-1].lost += len(p)
	default:
		t.waiting = append(t.waiting, piece{at: now, lost: len(p)})
	}
	t.wake()
}

func (t *tap) wake() {
	select {
	case t.more <- struct{}{}:
	default:
	}
}

func (t *tap) run() {
	defer close(t.done)
	for {
		next, ok, closed := t.take()
		switch {
		case !ok && closed:
			return
		case !ok:
			<-t.more
		case next.lost > 0:
			t.observer.Lost(next.at, next.lost)
		default:
			t.observer.Output(next.at, next.p)
		}
	}
}

// take returns the oldest piece that waits, if there is one.
func (t *tap) take() (next piece, ok, closed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.waiting = nil
		return piece{}, false, t.closed
	}
	next = t.waiting[0]
	t.waiting[0] = piece{}
	t.waiting = t.waiting[1:]
	if next.lost == 0 {
		t.size -= len(next.p) + pieceSize
	}
	return next, true, false
}

// close lets the observer have what waits, for a while.
func (t *tap) close() {
	t.mu.Lock()
	t.closed = true
	t.wake()
	t.mu.Unlock()
	timer := time.NewTimer(observerTime)
	defer timer.Stop()
	select {
	case <-t.done:
	case <-timer.C:
		t.log.Warn("the observer of the terminal does not take its output")
	}
}
