// SPDX-License-Identifier: Apache-2.0

// Package database authenticates users by the accounts of a store, and gives every user a view of it.
//
// Authenticate looks at name and password only. What else an account demands is checked when the data source is made, in this order, as upstream does:
//
//  1. Disabled accounts count as unknown.
//  2. Days and times, if the account's own password was used or accounts are required.
//  3. An expired password, if it was the one used: the user is asked for a new one.
//
// Users whom another provider authenticated may have no account. Then they get the permissions of their groups only, or an
// account ([Config.AutoCreate]), or are refused ([Config.UserRequired]).
//
// A wrong name and a wrong password cannot be told apart, by the answer or by the time it takes.
package database

import (
	"context"
	"errors"
	"time"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// Form parameters of the dialog for an expired password.
const (
	newPasswordField     = "new-password"
	confirmPasswordField = "confirm-new-password"
)

// Accounts is the store behind the provider.
type Accounts interface {
	// Name is the identifier of the data source.
	Name() string
	// Account returns an error of the kind directory.NotFound if there is none.
	Account(ctx context.Context, username string) (*directory.Account, error)
	CreateAccount(ctx context.Context, username string) error
	ReplaceExpiredPassword(ctx context.Context, username string, password secret.String) error
	PasswordPolicy() directory.PasswordPolicy
	// StartLogin begins the record of a login of the account, or of a user by that name without one.
	StartLogin(ctx context.Context, username string, account *directory.Account, remoteHost string) (record string, err error)
	EndLogin(ctx context.Context, record string, end time.Time) error
	Context(username string, options directory.ContextOptions) directory.UserContext
}

// Config is what a [Provider] is made of.
type Config struct {
	Accounts Accounts
	// UserRequired refuses users of other providers who have no enabled account, and holds the others to the restrictions of theirs.
	UserRequired bool
	// AutoCreate makes accounts for users of other providers.
	AutoCreate bool
	// EnforceWindows ends sessions under way when the account's days or times end.
	EnforceWindows bool
	// Clock tells the time, in the zone of the server; nil means time.Now.
	Clock func() time.Time
}

// Provider is the authentication provider. It is safe for concurrent use.
type Provider struct {
	cfg Config
	// nobody is what unknown users are verified against.
	nobody directory.PasswordHash
}

// New returns a provider.
func New(cfg Config) *Provider {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	// A salted hash, so that verifying against it does the same work.
	nobody := directory.HashPassword(secret.New("nobody"), time.Time{})
	nobody.Sum = directory.UnusablePassword(time.Time{}).Sum
	return &Provider{cfg: cfg, nobody: nobody}
}

// Name implements auth.Provider.
func (p *Provider) Name() string { return p.cfg.Accounts.Name() }

// Authenticate implements auth.Provider.
func (p *Provider) Authenticate(ctx context.Context, credentials auth.Credentials) (*auth.Identity, error) {
	if credentials.Username == "" || credentials.Password.Empty() {
		return nil, nil
	}
	account, err := p.cfg.Accounts.Account(ctx, credentials.Username)
	if err != nil && !errors.Is(err, directory.NotFound) {
		return nil, err
	}
	if account == nil {
		p.nobody.Verify(credentials.Password)
		return nil, auth.InvalidLogin(errors.New("unknown user"))
	}
	if !account.Password.Verify(credentials.Password) {
		return nil, auth.InvalidLogin(errors.New("wrong password"))
	}
	if account.Disabled {
		return nil, auth.InvalidLogin(errors.New("disabled account"))
	}
	return &auth.Identity{Username: account.Username, Account: account}, nil
}

// UserContext implements auth.Source. It also begins the record of the login, which the context's Close ends.
func (p *Provider) UserContext(
	ctx context.Context, identity *auth.Identity, credentials auth.Credentials,
) (directory.UserContext, error) {
	if identity.Username == "" {
		return nil, nil
	}
	options, account, err := p.admit(ctx, identity)
	if err != nil {
		return nil, err
	}
	if account != nil && identity.Provider == p.Name() && p.passwordExpired(account) {
		if err := p.replacePassword(ctx, account, credentials); err != nil {
			return nil, err
		}
	}
	record, err := p.cfg.Accounts.StartLogin(ctx, identity.Username, account, credentials.RemoteAddr)
	if err != nil {
		return nil, err
	}
	return &session{
		UserContext: p.cfg.Accounts.Context(identity.Username, options), provider: p, record: record,
	}, nil
}

// UpdateUserContext implements auth.SourceUpdater: the account is looked at again, and the record of the login goes on.
func (p *Provider) UpdateUserContext(
	ctx context.Context, current directory.UserContext, identity *auth.Identity, _ auth.Credentials,
) (directory.UserContext, error) {
	if _, _, err := p.admit(ctx, identity); err != nil {
		return nil, err
	}
	return current, nil
}

// SaveUserContext implements auth.Restorer: the record of the login is all there is to keep.
func (p *Provider) SaveUserContext(uc directory.UserContext) string {
	if s, ok := uc.(*session); ok {
		return s.record
	}
	return ""
}

// RestoreUserContext implements auth.Restorer: the account is looked at again, and the record of the login goes on.
func (p *Provider) RestoreUserContext(
	ctx context.Context, identity *auth.Identity, record string,
) (directory.UserContext, error) {
	options, _, err := p.admit(ctx, identity)
	if err != nil {
		return nil, err
	}
	return &session{
		UserContext: p.cfg.Accounts.Context(identity.Username, options), provider: p, record: record,
	}, nil
}

// admit holds a user to the demands of the account, if there is an enabled one, and returns how the context is to be held to them later. The account may be
// a disabled one.
func (p *Provider) admit(
	ctx context.Context, identity *auth.Identity,
) (options directory.ContextOptions, account *directory.Account, err error) {
	own := identity.Provider == p.Name()
	bound := own || p.cfg.UserRequired
	options = directory.ContextOptions{
		Groups: identity.Groups, NeedAccount: bound, Restricted: bound && p.cfg.EnforceWindows,
	}
	account, err = p.account(ctx, identity, own)
	if err != nil {
		return options, nil, err
	}
	if account == nil || account.Disabled {
		if bound {
			return options, nil, auth.InvalidLogin(errors.New("no enabled account"))
		}
		return options, account, nil
	}
	if bound {
		err = account.Restrictions.Check(p.cfg.Clock())
	}
	return options, account, err
}

// account returns the account of a user: what was read a moment ago if that was here, else what is stored or made for the user, or nil.
func (p *Provider) account(ctx context.Context, identity *auth.Identity, own bool) (*directory.Account, error) {
	if own && identity.Account != nil {
		return identity.Account, nil
	}
	account, err := p.cfg.Accounts.Account(ctx, identity.Username)
	if !errors.Is(err, directory.NotFound) {
		return account, err
	}
	if own || !p.cfg.AutoCreate {
		return nil, nil
	}
	if err := p.cfg.Accounts.CreateAccount(ctx, identity.Username); err != nil {
		return nil, err
	}
	return p.cfg.Accounts.Account(ctx, identity.Username)
}

func (p *Provider) passwordExpired(account *directory.Account) bool {
	return account.Expired || p.cfg.Accounts.PasswordPolicy().Outdated(account.Password.Date, p.cfg.Clock())
}

// replacePassword stores the new password that came with the credentials, or asks for one.
func (p *Provider) replacePassword(
	ctx context.Context, account *directory.Account, credentials auth.Credentials,
) error {
	password, given := credentials.Values[newPasswordField]
	repeated, confirmed := credentials.Values[confirmPasswordField]
	if !given || !confirmed {
		return passwordExpiredRejection()
	}
	chosen := secret.New(password)
	switch {
	case account.Password.Verify(chosen):
		return passwordError("The new password must be different from the expired password.", "LOGIN.ERROR_PASSWORD_SAME")
	case password == "":
		return passwordError("The new password must not be blank.", "LOGIN.ERROR_PASSWORD_BLANK")
	case password != repeated:
		return passwordError("The new passwords do not match.", "LOGIN.ERROR_PASSWORD_MISMATCH")
	}
	return p.cfg.Accounts.ReplaceExpiredPassword(ctx, account.Username, chosen)
}

func passwordExpiredRejection() *auth.Rejection {
	return &auth.Rejection{
		Kind: auth.InsufficientCredentials, Message: "Password has expired",
		Translatable: directory.Message{Key: "LOGIN.INFO_PASSWORD_EXPIRED"},
		Expected: append(auth.UsernamePassword(),
			directory.Field{Name: newPasswordField, Type: directory.FieldPassword},
			directory.Field{Name: confirmPasswordField, Type: directory.FieldPassword},
		),
	}
}

func passwordError(message, key string) error {
	return &directory.Error{Kind: directory.Invalid, Message: message, Translatable: directory.Message{Key: key}}
}

// session is a user context with the record of its login.
type session struct {
	directory.UserContext
	provider *Provider
	record   string
}

// Unwrap implements directory.Wrapper.
func (s *session) Unwrap() directory.UserContext { return s.UserContext }

// Close implements directory.Closer.
func (s *session) Close(ctx context.Context) error {
	return s.provider.cfg.Accounts.EndLogin(ctx, s.record, s.provider.cfg.Clock())
}
