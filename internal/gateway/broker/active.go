// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// registryTimeout bounds each question to the registry of active connections.
const registryTimeout = 5 * time.Second

// ask asks the registry within its time. Failures of its own are Unavailable.
func (b *Broker) ask(ctx context.Context, question func(ctx context.Context, registry directory.ActiveConnections) error) error {
	bounded, cancel := context.WithTimeout(ctx, registryTimeout)
	defer cancel()
	err := question(bounded, b.cfg.Active)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if _, ok := errors.AsType[directory.LimitError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*directory.Error](err); ok {
		return err
	}
	return &directory.Error{Kind: directory.Unavailable, Message: "It is not known what runs now.", Err: err}
}

// Active returns the uses of a data source's connections that go on now, in the order in which they were opened.
func (b *Broker) Active(ctx context.Context, dataSource string) (list []directory.ActiveConnection, err error) {
	err = b.ask(ctx, func(ctx context.Context, registry directory.ActiveConnections) error {
		list, err = registry.List(ctx, dataSource)
		return err
	})
	return list, err
}

// FindActive returns one of them; NotFound if there is none of that identifier. It checks no permission.
func (b *Broker) FindActive(ctx context.Context, dataSource, identifier string) (use directory.ActiveConnection, err error) {
	err = b.ask(ctx, func(ctx context.Context, registry directory.ActiveConnections) error {
		use, err = registry.Find(ctx, dataSource, identifier)
		return err
	})
	return use, err
}

// CountActive counts them.
func (b *Broker) CountActive(ctx context.Context, dataSource string) (counts directory.ActiveCounts, err error) {
	err = b.ask(ctx, func(ctx context.Context, registry directory.ActiveConnections) error {
		counts, err = registry.Count(ctx, dataSource)
		return err
	})
	return counts, err
}

// Kill ends a use, at whichever gateway. One that has ended already is no error. It checks no permission.
func (b *Broker) Kill(ctx context.Context, use directory.ActiveConnection) error {
	return b.end(ctx, use, "session closed by an administrator")
}

func (b *Broker) end(ctx context.Context, use directory.ActiveConnection, reason string) error {
	if use.Gateway == b.cfg.Gateway {
		return peer{b}.EndActive(ctx, use.Key, reason)
	}
	err := b.ask(ctx, func(ctx context.Context, registry directory.ActiveConnections) error {
		return registry.Kill(ctx, use.Key, reason)
	})
	if errors.Is(err, directory.NotFound) {
		return nil
	}
	return err
}

// peer is the broker as other gateways know it.
type peer struct{ b *Broker }

// EndActive implements directory.GatewayPeer.
func (p peer) EndActive(_ context.Context, key, reason string) error {
	p.b.mu.Lock()
	t := p.b.carried[key]
	p.b.mu.Unlock()
	if t != nil {
		t.Close(guac.Errorf(guac.SessionClosed, "%s", reason))
	}
	return nil
}

// ConnectGuacd implements directory.GatewayPeer.
func (p peer) ConnectGuacd(ctx context.Context) (net.Conn, error) {
	if p.b.cfg.Supervisor == nil {
		return nil, directory.NotFoundError(p.b.cfg.Gateway)
	}
	return p.b.cfg.Supervisor(ctx)
}

// errSharedEnded is why those end who joined a session that is over.
const errSharedEnded = "the shared session has ended"

// register makes a tunnel known. If it fails, everything has been undone.
func (b *Broker) register(ctx context.Context, t *Tunnel) error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		_ = t.guacd.Close()
		b.endRecord(t)
		return guac.Errorf(guac.UpstreamUnavailable, "the gateway is being restarted")
	}
	b.carried[t.opening.use.Key] = t
	b.open.Add(1)
	b.mu.Unlock()

	if err := b.confirm(ctx, t); err != nil {
		t.Close(nil)
		if errors.Is(err, directory.NotFound) {
			return guac.Errorf(guac.ResourceNotFound, "No existing connection to be joined.")
		}
		return err
	}
	if !t.session.AddTunnel(t) {
		t.Close(nil)
		return guac.Errorf(guac.ClientUnauthorized, "Permission Denied.")
	}
	select {
	case <-t.ended: // killed before the login knew of it
		t.session.RemoveTunnel(t, b.cfg.Now())
	default:
	}
	return nil
}

