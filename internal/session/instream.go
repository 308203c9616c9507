// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

const (
	// maxBuffered bounds the data of a stream that waits for the engine. Some clients send
	// without waiting for acknowledgement.
	maxBuffered = 256 << 10
	// stallTime is how long the reader waits for the engine when that much waits; other
	// input of the user waits too.
	stallTime = time.Second
)

// Ends of a stream from the user.
var (
	errEOF      = io.EOF
	errReplaced = errors.New("session: stream index was used again")
	errRefused  = errors.New("session: stream was refused")
)

// InStream is a stream from the user. The first Read accepts it, and each blob is
// acknowledged when it has been read, so that a client that waits is paced by the reader.
// Read returns io.EOF at the end of the stream.
type InStream struct {
	user     *User
	index    int
	mimetype string
	name     string

	more chan struct{} // one slot: data or the end has come
	room chan struct{} // one slot: data was read

	current []byte // being read; of the goroutine that reads

	mu       sync.Mutex // guards what follows
	queue    [][]byte
	size     int // bytes in queue
	err      error
	accepted bool // an ack was sent
}

// Index returns the index that the user's client chose.
func (in *InStream) Index() int { return in.index }

// Mimetype returns the type of the data.
func (in *InStream) Mimetype() string { return in.mimetype }

// Name returns the name of the file, pipe or parameter; empty for clipboard and audio.
func (in *InStream) Name() string { return in.name }

// User returns whose stream it is.
func (in *InStream) User() *User { return in.user }

// Read reads data in the order in which it came.
func (in *InStream) Read(p []byte) (int, error) {
	in.accept()
	if len(p) == 0 {
		return 0, nil
	}
	for len(in.current) == 0 {
		if err := in.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, in.current)
	if in.current = in.current[n:]; len(in.current) == 0 {
		in.ack("OK", guac.Success)
	}
	return n, nil
}

// next waits for a blob.
func (in *InStream) next() error {
	for {
		in.mu.Lock()
		if len(in.queue) > 0 {
			in.current = in.queue[0]
			in.queue = in.queue[1:]
			in.size -= len(in.current)
			in.mu.Unlock()
			signal(in.room)
			return nil
		}
		err := in.err
		in.mu.Unlock()
		if err != nil {
			return err
		}
		select {
		case <-in.more:
		case <-in.user.ctx.Done():
			return errLeft
		}
	}
}

// accept tells the user's client to begin.
func (in *InStream) accept() {
	in.mu.Lock()
	first := !in.accepted
	in.accepted = true
	in.mu.Unlock()
	if first {
		in.ack("OK", guac.Success)
	}
}

// Refuse ends the stream with an error for the user; it may have been read from before.
func (in *InStream) Refuse(status guac.Status, message string) {
	in.mu.Lock()
	in.accepted = true
	in.mu.Unlock()
	if in.finish(errRefused) {
		in.ack(message, status)
	}
	in.user.streams.forget(in)
}

func (in *InStream) ack(message string, status guac.Status) {
	in.user.enqueue(guac.AppendAck(nil, in.index, message, status))
}

// close ends the stream when its handler has returned. A handler that has neither read
// nor refused does not support the stream.
func (in *InStream) close() {
	in.mu.Lock()
	accepted := in.accepted
	in.mu.Unlock()
	if !accepted {
		in.Refuse(guac.Unsupported, "not supported")
		return
	}
	in.finish(errRefused)
	in.user.streams.forget(in)
}

// put takes data from the reader. If the engine does not keep up, the stream ends.
func (in *InStream) put(data []byte) {
	if !in.waitRoom(len(data)) {
		in.Refuse(guac.ClientOverrun, "data comes faster than it is read")
		return
	}
	in.mu.Lock()
	if in.err == nil && len(data) > 0 {
		in.queue = append(in.queue, data)
		in.size += len(data)
	}
	in.mu.Unlock()
	signal(in.more)
}

// waitRoom waits a bounded time until n more bytes may be queued.
func (in *InStream) waitRoom(n int) bool {
	var timeout <-chan time.Time
	for {
		in.mu.Lock()
		fits := in.size+n <= maxBuffered || in.err != nil
		in.mu.Unlock()
		if fits {
			return true
		}
		if timeout == nil {
			timer := time.NewTimer(stallTime)
			defer timer.Stop()
			timeout = timer.C
		}
		select {
		case <-in.room:
		case <-timeout:
			return false
		case <-in.user.ctx.Done():
			return true
		}
	}
}

// finish ends the stream; false if it had ended before.
func (in *InStream) finish(err error) bool {
	in.mu.Lock()
	first := in.err == nil
	if first {
		in.err = err
	}
	in.mu.Unlock()
	signal(in.more)
	signal(in.room)
	return first
}

// signal wakes whoever waits on a channel of one slot.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
