// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"io"
	"sync"
)

// Bounds of what waits for a host that does not read.
const (
	maxQueued  = 64 << 20 // a whole clipboard of the largest size fits
	maxReplies = 64 << 10 // beyond it, answers to the host's own questions are dropped
	maxTyped   = 64 << 10 // beyond it, Type waits
)

// inputQueue is what goes to the remote host.
type inputQueue struct {
	mu     sync.Mutex
	chunks [][]byte
	bytes  int
	closed bool
	// more is signalled when there is something to read, less closed and replaced when something was read.
	more *sync.Cond
	less chan struct{}
}

func newInputQueue() *inputQueue {
	q := &inputQueue{less: make(chan struct{})}
	q.more = sync.NewCond(&q.mu)
	return q
}

// put queues b, which it keeps, unless limit bytes are waiting already.
func (q *inputQueue) put(b []byte, limit int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(b) == 0 || q.closed || q.bytes+len(b) > limit {
		return
	}
	q.chunks = append(q.chunks, b)
	q.bytes += len(b)
	q.more.Signal()
}

// wait blocks until less than maxTyped bytes are waiting, or done is closed.
func (q *inputQueue) wait(done <-chan struct{}) error {
	for {
		q.mu.Lock()
		full, closed, less := q.bytes >= maxTyped, q.closed, q.less
		q.mu.Unlock()
		if closed {
			return io.ErrClosedPipe
		}
		if !full {
			return nil
		}
		select {
		case <-done:
			return io.ErrClosedPipe
		case <-less:
		}
	}
}

func (q *inputQueue) read(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.chunks) == 0 && !q.closed {
		q.more.Wait()
	}
	if q.closed {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && len(q.chunks) > 0 {
		m := copy(p[n:], q.chunks[0])
		n += m
		q.chunks[0] = q.chunks[0][m:]
		if len(q.chunks[0]) == 0 {
			q.chunks[0] = nil
			q.chunks = q.chunks[1:]
		}
	}
	q.bytes -= n
	close(q.less)
	q.less = make(chan struct{})
	return n, nil
}

func (q *inputQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.closed = true
	q.chunks, q.bytes = nil, 0
	q.more.Broadcast()
	close(q.less)
	q.less = make(chan struct{})
}

func (q *inputQueue) isClosed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}