func (b *Broker) endRecord(t *Tunnel) {
	if t.opening.recorder == nil {
		return
	}
	end := recordEnd{recorder: t.opening.recorder, record: t.opening.record, end: b.cfg.Now()}
	// The record must be ended even if the browser has gone.
	b.history.end(context.Background(), end)
}

// finished notes the end of a tunnel. It waits for the registry, so that the seats are free when it returns, and for nothing else.
func (b *Broker) finished(t *Tunnel) {
	use := t.opening.use
	b.mu.Lock()
	delete(b.carried, use.Key)
	b.mu.Unlock()
	t.session.RemoveTunnel(t, b.cfg.Now())
	joined := b.release(context.Background(), use.Key)
	go func() {
		defer b.open.Done()
		for _, other := range joined {
			if err := b.end(context.Background(), other, errSharedEnded); err != nil {
				b.cfg.Logger.Error("a user stays in a session that is over", "uuid", other.Identifier, "error", err)
			}
		}
		b.endRecord(t)
		b.cfg.Logger.Info("disconnect", slog.Group("audit", "user", use.Username, "address", use.RemoteHost,
			"data_source", use.DataSource, "id", use.Connection),
			"uuid", use.Identifier, "duration", b.cfg.Now().Sub(use.Start).Round(time.Second))
	}()
}

// release has the registry forget a use, now or, if it cannot be asked, when the broker attaches again. It returns the uses that had joined it.
func (b *Broker) release(ctx context.Context, key string) (joined []directory.ActiveConnection) {
	// Seats must become free even if the browser has gone.
	err := b.ask(context.WithoutCancel(ctx), func(ctx context.Context, registry directory.ActiveConnections) (err error) {
		joined, err = registry.Remove(ctx, key)
		return err
	})
	if err == nil {
		return joined
	}
	b.cfg.Logger.Error("the end of a session is not known to the other gateways yet", "error", err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attached = false
	for _, t := range b.carried {
		if t.opening.use.Primary == key {
			joined = append(joined, t.opening.use)
		}
	}
	return joined
}

// renew tells the registry that this gateway lives, or what it carries if the registry does not know that.
func (b *Broker) renew(ctx context.Context) {
	b.mu.Lock()
	attached := b.attached
	b.mu.Unlock()
	var err error
	if attached {
		err = b.ask(ctx, func(ctx context.Context, registry directory.ActiveConnections) error {
			return registry.Renew(ctx, b.cfg.Gateway)
		})
	}
	if !attached || errors.Is(err, directory.NotFound) {
		err = b.attach(ctx)
	}
	if err != nil && ctx.Err() == nil {
		b.cfg.Logger.ErrorContext(ctx, "the other gateways cannot be told that this one lives", "error", err)
	}
}

// attach makes this gateway known, with what it carries at the time and nothing else.
func (b *Broker) attach(ctx context.Context) error {
	b.mu.Lock()
	carried := slices.Collect(maps.Values(b.carried))
	b.attached = true
	b.mu.Unlock()
	err := b.ask(ctx, func(ctx context.Context, registry directory.ActiveConnections) error {
		return registry.Attach(ctx, b.cfg.Gateway, peer{b})
	})
	// Those who opened a session are there before those who joined it.
	slices.SortFunc(carried, func(x, y *Tunnel) int { return x.opening.use.Start.Compare(y.opening.use.Start) })
	for _, t := range carried {
		if err != nil {
			break
		}
		err = b.confirm(ctx, t)
		if errors.Is(err, directory.NotFound) {
			t.Close(guac.Errorf(guac.SessionClosed, errSharedEnded))
			err = nil
		}
	}
	if err != nil {
		b.mu.Lock()
		b.attached = false
		b.mu.Unlock()
	}
	return err
}

// confirm makes a tunnel known, unless it ends meanwhile.
func (b *Broker) confirm(ctx context.Context, t *Tunnel) error {
	err := b.ask(ctx, func(ctx context.Context, registry directory.ActiveConnections) error {
		return registry.Confirm(ctx, t.opening.use)
	})
	select {
	case <-t.ended: // perhaps it was removed before it was confirmed
		b.release(ctx, t.opening.use.Key)
	default:
	}
	return err
}

// detach leaves the registry.
func (b *Broker) detach(ctx context.Context) error {
	return b.ask(ctx, func(ctx context.Context, registry directory.ActiveConnections) error {
		return registry.Detach(ctx, b.cfg.Gateway)
	})
}
