// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/palta-gateway/palta/internal/directory"
)

// Config is what a [Chain] is made of.
type Config struct {
	// Providers in the order in which they are asked. Names must be unique.
	Providers []Provider
	// SkipIfUnavailable names providers whose own failures are logged and passed over. Their rejections always count.
	SkipIfUnavailable []string
	// Logger is told of skipped failures; nil discards.
	Logger *slog.Logger
}

// Chain composes providers. It is immutable and safe for concurrent use.
type Chain struct {
	providers []Provider
	skip      []string
	logger    *slog.Logger
}

// Login is the outcome of a successful login.
type Login struct {
	Identity *Identity
	// Contexts are the decorated data sources in provider order.
	Contexts []directory.UserContext
	// sources are the undecorated ones with the name of the provider that gave each.
	sources []source
}

type source struct {
	provider string
	context  directory.UserContext
}

// NewChain checks the configuration.
func NewChain(cfg Config) (*Chain, error) {
	c := &Chain{providers: slices.Clone(cfg.Providers), skip: slices.Clone(cfg.SkipIfUnavailable), logger: cfg.Logger}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	names := c.Names()
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("auth: provider %q is listed twice", name)
		}
	}
	return c, nil
}

// Names returns the names of the providers in order.
func (c *Chain) Names() []string {
	names := make([]string, len(c.providers))
	for i, p := range c.providers {
		names[i] = p.Name()
	}
	return names
}

// Context returns the decorated data source with that identifier.
func (l *Login) Context(dataSource string) (directory.UserContext, bool) {
	for _, uc := range l.Contexts {
		if uc.DataSource() == dataSource {
			return uc, true
		}
	}
	return nil, false
}

// DataSources returns the identifiers of the data sources in order.
func (l *Login) DataSources() []string {
	names := make([]string, len(l.Contexts))
	for i, uc := range l.Contexts {
		names[i] = uc.DataSource()
	}
	return names
}

// Login authenticates and collects data sources.
func (c *Chain) Login(ctx context.Context, credentials Credentials) (*Login, error) {
	return c.guarded(ctx, credentials, func() (*Login, error) {
		identity, err := c.authenticate(ctx, credentials)
		if err != nil {
			return nil, err
		}
		login, err := c.assemble(ctx, identity, credentials, nil)
		identity.Account = nil // it may change from now on
		return login, err
	})
}

// Reauthenticate logs in again on top of a live login, which stays as it was if this fails. If it succeeds, the old one must not be used again.
func (c *Chain) Reauthenticate(ctx context.Context, login *Login, credentials Credentials) (*Login, error) {
	return c.guarded(ctx, credentials, func() (*Login, error) {
		identity, err := c.updateIdentity(ctx, login.Identity, credentials)
		if err != nil {
			return nil, err
		}
		return c.assemble(ctx, identity, credentials, login.sources)
	})
}

// Logout tells the data sources that the login has ended.
func (c *Chain) Logout(ctx context.Context, login *Login) error {
	var failures []error
	for _, s := range login.sources {
		failures = append(failures, closeContext(ctx, s.context))
	}
	return errors.Join(failures...)
}

func closeContext(ctx context.Context, uc directory.UserContext) error {
	if closer, ok := directory.As[directory.Closer](uc); ok {
		return closer.Close(ctx)
	}
	return nil
}

// guarded asks the gates before attempt and tells them its outcome.
func (c *Chain) guarded(ctx context.Context, credentials Credentials, attempt func() (*Login, error)) (*Login, error) {
	for _, p := range c.providers {
		if gate, ok := p.(Gate); ok {
			if err := gate.Allow(ctx, credentials); err != nil {
				return nil, err
			}
		}
	}
	login, err := attempt()
	for _, p := range c.providers {
		if gate, ok := p.(Gate); ok {
			gate.Finished(ctx, credentials, err)
		}
	}
	return login, err
}

// authenticate asks the providers in turn.
func (c *Chain) authenticate(ctx context.Context, credentials Credentials) (*Identity, error) {
	var remembered *Rejection
	for _, p := range c.providers {
		identity, err := p.Authenticate(ctx, credentials)
		if err != nil {
			rejection, passOver := c.judge(ctx, p, err)
			if !passOver {
				return nil, err
			}
			remembered = preferred(remembered, rejection)
			continue
		}
		if identity != nil {
			return c.accepted(p, identity, credentials), nil
		}
	}
	if remembered == nil {
		remembered = &Rejection{Kind: InvalidCredentials, Message: "Permission Denied.", Expected: UsernamePassword()}
	}
	return nil, remembered
}

// updateIdentity asks the provider that made the identity to look again.
func (c *Chain) updateIdentity(ctx context.Context, identity *Identity, credentials Credentials) (*Identity, error) {
	for _, p := range c.providers {
		updater, ok := p.(IdentityUpdater)
		if !ok || p.Name() != identity.Provider {
			continue
		}
		updated, err := updater.UpdateIdentity(ctx, identity, credentials)
		if err != nil {
			if rejection, ok := errors.AsType[*Rejection](err); ok {
				rejection.Provider = p.Name()
			}
			return nil, err
		}
		if updated == nil {
			return nil, &Rejection{
				Kind: InvalidCredentials, Message: "Permission Denied.", Expected: UsernamePassword(), Provider: p.Name(),
			}
		}
		return c.accepted(p, updated, updated.Credentials), nil
	}
	return identity, nil
}

