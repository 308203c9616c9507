// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"io"
	"net"
	"sync"
)

// Link carries messages, and connections beside them, between supervisor and worker. Send
// may be called from several goroutines, Receive from one.
type Link interface {
	// Send sends a message with a connection, nil for none. The connection belongs to the
	// link from then on, whatever Send returns.
	Send(m Message, conn net.Conn) error
	// Receive waits for a message. It returns io.EOF when the other side has closed.
	Receive() (Message, net.Conn, error)
	// Close closes the link; Receive returns an error then.
	Close() error
}

// parcel is what a link in memory carries.
type parcel struct {
	m    Message
	conn net.Conn
}

// memoryLink is one end of a pair in memory.
type memoryLink struct {
	in, out chan parcel
	once    *sync.Once
	closed  chan struct{} // of both ends
}

// pipeLength is how many messages may wait in a link in memory.
const pipeLength = 16

// Pipe returns the two ends of a link within the process. Closing one closes both.
func Pipe() (supervisor, worker Link) {
	a, b := make(chan parcel, pipeLength), make(chan parcel, pipeLength)
	once, closed := new(sync.Once), make(chan struct{})
	return &memoryLink{in: a, out: b, once: once, closed: closed}, &memoryLink{in: b, out: a, once: once, closed: closed}
}

func (l *memoryLink) Send(m Message, conn net.Conn) error {
	select {
	case <-l.closed:
	default:
		select {
		case l.out <- parcel{m, conn}:
			return nil
		case <-l.closed:
		}
	}
	closeConn(conn)
	return net.ErrClosed
}

func (l *memoryLink) Receive() (Message, net.Conn, error) {
	select {
	case p := <-l.in:
		return p.m, p.conn, nil
	case <-l.closed:
	}
	select {
	case p := <-l.in: // what was sent before the end still counts
		return p.m, p.conn, nil
	default:
		return Message{}, nil, io.EOF
	}
}

func (l *memoryLink) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func closeConn(conn net.Conn) {
	if conn != nil {
		_ = conn.Close()
	}
}
