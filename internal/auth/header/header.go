// SPDX-License-Identifier: Apache-2.0

// Package header logs users in as whom a header of the request names, which a reverse proxy in front of the gateway has set after it
// asked the user itself.
//
// The header counts only on requests that a trusted proxy has sent: anybody else could write any name there. Requests without it mean
// nothing to the provider, so that others may ask for a password. A name that cannot be one, or stands there twice, as it does
// where the proxy adds its header beside one of the client's, is refused.
//
// The proxy is asked again at each re-login: a login of one user does not go on once the proxy names another.
package header

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
)

// Name is the provider's identifier, as upstream has it.
const Name = "header"

// Provider is the authentication provider. It is safe for concurrent use.
type Provider struct {
	header string
	logger *slog.Logger
	// told is set once somebody has been told that the peers are not trusted.
	told atomic.Bool
}

// New returns a provider that believes that header.
func New(header string, logger *slog.Logger) *Provider {
	return &Provider{header: header, logger: logger}
}

// Name implements auth.Provider.
func (p *Provider) Name() string { return Name }

// Authenticate implements auth.Provider.
func (p *Provider) Authenticate(ctx context.Context, credentials auth.Credentials) (*auth.Identity, error) {
	username, err := p.username(ctx, credentials)
	if username == "" || err != nil {
		return nil, err
	}
	return &auth.Identity{Username: username}, nil
}

// UpdateIdentity implements auth.IdentityUpdater.
func (p *Provider) UpdateIdentity(
	ctx context.Context, identity *auth.Identity, credentials auth.Credentials,
) (*auth.Identity, error) {
	username, err := p.username(ctx, credentials)
	if err != nil || username != "" && username != identity.Username {
		return nil, err
	}
	return identity, nil
}

// username returns whom a trusted proxy names, if any.
func (p *Provider) username(ctx context.Context, credentials auth.Credentials) (string, error) {
	values := credentials.Header.Values(p.header)
	switch {
	case len(values) == 0 || len(values) == 1 && values[0] == "":
		return "", nil
	case !credentials.FromTrustedProxy:
		p.warn(ctx, credentials.RemoteAddr)
		return "", nil
	case len(values) > 1:
		return "", invalid("the header is there more than once")
	}
	username := values[0]
	if !utf8.ValidString(username) || utf8.RuneCountInString(username) > directory.MaxNameLength ||
		strings.ContainsFunc(username, unicode.IsControl) {
		return "", invalid("the header has no name of a user")
	}
	return username, nil
}

// warn tells the operator, who may have forgotten to trust the proxy. Anybody can send the header, so it is told once.
func (p *Provider) warn(ctx context.Context, peer string) {
	level := slog.LevelDebug
	if !p.told.Swap(true) {
		level = slog.LevelWarn
	}
	p.logger.Log(ctx, level, "header that names a user was ignored: the peer is not among trusted-proxies (said once)",
		"header", p.header, "address", peer)
}

func invalid(cause string) error { return auth.InvalidLogin(errors.New("header: " + cause)) }
