// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"sync"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// setupTokenBytes is the entropy of the token in the link.
const setupTokenBytes = 20

// FirstAdministrator is a data source that can be without users.
type FirstAdministrator interface {
	HasUsers(ctx context.Context) (bool, error)
	// CreateFirstAdministrator returns a Conflict error if there is a user already.
	CreateFirstAdministrator(ctx context.Context, username string, password secret.String) error
}

// Setup lets whoever can read the gateway's output make the first administrator. It is safe for concurrent use.
type Setup struct {
	accounts FirstAdministrator

	mu sync.Mutex
	// token is the hash of the token; nil if none was handed out, or it has been used.
	token []byte
	// done is set once there is a user, which ends the setup for good.
	done bool
}

// NewSetup returns a setup for a data source.
func NewSetup(accounts FirstAdministrator) *Setup { return &Setup{accounts: accounts} }

// Link returns the address at which the first administrator can be made, and makes that of any earlier call invalid. It is
// empty if there are users already. base is where the web client is, with a slash at its end.
func (s *Setup) Link(ctx context.Context, base string) (string, error) {
	required, err := s.Required(ctx)
	if err != nil || !required {
		return "", err
	}
	random := make([]byte, setupTokenBytes)
	_, _ = rand.Read(random) // never fails
	token := hex.EncodeToString(random)
	sum := sha256.Sum256([]byte(token))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = sum[:]
	return strings.TrimSuffix(base, "/") + "/#/setup?token=" + url.QueryEscape(token), nil
}

// Required reports whether there is no user yet.
func (s *Setup) Required(ctx context.Context) (bool, error) {
	s.mu.Lock()
	done := s.done
	s.mu.Unlock()
	if done {
		return false, nil
	}
	has, err := s.accounts.HasUsers(ctx)
	if err != nil {
		return false, err
	}
	if has {
		s.finish()
	}
	return !has, nil
}

func (s *Setup) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.token = true, nil
}

// Complete makes the administrator if the token is that of the link. It works once.
func (s *Setup) Complete(ctx context.Context, token, username string, password secret.String) error {
	if !s.valid(token) {
		return directory.Errorf(directory.Denied, "The setup link is not valid, or has been used.")
	}
	if strings.TrimSpace(username) == "" {
		return directory.Errorf(directory.Invalid, "The username must not be blank.")
	}
	if password.Empty() {
		return directory.Errorf(directory.Invalid, "The password must not be blank.")
	}
	err := s.accounts.CreateFirstAdministrator(ctx, username, password)
	if err == nil || errors.Is(err, directory.Conflict) {
		s.finish()
	}
	return err
}

func (s *Setup) valid(token string) bool {
	sum := sha256.Sum256([]byte(token))
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token != nil && subtle.ConstantTimeCompare(sum[:], s.token) == 1
}
