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
func (c *child) keep(conn net.Conn) *descriptor {
	if c.supervisor.cfg.Isolation == IsolationNone {
		return nil
	}
	return duplicate(conn)
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
