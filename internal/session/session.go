// SPDX-License-Identifier: Apache-2.0

package session

import (
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Config is what a session runs with. The zero value of each limit stands for the default.
type Config struct {
	// ID is "$" and a UUID.
	ID       string
	Protocol string
	Logger   *slog.Logger

	// QueueBytes bounds what waits for one user; 32 MiB by default, which is more than the
	// largest picture.
	QueueBytes int
	// SilenceTimeout drops a user that sends nothing; 15 s by default, as guacd has it.
	SilenceTimeout time.Duration
	// SyncTimeout drops a user that does not answer a frame; 30 s by default.
	SyncTimeout time.Duration
	// WriteTimeout drops a user that does not take a few kilobytes; 30 s by default.
	WriteTimeout time.Duration
	// NopInterval is the longest silence towards a user; 5 s by default, as guacd has it.
	NopInterval time.Duration
}

// The defaults of Config, and limits that nobody needs to change.
const (
	defaultQueueBytes     = 32 << 20
	defaultSilenceTimeout = 15 * time.Second
	defaultSyncTimeout    = 30 * time.Second
	defaultWriteTimeout   = 30 * time.Second
	defaultNopInterval    = 5 * time.Second

	// closeGrace is how long a user that is leaving may take to read what is queued.
	closeGrace = 3 * time.Second
)

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.QueueBytes == 0 {
		c.QueueBytes = defaultQueueBytes
	}
	for _, d := range []struct {
		field *time.Duration
		def   time.Duration
	}{
		{&c.SilenceTimeout, defaultSilenceTimeout},
		{&c.SyncTimeout, defaultSyncTimeout},
		{&c.WriteTimeout, defaultWriteTimeout},
		{&c.NopInterval, defaultNopInterval},
	} {
		if *d.field == 0 {
			*d.field = d.def
		}
	}
	return c
}

// Session is a running connection. Its methods are safe for concurrent use.
type Session struct {
	cfg  Config
	done chan struct{} // closed by finish

	joins   sync.Mutex // held while the handler is told of users
	handler Handler    // written under joins and mu, read under either
	held    held

	tap atomic.Pointer[Tap]

	mu       sync.Mutex // guards what follows
	users    []*User    // in the order in which they came
	ended    bool
	err      error
	required map[string]*requirement
}

// New returns a session without users.
func New(cfg Config) *Session {
	return &Session{cfg: cfg.withDefaults(), done: make(chan struct{}), required: make(map[string]*requirement)}
}

// ID returns "$" and a UUID.
func (s *Session) ID() string { return s.cfg.ID }

// Protocol returns the name of the protocol.
func (s *Session) Protocol() string { return s.cfg.Protocol }

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// Err returns why the session ended: nil while it runs, and if it ended normally.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Users returns the joined users in the order in which they came.
func (s *Session) Users() []*User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.users)
}

// Broadcast sends whole instructions to every user. b must not be changed afterwards.
func (s *Session) Broadcast(b []byte) {
	s.tapOutput(b)
	for _, u := range s.Users() {
		_ = u.Send(b) // a user that cannot take it is being dropped
	}
}

// Close ends the session. The users are told the status of err, or, if err is nil, that
// the connection ended normally. Only the first call counts.
func (s *Session) Close(err error) {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.ended, s.err = true, err
	users := slices.Clone(s.users)
	s.mu.Unlock()
	for _, u := range users {
		u.stop(err)
	}
	close(s.done)
}

// SetHandler gives the session its engine. Users who have joined already are announced
// to it before SetHandler returns. It must be called once.
func (s *Session) SetHandler(h Handler) {
	s.joins.Lock()
	defer s.joins.Unlock()
	s.mu.Lock()
	s.handler = h
	users := slices.Clone(s.users)
	s.mu.Unlock()
	for _, u := range users {
		s.announceLocked(u)
	}
}

// announceLocked tells the handler of a user, once. It needs joins held.
func (s *Session) announceLocked(u *User) {
	if s.handler == nil || u.left || u.handler.Load() != nil {
		return
	}
	var err error
	s.guard(func() { err = s.handler.UserJoined(u) })
	if err != nil {
		u.cfg.logger.Warn("user could not join", "error", err)
		u.stop(err)
	}
	u.handler.Store(&s.handler)
	close(u.known)
}

// add takes a user in and tells the handler and the owner.
func (s *Session) add(u *User) error {
	s.joins.Lock()
	defer s.joins.Unlock()
	s.mu.Lock()
	if s.ended {
		err := s.err
		s.mu.Unlock()
		if err == nil {
			err = guac.Errorf(guac.SessionClosed, "session: the connection has ended")
		}
		return err
	}
	s.users = append(s.users, u)
	s.mu.Unlock()
	s.notifyOwner(guac.MsgUserJoined, u)
	s.announceLocked(u)
	return nil
}

// remove takes a user out and tells the handler and the owner; the last one ends the
// session.
func (s *Session) remove(u *User) {
	s.joins.Lock()
	defer s.joins.Unlock()
	u.left = true
	s.mu.Lock()
	s.users = slices.DeleteFunc(s.users, func(other *User) bool { return other == u })
	last := len(s.users) == 0
	s.mu.Unlock()
	if u.handler.Load() != nil {
		s.guard(func() {
			u.releaseAll(s.handler)
			s.handler.UserLeft(u)
		})
	}
	s.notifyOwner(guac.MsgUserLeft, u)
	if last {
		s.Close(nil)
	}
}

// notifyOwner tells the owner that another user came or went. As upstream does, nobody
// else is told: joiners by a shared link need not learn each other's names.
func (s *Session) notifyOwner(code int, u *User) {
	owner := s.Owner()
	if owner == nil || owner == u || owner.cfg.Info.Version < guac.Version1_5_0 {
		return
	}
	owner.enqueue(guac.Begin(nil, guac.OpMsg).Int(code).Str(u.cfg.ID).Str(u.cfg.Info.Name).End())
}

// guard runs code of the engine. A panic in it ends the session with SERVER_ERROR.
func (s *Session) guard(f func()) {
	defer s.recovered()
	f()
}

// recovered is deferred around code of the engine.
func (s *Session) recovered() {
	if v := recover(); v != nil {
		s.cfg.Logger.Error("panic in the engine", "error", v, "stack", string(debug.Stack()))
		s.Close(guac.Errorf(guac.ServerError, "session: internal error"))
	}
}
