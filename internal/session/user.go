// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// UserConfig is what is known of a user when its handshake is complete.
type UserConfig struct {
	// ID tells users of a session apart: "@" and a UUID.
	ID string
	// Info is what the user's client told of itself.
	Info guac.ClientInfo
	// Owner marks the user who opened the connection.
	Owner bool
	// ReadOnly users see and hear but cannot do anything.
	ReadOnly bool
	// Params are the user's parameters, which this package only carries.
	Params any
	// Buffered was read from the connection beyond the handshake.
	Buffered []byte

	logger *slog.Logger
}

// User is one joined browser. Its methods are safe for concurrent use.
type User struct {
	session *Session
	cfg     UserConfig
	conn    net.Conn
	ctx     contextOf // ends when the user does
	cancel  context.CancelCauseFunc
	work    sync.WaitGroup // stream and object goroutines
	wake    chan struct{}  // of the writer, one slot

	handler atomic.Pointer[Handler] // set once the handler knows the user
	known   chan struct{}           // closed then
	patient bool                    // the reader may still wait for that; of the reader
	left    bool                    // guarded by Session.joins
	down    down

	streams streams

	mu      sync.Mutex    // guards what follows
	out     outQueue      // waits for the writer
	writing int           // bytes the writer has taken and not yet written
	drained chan struct{} // closed when the writer gets on; nil if nobody waits
	stopped bool
	cause   error // why the user was stopped, nil for a normal end
	sync    syncState
	onSync  func(timestamp int64)
	refused func(stream int, status guac.Status)
	width   int
	height  int
}

// contextOf is a context that belongs to the struct that holds it: the user's own life,
// not that of a caller.
type contextOf = context.Context

// syncState follows the frames that a user has not answered.
type syncState struct {
	sent  int64     // timestamp of the newest frame
	since time.Time // when the oldest frame without an answer was sent, zero if none is
}

// Errors of users who are gone.
var errLeft = errors.New("session: the user has left")

// ID returns what tells the user apart from the others of the session.
func (u *User) ID() string { return u.cfg.ID }

// Info returns what the user's client told of itself in the handshake.
func (u *User) Info() guac.ClientInfo { return u.cfg.Info }

// Params returns the user's parameters: engine.Values.
func (u *User) Params() any { return u.cfg.Params }

// Session returns the session that the user has joined.
func (u *User) Session() *Session { return u.session }

// Done is closed when the user leaves.
func (u *User) Done() <-chan struct{} { return u.ctx.Done() }

// Size returns the newest size of the user's browser in pixels.
func (u *User) Size() (width, height int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.width, u.height
}

// OnSync sets what is called with the timestamp of each frame that the user has drawn. It
// is called on the goroutine that reads the user's instructions.
func (u *User) OnSync(f func(timestamp int64)) {
	u.mu.Lock()
	u.onSync = f
	u.mu.Unlock()
}

// OnRefuse sets what is called when the user's client answers a stream of the display with
// an error. It is called on the goroutine that reads the user's instructions.
func (u *User) OnRefuse(f func(stream int, status guac.Status)) {
	u.mu.Lock()
	u.refused = f
	u.mu.Unlock()
}

// Drop ends the user with the status of err, nil for a normal end.
func (u *User) Drop(err error) { u.stop(err) }

// Serve runs one user until it leaves, and closes conn. The error is nil if the user or
// the session ended normally.
func (s *Session) Serve(ctx context.Context, conn net.Conn, cfg UserConfig) error {
	u := newUser(ctx, s, conn, cfg)
	defer u.cancel(errLeft)
	u.cfg.logger.Info("user joined", "owner", cfg.Owner, "read_only", cfg.ReadOnly)

	var writer sync.WaitGroup
	writer.Go(u.write)
	if err := s.add(u); err != nil {
		u.stop(err)
	} else {
		stopWithContext := context.AfterFunc(ctx, func() { u.stop(context.Cause(ctx)) })
		u.stop(u.read())
		stopWithContext()
		s.remove(u)
	}
	writer.Wait()
	closeConn(conn)
	u.work.Wait()

	err := u.err()
	u.cfg.logger.Info("user left", "error", err)
	if err != nil {
		return fmt.Errorf("session: user %s: %w", cfg.ID, err)
	}
	return nil
}

func newUser(ctx context.Context, s *Session, conn net.Conn, cfg UserConfig) *User {
	cfg.logger = s.cfg.Logger.With("user", cfg.ID)
	u := &User{
		session: s, cfg: cfg, conn: conn, wake: make(chan struct{}, 1), known: make(chan struct{}), patient: true,
		width: cfg.Info.Width, height: cfg.Info.Height,
	}
	u.ctx, u.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	u.streams.user = u
	return u
}

// stop ends the user: the writer says goodbye and closes, the reader gives up. Only the
// first call counts.
func (u *User) stop(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stopLocked(err)
}

func (u *User) stopLocked(err error) {
	if u.stopped {
		return
	}
	u.stopped, u.cause = true, err
	if guac.StatusOf(err) == guac.ClientOverrun {
		u.out = outQueue{} // it would not read it
	}
	if err != nil {
		u.out.add(guac.AppendError(nil, guac.MessageOf(err), guac.StatusOf(err)))
	} else {
		u.out.add(guac.Append(nil, guac.OpDisconnect))
	}
	now := time.Now()
	_ = u.conn.SetReadDeadline(now)
	_ = u.conn.SetWriteDeadline(now.Add(closeGrace))
	u.cancel(errLeft)
	u.wakeWriter()
}

// err returns why the user ended.
func (u *User) err() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.cause
}

// isStopped reports whether the user is on its way out.
func (u *User) isStopped() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.stopped
}
