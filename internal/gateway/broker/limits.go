// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"strconv"
	"sync"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Limits are how many sessions may run at a time; 0 means any number. Those of connections and groups hold where the object has no attribute of its own.
type Limits struct {
	Total             int // of the data source
	PerConnection     int
	PerConnectionUser int
	PerGroup          int
	PerGroupUser      int
}

// DefaultLimits are upstream's: one session of a user on a balancing group.
var DefaultLimits = Limits{PerGroupUser: 1}

// seatKey names what is counted: an object of a data source, all users together or one of them. The zero kind is the data source itself.
type seatKey struct {
	dataSource string
	kind       Kind
	id         string
	user       string
	byUser     bool
}

// seat is one claim: it fails with err if limit seats are taken.
type seat struct {
	key   seatKey
	limit int
	err   error
}

// seats counts the sessions under each limit.
type seats struct {
	mu    sync.Mutex
	taken map[seatKey]int
}

// take takes all seats or none; the first that is not free gives the error. release frees them and may be called more than once.
func (s *seats) take(claims []seat) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, claim := range claims {
		if claim.limit > 0 && s.taken[claim.key] >= claim.limit {
			return nil, claim.err
		}
	}
	if s.taken == nil {
		s.taken = make(map[seatKey]int)
	}
	for _, claim := range claims {
		s.taken[claim.key]++
	}
	return sync.OnceFunc(func() { s.release(claims) }), nil
}

func (s *seats) release(claims []seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, claim := range claims {
		if s.taken[claim.key]--; s.taken[claim.key] <= 0 {
			delete(s.taken, claim.key)
		}
	}
}

// count returns how many sessions run on an object.
func (s *seats) count(dataSource string, kind Kind, id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken[seatKey{dataSource: dataSource, kind: kind, id: id}]
}

func overallLimitError() error {
	return guac.Errorf(guac.ResourceConflict, "Cannot connect. Overall maximum connections reached.")
}

// connectionSeats are the claims of a session on a connection, in the order in which they are checked.
func connectionSeats(dataSource, user string, c *directory.Connection, limits Limits) []seat {
	key := seatKey{dataSource: dataSource, kind: Connection, id: c.Identifier}
	return []seat{
		{seatKey{dataSource: dataSource}, limits.Total, overallLimitError()},
		{
			key.of(user), limitOf(c.Attributes, directory.AttrMaxConnectionsPerUser, limits.PerConnectionUser),
			guac.Errorf(guac.ClientTooMany, "Cannot connect. Connection already in use by this user."),
		},
		{
			key, limitOf(c.Attributes, directory.AttrMaxConnections, limits.PerConnection),
			guac.Errorf(guac.ResourceConflict, "Cannot connect. This connection is in use."),
		},
	}
}

// groupSeats are the claims of a session on a balancing group.
func groupSeats(dataSource, user string, g *directory.ConnectionGroup, limits Limits) []seat {
	key := seatKey{dataSource: dataSource, kind: ConnectionGroup, id: g.Identifier}
	return []seat{
		{
			key.of(user), limitOf(g.Attributes, directory.AttrMaxConnectionsPerUser, limits.PerGroupUser),
			guac.Errorf(guac.ClientTooMany, "Cannot connect. Connection group already in use by this user."),
		},
		{
			key, limitOf(g.Attributes, directory.AttrMaxConnections, limits.PerGroup),
			guac.Errorf(guac.ResourceConflict, "Cannot connect. This connection group is in use."),
		},
	}
}

// of returns the key that counts one user's sessions alone.
func (k seatKey) of(user string) seatKey {
	k.user, k.byUser = user, true
	return k
}

// limitOf reads a limit from an attribute; what is no number counts as unset.
func limitOf(attributes directory.Attributes, name string, ifUnset int) int {
	if n, err := strconv.Atoi(attributes.Get(name)); err == nil {
		return n
	}
	return ifUnset
}
