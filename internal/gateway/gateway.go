// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/gateway/forwarded"
	"github.com/palta-gateway/palta/internal/gateway/httptunnel"
	"github.com/palta-gateway/palta/internal/gateway/login"
	"github.com/palta-gateway/palta/internal/gateway/rest"
	"github.com/palta-gateway/palta/internal/gateway/wstunnel"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Bounds of the HTTP server.
const (
	headerTimeout   = 10 * time.Second
	idleTimeout     = 2 * time.Minute
	maxHeaderBytes  = 64 << 10
	shutdownTimeout = 10 * time.Second
)

// DefaultContextPath is that of upstream.
const DefaultContextPath = "/guacamole/"

// Config is what a [Gateway] is made of.
type Config struct {
	// Chain authenticates. It must be set.
	Chain *auth.Chain
	// Broker says how sessions are opened; its logger is that of the gateway.
	Broker broker.Config
	// Protocols are described to editors.
	Protocols engine.Registry
	// Setup serves the first start; nil if there is none.
	Setup *Setup
	// Web is the built web client; nil if there is none.
	Web fs.FS
	// ContextPath begins and ends with a slash; empty means DefaultContextPath.
	ContextPath string
	// TrustedProxies, ClientHeader and PublicURL are as in forwarded.Config.
	TrustedProxies []netip.Prefix
	ClientHeader   string
	PublicURL      string
	// WebSocketOrigins are host patterns of pages that may open a WebSocket; empty means all, as the token is the proof of a login.
	WebSocketOrigins []string
	// Extensions change what the web client shows.
	Extensions Extensions
	// Logins are where logins are kept, if several gateways share them; nil means memory of this one's.
	Logins directory.LoginRecords
	// SessionTimeout and MaxRequest are as in login.Config and rest.Config.
	SessionTimeout time.Duration
	MaxRequest     int64
	// Logger takes audit lines and failures; nil discards.
	Logger *slog.Logger
}

// Gateway serves HTTP. It is safe for concurrent use.
type Gateway struct {
	cfg      Config
	logger   *slog.Logger
	origins  *forwarded.Config
	logins   *login.Store
	broker   *broker.Broker
	tunnels  *httptunnel.Handler
	handler  http.Handler
	requests sync.WaitGroup // those under way, upgraded connections included
}

// New composes a gateway.
func New(cfg Config) (*Gateway, error) {
	if cfg.Chain == nil {
		return nil, errors.New("gateway: no authentication chain")
	}
	if cfg.ContextPath == "" {
		cfg.ContextPath = DefaultContextPath
	}
	if !strings.HasPrefix(cfg.ContextPath, "/") || !strings.HasSuffix(cfg.ContextPath, "/") {
		return nil, fmt.Errorf("gateway: context path %q does not begin and end with a slash", cfg.ContextPath)
	}
	if err := checkHosts(cfg.Extensions.Hosts); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Broker.Logger = cfg.Logger
	g := &Gateway{cfg: cfg, logger: cfg.Logger, origins: &forwarded.Config{
		Proxies: cfg.TrustedProxies, ClientHeader: cfg.ClientHeader, PublicURL: cfg.PublicURL, ContextPath: cfg.ContextPath,
	}}
	g.logins = login.NewStore(login.Config{
		Chain: cfg.Chain, Records: cfg.Logins, Timeout: cfg.SessionTimeout, Logger: cfg.Logger,
	})
	g.broker = broker.New(cfg.Broker)
	g.tunnels = httptunnel.New(httptunnel.Config{Logins: g.logins, Broker: g.broker, Logger: cfg.Logger})
	var err error
	g.handler, err = g.compose()
	return g, err
}

// compose builds the handler of everything.
func (g *Gateway) compose() (http.Handler, error) {
	client, err := newAssets(g.cfg.Web)
	if err != nil {
		return nil, err
	}
	extensions := g.cfg.Extensions
	if err := extensions.install(client, g.logger); err != nil {
		return nil, err
	}
	api := rest.Config{
		Logins: g.logins, Broker: g.broker, Protocols: g.cfg.Protocols, Endpoints: g.cfg.Chain.Endpoints(),
		Languages: extensions.languages(), Patches: extensions.Set.Patches(), MaxRequest: g.cfg.MaxRequest, Logger: g.logger,
	}
	if g.cfg.Setup != nil {
		api.Setup = g.cfg.Setup
	}
	base := strings.TrimSuffix(g.cfg.ContextPath, "/")
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.Handle(base+"/", http.StripPrefix(base, client))
	mux.Handle(base+"/api/", http.StripPrefix(base+"/api", rest.New(api)))
	mux.Handle(base+"/websocket-tunnel", wstunnel.New(wstunnel.Config{
		Logins: g.logins, Broker: g.broker, Origins: g.cfg.WebSocketOrigins, Logger: g.logger,
	}))
	mux.Handle(base+"/tunnel", g.tunnels)
	if base != "" {
		mux.Handle("/{$}", http.RedirectHandler(g.cfg.ContextPath, http.StatusFound))
	}
	return g.middleware(mux), nil
}

// ServeHTTP serves one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.handler.ServeHTTP(w, r) }

// Run serves listener until ctx ends. Then it takes no further request, closes the open tunnels, and returns once everything has ended or shutdownTimeout has passed.
func (g *Gateway) Run(ctx context.Context, listener net.Listener) error {
	// Sweeping outlives ctx: sessions end after their tunnels have.
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var parts sync.WaitGroup
	for _, run := range []func(context.Context) error{g.logins.Run, g.broker.Run, g.tunnels.Run} {
		parts.Go(func() {
			if err := run(background); err != nil {
				g.logger.Error("part of the gateway failed", "error", err)
			}
		})
	}
	server := g.server()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	var err error
	select {
	case err = <-served:
		err = fmt.Errorf("gateway: server failed: %w", err)
	case <-ctx.Done():
	}
	g.shutdown(server)
	stopBackground()
	parts.Wait()
	return err
}

func (g *Gateway) server() *http.Server {
	return &http.Server{
		Handler: g, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(g.logger.Handler(), slog.LevelDebug),
	}
}

// shutdown ends what is under way, in the order in which one depends on the other, within shutdownTimeout.
func (g *Gateway) shutdown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	g.logger.Info("gateway stops", "logins", g.logins.Len())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		// The listener is closed at once; requests of tunnels end when these do.
		if err := server.Shutdown(ctx); err != nil {
			g.logger.Warn("requests were cut off", "error", err)
			_ = server.Close()
		}
	}()
	reason := guac.Errorf(guac.UpstreamUnavailable, "the gateway is being restarted")
	if err := g.broker.Shutdown(ctx, reason); err != nil {
		g.logger.Error("the ends of some sessions may be missing in the history", "error", err)
	}
	<-stopped
	g.waitRequests(ctx)
}

// waitRequests waits for requests that the server no longer knows: those that became WebSockets.
func (g *Gateway) waitRequests(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		g.requests.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		g.logger.Warn("some browsers did not take the end of their session")
	}
}
