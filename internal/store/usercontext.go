// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// UserContext is what one user may see and do. It implements directory.UserContext and all further abilities of a data source but Closer.
type UserContext struct {
	store    *Store
	username string
	options  directory.ContextOptions
	// tx is set in a context that belongs to a transaction.
	tx *conn
}

// UserContext returns the view of a user. A user without an account here has the permissions of the groups only.
func (s *Store) UserContext(username string, options directory.ContextOptions) *UserContext {
	return &UserContext{store: s, username: username, options: options}
}

// Context is UserContext for those who know the interface only.
func (s *Store) Context(username string, options directory.ContextOptions) directory.UserContext {
	return s.UserContext(username, options)
}

// DataSource implements directory.UserContext.
func (uc *UserContext) DataSource() string { return uc.store.Name() }

// Username implements directory.Named.
func (uc *UserContext) Username() string { return uc.store.username(uc.username) }

// Users implements directory.UserContext.
func (uc *UserContext) Users() directory.Directory[directory.User] {
	return objectDirectory[directory.User]{uc: uc, of: users{uc.store}}
}

// UserGroups implements directory.UserContext.
func (uc *UserContext) UserGroups() directory.Directory[directory.UserGroup] {
	return objectDirectory[directory.UserGroup]{uc: uc, of: userGroups{uc.store}}
}

// Connections implements directory.UserContext.
func (uc *UserContext) Connections() directory.Directory[directory.Connection] {
	return objectDirectory[directory.Connection]{uc: uc, of: connections{}}
}

// ConnectionGroups implements directory.UserContext.
func (uc *UserContext) ConnectionGroups() directory.Directory[directory.ConnectionGroup] {
	return rooted{objectDirectory[directory.ConnectionGroup]{uc: uc, of: connectionGroups{}}}
}

// SharingProfiles implements directory.UserContext.
func (uc *UserContext) SharingProfiles() directory.Directory[directory.SharingProfile] {
	return objectDirectory[directory.SharingProfile]{uc: uc, of: sharingProfiles{}}
}

// Self implements directory.UserContext.
func (uc *UserContext) Self(ctx context.Context) (*directory.User, error) {
	c := uc.read()
	p, err := uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	if p.userID == 0 {
		return &directory.User{Username: p.username, Attributes: directory.Attributes{}}, nil
	}
	d := objectDirectory[directory.User]{uc: uc, of: users{uc.store}}
	records, err := d.visible(ctx, c, p, selection{from: d.of.from()}.and("o.user_id = ?", p.userID))
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, directory.NotFoundError(uc.username)
	}
	return records[0].object, nil
}

// Schema implements directory.UserContext.
func (uc *UserContext) Schema() directory.Schema { return schema() }

// Valid implements directory.Validator.
func (uc *UserContext) Valid(ctx context.Context, now time.Time) error {
	if !uc.options.NeedAccount && !uc.options.Restricted {
		return nil
	}
	account, err := uc.store.Account(ctx, uc.username)
	if err != nil {
		return err
	}
	if account.Disabled {
		return directory.DeniedError()
	}
	if uc.options.Restricted {
		return account.Restrictions.Check(now)
	}
	return nil
}

// Transaction implements directory.Transactor.
func (uc *UserContext) Transaction(ctx context.Context, apply func(inner directory.UserContext) error) error {
	if uc.tx != nil {
		return directory.Errorf(directory.Unsupported, "A transaction is already under way.")
	}
	return uc.store.edit(ctx, func(tx conn) error {
		inner := *uc
		inner.tx = &tx
		return apply(&inner)
	})
}

// read returns what runs the queries of this context.
func (uc *UserContext) read() conn {
	if uc.tx != nil {
		return *uc.tx
	}
	return uc.store.read()
}

func (uc *UserContext) principal(ctx context.Context, c conn) (*principal, error) {
	return uc.store.principalOf(ctx, c, who{username: uc.username, groups: uc.options.Groups})
}

// change runs a change in a transaction of its own, or nested in that of the context.
func (uc *UserContext) change(ctx context.Context, apply func(c conn, p *principal) error) error {
	withPrincipal := func(c conn) error {
		p, err := uc.principal(ctx, c)
		if err != nil {
			return err
		}
		return apply(c, p)
	}
	if uc.tx != nil {
		return uc.tx.nested(ctx, withPrincipal)
	}
	return uc.store.edit(ctx, withPrincipal)
}

// schema returns the forms that upstream's databases have.
func schema() directory.Schema {
	truth := []string{"true"}
	return directory.Schema{
		UserAttributes: []directory.Form{
			{Name: "profile", Fields: []directory.Field{
				{Name: directory.AttrFullName, Type: directory.FieldText},
				{Name: directory.AttrEmail, Type: directory.FieldEmail},
				{Name: directory.AttrOrganization, Type: directory.FieldText},
				{Name: directory.AttrOrganizationalRole, Type: directory.FieldText},
			}},
			{Name: "restrictions", Fields: []directory.Field{
				{Name: directory.AttrExpired, Type: directory.FieldBoolean, Options: truth},
				{Name: directory.AttrAccessWindowStart, Type: directory.FieldTime},
				{Name: directory.AttrAccessWindowEnd, Type: directory.FieldTime},
				{Name: directory.AttrValidFrom, Type: directory.FieldDate},
				{Name: directory.AttrValidUntil, Type: directory.FieldDate},
				{Name: directory.AttrTimezone, Type: directory.FieldTimezone},
			}},
		},
		ConnectionAttributes: []directory.Form{
			{Name: "concurrency", Fields: []directory.Field{
				{Name: directory.AttrMaxConnections, Type: directory.FieldNumeric},
				{Name: directory.AttrMaxConnectionsPerUser, Type: directory.FieldNumeric},
			}},
			{Name: "load-balancing", Fields: []directory.Field{
				{Name: directory.AttrWeight, Type: directory.FieldNumeric},
				{Name: directory.AttrFailoverOnly, Type: directory.FieldBoolean, Options: truth},
			}},
			{Name: "guacd", Fields: []directory.Field{
				{Name: directory.AttrGuacdHostname, Type: directory.FieldText},
				{Name: directory.AttrGuacdPort, Type: directory.FieldNumeric},
				{Name: directory.AttrGuacdEncryption, Type: directory.FieldEnum, Options: []string{"", "none", "ssl"}},
			}},
		},
		ConnectionGroupAttributes: []directory.Form{
			{Name: "concurrency", Fields: []directory.Field{
				{Name: directory.AttrMaxConnections, Type: directory.FieldNumeric},
				{Name: directory.AttrMaxConnectionsPerUser, Type: directory.FieldNumeric},
				{Name: directory.AttrSessionAffinity, Type: directory.FieldBoolean, Options: truth},
			}},
		},
	}
}
