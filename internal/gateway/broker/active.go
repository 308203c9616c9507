// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// register makes a tunnel known. It fails, and has undone everything, if its login session, the broker or the session it joined has ended meanwhile.
func (b *Broker) register(t *Tunnel) error {
	b.mu.Lock()
	primary := t.opening.primary
	if b.closed || primary != nil && b.active[primary.key()] != primary {
		b.mu.Unlock()
		_ = t.link.Close()
		b.abandon(t)
		return guac.Errorf(guac.ResourceNotFound, "No existing connection to be joined.")
	}
	b.active[t.key()] = t
	b.open.Add(1)
	b.mu.Unlock()

	if !t.session.AddTunnel(t) {
		t.Close(nil)
		return guac.Errorf(guac.ClientUnauthorized, "Permission Denied.")
	}
	select {
	case <-t.ended: // killed before the session knew of it
		t.session.RemoveTunnel(t, b.cfg.Now())
	default:
	}
	return nil
}

func (t *Tunnel) key() activeKey { return activeKey{t.opening.dataSource, t.opening.uuid} }

// abandon undoes what a failed attempt has done.
func (b *Broker) abandon(t *Tunnel) {
	t.opening.release()
	b.endRecord(t)
}

func (b *Broker) endRecord(t *Tunnel) {
	if t.opening.recorder == nil {
		return
	}
	end := recordEnd{recorder: t.opening.recorder, record: t.opening.record, end: b.cfg.Now()}
	// The record must be ended even if the browser has gone.
	b.history.end(context.Background(), end)
}

// finished notes the end of a tunnel without making the caller wait, and ends those that joined its session.
func (b *Broker) finished(t *Tunnel) {
	b.mu.Lock()
	delete(b.active, t.key())
	var joined []*Tunnel
	for _, other := range b.active {
		if other.opening.primary == t {
			joined = append(joined, other)
		}
	}
	b.mu.Unlock()
	t.session.RemoveTunnel(t, b.cfg.Now())
	t.opening.release()
	t.opening.atEnd()
	for _, other := range joined {
		other.Close(guac.Errorf(guac.SessionClosed, "the shared session has ended"))
	}
	go func() {
		defer b.open.Done()
		b.endRecord(t)
		b.cfg.Logger.Info("disconnect", slog.Group("audit", "user", t.opening.user, "address", t.opening.remoteHost,
			"data_source", t.opening.dataSource, "id", t.opening.connection.Identifier),
			"uuid", t.opening.uuid, "duration", b.cfg.Now().Sub(t.opening.start).Round(time.Second))
	}()
}

// Active returns the sessions of a data source that run now, in the order in which they were opened. Whether they are
// connectable depends on who looks, so it is not set.
func (b *Broker) Active(dataSource string) []directory.ActiveConnection {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []directory.ActiveConnection
	for key, t := range b.active {
		if key.dataSource == dataSource {
			list = append(list, t.describe())
		}
	}
	slices.SortFunc(list, func(x, y directory.ActiveConnection) int {
		if order := x.Start.Compare(y.Start); order != 0 {
			return order
		}
		return strings.Compare(x.Identifier, y.Identifier)
	})
	return list
}

func (t *Tunnel) describe() directory.ActiveConnection {
	return directory.ActiveConnection{
		Identifier: t.opening.uuid, Connection: t.opening.connection.Identifier, Username: t.opening.user,
		RemoteHost: t.opening.remoteHost, Start: t.opening.start,
	}
}

// visible returns an open tunnel whose connection the user can read.
func (b *Broker) visible(ctx context.Context, uc directory.UserContext, uuid string) (*Tunnel, error) {
	b.mu.Lock()
	t := b.active[activeKey{uc.DataSource(), uuid}]
	b.mu.Unlock()
	if t == nil {
		return nil, directory.NotFoundError(uuid)
	}
	if _, err := uc.Connections().Get(ctx, t.opening.connection.Identifier); err != nil {
		if errors.Is(err, directory.NotFound) {
			return nil, directory.NotFoundError(uuid)
		}
		return nil, err
	}
	return t, nil
}

// Kill closes a session of a data source; false if there is none of that UUID. It checks no permission.
func (b *Broker) Kill(dataSource, uuid string) bool {
	b.mu.Lock()
	t := b.active[activeKey{dataSource, uuid}]
	b.mu.Unlock()
	if t == nil {
		return false
	}
	t.Close(guac.Errorf(guac.SessionClosed, "session closed by an administrator"))
	return true
}

// ConnectionUses returns how many tunnels a connection has now.
func (b *Broker) ConnectionUses(dataSource string) map[string]int {
	return b.uses(dataSource, func(t *Tunnel) string { return t.opening.connection.Identifier })
}

// GroupUses returns how many sessions were opened through each balancing group and run now.
func (b *Broker) GroupUses(dataSource string) map[string]int {
	return b.uses(dataSource, func(t *Tunnel) string { return t.opening.group })
}

func (b *Broker) uses(dataSource string, of func(*Tunnel) string) map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	counts := make(map[string]int)
	for key, t := range b.active {
		if key.dataSource == dataSource {
			counts[of(t)]++
		}
	}
	return counts
}
