// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/guacd"
	"github.com/palta-gateway/palta/internal/store"
	"github.com/palta-gateway/palta/internal/version"
	"github.com/palta-gateway/palta/internal/worker"
	"github.com/palta-gateway/palta/web"
)

// runServe is the gateway.
func runServe(ctx context.Context, p process, in input) error {
	if err := splitListen(in.flags["listen"], in.settings); err != nil {
		return err
	}
	cfg, err := loadSettings(p, in)
	if err != nil {
		return err
	}
	logger := newLogger(p.stderr, cfg.Log)
	reportSettings(logger, cfg)
	db, err := openConfigured(ctx, in, cfg)
	if err != nil {
		return err
	}
	return errors.Join(serve(ctx, p, cfg, logger, db), db.Close())
}

// serve composes the gateway on an open database and runs it.
func serve(ctx context.Context, p process, cfg *config.Config, logger *slog.Logger, db *store.Store) error {
	if err := prepare(ctx, cfg, logger, db); err != nil {
		return err
	}
	var background sync.WaitGroup
	defer background.Wait()
	beating, stop := context.WithCancel(ctx)
	defer stop()
	background.Go(func() { beat(beating, logger, db) })
	supervisor, err := newSupervisor(p, cfg, logger)
	if err != nil {
		return err
	}
	setup := gateway.NewSetup(db)
	g, err := newGateway(gatewayParts{cfg: cfg, logger: logger, db: db, supervisor: supervisor, setup: setup, providers: providers()})
	if err != nil {
		return errors.Join(err, supervisor.Close())
	}
	listener, err := listen(ctx, cfg)
	if err != nil {
		return errors.Join(err, supervisor.Close())
	}
	base := cmp.Or(cfg.HTTP.PublicURL, baseURL(listener, cfg.HTTP.ContextPath))
	logger.Info("gateway listens", "version", version.Number(), "url", base)
	if err := offerSetup(ctx, p, setup, base); err != nil {
		return errors.Join(err, listener.Close(), supervisor.Close())
	}
	if p.ready != nil {
		p.ready(listener.Addr().String())
	}
	err = g.Run(ctx, listener)
	return errors.Join(err, supervisor.Close())
}

// reportSettings logs settings that have no effect.
func reportSettings(logger *slog.Logger, cfg *config.Config) {
	for _, warning := range cfg.Warnings {
		logger.Warn("setting was passed over", "reason", warning)
	}
	for _, unknown := range cfg.Unknown {
		logger.Warn("setting means nothing to this version", "key", unknown.Key, "file", unknown.File, "line", unknown.Line)
	}
}

// prepare mends the history after a crash of this gateway and makes the administrator that the settings name.
func prepare(ctx context.Context, cfg *config.Config, logger *slog.Logger, db *store.Store) error {
	if err := ownRecords(ctx, cfg.DataDirectory, logger, db); err != nil {
		return err
	}
	if cfg.Admin.Username == "" {
		return nil
	}
	err := db.CreateFirstAdministrator(ctx, cfg.Admin.Username, cfg.Admin.Password)
	if errors.Is(err, directory.Conflict) {
		return nil // not an empty database
	}
	if err != nil {
		return fmt.Errorf("create the administrator %q: %w", cfg.Admin.Username, err)
	}
	logger.Info("administrator was created", "user", cfg.Admin.Username)
	return nil
}

// newSupervisor returns what runs sessions in this process, or nothing that is used if there is a guacd elsewhere.
func newSupervisor(p process, cfg *config.Config, logger *slog.Logger) (*guacd.Supervisor, error) {
	policy, err := guacd.ParsePolicy(guacd.PolicyConfig{Allow: cfg.TargetAllow, Deny: cfg.TargetDeny, AcceptPorts: cfg.AcceptPorts})
	if err != nil {
		return nil, withHint(err, "Check target-allow and target-deny, which are host names, addresses and networks, "+
			"separated by commas, and accept-ports, which are as 5500-5599.")
	}
	return guacd.New(guacd.Config{
		Registry: registry(), Isolation: guacd.Isolation(cfg.Isolation), Executable: cmp.Or(p.executable, executable()),
		WorkerArgs: []string{"worker"}, WorkerEnv: worker.Environment, Policy: policy, Logger: logger, LogLevel: levelOf(cfg.Log.Level),
	})
}

