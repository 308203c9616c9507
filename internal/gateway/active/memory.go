// SPDX-License-Identifier: Apache-2.0

// Package active has the registry of what runs where for gateways of one process: [Memory]. A single gateway has one of its own.
package active

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/palta-gateway/palta/internal/directory"
)

// Memory is a directory.ActiveConnections in memory. A gateway that shares its process cannot die alone, so nothing expires. It is safe
// for concurrent use, and no gateway is asked for anything while its lock is held.
type Memory struct {
	mu      sync.Mutex
	peers   map[string]directory.GatewayPeer
	uses    map[string]*use // by key
	sources map[string]*source
}

// use is one use of a connection, reserved or confirmed.
type use struct {
	directory.ActiveConnection
	confirmed bool
	joined    map[string]*use // by key; those that joined it
}

// source counts the uses of one data source.
type source struct {
	shown  map[string]*use // the confirmed ones by identifier
	taken  map[seat]int
	counts directory.ActiveCounts
}

// seat names what a limit holds for: a connection or group, all users together or one of them. The zero seat is the data source itself.
type seat struct {
	connection, group, user string
	byUser                  bool
}

// NewMemory returns a registry that knows nothing yet.
func NewMemory() *Memory {
	return &Memory{
		peers: make(map[string]directory.GatewayPeer), uses: make(map[string]*use), sources: make(map[string]*source),
	}
}

// Attach implements directory.ActiveConnections.
func (m *Memory) Attach(ctx context.Context, gateway string, peer directory.GatewayPeer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgetLocked(gateway)
	m.peers[gateway] = peer
	return nil
}

// Detach implements directory.ActiveConnections.
func (m *Memory) Detach(ctx context.Context, gateway string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgetLocked(gateway)
	delete(m.peers, gateway)
	return nil
}

func (m *Memory) forgetLocked(gateway string) {
	for _, u := range m.uses {
		if u.Gateway == gateway {
			m.removeLocked(u)
		}
	}
}

// Renew implements directory.ActiveConnections.
func (m *Memory) Renew(ctx context.Context, gateway string) error {
	_, err := m.peer(ctx, gateway)
	return err
}

func (m *Memory) peer(ctx context.Context, gateway string) (directory.GatewayPeer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	peer, ok := m.peers[gateway]
	if !ok {
		return nil, directory.NotFoundError(gateway)
	}
	return peer, nil
}

// Reserve implements directory.ActiveConnections.
func (m *Memory) Reserve(ctx context.Context, reserved directory.ActiveConnection, limits directory.ActiveLimits) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.uses[reserved.Key]
	if old != nil {
		m.removeLocked(old)
	}
	if err := m.roomLocked(reserved, limits); err != nil {
		if old != nil {
			m.putLocked(old)
		}
		return err
	}
	m.putLocked(&use{ActiveConnection: reserved})
	return nil
}

// roomLocked returns the first limit that leaves no room.
func (m *Memory) roomLocked(u directory.ActiveConnection, limits directory.ActiveLimits) error {
	taken := m.sourceLocked(u.DataSource).taken
	for _, check := range []struct {
		applies bool
		seat    seat
		limit   int
		err     directory.LimitError
	}{
		{u.Group != "", seat{group: u.Group, user: u.Username, byUser: true}, limits.PerGroupUser, directory.GroupUserLimit},
		{u.Group != "", seat{group: u.Group}, limits.PerGroup, directory.GroupLimit},
		{u.Connection != "", seat{}, limits.Total, directory.TotalLimit},
		{u.Connection != "", seat{connection: u.Connection, user: u.Username, byUser: true}, limits.PerConnectionUser, directory.ConnectionUserLimit},
		{u.Connection != "", seat{connection: u.Connection}, limits.PerConnection, directory.ConnectionLimit},
	} {
		if check.applies && check.limit > 0 && taken[check.seat] >= check.limit {
			return check.err
		}
	}
	return nil
}

// Confirm implements directory.ActiveConnections.
func (m *Memory) Confirm(ctx context.Context, confirmed directory.ActiveConnection) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if primary := m.uses[confirmed.Primary]; confirmed.Primary != "" && (primary == nil || !primary.confirmed) {
		return directory.NotFoundError(confirmed.Primary)
	}
	u := &use{ActiveConnection: confirmed, confirmed: true}
	if old := m.uses[confirmed.Key]; old != nil {
		u.joined = old.joined
		m.removeLocked(old)
	}
	m.putLocked(u)
	return nil
}

// Remove implements directory.ActiveConnections.
func (m *Memory) Remove(ctx context.Context, key string) ([]directory.ActiveConnection, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.uses[key]
	if u == nil {
		return nil, nil
	}
	m.removeLocked(u)
	var joined []directory.ActiveConnection
	for _, other := range u.joined {
		joined = append(joined, other.ActiveConnection)
	}
	return joined, nil
}

