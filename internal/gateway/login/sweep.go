// SPDX-License-Identifier: Apache-2.0

package login

import (
	"context"
	"errors"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// Run ends logins that are over until ctx ends, and hears of those that end at other gateways. Then it gives up what this gateway holds,
// and ends the logins themselves if nobody else can have them.
func (s *Store) Run(ctx context.Context) error {
	stop := s.records.Watch(s.ended)
	defer stop()
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.Sweep(ctx)
		case <-ctx.Done():
			s.stop(context.WithoutCancel(ctx))
			return nil
		}
	}
}

// stop tells the records of the last accesses, or ends all logins if the records are this gateway's own.
func (s *Store) stop(ctx context.Context) {
	const reason = "gateway stops"
	for _, session := range s.all() {
		if !s.shared {
			_ = s.End(ctx, session, reason) // memory does not fail
			continue
		}
		if err := s.tell(ctx, session); err != nil {
			s.logger.WarnContext(ctx, "the last access of a login is not kept", "user", session.Username(), "error", err)
		}
		s.drop(session, reason)
	}
}

// Sweep ends the logins that have idled for too long and those that a data source no longer vouches for. What this gateway holds of
// logins that have ended elsewhere is given up.
func (s *Store) Sweep(ctx context.Context) {
	for _, session := range s.all() {
		if err := s.look(ctx, session); err != nil {
			s.logger.ErrorContext(ctx, "a login could not be looked after", "user", session.Username(), "error", err)
		}
	}
	limit := s.now().Add(-s.timeout)
	if s.shared {
		limit = limit.Add(-sweepInterval) // what other gateways have not told yet
	}
	var idle []directory.LoginRecord
	err := s.ask(ctx, func(ctx context.Context) (err error) {
		idle, err = s.records.Idle(ctx, limit)
		return err
	})
	for _, record := range idle {
		if err != nil {
			break
		}
		if err = s.endRecord(ctx, "", record, "idle"); errors.Is(err, directory.NotFound) {
			err = nil // another gateway was faster
		}
	}
	if err != nil {
		s.logger.ErrorContext(ctx, "idle logins could not be ended", "error", err)
	}
}

// look tells of the last access of one login, and ends it if it is no longer valid.
func (s *Store) look(ctx context.Context, session *Login) error {
	err := s.tell(ctx, session)
	if err == nil {
		if invalid := s.valid(ctx, session); invalid != nil {
			s.logger.WarnContext(ctx, "session is no longer valid", "user", session.Username(), "error", invalid)
			err = s.End(ctx, session, "no longer valid")
		}
	}
	if errors.Is(err, directory.NotFound) {
		s.drop(session, "ended elsewhere")
		return nil
	}
	return err
}

// tell tells the records of the last access, or asks whether the login is still there.
func (s *Store) tell(ctx context.Context, session *Login) error {
	last, untold := session.untold(s.now())
	if !untold {
		return s.ask(ctx, func(ctx context.Context) error {
			_, err := s.records.Find(ctx, session.key)
			return err
		})
	}
	return s.update(ctx, session.key, func(record *directory.LoginRecord) {
		if last.After(record.Last) {
			record.Last = last
		}
	})
}

// valid asks the data sources that can tell. One that fails to answer ends no session.
func (s *Store) valid(ctx context.Context, session *Login) error {
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
