// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// ErrNotRestorable is wrapped by the error of [Chain.Restore] if a provider cannot take part, now or ever.
var ErrNotRestorable = errors.New("auth: login cannot be restored")

// Restorer is a source whose data source can be made again from values, by this gateway or another, without a new login.
type Restorer interface {
	// SaveUserContext returns what RestoreUserContext needs to know of a context besides the identity. It is no secret.
	SaveUserContext(uc directory.UserContext) (state string)
	// RestoreUserContext returns a context like the one that the state is of. It notes no login, and checks whatever may have changed
	// since: an error vetoes. Several such contexts may exist for one login; the login ends with the Close of one of them.
	RestoreUserContext(ctx context.Context, identity *Identity, state string) (directory.UserContext, error)
}

// DecoratorRestorer is a decorator that can wrap the data sources of a login which it let pass before, without a new login.
type DecoratorRestorer interface {
	RestoreDecorated(ctx context.Context, uc directory.UserContext, identity *Identity) (directory.UserContext, error)
}

// Saved is what is kept of a login so that it can be restored. Encoded as JSON, it has no secrets.
type Saved struct {
	Provider string
	Username string
	Groups   []string `json:",omitempty"`
	// LoginName is the name that the user logged in with.
	LoginName  string `json:",omitempty"`
	RemoteAddr string `json:",omitempty"`
	RemoteHost string `json:",omitempty"`
	Sources    []SavedSource
	// Password and Tokens are the secrets. Without them a login can be restored in order to end it.
	Password secret.String     `json:"-"`
	Tokens   map[string]string `json:"-"`
}

// SavedSource is one data source of a saved login.
type SavedSource struct {
	Provider string
	State    string `json:",omitempty"`
}

// Save returns what is to be kept of a login. Of the credentials that is what connections may ask for: further form parameters and
// headers are for the request that brought them.
func (c *Chain) Save(login *Login) Saved {
	identity := login.Identity
	saved := Saved{
		Provider: identity.Provider, Username: identity.Username, Groups: identity.Groups, Tokens: identity.Tokens,
		LoginName: identity.Credentials.Username, Password: identity.Credentials.Password,
		RemoteAddr: identity.Credentials.RemoteAddr, RemoteHost: identity.Credentials.RemoteHost,
	}
	for _, s := range login.sources {
		kept := SavedSource{Provider: s.provider}
		if restorer, ok := c.provider(s.provider).(Restorer); ok {
			kept.State = restorer.SaveUserContext(s.context)
		}
		saved.Sources = append(saved.Sources, kept)
	}
	return saved
}

// Restore makes a login again. Nobody is asked for a password or a second factor, and no login is noted. To give the result up, drop it:
// only [Chain.Logout] of one of a login's restorations ends it. A provider that cannot restore makes the error wrap [ErrNotRestorable];
// one that refuses, a [*Rejection] or a directory.Error.
func (c *Chain) Restore(ctx context.Context, saved Saved) (*Login, error) {
	login := &Login{Identity: &Identity{
		Provider: saved.Provider, Username: saved.Username, Groups: saved.Groups, Tokens: saved.Tokens,
		Credentials: Credentials{
			Username: saved.LoginName, Password: saved.Password, RemoteAddr: saved.RemoteAddr, RemoteHost: saved.RemoteHost,
		},
	}}
	for _, s := range saved.Sources {
		p := c.provider(s.Provider)
		restorer, ok := p.(Restorer)
		if !ok {
			return nil, fmt.Errorf("%w: provider %q cannot make its data source again", ErrNotRestorable, s.Provider)
		}
		uc, err := restorer.RestoreUserContext(ctx, login.Identity, s.State)
		if err != nil {
			return nil, named(p, err)
		}
		login.sources = append(login.sources, source{provider: s.Provider, context: uc})
	}
	for _, s := range login.sources {
		uc, err := c.redecorate(ctx, s, login.Identity)
		if err != nil {
			return nil, err
		}
		login.Contexts = append(login.Contexts, uc)
	}
	return login, nil
}

// redecorate lets every decorator wrap a data source again, unless it is its own.
func (c *Chain) redecorate(ctx context.Context, s source, identity *Identity) (directory.UserContext, error) {
	uc := s.context
	for _, p := range c.providers {
		if _, ok := p.(Decorator); !ok || p.Name() == s.provider {
			continue
		}
		restorer, ok := p.(DecoratorRestorer)
		if !ok {
			return nil, fmt.Errorf("%w: provider %q has to be asked again", ErrNotRestorable, p.Name())
		}
		var err error
		if uc, err = restorer.RestoreDecorated(ctx, uc, identity); err != nil {
			return nil, named(p, err)
		}
	}
	return uc, nil
}

// provider returns the provider of that name, nil if there is none.
func (c *Chain) provider(name string) Provider {
	for _, p := range c.providers {
		if p.Name() == name {
			return p
		}
	}
	return nil
}
