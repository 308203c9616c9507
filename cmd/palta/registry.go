// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/auth/database"
	"github.com/palta-gateway/palta/internal/auth/header"
	"github.com/palta-gateway/palta/internal/config"
	"github.com/palta-gateway/palta/internal/engine"
	"github.com/palta-gateway/palta/internal/engine/ssh"
	"github.com/palta-gateway/palta/internal/engine/vnc"
	"github.com/palta-gateway/palta/internal/extension"
	"github.com/palta-gateway/palta/internal/store"
)

// registry returns the engines of this build.
func registry() engine.Registry {
	engines := engine.Registry{}
	for _, protocol := range []engine.Protocol{
		vnc.Protocol(),
		ssh.Protocol(ssh.Options{}),
	} {
		engines[protocol.Name] = protocol
	}
	return engines
}

// providerFactory is a row of the table of login providers. What a provider has to know of a request, such as the address of the
// gateway, comes with the request.
type providerFactory struct {
	enabled func(cfg *config.Config) bool
	make    func(from providerSources) (auth.Provider, error)
}

// providerSources are what providers are made from.
type providerSources struct {
	cfg     *config.Config
	db      *store.Store
	oneTime auth.OneTime
	logger  *slog.Logger
}

// providers returns the login providers of this build in upstream's order, which is that of the names of its archives.
func providers() []providerFactory {
	return []providerFactory{
		{enabled: func(cfg *config.Config) bool { return cfg.Header.Enabled }, make: newHeaderProvider},
		{enabled: func(*config.Config) bool { return true }, make: newDatabaseProvider},
	}
}

// newChain makes the providers that are switched on and puts them in the order of extension-priority.
func newChain(table []providerFactory, from providerSources) (*auth.Chain, error) {
	var enabled []auth.Provider
	for _, factory := range table {
		if !factory.enabled(from.cfg) {
			continue
		}
		provider, err := factory.make(from)
		if err != nil {
			return nil, err
		}
		enabled = append(enabled, provider)
	}
	rank := extension.Ranking(from.cfg.API.ExtensionPriority)
	slices.SortStableFunc(enabled, func(a, b auth.Provider) int { return cmp.Compare(rank(a.Name()), rank(b.Name())) })
	return auth.NewChain(auth.Config{
		Providers: enabled, SkipIfUnavailable: from.cfg.API.SkipIfUnavailable, Logger: from.logger,
	})
}

func newDatabaseProvider(from providerSources) (auth.Provider, error) {
	rules := from.cfg.Database
	return database.New(database.Config{
		Accounts: from.db, UserRequired: rules.UserRequired, AutoCreate: rules.AutoCreateAccounts,
		EnforceWindows: rules.EnforceAccessWindows,
	}), nil
}

func newHeaderProvider(from providerSources) (auth.Provider, error) {
	if err := checkHeaderLogin(from.cfg); err != nil {
		return nil, withHint(fmt.Errorf("login by the header %s: %w", from.cfg.Header.Name, err),
			"Set trusted-proxies to the addresses of the proxy that sets the header, or switch this login off by header-enabled.")
	}
	return header.New(from.cfg.Header.Name, from.logger), nil
}

// checkHeaderLogin refuses settings by which nobody could log in by the header, or by which anybody could write it.
func checkHeaderLogin(cfg *config.Config) error {
	proxies := cfg.HTTP.TrustedProxies
	for _, network := range proxies {
		if network.Bits() == 0 {
			return fmt.Errorf("trusted-proxies has %s, so that anybody could log in as anybody", network)
		}
	}
	listens, err := netip.ParseAddr(cfg.HTTP.Bind)
	loopback := err == nil && listens.IsLoopback() || cfg.HTTP.Bind == "localhost"
	switch {
	case cfg.Header.Name == "":
		return errors.New("http-auth-header is empty")
	case len(proxies) == 0:
		return errors.New("no proxy is trusted, so that nobody could log in by it")
	case !cfg.Set("trusted-proxies") && !loopback:
		return fmt.Errorf("the gateway listens on %s, and nothing says which proxy may name users", cfg.HTTP.Bind)
	}
	return nil
}
