// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// passable returns conn, or a connection to it that can be handed to the worker.
func (c *child) passable(conn net.Conn) (net.Conn, error) {
	if c.supervisor.cfg.Isolation == IsolationNone || hasDescriptor(conn) {
		return conn, nil
	}
	ours, theirs, err := connPair()
	if err != nil {
		return nil, err
	}
	if !c.supervisor.start(func() { relay(conn, ours) }) {
		closeConn(ours)
		closeConn(theirs)
		return nil, guac.Errorf(guac.SessionClosed, "guacd: the server is shutting down")
	}
	return theirs, nil
}

// keep returns a second descriptor of a connection that a worker process is given.
func (c *child) keep(conn net.Conn) *spare {
	if c.supervisor.cfg.Isolation == IsolationNone {
		return nil
	}
	return newSpare(conn)
}

// relay copies between two connections until both directions have ended, and closes them.
func relay(a, b net.Conn) {
	var both sync.WaitGroup
	both.Go(func() { copyHalf(a, b) })
	both.Go(func() { copyHalf(b, a) })
	both.Wait()
	closeConn(a)
	closeConn(b)
}

// halfTime is how long the other direction may go on when one has ended.
const halfTime = 5 * time.Second

func copyHalf(dst, src net.Conn) {
	_, _ = io.Copy(dst, src)
	if half, ok := dst.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	deadline := time.Now().Add(halfTime)
	_ = dst.SetDeadline(deadline)
	_ = src.SetDeadline(deadline)
}

func closeConn(conn net.Conn) {
	if conn != nil {
		_ = conn.Close()
	}
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// refuseTime is how long a refused peer may take to read why.
const refuseTime = time.Second

// refuse tells the peer the status of err and closes the connection.
func refuse(conn net.Conn, err error) {
	_ = conn.SetDeadline(time.Now().Add(refuseTime))
	message := "internal error"
	var e *guac.Error
	if errors.As(err, &e) {
		message = e.Message
	}
	_, _ = conn.Write(guac.AppendError(nil, message, guac.StatusOf(err)))
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, conn, int64(guac.HandshakeLimits.MaxBytes)) // unread input would reset the connection
	}
	closeConn(conn)
}
