// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"context"
	"net/http"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// Credentials are what came with one login request.
type Credentials struct {
	// Username and Password are empty if the request had none.
	Username string
	Password secret.String
	// RemoteAddr is the address of the client, without port, after trusted proxies; RemoteHost its name if known, else the address.
	RemoteAddr string
	RemoteHost string
	// Values are all form parameters, the first of each name. They may be secret: do not log them.
	Values map[string]string
	// Header is that of the request; nil in tests and non-HTTP logins.
	Header http.Header
	// FromTrustedProxy tells that a proxy which is trusted has sent the request, so that what its headers say of the user may be believed.
	FromTrustedProxy bool
	// BaseURL is where the browser finds the web client, with a slash at its end; identity providers send it back there.
	BaseURL string
}

// Value returns a form parameter, or the empty text.
func (c Credentials) Value(name string) string { return c.Values[name] }

// Empty reports whether the request brings neither name nor password.
func (c Credentials) Empty() bool { return c.Username == "" && c.Password.Empty() }

// Identity is an authenticated user.
type Identity struct {
	// Provider is the name of the provider that authenticated; the chain fills it in.
	Provider string
	// Username is empty for an anonymous user, such as one who opened a share link.
	Username string
	// Groups are the names of user groups that the provider vouches for; data sources match them with their own by name.
	Groups []string
	// Tokens are parameter tokens (without ${}) that the provider supplies, such as LDAP_MAIL.
	Tokens map[string]string
	// Account is what the provider that authenticated has read of the user, so that its own data source need not read it again. It is there until the
	// login is done, and nil if there is none.
	Account *directory.Account
	// Credentials are those of the login; the broker takes ${GUAC_USERNAME} and ${GUAC_PASSWORD} from them.
	Credentials Credentials
}

// Provider authenticates users. Its other abilities are the interfaces below.
type Provider interface {
	// Name is the identifier of the provider and of its data source, such as "sqlite" or "totp".
	Name() string
	// Authenticate returns who the credentials belong to; nil and no error if they mean nothing to this provider; a
	// [*Rejection] if they are wrong or not enough; any other error if the provider itself failed.
	Authenticate(ctx context.Context, credentials Credentials) (*Identity, error)
}

// IdentityUpdater is a provider that looks again at users it authenticated when they log in again with their token.
type IdentityUpdater interface {
	UpdateIdentity(ctx context.Context, identity *Identity, credentials Credentials) (*Identity, error)
}

// Source is a provider that has data for users, whoever authenticated them.
type Source interface {
	// UserContext returns the user's view of the data; nil and no error if there is none for this user. An error vetoes the
	// login. The credentials are those of this request, which on a re-login are not those in the identity. The context must be comparable (a pointer).
	UserContext(ctx context.Context, identity *Identity, credentials Credentials) (directory.UserContext, error)
}

// SourceUpdater is a source that keeps its data source over a re-login. Without it the old one is closed and a new one is made.
type SourceUpdater interface {
	// UpdateUserContext returns the context that takes the place of current, which may be current itself. nil ends it.
	UpdateUserContext(
		ctx context.Context, current directory.UserContext, identity *Identity, credentials Credentials,
	) (directory.UserContext, error)
}

// Decorator is a provider that wraps the data sources of others, or vetoes the login by an error. Its failures are never
// skipped: a second factor that cannot be asked must not count as given.
type Decorator interface {
	// Decorate returns the wrapped context, or the context itself. It is called again on every re-login, with the undecorated context.
	Decorate(
		ctx context.Context, uc directory.UserContext, identity *Identity, credentials Credentials,
	) (directory.UserContext, error)
}

// Gate is a provider that is asked before each attempt and told of its end.
type Gate interface {
	// Allow returns an error to refuse the attempt before anybody looks at it.
	Allow(ctx context.Context, credentials Credentials) error
	// Finished tells the outcome; err is nil after success.
	Finished(ctx context.Context, credentials Credentials, err error)
}
