// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/session"
	"github.com/palta-gateway/palta/internal/wire/guac"
	"github.com/palta-gateway/palta/internal/worker"
)

// Isolation says where engines run.
type Isolation string

// The isolations.
const (
	// IsolationProcess gives each connection a process.
	IsolationProcess Isolation = "process"
	// IsolationNone runs all engines in the supervisor's process.
	IsolationNone Isolation = "none"
)

// Config is what a supervisor runs with.
type Config struct {
	Registry engine.Registry
	// Isolation is IsolationProcess if empty.
	Isolation Isolation
	// Executable and WorkerArgs start a worker process; WorkerEnv is added to its
	// environment.
	Executable string
	WorkerArgs []string
	WorkerEnv  []string
	// Policy says what workers may be given; the zero value is for all that connections name.
	Policy Policy
	// TLS makes every connection of Serve speak TLS; nil for plain connections.
	TLS    *tls.Config
	Logger *slog.Logger
	// LogLevel is the lowest level that workers log.
	LogLevel slog.Level
	// MaxSessions bounds the sessions at a time, 0 for no bound.
	MaxSessions int
	// HandshakeTimeout bounds TLS and the wait for select, and in the worker the rest of
	// the handshake; 15 s by default.
	HandshakeTimeout time.Duration
	// StopGrace is how long a worker that was told to stop may take; 8 s by default.
	StopGrace time.Duration
	// Session holds limits of sessions with isolation none; zero for the defaults.
	Session session.Config
}

const (
	defaultHandshakeTimeout = 15 * time.Second
	defaultStopGrace        = 8 * time.Second
)

// SessionInfo describes a running session.
type SessionInfo struct {
	ID       string
	Protocol string
	Started  time.Time
	Users    int
}

// Supervisor runs connections. Its methods are safe for concurrent use.
type Supervisor struct {
	cfg Config
	log *slog.Logger

	ctx    context.Context // of everything that Close ends
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex // guards what follows
	closed   bool
	children map[string]*child
}

// Errors of the supervisor.
var (
	// ErrNoSession is the error for a session that does not run.
	ErrNoSession = errors.New("guacd: no such session")
	// ErrClosed is the error of a supervisor that was closed.
	ErrClosed = errors.New("guacd: supervisor is closed")
)

// New returns a supervisor without sessions.
func New(cfg Config) (*Supervisor, error) {
	cfg.Isolation = cmp.Or(cfg.Isolation, IsolationProcess)
	if cfg.HandshakeTimeout == 0 {
		cfg.HandshakeTimeout = defaultHandshakeTimeout
	}
	if cfg.StopGrace == 0 {
		cfg.StopGrace = defaultStopGrace
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	switch cfg.Isolation {
	case IsolationNone:
	case IsolationProcess:
		if cfg.Executable == "" {
			return nil, errors.New("guacd: isolation process needs an executable")
		}
	default:
		return nil, fmt.Errorf("guacd: unknown isolation %q", cfg.Isolation)
	}
	s := &Supervisor{cfg: cfg, log: cfg.Logger, children: make(map[string]*child)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Serve takes connections from ln until ctx ends, and closes ln. Sessions go on.
func (s *Supervisor) Serve(ctx context.Context, ln net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	defer ln.Close()
	for {
		conn, err := ln.Accept()
		switch {
		case ctx.Err() != nil:
			closeConn(conn)
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("guacd: accept: %w", err)
		case err != nil: // out of descriptors, or the peer is gone already
			s.log.Error("connection not accepted", "error", err)
			pause(ctx, acceptPause)
		case !s.start(func() { s.accept(conn) }):
			closeConn(conn)
			return ErrClosed
		}
	}
}

// acceptPause keeps a lack of descriptors from becoming a busy loop.
const acceptPause = 100 * time.Millisecond

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Connect returns a connection that speaks the protocol as a connection to the daemon's
// port does.
func (s *Supervisor) Connect(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	mine, theirs, err := connPair()
	if err != nil {
		return nil, err
	}
	if !s.start(func() { s.handle(theirs) }) {
		closeConn(mine)
		closeConn(theirs)
		return nil, ErrClosed
	}
	return mine, nil
}

// start runs f on a goroutine that Close waits for; false if the supervisor is closed.
func (s *Supervisor) start(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Go(f)
	return true
}

// Sessions returns the running sessions, the oldest first.
func (s *Supervisor) Sessions() []SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]SessionInfo, 0, len(s.children))
	for _, c := range s.children {
		all = append(all, c.info())
	}
	slices.SortFunc(all, func(a, b SessionInfo) int { return a.Started.Compare(b.Started) })
	return all
}

// Kill ends a session: its users are told SESSION_CLOSED.
func (s *Supervisor) Kill(id string) error {
	c := s.child(id)
	if c == nil {
		return ErrNoSession
	}
	c.stop(guac.Errorf(guac.SessionClosed, "guacd: the connection was ended by an administrator"))
	return nil
}

