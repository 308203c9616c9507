// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	wire "github.com/palta-gateway/palta/internal/wire/credssp/kerberos"
)

// ErrNoKDC is the error for a realm of which no KDC answers. It wraps the errors of the
// connections.
var ErrNoKDC = errors.New("kerberos: no KDC of the realm answers")

// Bounds of an exchange with one KDC.
const (
	// maxReply bounds an answer: tickets with the groups of Active Directory stay below it.
	maxReply = 256 << 10
	// attemptTimeout and datagramTimeout are how long one KDC may take before the next is asked.
	attemptTimeout  = 5 * time.Second
	datagramTimeout = time.Second
)

// send asks the KDCs of a realm in turn. A KRB-ERROR is returned as the error that it is.
func (c *Client) send(ctx context.Context, realm string, request []byte) ([]byte, error) {
	kdcs := c.conf.kdcs[realm]
	if len(kdcs) == 0 {
		return nil, fmt.Errorf("%w: none is configured for %s", ErrNoKDC, realm)
	}
	var failed []error
	for _, address := range kdcs {
		reply, err := c.ask(ctx, address, request)
		if err == nil && !wire.IsError(reply) {
			return reply, nil
		}
		if err == nil {
			refusal, err := wire.ParseError(reply)
			if err != nil {
				return nil, err
			}
			return nil, refusal
		}
		failed = append(failed, fmt.Errorf("%s: %w", address, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrNoKDC, errors.Join(failed...))
}

// ask asks one KDC, by a datagram first if so configured.
func (c *Client) ask(ctx context.Context, address string, request []byte) ([]byte, error) {
	if c.udp {
		reply, err := c.connect(ctx, "udp", address, datagramTimeout, func(conn net.Conn) ([]byte, error) {
			return askDatagram(conn, request)
		})
		if err == nil && !tooBig(reply) {
			return reply, nil
		}
	}
	return c.connect(ctx, "tcp", address, attemptTimeout, func(conn net.Conn) ([]byte, error) {
		return askStream(conn, request)
	})
}

func tooBig(reply []byte) bool {
	if !wire.IsError(reply) {
		return false
	}
	refusal, err := wire.ParseError(reply)
	return err == nil && refusal.Code == wire.ResponseTooBig
}

// connect dials and calls exchange, both within the timeout.
func (c *Client) connect(ctx context.Context, network, address string, timeout time.Duration, exchange func(net.Conn) ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := c.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		stop()
		_ = conn.Close()
	}()
	reply, err := exchange(conn)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return reply, err
}

// askStream sends a request with its length before it and reads the answer so (RFC 4120,
// section 7.2.2).
func askStream(conn io.ReadWriter, request []byte) ([]byte, error) {
	framed := binary.BigEndian.AppendUint32(nil, uint32(len(request)))
	if _, err := conn.Write(append(framed, request...)); err != nil {
		return nil, err
	}
	var header [4]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		return nil, fmt.Errorf("length of the answer: %w", err)
	}
	n := binary.BigEndian.Uint32(header[:])
	if n == 0 || n > maxReply {
		return nil, fmt.Errorf("an answer of %d bytes", n)
	}
	reply := make([]byte, n)
	if _, err := io.ReadFull(conn, reply); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return reply, nil
}

// maxDatagram is the largest there is.
const maxDatagram = 64 << 10

func askDatagram(conn io.ReadWriter, request []byte) ([]byte, error) {
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	reply := make([]byte, maxDatagram)
	n, err := conn.Read(reply)
	if err == nil && n == 0 {
		err = io.ErrUnexpectedEOF
	}
	return reply[:n], err
}
