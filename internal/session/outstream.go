// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"
	"sync"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Flow says what paces a stream to the user.
type Flow int

const (
	// FlowAck waits for the client's acknowledgements: files and the bodies of objects.
	FlowAck Flow = iota
	// FlowQueue waits for room in the user's queue, because clients do not acknowledge:
	// clipboard, pipes, argv, audio.
	FlowQueue
)

// ackWindow is how many blobs may be on their way without acknowledgement.
const ackWindow = 8

var errStreamClosed = errors.New("session: write to a closed stream")

// OutStream is a stream to one user. It is for one goroutine. A refusal by the user's
// client comes back from Write and Close as a guac.Error with its status.
type OutStream struct {
	user  *User
	index int
	flow  Flow

	changed chan struct{} // one slot: an answer has come

	mu       sync.Mutex // guards what follows
	started  bool       // the client has answered the announcement
	inFlight int        // blobs without an answer
	err      error
}

// OpenStream opens a stream with an instruction whose first argument is the stream,
// followed by args.
func (u *User) OpenStream(flow Flow, opcode string, args ...string) (*OutStream, error) {
	return u.streams.open(flow, func(index int) []byte {
		b := guac.Begin(nil, opcode).Int(index)
		for _, arg := range args {
			b = b.Str(arg)
		}
		return b.End()
	})
}

// OpenFile opens a download.
func (u *User) OpenFile(mimetype, name string) (*OutStream, error) {
	return u.OpenStream(FlowAck, guac.OpFile, mimetype, name)
}

// OpenPipe opens a named pipe.
func (u *User) OpenPipe(mimetype, name string) (*OutStream, error) {
	return u.OpenStream(FlowQueue, guac.OpPipe, mimetype, name)
}

// OpenArgv tells the user's client the value of a parameter that can be changed.
func (u *User) OpenArgv(name, value string) error {
	out, err := u.OpenStream(FlowQueue, guac.OpArgv, "text/plain", name)
	if err != nil {
		return err
	}
	u.enqueue(guac.AppendBlobs(nil, out.index, []byte(value)))
	return out.Close()
}

// Index returns the index of the stream.
func (o *OutStream) Index() int { return o.index }

// Write sends p, waiting as the flow of the stream demands.
func (o *OutStream) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := min(len(p), guac.MaxBlob)
		if err := o.wait(ackWindow); err != nil {
			return written, err
		}
		if err := o.send(p[:n]); err != nil {
			return written, err
		}
		p = p[n:]
		written += n
	}
	return written, nil
}

// send sends one blob.
func (o *OutStream) send(data []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	if o.flow == FlowAck {
		o.inFlight++
	}
	o.user.mu.Lock()
	defer o.user.mu.Unlock()
	return o.user.enqueueLocked(guac.AppendBlobs(nil, o.index, data))
}

// wait returns when fewer than limit blobs are without answer, or the queue is short.
func (o *OutStream) wait(limit int) error {
	if o.flow == FlowQueue {
		if err := o.user.waitRoom(); err != nil {
			return err
		}
	}
	for {
		o.mu.Lock()
		err := o.err
		ready := o.flow == FlowQueue || o.started && o.inFlight < limit
		o.mu.Unlock()
		if err != nil || ready {
			return err
		}
		select {
		case <-o.changed:
		case <-o.user.ctx.Done():
			return errLeft
		}
	}
}

// acked takes an answer of the client.
func (o *OutStream) acked(message string, status guac.Status) {
	o.mu.Lock()
	switch {
	case status != guac.Success && o.err == nil:
		o.err = &guac.Error{Status: status, Message: "session: the client refused the stream: " + message}
	case !o.started:
		o.started = true
	case o.inFlight > 0:
		o.inFlight--
	}
	o.mu.Unlock()
	signal(o.changed)
}

// Close waits until the client has all data and ends the stream. Closing again does
// nothing.
func (o *OutStream) Close() error {
	err := o.wait(1)
	o.mu.Lock()
	closed := errors.Is(o.err, errStreamClosed)
	refused := o.err != nil
	if !refused {
		o.err = errStreamClosed
	}
	o.mu.Unlock()
	if closed {
		return nil
	}
	if !refused {
		o.user.enqueue(guac.AppendEnd(nil, o.index))
	}
	o.user.streams.free(o)
	return err
}
