// SPDX-License-Identifier: Apache-2.0

package login

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
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
	// recordTimeout bounds each question to the records of logins.
	recordTimeout = 5 * time.Second
)

// Config is what a [Store] is made of.
type Config struct {
	// Chain authenticates. It must be set.
	Chain *auth.Chain
	// Records are where logins are kept. Given ones may be shared with other gateways, and logins outlive this gateway in them; nil means
	// memory of its own.
	Records directory.LoginRecords
	// Timeout ends a session without an access or an open tunnel. If zero, 60 minutes.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger takes the audit lines; nil discards.
	Logger *slog.Logger
}

// Store holds the logins of a gateway. It is safe for concurrent use.
type Store struct {
	chain    *auth.Chain
	records  directory.LoginRecords
	shared   bool
	timeout  time.Duration
	now      func() time.Time
	logger   *slog.Logger
	throttle *throttle

	mu   sync.RWMutex
	live map[directory.LoginKey]*Login // those that this gateway has been asked for
}

// NewStore returns a store that holds no login yet.
func NewStore(cfg Config) *Store {
	s := &Store{
		chain: cfg.Chain, records: cfg.Records, shared: cfg.Records != nil, timeout: cfg.Timeout, now: cfg.Now, logger: cfg.Logger,
		throttle: newThrottle(), live: make(map[directory.LoginKey]*Login),
	}
	if s.records == nil {
		s.records = &MemoryRecords{}
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
func (s *Store) Login(ctx context.Context, token string, credentials auth.Credentials) (*Login, string, error) {
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

func (s *Store) login(ctx context.Context, token string, credentials auth.Credentials) (*Login, string, error) {
	session, err := s.Lookup(ctx, token)
	if err == nil {
		return session, token, s.refresh(ctx, session, token, credentials)
	}
	if !errors.Is(err, directory.NotFound) {
		return nil, "", err
	}
	login, err := s.chain.Login(ctx, credentials)
	if err != nil {
		return nil, "", err
	}
	token = newToken()
	session, err = s.create(ctx, token, login)
	if err != nil {
		s.logout(ctx, login)
		return nil, "", err
	}
	s.logger.InfoContext(ctx, "login", slog.Group("audit",
		"user", login.Identity.Username, "provider", login.Identity.Provider, "address", credentials.RemoteAddr))
	return session, token, nil
}

// create keeps a new login.
func (s *Store) create(ctx context.Context, token string, login *auth.Login) (*Login, error) {
	kept, err := keep(token, s.chain.Save(login))
	if err != nil {
		return nil, err
	}
	now := s.now()
	session := &Login{store: s, key: hashToken(token), start: now, login: login, kept: kept, last: now, told: now}
	// What ends the login from now on must find it here.
	s.mu.Lock()
	s.live[session.key] = session
	s.mu.Unlock()
	err = s.ask(ctx, func(ctx context.Context) error {
		return s.records.Create(ctx, directory.LoginRecord{Key: session.key, Start: now, Last: now, Login: kept})
	})
	if err != nil {
		s.drop(session, "not kept")
	}
	return session, err
}

// refresh logs in again on top of a session.
func (s *Store) refresh(ctx context.Context, session *Login, token string, credentials auth.Credentials) error {
	session.refresh.Lock()
	defer session.refresh.Unlock()
	login, err := s.chain.Reauthenticate(ctx, session.Login(), credentials)
	if err != nil {
		return err
	}
	kept, err := keep(token, s.chain.Save(login))
	if err != nil {
		return err
	}
	// The old login must not be used again, so the new one takes its place before it is known whether others will learn of it.
	replaced := session.replace(login, kept)
	err = s.update(ctx, session.key, func(record *directory.LoginRecord) { record.Login = kept })
	if !replaced || errors.Is(err, directory.NotFound) {
		s.logout(ctx, login)
		return &auth.Rejection{
			Kind: auth.InvalidCredentials, Message: "Permission Denied.", Expected: auth.UsernamePassword(),
		}
	}
	if err != nil {
		return err
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

// Lookup returns the session of a token and notes the access. A login that another gateway made, or made anew, is restored. The error is
// NotFound if there is no such login.
func (s *Store) Lookup(ctx context.Context, token string) (*Login, error) {
	record, err := s.find(ctx, token)
	if err != nil {
		return nil, err
	}
	session := s.held(record.Key)
	switch {
	case session == nil:
		return s.restore(ctx, token, record)
	case session.touch(record, s.now()):
		return session, nil
	}
	session.refresh.Lock() // a re-login may be under way here
	defer session.refresh.Unlock()
	if record, err = s.find(ctx, token); err != nil || session.touch(record, s.now()) {
		return session, err
	}
	return s.restore(ctx, token, record)
}

// Check reports by its error whether there is a login with that token, and notes no access.
func (s *Store) Check(ctx context.Context, token string) error {
	_, err := s.find(ctx, token)
	return err
}

// find returns the record of a token. What this gateway holds of a login that has ended is given up.
func (s *Store) find(ctx context.Context, token string) (record directory.LoginRecord, err error) {
	if token == "" {
		return record, errEnded()
	}
	key := hashToken(token)
	err = s.ask(ctx, func(ctx context.Context) error {
		record, err = s.records.Find(ctx, key)
		return err
	})
	if errors.Is(err, directory.NotFound) {
		s.ended(key, "ended elsewhere")
	}
	return record, err
}

// ask asks the records within their time. Failures of their own are Unavailable.
func (s *Store) ask(ctx context.Context, question func(ctx context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	err := question(bounded)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if _, ok := errors.AsType[*directory.Error](err); ok {
		return err
	}
	return &directory.Error{Kind: directory.Unavailable, Message: "It is not known who is logged in.", Err: err}
}

func (s *Store) update(
	ctx context.Context, key directory.LoginKey, change func(record *directory.LoginRecord),
) error {
	return s.ask(ctx, func(ctx context.Context) error { return s.records.Update(ctx, key, change) })
}

// held returns the session of a login if this gateway has one.
func (s *Store) held(key directory.LoginKey) *Login {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.live[key]
}

// restore makes a login of what is kept of it. One that cannot be restored has ended.
func (s *Store) restore(ctx context.Context, token string, record directory.LoginRecord) (*Login, error) {
	login, err := s.remake(ctx, token, record)
	if err != nil {
		if gone(err) {
			s.logger.WarnContext(ctx, "login could not be restored", "error", err)
			if err := s.delete(ctx, record.Key, "it could not be restored"); err != nil {
				return nil, err
			}
			return nil, errEnded()
		}
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.live[record.Key]
	if session == nil {
		session = &Login{store: s, key: record.Key, start: record.Start}
		s.live[record.Key] = session
	}
	session.touch(record, s.now())
	session.replace(login, record.Login)
	return session, nil
}

func (s *Store) remake(ctx context.Context, token string, record directory.LoginRecord) (*auth.Login, error) {
	saved, err := open(token, record.Login)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", auth.ErrNotRestorable, err)
	}
	return s.chain.Restore(ctx, saved)
}

// gone reports whether an error of a restoration holds for good.
func gone(err error) bool {
	if _, ok := errors.AsType[*auth.Rejection](err); ok || errors.Is(err, auth.ErrNotRestorable) {
		return true
	}
	_, known := errors.AsType[*directory.Error](err)
	kind := directory.KindOf(err)
	return known && kind != directory.Internal && kind != directory.Unavailable
}

// Logout ends the login of a token at all gateways; NotFound if there is none.
func (s *Store) Logout(ctx context.Context, token string) error {
	record, err := s.find(ctx, token)
	if err != nil {
		return err
	}
	return s.endRecord(ctx, token, record, "logout")
}

// endRecord ends a login that this gateway may not hold. Without the token it is restored for that without its secrets.
func (s *Store) endRecord(ctx context.Context, token string, record directory.LoginRecord, reason string) error {
	if session := s.held(record.Key); session != nil {
		return s.End(ctx, session, reason)
	}
	if err := s.delete(ctx, record.Key, reason); err != nil {
		return err
	}
	login, err := s.remake(ctx, token, record)
	if err != nil {
		s.logger.WarnContext(ctx, "data sources cannot be told of the end of a login", "error", err)
		return nil
	}
	s.logout(ctx, login)
	s.auditLogout(ctx, login.Identity, reason)
	return nil
}

// End ends a login at all gateways and closes its tunnels; NotFound if it had ended before. The reason is for the log.
func (s *Store) End(ctx context.Context, session *Login, reason string) error {
	if err := s.delete(ctx, session.key, reason); err != nil {
		return err
	}
	s.logout(ctx, session.Login())
	s.auditLogout(ctx, session.Identity(), reason)
	return nil
}

// delete ends a login in the records and, at once, here.
func (s *Store) delete(ctx context.Context, key directory.LoginKey, reason string) error {
	err := s.ask(ctx, func(ctx context.Context) error { return s.records.Delete(ctx, key, reason) })
	if err == nil || errors.Is(err, directory.NotFound) {
		s.ended(key, reason)
	}
	return err
}

// logout tells the data sources of the end of a login, even if the client has gone.
func (s *Store) logout(ctx context.Context, login *auth.Login) {
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := s.chain.Logout(closing, login); err != nil {
		s.logger.ErrorContext(ctx, "data source did not note the logout", "user", login.Identity.Username, "error", err)
	}
}

func (s *Store) auditLogout(ctx context.Context, identity *auth.Identity, reason string) {
	s.logger.InfoContext(ctx, "logout", slog.Group("audit",
		"user", identity.Username, "address", identity.Credentials.RemoteAddr), "reason", reason)
}

// ended gives up what this gateway holds of a login that has ended.
func (s *Store) ended(key directory.LoginKey, reason string) {
	if session := s.held(key); session != nil {
		s.drop(session, reason)
	}
}

// drop forgets a session and closes its tunnels. The login itself may go on at other gateways.
func (s *Store) drop(session *Login, reason string) {
	s.mu.Lock()
	if s.live[session.key] == session {
		delete(s.live, session.key)
	}
	s.mu.Unlock()
	var closing sync.WaitGroup
	for _, t := range session.end() {
		closing.Go(func() { t.Close(guac.Errorf(guac.SessionClosed, "login: session ended: %s", reason)) })
	}
	closing.Wait()
}

// Len returns how many logins this gateway holds.
func (s *Store) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.live)
}

// all returns the sessions as they are now.
func (s *Store) all() []*Login {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.live))
}