func (m *Memory) sourceLocked(name string) *source {
	s := m.sources[name]
	if s == nil {
		s = &source{shown: make(map[string]*use), taken: make(map[seat]int), counts: directory.ActiveCounts{
			Connections: make(map[string]int), Groups: make(map[string]int), Seats: make(map[string]int),
		}}
		m.sources[name] = s
	}
	return s
}

// putLocked adds a use and counts it.
func (m *Memory) putLocked(u *use) {
	m.uses[u.Key] = u
	s := m.sourceLocked(u.DataSource)
	s.count(u, 1)
	if u.confirmed {
		s.shown[u.Identifier] = u
	}
	if primary := m.uses[u.Primary]; u.Primary != "" && primary != nil {
		if primary.joined == nil {
			primary.joined = make(map[string]*use)
		}
		primary.joined[u.Key] = u
	}
}

// removeLocked is the inverse of putLocked.
func (m *Memory) removeLocked(u *use) {
	delete(m.uses, u.Key)
	s := m.sourceLocked(u.DataSource)
	s.count(u, -1)
	if s.shown[u.Identifier] == u {
		delete(s.shown, u.Identifier)
	}
	if primary := m.uses[u.Primary]; primary != nil {
		delete(primary.joined, u.Key)
	}
}

// count adds by to everything that a use counts for.
func (s *source) count(u *use, by int) {
	if u.confirmed {
		add(s.counts.Connections, u.Connection, by)
		if u.Group != "" {
			add(s.counts.Groups, u.Group, by)
		}
	}
	if u.Primary != "" {
		return // who joins takes no seat
	}
	if u.Group != "" {
		add(s.taken, seat{group: u.Group}, by)
		add(s.taken, seat{group: u.Group, user: u.Username, byUser: true}, by)
	}
	if u.Connection != "" {
		add(s.counts.Seats, u.Connection, by)
		add(s.taken, seat{}, by)
		add(s.taken, seat{connection: u.Connection}, by)
		add(s.taken, seat{connection: u.Connection, user: u.Username, byUser: true}, by)
	}
}

// add counts, and keeps nothing for what is not used.
func add[K comparable](counts map[K]int, key K, by int) {
	if counts[key] += by; counts[key] <= 0 {
		delete(counts, key)
	}
}

// List implements directory.ActiveConnections.
func (m *Memory) List(ctx context.Context, dataSource string) ([]directory.ActiveConnection, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list := m.shown(dataSource)
	slices.SortFunc(list, func(x, y directory.ActiveConnection) int {
		if order := x.Start.Compare(y.Start); order != 0 {
			return order
		}
		return strings.Compare(x.Identifier, y.Identifier)
	})
	return list, nil
}

func (m *Memory) shown(dataSource string) []directory.ActiveConnection {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sources[dataSource]
	if s == nil {
		return nil
	}
	list := make([]directory.ActiveConnection, 0, len(s.shown))
	for _, u := range s.shown {
		list = append(list, u.ActiveConnection)
	}
	return list
}

// Find implements directory.ActiveConnections.
func (m *Memory) Find(ctx context.Context, dataSource, identifier string) (directory.ActiveConnection, error) {
	if err := ctx.Err(); err != nil {
		return directory.ActiveConnection{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.sources[dataSource]; s != nil && s.shown[identifier] != nil {
		return s.shown[identifier].ActiveConnection, nil
	}
	return directory.ActiveConnection{}, directory.NotFoundError(identifier)
}

// Count implements directory.ActiveConnections.
func (m *Memory) Count(ctx context.Context, dataSource string) (directory.ActiveCounts, error) {
	if err := ctx.Err(); err != nil {
		return directory.ActiveCounts{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sources[dataSource]
	if s == nil {
		return directory.ActiveCounts{}, nil
	}
	return directory.ActiveCounts{
		Connections: maps.Clone(s.counts.Connections), Groups: maps.Clone(s.counts.Groups), Seats: maps.Clone(s.counts.Seats),
	}, nil
}

// Kill implements directory.ActiveConnections.
func (m *Memory) Kill(ctx context.Context, key, reason string) error {
	m.mu.Lock()
	u := m.uses[key]
	m.mu.Unlock()
	if u == nil {
		return directory.NotFoundError(key)
	}
	peer, err := m.peer(ctx, u.Gateway)
	if err != nil {
		return err
	}
	return peer.EndActive(ctx, key, reason)
}

// Connect implements directory.ActiveConnections.
func (m *Memory) Connect(ctx context.Context, gateway string) (net.Conn, error) {
	peer, err := m.peer(ctx, gateway)
	if err != nil {
		return nil, err
	}
	return peer.ConnectGuacd(ctx)
}
