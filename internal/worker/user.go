// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

const defaultHandshakeTimeout = 15 * time.Second

// readOnly is the parameter that every protocol has.
const readOnly = "read-only"

// serve runs one user from args until it leaves.
func (w *worker) serve(ctx context.Context, conn net.Conn, m Message) {
	defer w.left(m.User)
	log := w.log.With("user", m.User)
	h, rest, err := w.handshake(conn, m.Buffered)
	var params engine.Values
	if err == nil {
		params, err = engine.ParseValues(w.protocol.Params, h.Values, log)
	}
	if err != nil {
		log.Info("handshake failed", "error", err)
		Refuse(conn, err)
		if m.Owner {
			w.session.Close(err)
		}
		return
	}
	if m.Owner {
		if err := w.control.Send(Message{Kind: KindReach, Reach: w.protocol.Reach(params)}, nil); err != nil {
			log.Warn("supervisor not told what the connection may reach", "error", err)
		}
		for _, name := range w.protocol.WithoutEffect(params) {
			log.Warn("parameter has no effect", "parameter", name)
		}
		w.startEngine(ctx, params, h.Info)
	}
	err = w.session.Serve(ctx, conn, session.UserConfig{
		ID: m.User, Info: h.Info, Owner: m.Owner, ReadOnly: params.Has(readOnly) && params.Bool(readOnly),
		Params: params, Buffered: rest,
	})
	if err != nil {
		log.Debug("user ended", "error", err)
	}
}

// handshake speaks with the user from args to ready. What was read beyond connect is
// returned too.
func (w *worker) handshake(conn net.Conn, buffered []byte) (*guac.ServerHandshake, []byte, error) {
	h := &guac.ServerHandshake{Params: w.protocol.Names()}
	if err := conn.SetDeadline(time.Now().Add(w.cfg.HandshakeTimeout)); err != nil {
		return nil, nil, err
	}
	if _, err := conn.Write(h.Start(nil)); err != nil {
		return nil, nil, err
	}
	r := guac.NewReader(io.MultiReader(bytes.NewReader(buffered), conn), guac.HandshakeLimits)
	for {
		ins, err := r.Next()
		if err != nil {
			return nil, nil, handshakeError(err)
		}
		done, err := h.Step(ins)
		if err != nil {
			return nil, nil, err
		}
		if done {
			break
		}
	}
	if _, err := conn.Write(guac.AppendReady(nil, w.session.ID())); err != nil {
		return nil, nil, err
	}
	return h, bytes.Clone(r.Buffered()), conn.SetDeadline(time.Time{})
}

// handshakeError gives what ended the reading its status.
func handshakeError(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return guac.Errorf(guac.ClientTimeout, "worker: handshake took too long")
	case errors.Is(err, guac.ErrMalformed):
		return guac.Errorf(guac.ClientBadRequest, "worker: bad instruction in the handshake: %w", err)
	default:
		return err
	}
}

// refuseTime is how long a refused user may take to read why.
const refuseTime = time.Second

// Refuse tells a user the status of err, and what may be read of it, and closes the
// connection.
func Refuse(conn net.Conn, err error) {
	sendError(conn, err)
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, conn, int64(guac.HandshakeLimits.MaxBytes)) // unread input would reset the connection
	}
	_ = conn.Close()
}

// sendError tells the user the status of err.
func sendError(conn net.Conn, err error) {
	_ = conn.SetDeadline(time.Now().Add(refuseTime))
	_, _ = conn.Write(guac.AppendError(nil, guac.MessageOf(err), guac.StatusOf(err)))
}
