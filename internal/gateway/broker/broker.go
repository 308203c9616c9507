// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/active"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Config is what a [Broker] is made of.
type Config struct {
	// Gateway names this gateway among those that share Active; if empty, at random.
	Gateway string
	// Active knows what runs where; nil means a registry of this gateway alone.
	Active directory.ActiveConnections
	// Supervisor connects to the guacd of this process. It is used unless Guacd or a connection's attributes name another.
	Supervisor func(ctx context.Context) (net.Conn, error)
	// Guacd is the guacd to use by default; nil means the supervisor.
	Guacd *Guacd
	// GuacdTLS is for connections with TLS to a guacd; nil trusts the system's authorities.
	GuacdTLS *tls.Config
	// Limits by data source; DefaultLimits for others.
	Limits map[string]Limits
	// Recordings is the directory that ${HISTORY_PATH} begins with; empty means upstream's, /var/lib/guacamole/recordings.
	Recordings string
	// OwnHistoryOnly keeps connections of data sources without a history out of the history of the others.
	OwnHistoryOnly bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger takes the audit lines; nil discards.
	Logger *slog.Logger
}

// Broker opens tunnels and knows those that are open. It is safe for concurrent use.
type Broker struct {
	cfg     Config
	history history
	open    sync.WaitGroup // registered tunnels whose end has not been noted

	mu       sync.Mutex
	closed   bool
	attached bool               // the registry knows the gateway, and no more of it than what it carries
	carried  map[string]*Tunnel // by key
}

// New returns a broker without tunnels.
func New(cfg Config) *Broker {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Recordings == "" {
		cfg.Recordings = "/var/lib/guacamole/recordings"
	}
	if cfg.Gateway == "" {
		cfg.Gateway = uuid.NewString()
	}
	if cfg.Active == nil {
		cfg.Active = active.NewMemory()
	}
	return &Broker{cfg: cfg, history: history{logger: cfg.Logger}, carried: make(map[string]*Tunnel)}
}

// Run makes this gateway known to the others, and stores what could not be stored at once, until ctx ends.
func (b *Broker) Run(ctx context.Context) error {
	b.renew(ctx)
	ticker := time.NewTicker(retryInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			b.renew(ctx)
			b.history.retry(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// Shutdown closes every tunnel for the reason given, refuses new ones, leaves the registry, and returns when the ends are stored or ctx ends.
func (b *Broker) Shutdown(ctx context.Context, reason error) error {
	b.mu.Lock()
	b.closed = true
	tunnels := slices.Collect(maps.Values(b.carried))
	b.mu.Unlock()
	for _, t := range tunnels {
		go t.Close(reason)
	}
	noted := make(chan struct{})
	go func() {
		b.open.Wait()
		close(noted)
	}()
	select {
	case <-noted:
		b.history.retry(ctx)
		return b.detach(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Open opens what a logged-in user asks for. Cancelling ctx abandons the attempt; the tunnel does not depend on it afterwards.
func (b *Broker) Open(ctx context.Context, session *login.Login, req Request) (*Tunnel, error) {
	uc, ok := session.Context(req.DataSource)
	if !ok {
		return nil, guac.Errorf(guac.ResourceNotFound, "no data source %q in this session", req.DataSource)
	}
	opener, ok := directory.As[directory.Opener](uc)
	if !ok {
		return nil, guac.Errorf(guac.ResourceNotFound, "data source %q has nothing to open", req.DataSource)
	}
	req.Info.Name = session.Username()
	a := attempt{broker: b, session: session, context: uc, opener: opener, request: req, use: directory.ActiveConnection{
		Key: uuid.NewString(), Gateway: b.cfg.Gateway, DataSource: req.DataSource,
		Username: session.Username(), RemoteHost: session.RemoteAddr(),
	}}
	t, err := a.open(ctx)
	if err != nil && a.reserved {
		b.release(ctx, a.use.Key)
	}
	who := slog.Group("audit", "user", session.Username(), "address", session.RemoteAddr(),
		"data_source", req.DataSource, "kind", string(req.Kind), "id", req.ID)
	if err != nil {
		b.cfg.Logger.WarnContext(ctx, "connection failed", who, slog.Any("error", err))
		return nil, withStatus(err)
	}
	b.cfg.Logger.InfoContext(ctx, "connect", who, slog.String("uuid", t.UUID()), slog.String("protocol", t.Protocol()),
		slog.String("connection_name", t.opening.connection.Name))
	return t, nil
}

// withStatus gives errors of data sources the status that the browser is told. Guac errors pass as they are.
func withStatus(err error) error {
	if _, ok := errors.AsType[*guac.Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*directory.Error](err); !ok {
		return err
	}
	status := guac.ServerError
	switch directory.KindOf(err) {
	case directory.NotFound:
		status = guac.ResourceNotFound
	case directory.Denied:
		status = guac.ClientForbidden
	case directory.Unsupported:
		status = guac.Unsupported
	case directory.Invalid:
		status = guac.ClientBadRequest
	}
	return guac.Errorf(status, "%w", err)
}