// Close ends all sessions and waits for their workers, which are killed if they do not
// end by themselves in time.
func (s *Supervisor) Close() error {
	s.mu.Lock()
	s.closed = true
	children := make([]*child, 0, len(s.children))
	for _, c := range s.children {
		children = append(children, c)
	}
	s.mu.Unlock()
	s.cancel()
	for _, c := range children {
		c.stop(guac.Errorf(guac.SessionClosed, "guacd: the server is shutting down"))
	}
	s.work.Wait()
	return nil
}

func (s *Supervisor) child(id string) *child {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.children[id]
}

// accept serves a connection of the listener.
func (s *Supervisor) accept(conn net.Conn) {
	if s.cfg.TLS == nil {
		s.handle(conn)
		return
	}
	secured := tls.Server(conn, s.cfg.TLS)
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.HandshakeTimeout)
	defer cancel()
	if err := secured.HandshakeContext(ctx); err != nil {
		s.log.Debug("no TLS", "address", conn.RemoteAddr(), "error", err)
		closeConn(conn)
		return
	}
	s.handle(secured)
}

// handle reads select from a connection and hands the connection on.
func (s *Supervisor) handle(conn net.Conn) {
	stop := context.AfterFunc(s.ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	selection, buffered, err := s.readSelect(conn)
	if errors.As(err, new(*net.OpError)) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.log.Debug("connection without a handshake", "address", conn.RemoteAddr(), "error", err)
		closeConn(conn)
		return
	}
	if err == nil {
		err = s.route(conn, selection, buffered)
	}
	if err != nil {
		s.log.Info("connection refused", "address", conn.RemoteAddr(), "status", guac.StatusOf(err), "error", err)
		worker.Refuse(conn, err)
	}
}

// readSelect reads the first instruction, and returns what was read beyond it too.
func (s *Supervisor) readSelect(conn net.Conn) (guac.Selection, []byte, error) {
	if err := conn.SetReadDeadline(time.Now().Add(s.cfg.HandshakeTimeout)); err != nil {
		return guac.Selection{}, nil, err
	}
	r := guac.NewReader(conn, guac.DefaultLimits)
	ins, err := r.Next()
	switch {
	case errors.Is(err, guac.ErrMalformed):
		return guac.Selection{}, nil, guac.Errorf(guac.ClientBadRequest, "guacd: bad first instruction: %w", err)
	case isTimeout(err):
		return guac.Selection{}, nil, guac.Errorf(guac.ClientTimeout, "guacd: no select in time")
	case err != nil:
		return guac.Selection{}, nil, fmt.Errorf("guacd: first instruction: %w", err)
	}
	selection, err := guac.ParseSelect(ins)
	if err != nil {
		return guac.Selection{}, nil, err
	}
	return selection, bytes.Clone(r.Buffered()), conn.SetReadDeadline(time.Time{})
}

// route hands a connection to the session that it selects. If it returns an error, the
// connection is still the caller's.
func (s *Supervisor) route(conn net.Conn, selection guac.Selection, buffered []byte) error {
	if selection.ConnectionID != "" {
		c := s.child(selection.ConnectionID)
		if c == nil {
			return guac.Errorf(guac.ResourceNotFound, "guacd: no such connection to join")
		}
		return c.add(conn, false, buffered)
	}
	if _, ok := s.cfg.Registry[selection.Protocol]; !ok {
		return guac.Errorf(guac.Unsupported, "guacd: protocol %.40q is not supported", selection.Protocol)
	}
	c, err := s.newChild(selection.Protocol)
	if err != nil {
		return err
	}
	if err := c.add(conn, true, buffered); err != nil {
		c.stop(err)
		return err
	}
	return nil
}

// newChild starts a worker for a new session.
func (s *Supervisor) newChild(protocol string) (*child, error) {
	c := &child{
		supervisor: s, id: "$" + uuid.NewString(), protocol: protocol, started: time.Now(),
		members: make(map[string]*descriptor), requests: make(map[uint64]context.CancelFunc),
	}
	c.log = s.log.With("session", c.id, "protocol", protocol)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, guac.Errorf(guac.SessionClosed, "guacd: the server is shutting down")
	}
	if s.cfg.MaxSessions > 0 && len(s.children) >= s.cfg.MaxSessions {
		return nil, guac.Errorf(guac.ServerBusy, "guacd: too many sessions")
	}
	if err := c.startLocked(); err != nil {
		c.log.Error("worker not started", "error", err)
		return nil, guac.Errorf(guac.ServerError, "guacd: the connection could not be started")
	}
	s.children[c.id] = c
	s.work.Go(c.run)
	return c, nil
}

// remove takes an ended session out.
func (s *Supervisor) remove(c *child) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.children, c.id)
}
