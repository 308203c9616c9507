// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/worker"
)

// dial opens a connection.
func (p Policy) dial(ctx context.Context, kind worker.Kind, network, address string) (net.Conn, error) {
	host, err := hostOf(address)
	if err != nil {
		return nil, err
	}
	check, err := p.host(kind, host)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Control: func(_, resolved string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(resolved)
		if err != nil {
			return fmt.Errorf("guacd: bad address %q: %w", resolved, err)
		}
		return check(target.Addr())
	}}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, dialError(ctx, err)
	}
	return conn, nil
}

// maxCallers bounds the hosts that may not connect to us before the one that may.
const maxCallers = 16

// accept waits on a port for one connection.
func (p Policy) accept(ctx context.Context, log *slog.Logger, port int) (net.Conn, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, networkTCP, net.JoinHostPort("", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &guac.Error{Status: guac.ResourceConflict, Message: "port to wait on is in use", Err: err}
	}
	if err != nil {
		return nil, &guac.Error{Status: guac.UpstreamError, Message: "port cannot be waited on", Err: err}
	}
	defer ln.Close()
	log.Debug("waiting for a connection", "port", port)
	defer context.AfterFunc(ctx, func() { _ = ln.Close() })()
	for range maxCallers {
		conn, err := ln.Accept()
		if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, &guac.Error{Status: guac.UpstreamTimeout, Message: "remote host did not connect in time", Err: err}
		}
		if err != nil {
			return nil, &guac.Error{Status: guac.UpstreamError, Message: "remote host did not connect", Err: err}
		}
		caller, err := netip.ParseAddrPort(conn.RemoteAddr().String())
		if err == nil {
			err = p.caller(caller.Addr())
		}
		if err == nil {
			return conn, nil
		}
		log.Warn("caller refused", "port", port, "address", conn.RemoteAddr(), "error", err)
		closeConn(conn)
	}
	return nil, guac.Errorf(guac.UpstreamUnavailable, "guacd: too many others connected to the port %d", port)
}

// The magic packet of Wake-on-LAN is six bytes of ones and the MAC address sixteen times.
const (
	magicOnes    = 6
	magicRepeats = 16
)

// wake sends a magic packet. Nothing else is ever sent in a worker's name without a
// connection.
func (p Policy) wake(ctx context.Context, address string, mac net.HardwareAddr) error {
	conn, err := p.dial(ctx, worker.KindWake, networkUDP, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	packet := append(bytes.Repeat([]byte{0xFF}, magicOnes), bytes.Repeat(mac, magicRepeats)...)
	if _, err := conn.Write(packet); err != nil {
		return &guac.Error{Status: guac.UpstreamError, Message: "packet cannot be sent", Err: err}
	}
	return nil
}

// dialError gives what went wrong its status. Its message is for the user, who need not
// learn addresses; the cause is for the log.
func dialError(ctx context.Context, err error) error {
	var refused *guac.Error
	var dns *net.DNSError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isNetTimeout(err):
		return &guac.Error{Status: guac.UpstreamTimeout, Message: "remote host does not answer", Err: err}
	case errors.As(err, &dns):
		return &guac.Error{Status: guac.UpstreamNotFound, Message: "remote host is unknown", Err: err}
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return &guac.Error{Status: guac.UpstreamUnavailable, Message: "remote host does not take connections", Err: err}
	default:
		return &guac.Error{Status: guac.UpstreamError, Message: "remote host cannot be connected to", Err: err}
	}
}

func isNetTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
