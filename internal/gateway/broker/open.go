// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"

	"github.com/google/uuid"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/tunnel"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// attempt is one call of Open.
type attempt struct {
	broker  *Broker
	session *login.Session
	context directory.UserContext
	opener  directory.Opener
	request Request
}

func (a *attempt) open(ctx context.Context) (*Tunnel, error) {
	switch a.request.Kind {
	case ConnectionGroup:
		return a.openGroup(ctx)
	case ActiveConnection:
		return a.join(ctx)
	default:
		connection, err := a.opener.OpenConnection(ctx, a.request.ID)
		if err != nil {
			return nil, err
		}
		release, err := a.take(connectionSeats(a.request.DataSource, a.session.Username(), connection, a.limits()))
		if err != nil {
			return nil, err
		}
		return a.connect(ctx, plan{connection: connection, release: release, atEnd: func() {}})
	}
}

func (a *attempt) limits() Limits {
	if limits, ok := a.broker.cfg.Limits[a.request.DataSource]; ok {
		return limits
	}
	return DefaultLimits
}

func (a *attempt) take(claims []seat) (func(), error) { return a.broker.seats.take(claims) }

// join opens another view of a session that is running, with the rights of its owner.
func (a *attempt) join(ctx context.Context) (*Tunnel, error) {
	primary, err := a.broker.visible(ctx, a.context, a.request.ID)
	if err != nil {
		return nil, err
	}
	held, err := a.context.EffectivePermissions(ctx)
	if err != nil {
		return nil, err
	}
	if !held.Privileged() && primary.opening.user != a.session.Username() {
		return nil, guac.Errorf(guac.ClientForbidden, "Permission denied.")
	}
	if primary.opening.primary != nil {
		primary = primary.opening.primary
	}
	connection, err := a.opener.OpenConnection(ctx, primary.opening.connection.Identifier)
	if err != nil {
		return nil, err
	}
	return a.connect(ctx, plan{connection: connection, primary: primary, release: func() {}, atEnd: func() {}})
}

// plan is what an attempt is about to do.
type plan struct {
	connection *directory.Connection
	group      string  // identifier of the balancing group; empty if none
	primary    *Tunnel // to join; nil for a new session
	// release frees the seats on the connection; connect takes over the duty to call it. atEnd is called besides once a tunnel that was opened ends.
	release, atEnd func()
	watch          bool // wait for the first picture, so that a failure can be balanced away
}

// connect stores the record, connects and registers. Whatever fails, the record is ended and the seats are free again.
func (a *attempt) connect(ctx context.Context, p plan) (*Tunnel, error) {
	b := a.broker
	t := &Tunnel{broker: b, session: a.session, ended: make(chan struct{}), opening: opening{
		dataSource: a.request.DataSource, connection: p.connection, group: p.group, primary: p.primary,
		release: p.release, atEnd: p.atEnd,
		user: a.session.Username(), remoteHost: a.session.RemoteAddr(), start: b.cfg.Now(), guacd: b.dialer(p.connection.Attributes),
	}}
	if p.primary != nil {
		t.opening.guacd = p.primary.opening.guacd
	}
	if err := a.startRecord(ctx, t); err != nil {
		p.release()
		return nil, err
	}
	if err := a.reach(ctx, t, p.watch); err != nil {
		b.abandon(t)
		return nil, err
	}
	if err := b.register(t); err != nil {
		return nil, err
	}
	return t, nil
}

// startRecord stores the history record, whose UUID becomes that of the tunnel. Connections of a data source without a
// history are recorded by their name in another's, and their tunnel has a UUID of its own.
func (a *attempt) startRecord(ctx context.Context, t *Tunnel) error {
	t.opening.uuid = uuid.NewString()
	recorder, ok := recorderOf(a.session, a.context)
	_, own := directory.As[directory.HistoryRecorder](a.context)
	if !ok || !own && a.broker.cfg.OwnHistoryOnly {
		return nil
	}
	record := &directory.ConnectionRecord{
		Username: t.opening.user, RemoteHost: t.opening.remoteHost, Start: t.opening.start, ConnectionName: t.opening.connection.Name,
	}
	if own {
		record.Connection = t.opening.connection.Identifier
	}
	if err := recorder.StartConnection(ctx, record); err != nil {
		return err
	}
	t.opening.recorder, t.opening.record = recorder, record.Identifier
	if own {
		t.opening.uuid = record.UUID
	}
	return nil
}

// reach opens the link to guacd.
func (a *attempt) reach(ctx context.Context, t *Tunnel, watch bool) error {
	o := &t.opening
	tokens := loginTokens(a.session)
	hostname := Expand(o.connection.Parameters["hostname"], tokens)
	connectionTokens(tokens, o.connection, hostname, o.uuid, a.broker.cfg.Recordings, o.start)
	parameters := expandAll(o.connection.Parameters, tokens)

	handshake := guac.ClientHandshake{
		Select: o.connection.Protocol,
		Info:   a.request.Info,
		Value:  func(name string) string { return parameters[name] },
	}
	if o.primary != nil {
		handshake.Select = o.primary.opening.guacdID
	}
	opened, err := tunnel.Open(ctx, tunnel.Config{Dial: o.guacd, Handshake: handshake})
	if err != nil {
		return err
	}
	t.link, o.guacdID = opened, opened.ConnectionID
	if !watch {
		return nil
	}
	if err := t.watchStart(); err != nil {
		_ = opened.Close()
		return err
	}
	return nil
}
