// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"errors"
	"io"
	"net"
	"sync"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// batchBytes is how much one batch gathers before it is handed on though more is pending. A batch is longer by at most one instruction.
const batchBytes = 16 << 10

// daemon is the gateway's end of a session at guacd, such as a tunnel.Tunnel.
type daemon interface {
	Reader() *guac.Reader
	// Write sends whole instructions; it is safe for concurrent use.
	Write(b []byte) error
	Close() error
}

// Tunnel is one browser's open session. One goroutine may read it at a time; all other methods are safe for concurrent use.
type Tunnel struct {
	broker  *Broker
	session *login.Login
	opening opening
	guacd   daemon
	streams streams
	ended   chan struct{} // closed by Close

	mu     sync.Mutex // guards closed and reason
	closed bool
	reason error

	// replay is what was read while the tunnel was opened, and told whether the browser knows the reason. Only the reader uses them.
	replay []byte
	told   bool
}

// opening is what a tunnel was opened as.
type opening struct {
	// use is what all gateways know of it.
	use        directory.ActiveConnection
	connection *directory.Connection
	// record is the history record; recorder is nil if there is none.
	record   string
	recorder directory.HistoryRecorder
}

// UUID names the tunnel. It is the identifier of the active connection and of the history record too, where there is one.
func (t *Tunnel) UUID() string { return t.opening.use.Identifier }

// Protocol returns the name of the protocol.
func (t *Tunnel) Protocol() string { return t.opening.connection.Protocol }

// DataSource returns the identifier of the data source that the connection is from.
func (t *Tunnel) DataSource() string { return t.opening.use.DataSource }

// Close ends the tunnel. The browser is told the status of the reason; nil is an ordinary end. Only the first call counts. When it
// returns the seats are free, unless the registry takes longer than registryTimeout.
func (t *Tunnel) Close(reason error) {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.closed, t.reason = true, reason
	t.mu.Unlock()
	close(t.ended)
	_ = t.guacd.Close() // nothing is lost by it: the session is over
	t.streams.endAll()
	t.broker.finished(t)
}

// Done is closed when the tunnel has been closed.
func (t *Tunnel) Done() <-chan struct{} { return t.ended }

// ReadBatch waits for the remote side and appends whole instructions to buf: what is there already, up to some 16 KiB. At the end it returns
// io.EOF; any other error carries the status with which the transport is to be closed. After an error the tunnel is closed.
func (t *Tunnel) ReadBatch(buf []byte) ([]byte, error) {
	start := len(buf)
	if len(t.replay) > 0 {
		buf = append(buf, t.replay...)
		t.replay = nil
		return buf, nil
	}
	reader := t.guacd.Reader()
	for {
		ins, err := reader.Next()
		if err != nil {
			if len(buf) > start {
				return buf, nil // the error comes again
			}
			return t.endOfRead(buf, err)
		}
		buf = t.streams.filter(buf, ins, reader.Raw())
		if len(buf)-start >= batchBytes || len(buf) > start && !reader.Ready() {
			return buf, nil
		}
	}
}

// endOfRead turns the end of what guacd sends into what the browser is told. If the gateway closed the tunnel for a reason, that is
// one last instruction, since browsers show the status of an instruction better than that of a closed transport.
func (t *Tunnel) endOfRead(buf []byte, err error) ([]byte, error) {
	t.mu.Lock()
	closed, reason := t.closed, t.reason
	t.mu.Unlock()
	if !closed {
		status := readError(err)
		t.Close(nil)
		return buf, status
	}
	if reason != nil && !t.told {
		t.told = true
		return guac.AppendError(buf, reasonText(reason), guac.StatusOf(reason)), nil
	}
	return buf, io.EOF
}

// reasonText is the part of a reason that users may see.
func reasonText(reason error) string {
	if e, ok := errors.AsType[*guac.Error](reason); ok {
		return e.Message
	}
	return "session closed"
}

// readError gives an error of guacd a status. A connection that guacd closed is an ordinary end.
func readError(err error) error {
	if e, ok := errors.AsType[*guac.Error](err); ok {
		return e
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return guac.Errorf(guac.UpstreamTimeout, "broker: guacd has been silent for too long: %w", err)
	}
	if errors.Is(err, guac.ErrMalformed) || errors.Is(err, io.ErrUnexpectedEOF) {
		return guac.Errorf(guac.ServerError, "broker: guacd broke off: %w", err)
	}
	return io.EOF
}

// Send passes on instructions from the browser. Those internal to a tunnel do not reach guacd: a ping is answered by itself, appended
// to reply, and others are dropped. What is no instruction is a CLIENT_BAD_REQUEST error.
func (t *Tunnel) Send(message, reply []byte) (answer []byte, err error) {
	var ins guac.Instruction
	forward, rest := message, message
	whole := true // all of message is to be forwarded so far
	for len(rest) > 0 {
		n, err := guac.ConsumeInstruction(rest, &ins, guac.DefaultLimits)
		if err == nil && n == 0 {
			err = guac.ErrMalformed
		}
		if err != nil {
			return reply, guac.Errorf(guac.ClientBadRequest, "broker: message of the browser: %w", err)
		}
		internal := len(ins.Opcode) == 0
		if internal && whole {
			forward, whole = append([]byte(nil), message[:len(message)-len(rest)]...), false
		}
		switch {
		case internal && string(ins.Arg(0)) == "ping":
			reply = append(reply, rest[:n]...)
		case !internal && !whole:
			forward = append(forward, rest[:n]...)
		}
		rest = rest[n:]
	}
	if len(forward) == 0 {
		return reply, nil
	}
	return reply, t.write(forward)
}

// write sends whole instructions to guacd.
func (t *Tunnel) write(b []byte) error {
	return t.guacd.Write(b)
}
