// SPDX-License-Identifier: Apache-2.0

package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// tokenBytes is the entropy of a token.
const tokenBytes = 32

// sweepInterval is how often sessions are looked at, and checkTimeout how long one data source may take to answer.
const (
	sweepInterval = time.Minute
	checkTimeout  = 10 * time.Second
	closeTimeout  = 5 * time.Second
)

// tokenHash is what is kept of a token.
type tokenHash [sha256.Size]byte

// hashToken accepts either case, as hexadecimal digits mean the same in both.
func hashToken(token string) tokenHash { return sha256.Sum256([]byte(strings.ToUpper(token))) }

// Config is what a [Store] is made of.
type Config struct {
	// Chain authenticates. It must be set.
	Chain *auth.Chain
	// Timeout ends a session without an access or an open tunnel. If zero, 60 minutes.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger takes the audit lines; nil discards.
	Logger *slog.Logger
}

// Store holds the sessions. It is safe for concurrent use.
type Store struct {
	chain    *auth.Chain
	timeout  time.Duration
	now      func() time.Time
	logger   *slog.Logger
	throttle *throttle

	mu       sync.RWMutex
	sessions map[tokenHash]*Session
}

// NewStore returns a store without sessions.
func NewStore(cfg Config) *Store {
	s := &Store{
		chain: cfg.Chain, timeout: cfg.Timeout, now: cfg.Now, logger: cfg.Logger,
		throttle: newThrottle(), sessions: make(map[tokenHash]*Session),
	}
	if s.timeout == 0 {
		s.timeout = 60 * time.Minute
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	return s
}

// Login logs in. If token is that of a live session, this is a re-login, which keeps the session and its token; otherwise
// a new session is made. The errors are those of the chain, and a TooMany error while a client has to wait.
func (s *Store) Login(ctx context.Context, token string, credentials auth.Credentials) (*Session, string, error) {
	guess := !credentials.Empty()
	if guess {
		if err := s.throttle.begin(credentials.RemoteAddr, credentials.Username, s.now()); err != nil {
			s.auditFailure(ctx, credentials, err)
			return nil, "", err
		}
	}
	session, token, err := s.login(ctx, token, credentials)
	if guess {
		s.throttle.settle(credentials.RemoteAddr, credentials.Username, outcomeOf(err), s.now())
	}
	if err != nil {
		s.auditFailure(ctx, credentials, err)
		return nil, "", err
	}
	return session, token, nil
}

// outcomeOf tells what the end of a login says of the credentials.
func outcomeOf(err error) outcome {
	if err == nil {
		return rightGuess
	}
	if rejection, ok := errors.AsType[*auth.Rejection](err); ok {
		if rejection.Kind == auth.InvalidCredentials {
			return wrongGuess
		}
		return noGuess
	}
	if kind := directory.KindOf(err); kind == directory.Invalid || kind == directory.Denied {
		return wrongGuess
	}
	return noGuess
}

func (s *Store) login(ctx context.Context, token string, credentials auth.Credentials) (*Session, string, error) {
	if session, ok := s.Lookup(token); ok {
		return session, token, s.refresh(ctx, session, credentials)
	}
	login, err := s.chain.Login(ctx, credentials)
	if err != nil {
		return nil, "", err
	}
	token = newToken()
	now := s.now()
	session := &Session{key: hashToken(token), start: now, login: login, last: now}
	s.mu.Lock()
	s.sessions[session.key] = session
	s.mu.Unlock()
	s.logger.InfoContext(ctx, "login", slog.Group("audit",
		"user", login.Identity.Username, "provider", login.Identity.Provider, "address", credentials.RemoteAddr))
	return session, token, nil
}

// refresh logs in again on top of a session.
func (s *Store) refresh(ctx context.Context, session *Session, credentials auth.Credentials) error {
	session.refresh.Lock()
	defer session.refresh.Unlock()
	login, err := s.chain.Reauthenticate(ctx, session.Login(), credentials)
	if err != nil {
		return err
	}
	if !session.replace(login, s.now()) {
		_ = s.chain.Logout(context.WithoutCancel(ctx), login)
		return &auth.Rejection{
			Kind: auth.InvalidCredentials, Message: "Permission Denied.", Expected: auth.UsernamePassword(),
		}
	}
	s.logger.DebugContext(ctx, "login refreshed", slog.Group("audit",
		"user", login.Identity.Username, "provider", login.Identity.Provider, "address", credentials.RemoteAddr))
	return nil
}

// newToken returns a fresh token in upstream's form: hexadecimal digits in upper case.
func newToken() string {
	random := make([]byte, tokenBytes)
	_, _ = rand.Read(random) // never fails
	return strings.ToUpper(hex.EncodeToString(random))
}

// auditFailure logs a login that failed. Answers that ask for more, and attempts which bring nothing that a provider could object to, are
// no failures.
func (s *Store) auditFailure(ctx context.Context, credentials auth.Credentials, err error) {
	level, provider := slog.LevelWarn, ""
	if rejection, ok := errors.AsType[*auth.Rejection](err); ok {
		provider = rejection.Provider
		if credentials.Empty() && rejection.Err == nil || rejection.Kind == auth.InsufficientCredentials {
			level = slog.LevelDebug
		}
	}
	s.logger.Log(ctx, level, "login failed", slog.Group("audit",
		"user", credentials.Username, "provider", provider, "address", credentials.RemoteAddr), "error", err)
}

// Lookup returns the session of a token and notes the access.
func (s *Store) Lookup(token string) (*Session, bool) {
	session, ok := s.Peek(token)
	if ok {
		session.touch(s.now())
	}
	return session, ok
}

// Peek is Lookup without noting an access.
func (s *Store) Peek(token string) (*Session, bool) {
	if token == "" {
		return nil, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	session, ok := s.sessions[hashToken(token)]
	return session, ok
}

// Logout ends the session of a token; false if there is none.
func (s *Store) Logout(ctx context.Context, token string) bool {
	session, ok := s.Peek(token)
	return ok && s.End(ctx, session, "logout")
}

// End ends a session and closes its tunnels; false if it had ended before. The reason is for the log.
func (s *Store) End(ctx context.Context, session *Session, reason string) bool {
	tunnels, ok := session.end()
	if !ok {
		return false
	}
	s.mu.Lock()
	delete(s.sessions, session.key)
	s.mu.Unlock()
	for _, t := range tunnels {
		t.Close(guac.Errorf(guac.SessionClosed, "login: session ended: %s", reason))
	}
	login := session.Login()
	// What the data sources note of the end must be noted even if the client has gone.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := s.chain.Logout(closing, login); err != nil {
		s.logger.ErrorContext(ctx, "data source did not note the logout", "user", login.Identity.Username, "error", err)
	}
	s.logger.InfoContext(ctx, "logout", slog.Group("audit",
		"user", login.Identity.Username, "address", login.Identity.Credentials.RemoteAddr), "reason", reason)
	return true
}

// Len returns how many sessions there are.
func (s *Store) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.sessions)
}

