// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"io"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// maxArgument bounds the value of a parameter that a user sends, as guacd does.
const maxArgument = 16384

// requirement is a question to the owner.
type requirement struct {
	missing map[string]bool
	values  map[string]string
	done    chan struct{} // closed when nothing is missing
}

// Require asks the owner for the values of parameters and waits for them. An owner whose
// client speaks a version before 1.3.0 cannot answer: CLIENT_UNAUTHORIZED.
func (s *Session) Require(ctx context.Context, names ...string) (map[string]string, error) {
	owner := s.Owner()
	if owner == nil || owner.cfg.Info.Version < guac.Version1_3_0 {
		return nil, guac.Errorf(guac.ClientUnauthorized, "session: parameters are missing and the client cannot be asked")
	}
	req := &requirement{missing: make(map[string]bool), values: make(map[string]string), done: make(chan struct{})}
	s.mu.Lock()
	for _, name := range names {
		req.missing[name] = true
		s.required[name] = req
	}
	s.mu.Unlock()
	defer s.withdraw(req)

	owner.enqueue(guac.Append(nil, guac.OpRequired, names...))
	select {
	case <-req.done:
		return req.values, nil
	case <-owner.ctx.Done():
		return nil, guac.Errorf(guac.ClientUnauthorized, "session: the owner left without answering")
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// withdraw ends a question.
func (s *Session) withdraw(req *requirement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, other := range s.required {
		if other == req {
			delete(s.required, name)
		}
	}
}

// requires reports whether the owner was asked for name.
func (s *Session) requires(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.required[name] != nil
}

// answer takes the value of a parameter from the owner.
func (s *Session) answer(in *InStream) {
	value, err := io.ReadAll(io.LimitReader(in, maxArgument+1))
	if err != nil {
		return
	}
	if len(value) > maxArgument {
		in.Refuse(guac.ClientOverrun, "value is too long")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	req := s.required[in.name]
	if req == nil || !req.missing[in.name] {
		return
	}
	delete(s.required, in.name)
	delete(req.missing, in.name)
	req.values[in.name] = string(value)
	if len(req.missing) == 0 {
		close(req.done)
	}
}
