// SPDX-License-Identifier: Apache-2.0

// Package credssptest is a server of CredSSP, for tests: with NTLM, or with any other
// mechanism.
package credssptest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/credssp/ntlm"
)

// Mechanism is the server's side of a credssp.Mechanism.
type Mechanism interface {
	// Step takes the client's token and returns the server's. Done says that Seal works.
	Step(in []byte) (out []byte, done bool, err error)
	Seal(message []byte) []byte
	Unseal(sealed []byte) ([]byte, error)
}

// Server answers one client.
type Server struct {
	NTLM ntlm.Server
	// Mechanism takes the place of NTLM, if set.
	Mechanism Mechanism
	// PublicKey is what the server holds to be its key.
	PublicKey []byte
	// Version is the version it speaks.
	Version int
	// Status is what it refuses wrong users with; 0 is to close the connection.
	Status credssp.Status

	// Credentials are TSCredentials as they came.
	Credentials   []byte
	nonce         []byte
	authenticated bool
	verified      bool
}

// ErrClosed says that the server closes the connection.
var ErrClosed = errors.New("credssptest: closed")

// Handle takes the bytes received and returns how many it consumed, 0 if it needs more, the
// answer, and whether the exchange is over.
func (s *Server) Handle(in []byte) (n int, out []byte, done bool, err error) {
	n, err = credssp.RequestLength(in)
	if err != nil || n == 0 || n > len(in) {
		return 0, nil, false, err
	}
	q, err := credssp.ParseRequest(in[:n])
	if err != nil {
		return 0, nil, false, err
	}
	mech := s.mechanism()
	if s.verified {
		s.Credentials, err = mech.Unseal(q.AuthInfo)
		return n, nil, true, err
	}
	answer := credssp.Request{Version: s.Version}
	if len(q.NegoTokens) > 0 {
		var token []byte
		token, s.authenticated, err = mech.Step(q.NegoTokens[0])
		if len(token) > 0 {
			answer.NegoTokens = [][]byte{token}
		}
	}
	switch {
	case err != nil && s.Status == 0:
		return n, nil, false, fmt.Errorf("%w: %w", ErrClosed, err)
	case err != nil:
		answer.ErrorCode = s.Status
		return n, answer.Append(nil), true, nil
	case q.PubKeyAuth == nil:
		return n, answer.Append(nil), false, nil
	case !s.authenticated:
		return n, nil, false, ErrClosed
	}
	s.nonce, s.verified = q.ClientNonce, true
	got, err := mech.Unseal(q.PubKeyAuth)
	if err != nil {
		return n, nil, false, fmt.Errorf("%w: %w", ErrClosed, err)
	}
	if !bytes.Equal(got, s.binding("CredSSP Client-To-Server Binding Hash\x00", 0)) {
		return n, nil, false, ErrClosed
	}
	answer.PubKeyAuth = mech.Seal(s.binding("CredSSP Server-To-Client Binding Hash\x00", 1))
	return n, answer.Append(nil), false, nil
}

func (s *Server) mechanism() Mechanism {
	if s.Mechanism != nil {
		return s.Mechanism
	}
	return &s.NTLM
}

func (s *Server) binding(magic string, add byte) []byte {
	if s.Version >= 5 {
		sum := sha256.Sum256(append(append([]byte(magic), s.nonce...), s.PublicKey...))
		return sum[:]
	}
	key := bytes.Clone(s.PublicKey)
	key[0] += add
	return key
}
