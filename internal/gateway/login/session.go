// SPDX-License-Identifier: Apache-2.0

package login

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
)

// Tunnel is an open session to a remote desktop, as far as a login has to know of it.
type Tunnel interface {
	// UUID names the tunnel within its login session.
	UUID() string
	// Close ends the tunnel for the reason given; nil is an ordinary end. It may be called more than once and waits some seconds at most.
	Close(reason error)
}

// Login is one login as this gateway holds it. It is safe for concurrent use.
type Login struct {
	store *Store
	key   directory.LoginKey
	start time.Time
	// refresh is held while the login is replaced, by a re-login or because there was one elsewhere; mu is never held at the same time as
	// a provider or the records are asked.
	refresh sync.Mutex

	mu      sync.Mutex
	login   *auth.Login
	kept    []byte // the form in which the record has the login
	tunnels map[string]Tunnel
	// affinity is that of the record and never written to.
	affinity map[string]string
	last     time.Time
	told     time.Time // the last access that the record knows of
	ended    bool
}

// Login returns the login as it is now.
func (s *Login) Login() *auth.Login {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.login
}

// Identity returns who logged in, and with what.
func (s *Login) Identity() *auth.Identity { return s.Login().Identity }

// Username returns the name of the user, empty if anonymous.
func (s *Login) Username() string { return s.Identity().Username }

// RemoteAddr returns the address that the login came from.
func (s *Login) RemoteAddr() string { return s.Identity().Credentials.RemoteAddr }

// Start returns when the user logged in.
func (s *Login) Start() time.Time { return s.start }

// Contexts returns the data sources of the login in order.
func (s *Login) Contexts() []directory.UserContext { return s.Login().Contexts }

// Context returns the data source with that identifier.
func (s *Login) Context(dataSource string) (directory.UserContext, bool) {
	return s.Login().Context(dataSource)
}

// AddTunnel notes an open tunnel, which keeps the session alive and is closed with it. It returns false if the session has ended meanwhile.
func (s *Login) AddTunnel(t Tunnel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	if s.tunnels == nil {
		s.tunnels = make(map[string]Tunnel)
	}
	s.tunnels[t.UUID()] = t
	return true
}

// RemoveTunnel forgets a tunnel that has closed. The session idles from now on if it was the last.
func (s *Login) RemoveTunnel(t Tunnel, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tunnels[t.UUID()] == t {
		delete(s.tunnels, t.UUID())
		s.last = now
	}
}

// Tunnel returns the open tunnel with that UUID.
func (s *Login) Tunnel(uuid string) (Tunnel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tunnels[uuid]
	return t, ok
}

// Tunnels returns the open tunnels in the order of their UUIDs.
func (s *Login) Tunnels() []Tunnel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tunnelsLocked()
}

func (s *Login) tunnelsLocked() []Tunnel {
	list := make([]Tunnel, 0, len(s.tunnels))
	for _, t := range s.tunnels {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b Tunnel) int { return strings.Compare(a.UUID(), b.UUID()) })
	return list
}

// maxAffinity bounds what one login remembers.
const maxAffinity = 1000

// SetAffinity remembers which connection of a balancing group the login uses.
func (s *Login) SetAffinity(ctx context.Context, group, connection string) error {
	var affinity map[string]string
	err := s.store.update(ctx, s.key, func(record *directory.LoginRecord) {
		affinity = make(map[string]string, len(record.Affinity)+1)
		if len(record.Affinity) < maxAffinity {
			maps.Copy(affinity, record.Affinity)
		}
		affinity[group] = connection
		record.Affinity = affinity
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.affinity = affinity
	return nil
}

// Affinity returns the connection of a balancing group that the login has used before, empty if none.
func (s *Login) Affinity(group string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.affinity[group]
}

// touch notes an access, and what the record says; it returns false if the login has been renewed elsewhere.
func (s *Login) touch(record directory.LoginRecord, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.affinity, s.told = record.Affinity, record.Last
	if now.After(s.last) {
		s.last = now
	}
	return bytes.Equal(s.kept, record.Login)
}

// untold returns the last access if the record does not know of it. An open tunnel is an access at any time.
func (s *Login) untold(now time.Time) (last time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tunnels) > 0 {
		s.last = now
	}
	return s.last, s.last.After(s.told)
}

// replace puts a new login in the place of the old one, unless the session has ended.
func (s *Login) replace(login *auth.Login, kept []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.login, s.kept = login, kept
	return true
}

// end marks the session as ended and returns the tunnels to close; none if it had ended before.
func (s *Login) end() []Tunnel {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil
	}
	s.ended = true
	return s.tunnelsLocked()
}
