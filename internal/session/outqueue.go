// SPDX-License-Identifier: Apache-2.0

package session

// handedOver is how large instructions are from which on the queue keeps the sender's
// buffer. What is smaller is copied, so that it is written together with its neighbours.
const handedOver = 4 << 10

// outQueue is what waits for a user's writer.
type outQueue struct {
	buffers [][]byte // in order
	bytes   int
	own     []byte // the last of buffers if that is the queue's own, to which more is added
	reuse   []byte // an empty buffer for the next own
}

// add takes b, which is not changed afterwards.
func (q *outQueue) add(b []byte) {
	q.bytes += len(b)
	switch {
	case len(b) >= handedOver:
		q.buffers, q.own = append(q.buffers, b), nil
	case q.own == nil:
		q.own, q.reuse = append(q.reuse, b...), nil
		q.buffers = append(q.buffers, q.own)
	default:
		q.own = append(q.own, b...)
		q.buffers[len(q.buffers)-1] = q.own
	}
}

// clear empties the queue. It keeps a buffer of its own for reuse unless that is large.
func (q *outQueue) clear() {
	if q.reuse == nil && cap(q.own) <= keptBuffer {
		q.reuse = q.own[:0]
	}
	clear(q.buffers)
	q.buffers, q.bytes, q.own = q.buffers[:0], 0, nil
}