// executable returns this program's file, the one that runs even if it has been replaced on disk.
func executable() string {
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); err == nil {
		return self
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// gatewayParts are what a gateway is composed of.
type gatewayParts struct {
	cfg        *config.Config
	logger     *slog.Logger
	db         *store.Store
	supervisor *guacd.Supervisor
	setup      *gateway.Setup
	providers  []providerFactory
}

func newGateway(parts gatewayParts) (*gateway.Gateway, error) {
	cfg := parts.cfg
	chain, err := newChain(parts.providers, providerSources{
		cfg: cfg, db: parts.db, oneTime: &auth.MemoryOneTime{}, logger: parts.logger,
	})
	if err != nil {
		return nil, err
	}
	maxRequest := cfg.API.MaxRequestSize
	if maxRequest == 0 {
		maxRequest = -1
	}
	client, _ := web.FS()
	return gateway.New(gateway.Config{
		Chain: chain, Broker: brokerConfig(cfg, parts.db, parts.supervisor), Protocols: registry(), Setup: parts.setup, Web: client,
		ContextPath: cfg.HTTP.ContextPath, PublicURL: cfg.HTTP.PublicURL,
		TrustedProxies: cfg.HTTP.TrustedProxies, ClientHeader: cfg.HTTP.ClientHeader,
		Extensions: extensions(cfg, parts.logger), SessionTimeout: cfg.API.SessionTimeout, MaxRequest: maxRequest,
		Logger: parts.logger,
	})
}

func brokerConfig(cfg *config.Config, db *store.Store, supervisor *guacd.Supervisor) broker.Config {
	limits := broker.Limits{
		Total: cfg.Database.MaxConnections, PerConnection: cfg.Database.DefaultMaxConnections,
		PerConnectionUser: cfg.Database.DefaultMaxConnectionsPerUser, PerGroup: cfg.Database.DefaultMaxGroupConnections,
		PerGroupUser: cfg.Database.DefaultMaxGroupConnectionsPerUser,
	}
	b := broker.Config{
		Supervisor: supervisor.Connect, Limits: map[string]broker.Limits{db.Name(): limits}, Recordings: cfg.RecordingSearchPath,
		OwnHistoryOnly: !cfg.Database.TrackExternalConnectionHistory,
	}
	if cfg.Guacd.Hostname != "" {
		b.Guacd = &broker.Guacd{Hostname: cfg.Guacd.Hostname, Port: cfg.Guacd.Port, TLS: cfg.Guacd.TLS}
	}
	return b
}

func listen(ctx context.Context, cfg *config.Config) (net.Listener, error) {
	address := net.JoinHostPort(cfg.HTTP.Bind, strconv.Itoa(cfg.HTTP.Port))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, withHint(fmt.Errorf("port %d is taken: %w", cfg.HTTP.Port, err),
			"Another program listens there; choose another port with --listen HOST:PORT.")
	case errors.Is(err, fs.ErrPermission):
		return nil, withHint(fmt.Errorf("port %d is not allowed: %w", cfg.HTTP.Port, err),
			"Ports below 1024 need privileges; choose another with --listen HOST:PORT.")
	}
	return nil, withHint(fmt.Errorf("listen on %s: %w", address, err), "Choose another address with --listen HOST:PORT.")
}

// baseURL returns where a browser on this machine finds the web client.
func baseURL(listener net.Listener, contextPath string) string {
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return listener.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + contextPath
}

// offerSetup prints the link for the first administrator if there is no user yet.
func offerSetup(ctx context.Context, p process, setup *gateway.Setup, base string) error {
	link, err := setup.Link(ctx, base)
	if err != nil {
		return fmt.Errorf("look for users: %w", err)
	}
	if link == "" {
		return nil
	}
	_, err = fmt.Fprintf(p.stdout, "\nThere are no users yet. Create the first administrator here (the link works once):\n\n    %s\n\n", link)
	return err
}
