// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/wire/rfb"
)

const (
	// handshakeTimeout bounds each answer of the server until ServerInit.
	handshakeTimeout = 15 * time.Second
	// retryPause is the time between attempts to connect.
	retryPause = time.Second
	// maxHandshake bounds what is kept of an unfinished step.
	maxHandshake = 16 << 10
)

// connect dials the server, or waits for it to connect, as often as autoretry allows.
func connect(ctx context.Context, cfg engine.Config) (net.Conn, error) {
	open := dial
	if cfg.Params.Bool("reverse-connect") {
		open = accept
	}
	for attempt := 0; ; attempt++ {
		conn, err := open(ctx, cfg)
		if err == nil || attempt == cfg.Params.Int("autoretry") {
			return conn, err
		}
		cfg.Logger.Info("connection to the VNC server failed and is tried again", slog.String("error", err.Error()))
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func dial(ctx context.Context, cfg engine.Config) (net.Conn, error) {
	if !cfg.Params.Has("hostname") {
		return nil, guac.Errorf(guac.UpstreamNotFound, "vnc: the connection has no hostname")
	}
	return cfg.Dialer.DialContext(ctx, "tcp", net.JoinHostPort(cfg.Params.String("hostname"), strconv.Itoa(cfg.Params.Int("port"))))
}

// accept waits for the server. The handshake is the same then.
func accept(ctx context.Context, cfg engine.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(cfg.Params.Int("listen-timeout"))*time.Millisecond)
	defer cancel()
	return cfg.Dialer.Accept(ctx, cfg.Params.Int("port"))
}

// acceptPort is where the connection waits for its server, 0 if it dials.
func acceptPort(p engine.Values) int {
	if p.Bool("reverse-connect") {
		return p.Int("port")
	}
	return 0
}

// handshake runs the RFB handshake. It returns what the server says of itself and what
// was read beyond it.
func handshake(ctx context.Context, conn net.Conn, cfg engine.Config) (rfb.ServerInit, []byte, error) {
	h := &rfb.Handshake{Password: func() (string, error) { return password(ctx, cfg) }}
	in := make([]byte, 0, maxHandshake)
	for {
		n, out, done, err := h.Step(in, nil)
		if err != nil {
			return rfb.ServerInit{}, nil, handshakeError(err)
		}
		in = in[:copy(in, in[n:])]
		if len(out) > 0 {
			if err := write(conn, out); err != nil {
				return rfb.ServerInit{}, nil, handshakeError(err)
			}
		}
		if done {
			cfg.Logger.Debug("VNC handshake complete", slog.String("version", h.Version.String()), slog.String("security", h.Security.String()))
			return h.Init, in, nil
		}
		if n > 0 && len(in) > 0 {
			continue // the next step may have all it needs
		}
		if in, err = readMore(conn, in); err != nil {
			return rfb.ServerInit{}, nil, handshakeError(err)
		}
	}
}

func write(conn net.Conn, b []byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return err
	}
	_, err := conn.Write(b)
	return err
}

func readMore(conn net.Conn, in []byte) ([]byte, error) {
	if len(in) == cap(in) {
		return in, errors.New("the server's answer is too long")
	}
	if err := conn.SetReadDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return in, err
	}
	n, err := conn.Read(in[len(in):cap(in)])
	if n > 0 {
		err = nil
	}
	return in[:len(in)+n], err
}

// password returns the connection's password, or asks the owner for it.
func password(ctx context.Context, cfg engine.Config) (string, error) {
	if cfg.Params.Has("password") {
		return cfg.Params.Secret("password").Reveal(), nil
	}
	values, err := cfg.Session.Require(ctx, "password")
	if err != nil {
		return "", err
	}
	return values["password"], nil
}

// handshakeError gives an error of the handshake the status for users.
func handshakeError(err error) error {
	var known *guac.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, rfb.ErrAuthentication):
		return guac.Errorf(guac.ClientUnauthorized, "vnc: the server refused the password: %w", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return guac.Errorf(guac.UpstreamTimeout, "vnc: the server does not answer: %w", err)
	default:
		return guac.Errorf(guac.UpstreamError, "vnc: connecting failed: %w", err)
	}
}
