// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// endGrace is how long an engine may take to end after its session.
const endGrace = 5 * time.Second

// Config is what a worker runs with.
type Config struct {
	Registry engine.Registry
	Logger   *slog.Logger
	// Level is set to the supervisor's level, if it is given.
	Level *slog.LevelVar
	// Session holds limits of the session; zero for the defaults.
	Session session.Config
	// HandshakeTimeout bounds a user's handshake; 15 s by default.
	HandshakeTimeout time.Duration
}

// worker is one run.
type worker struct {
	cfg      Config
	control  Control
	protocol engine.Protocol
	session  *session.Session
	requests *requests
	log      *slog.Logger
	engine   sync.WaitGroup

	mu     sync.Mutex // guards ending, and that users does not grow afterwards
	ending bool
	users  sync.WaitGroup
}

// Run serves one connection until it ends: with its last user, by the engine, by the
// supervisor, or with ctx. It closes the control socket.
func Run(ctx context.Context, control Control, cfg Config) error {
	defer control.Close()
	w, err := begin(control, cfg)
	if err != nil {
		return err
	}
	stopWithContext := context.AfterFunc(ctx, func() { w.session.Close(context.Cause(ctx)) })
	defer stopWithContext()

	var receiver sync.WaitGroup
	receiver.Go(func() { w.receive(ctx) })
	<-w.session.Done()
	err = w.finish()
	_ = control.Close()
	receiver.Wait()
	return err
}

// begin reads the first message.
func begin(control Control, cfg Config) (*worker, error) {
	m, handle, err := control.Receive()
	closeHandle(handle)
	if err != nil {
		return nil, fmt.Errorf("worker: no start from the supervisor: %w", err)
	}
	protocol, ok := cfg.Registry[m.Protocol]
	if m.Kind != KindStart || !ok {
		return nil, fmt.Errorf("worker: started with %s of protocol %q", m.Kind, m.Protocol)
	}
	if cfg.Level != nil {
		cfg.Level.Set(slog.Level(m.LogLevel))
	}
	if cfg.HandshakeTimeout == 0 {
		cfg.HandshakeTimeout = defaultHandshakeTimeout
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	w := &worker{cfg: cfg, control: control, protocol: protocol, requests: newRequests(control), log: cfg.Logger}
	cfg.Session.ID, cfg.Session.Protocol, cfg.Session.Logger = m.Session, m.Protocol, w.log
	w.session = session.New(cfg.Session)
	return w, nil
}

// receive acts on the supervisor's messages until the control socket is closed.
func (w *worker) receive(ctx context.Context) {
	for {
		m, handle, err := w.control.Receive()
		if err != nil {
			w.session.Close(guac.Errorf(guac.ServerError, "worker: the supervisor is gone: %w", err))
			return
		}
		conn, isConn := handle.(net.Conn)
		switch {
		case m.Kind == KindUser && isConn:
			w.admit(ctx, conn, m)
		case m.Kind == KindAnswer:
			w.requests.answer(m, handle)
		case m.Kind == KindStop:
			w.session.Close(&guac.Error{Status: m.Status, Message: m.Text})
		default:
			closeHandle(handle)
			w.log.Warn("unexpected message of the supervisor", "kind", m.Kind)
		}
	}
}

// admit serves a user, unless the session is over.
func (w *worker) admit(ctx context.Context, conn net.Conn, m Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ending {
		w.users.Go(func() { w.serve(ctx, conn, m) })
		return
	}
	sendError(conn, guac.Errorf(guac.SessionClosed, "worker: the connection has ended"))
	_ = conn.Close()
	w.left(m.User)
}

// finish waits for the users and the engine of an ended session, but not for ever.
func (w *worker) finish() error {
	w.mu.Lock()
	w.ending = true
	w.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.users.Wait()
		w.engine.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(endGrace):
		return errors.New("worker: the engine did not end with its session")
	}
}

// startEngine runs the engine for the owner.
func (w *worker) startEngine(ctx context.Context, params engine.Values, owner guac.ClientInfo) {
	w.engine.Go(func() {
		ctx, cancel := context.WithCancelCause(ctx)
		var watcher sync.WaitGroup
		watcher.Go(func() {
			select {
			case <-w.session.Done():
				cancel(errSessionEnded)
			case <-ctx.Done():
			}
		})
		defer watcher.Wait()
		defer cancel(nil)
		err := w.runEngine(ctx, engine.Config{
			Session: w.session, Params: params, Owner: owner, Dialer: w.requests, Files: w.requests, Logger: w.log,
		})
		if err != nil && ctx.Err() == nil {
			w.log.Warn("connection failed", "status", guac.StatusOf(err), "error", err)
		}
		w.session.Close(err)
	})
}

var errSessionEnded = errors.New("worker: the session has ended")

// runEngine calls the engine and turns a panic into an error.
func (w *worker) runEngine(ctx context.Context, cfg engine.Config) (err error) {
	defer func() {
		if v := recover(); v != nil {
			w.log.Error("panic in the engine", "error", v, "stack", string(debug.Stack()))
			err = guac.Errorf(guac.ServerError, "worker: internal error")
		}
	}()
	return w.protocol.Run(ctx, cfg)
}

// left tells the supervisor that a user is gone.
func (w *worker) left(user string) {
	if err := w.control.Send(Message{Kind: KindLeft, User: user}, nil); err != nil && !errors.Is(err, net.ErrClosed) {
		w.log.Debug("supervisor not told", "error", err)
	}
}
