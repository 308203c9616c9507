// SPDX-License-Identifier: Apache-2.0

package session

// Who controls a session is decided in this file:
//
//   - The owner opened the connection. It is asked for missing parameters, told who comes
//     and goes, and sent what the remote side offers to one user only.
//   - Users who may act give input, send files and change settings; the others watch.
//   - The leader's browser decides the size of the remote screen.

// Owner reports whether the user opened the connection.
func (u *User) Owner() bool { return u.cfg.Owner }

// MayAct reports whether the user may do more than watch.
func (u *User) MayAct() bool { return !u.cfg.ReadOnly }

// Owner returns the user who opened the connection, nil if it has left.
func (s *Session) Owner() *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ownerLocked()
}

func (s *Session) ownerLocked() *User {
	for _, u := range s.users {
		if u.cfg.Owner {
			return u
		}
	}
	return nil
}

// Leader returns the user whose browser the remote screen follows: the owner, and when
// that one has left, the first of those who may act; nil if there is none.
func (s *Session) Leader() *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner := s.ownerLocked(); owner != nil {
		return owner
	}
	for _, u := range s.users {
		if u.MayAct() {
			return u
		}
	}
	return nil
}