// accepted completes an identity which p returned, without writing to what the provider may have kept.
func (c *Chain) accepted(p Provider, identity *Identity, credentials Credentials) *Identity {
	completed := *identity
	completed.Provider = p.Name()
	completed.Credentials = credentials
	return &completed
}

// judge sorts an error of a provider: a rejection is remembered, a failure that may be skipped is logged, and any other ends the login.
func (c *Chain) judge(ctx context.Context, p Provider, err error) (rejection *Rejection, passOver bool) {
	if rejection, ok := errors.AsType[*Rejection](err); ok {
		rejection.Provider = p.Name()
		return rejection, true
	}
	return nil, c.skipped(ctx, p, err)
}

// skipped reports whether a failure of p is to be passed over, and logs it if so.
func (c *Chain) skipped(ctx context.Context, p Provider, err error) bool {
	if ctx.Err() != nil || !slices.Contains(c.skip, p.Name()) || !ownFailure(err) {
		return false
	}
	c.logger.WarnContext(ctx, "authentication provider failed and is skipped", "provider", p.Name(), "error", err)
	return true
}

// ownFailure reports whether err is the provider's fault rather than a verdict on the user.
func ownFailure(err error) bool {
	if _, ok := errors.AsType[*Rejection](err); ok {
		return false
	}
	kind := directory.KindOf(err)
	return kind == directory.Internal || kind == directory.Unavailable
}

// preferred returns the rejection to show: the first that is insufficient, else the first.
func preferred(old, next *Rejection) *Rejection {
	if old == nil || next != nil && old.Kind == InvalidCredentials && next.Kind == InsufficientCredentials {
		return next
	}
	return old
}

// assemble collects and decorates data sources. Those made here are closed again if a later step vetoes.
func (c *Chain) assemble(
	ctx context.Context, identity *Identity, credentials Credentials, previous []source,
) (*Login, error) {
	login := &Login{Identity: identity}
	err := c.collect(ctx, login, credentials, previous)
	if err == nil {
		err = c.decorate(ctx, login, credentials)
	}
	if err != nil {
		// The login is refused; what it opened must not stay open, even if the caller has gone.
		if closeErr := closeAll(context.WithoutCancel(ctx), login.sources, previous); closeErr != nil {
			c.logger.WarnContext(ctx, "data source of a refused login was not closed", "error", closeErr)
		}
		return nil, err
	}
	if err := closeAll(ctx, previous, login.sources); err != nil {
		c.logger.WarnContext(ctx, "data source of the previous login was not closed", "error", err)
	}
	return login, nil
}

// closeAll closes those of contexts that are not in kept.
func closeAll(ctx context.Context, contexts, kept []source) error {
	var failures []error
	for _, s := range contexts {
		if !slices.Contains(kept, s) {
			failures = append(failures, closeContext(ctx, s.context))
		}
	}
	return errors.Join(failures...)
}

// collect asks every source.
func (c *Chain) collect(ctx context.Context, login *Login, credentials Credentials, previous []source) error {
	for _, p := range c.providers {
		uc, err := contextOf(ctx, p, login.Identity, credentials, previous)
		if err != nil {
			if c.skipped(ctx, p, err) {
				continue
			}
			return named(p, err)
		}
		if uc != nil {
			login.sources = append(login.sources, source{provider: p.Name(), context: uc})
		}
	}
	return nil
}

// contextOf returns p's data source: the refreshed one of the previous login if p can do that, else a new one.
func contextOf(
	ctx context.Context, p Provider, identity *Identity, credentials Credentials, previous []source,
) (directory.UserContext, error) {
	if updater, ok := p.(SourceUpdater); ok {
		for _, s := range previous {
			if s.provider == p.Name() {
				return updater.UpdateUserContext(ctx, s.context, identity, credentials)
			}
		}
	}
	if src, ok := p.(Source); ok {
		return src.UserContext(ctx, identity, credentials)
	}
	return nil, nil
}

// decorate lets every decorator wrap every data source but its own.
func (c *Chain) decorate(ctx context.Context, login *Login, credentials Credentials) error {
	for _, s := range login.sources {
		uc := s.context
		for _, p := range c.providers {
			decorator, ok := p.(Decorator)
			if !ok || p.Name() == s.provider {
				continue
			}
			decorated, err := decorator.Decorate(ctx, uc, login.Identity, credentials)
			if err != nil {
				return named(p, err)
			}
			uc = decorated
		}
		login.Contexts = append(login.Contexts, uc)
	}
	return nil
}

// named notes the provider in a rejection.
func named(p Provider, err error) error {
	if rejection, ok := errors.AsType[*Rejection](err); ok {
		rejection.Provider = p.Name()
	}
	return err
}