// all returns the sessions as they are now.
func (s *Store) all() []*Session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]*Session, 0, len(s.sessions))
	for _, session := range s.sessions {
		list = append(list, session)
	}
	return list
}

// Run ends sessions that are over until ctx ends, and then all.
func (s *Store) Run(ctx context.Context) error {
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.Sweep(ctx)
		case <-ctx.Done():
			for _, session := range s.all() {
				s.End(context.WithoutCancel(ctx), session, "gateway stops")
			}
			return nil
		}
	}
}

// Sweep ends the sessions that have idled for too long and those that a data source no longer vouches for.
func (s *Store) Sweep(ctx context.Context) {
	limit := s.now().Add(-s.timeout)
	for _, session := range s.all() {
		if session.idle(limit) {
			s.End(ctx, session, "idle")
			continue
		}
		if err := s.valid(ctx, session); err != nil {
			s.logger.WarnContext(ctx, "session is no longer valid", "user", session.Username(), "error", err)
			s.End(ctx, session, "no longer valid")
		}
	}
}

// valid asks the data sources that can tell. One that fails to answer ends no session.
func (s *Store) valid(ctx context.Context, session *Session) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	for _, uc := range session.Contexts() {
		validator, ok := directory.As[directory.Validator](uc)
		if !ok {
			continue
		}
		err := validator.Valid(ctx, s.now())
		switch kind := directory.KindOf(err); {
		case err == nil:
		case kind == directory.Internal || kind == directory.Unavailable:
			s.logger.ErrorContext(ctx, "data source could not tell whether a session is valid",
				"data_source", uc.DataSource(), "user", session.Username(), "error", err)
		default:
			return err
		}
	}
	return nil
}
