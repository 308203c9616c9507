// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"io"
	"net"
	"sync"
)

// Control is a control socket. It carries messages, and connections and files beside them, between supervisor and
// worker. Send may be called from several goroutines, Receive from one.
type Control interface {
	// Send sends a message with a net.Conn or an *os.File, nil for neither, which belongs
	// to the control socket from then on, whatever Send returns.
	Send(m Message, handle io.Closer) error
	// Receive waits for a message, which may have a net.Conn or an *os.File with it. It
	// returns io.EOF when the other side has closed.
	Receive() (Message, io.Closer, error)
	// Close closes the control socket; Receive returns an error then.
	Close() error
}

// parcel is what a control socket in memory carries.
type parcel struct {
	m      Message
	handle io.Closer
}

// memoryControl is one end of a pair in memory.
type memoryControl struct {
	in, out chan parcel
	once    *sync.Once
	closed  chan struct{} // of both ends
}

// pipeLength is how many messages may wait in a control socket in memory.
const pipeLength = 16

// Pipe returns the two ends of a control socket within the process. Closing one closes both.
func Pipe() (supervisor, worker Control) {
	a, b := make(chan parcel, pipeLength), make(chan parcel, pipeLength)
	once, closed := new(sync.Once), make(chan struct{})
	return &memoryControl{in: a, out: b, once: once, closed: closed}, &memoryControl{in: b, out: a, once: once, closed: closed}
}

func (l *memoryControl) Send(m Message, handle io.Closer) error {
	select {
	case <-l.closed:
	default:
		select {
		case l.out <- parcel{m, handle}:
			return nil
		case <-l.closed:
		}
	}
	closeHandle(handle)
	return net.ErrClosed
}

func (l *memoryControl) Receive() (Message, io.Closer, error) {
	select {
	case p := <-l.in:
		return p.m, p.handle, nil
	case <-l.closed:
	}
	select {
	case p := <-l.in: // what was sent before the end still counts
		return p.m, p.handle, nil
	default:
		return Message{}, nil, io.EOF
	}
}

func (l *memoryControl) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func closeHandle(handle io.Closer) {
	if handle != nil {
		_ = handle.Close()
	}
}
