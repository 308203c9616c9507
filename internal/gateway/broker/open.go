// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"cmp"
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/tunnel"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// attempt is one call of Open.
type attempt struct {
	broker  *Broker
	session *login.Login
	context directory.UserContext
	opener  directory.Opener
	request Request
	// use is what the registry is told. Once reserved, it is to be removed if the attempt fails.
	use      directory.ActiveConnection
	reserved bool
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
		if err := a.reserve(ctx, nil, connection); err != nil {
			return nil, err
		}
		return a.connect(ctx, plan{connection: connection})
	}
}

// join opens another view of a session that is running, at whichever gateway, with the rights of its owner.
func (a *attempt) join(ctx context.Context) (*Tunnel, error) {
	found, err := a.broker.FindActive(ctx, a.request.DataSource, a.request.ID)
	if err != nil {
		return nil, err
	}
	if _, err := a.context.Connections().Get(ctx, found.Connection); err != nil {
		if errors.Is(err, directory.NotFound) {
			return nil, directory.NotFoundError(a.request.ID)
		}
		return nil, err
	}
	held, err := a.context.EffectivePermissions(ctx)
	if err != nil {
		return nil, err
	}
	if !held.Privileged() && found.Username != a.session.Username() {
		return nil, guac.Errorf(guac.ClientForbidden, "Permission denied.")
	}
	connection, err := a.opener.OpenConnection(ctx, found.Connection)
	if err != nil {
		return nil, err
	}
	a.use.Primary = cmp.Or(found.Primary, found.Key)
	return a.connect(ctx, plan{connection: connection, join: &found.Session})
}

// plan is what an attempt is about to do.
type plan struct {
	connection *directory.Connection
	join       *directory.ActiveSession // nil for a new session
	watch      bool                     // wait for the first picture, so that a failure can be balanced away
}

// connect stores the record, connects and registers. If that fails, the record is ended.
func (a *attempt) connect(ctx context.Context, p plan) (*Tunnel, error) {
	b := a.broker
	use := a.use
	use.Connection, use.Start, use.Session = p.connection.Identifier, b.cfg.Now(), b.place(p.connection.Attributes)
	if p.join != nil {
		use.Session = *p.join
	}
	t := &Tunnel{broker: b, session: a.session, ended: make(chan struct{}), opening: opening{use: use, connection: p.connection}}
	if err := a.startRecord(ctx, t); err != nil {
		return nil, err
	}
	if err := a.reach(ctx, t, p); err != nil {
		b.endRecord(t)
		return nil, err
	}
	if err := b.register(ctx, t); err != nil {
		return nil, err
	}
	return t, nil
}

// startRecord stores the history record, whose UUID becomes that of the tunnel. Connections of a data source without a
// history are recorded by their name in another's, and their tunnel has a UUID of its own.
func (a *attempt) startRecord(ctx context.Context, t *Tunnel) error {
	use := &t.opening.use
	use.Identifier = uuid.NewString()
	recorder, ok := recorderOf(a.session, a.context)
	_, own := directory.As[directory.HistoryRecorder](a.context)
	if !ok || !own && a.broker.cfg.OwnHistoryOnly {
		return nil
	}
	record := &directory.ConnectionRecord{
		Username: use.Username, RemoteHost: use.RemoteHost, Start: use.Start, ConnectionName: t.opening.connection.Name,
	}
	if own {
		record.Connection = use.Connection
	}
	if err := recorder.StartConnection(ctx, record); err != nil {
		return err
	}
	t.opening.recorder, t.opening.record = recorder, record.Identifier
	if own {
		use.Identifier = record.UUID
	}
	return nil
}

// reach connects to guacd.
func (a *attempt) reach(ctx context.Context, t *Tunnel, p plan) error {
	use, parameters := &t.opening.use, p.connection.Parameters
	tokens := loginTokens(a.session)
	hostname := Expand(parameters["hostname"], tokens)
	connectionTokens(tokens, p.connection, hostname, use.Identifier, a.broker.cfg.Recordings, use.Start)
	parameters = expandAll(parameters, tokens)

	handshake := guac.ClientHandshake{
		Select: p.connection.Protocol,
		Info:   a.request.Info,
		Value:  func(name string) string { return parameters[name] },
	}
	if p.join != nil {
		handshake.Select = p.join.Name
	}
	opened, err := tunnel.Open(ctx, tunnel.Config{Dial: a.broker.dialer(use.Session), Handshake: handshake})
	if err != nil {
		return err
	}
	t.guacd, use.Session.Name = opened, opened.ConnectionID
	if !p.watch {
		return nil
	}
	if err := t.watchStart(); err != nil {
		_ = opened.Close()
		return err
	}
	return nil
}
