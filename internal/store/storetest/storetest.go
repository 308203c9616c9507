// SPDX-License-Identifier: Apache-2.0

// Package storetest defines what a store does, as tests that every database runs: [Run], and [Gateways] for several stores on one database.
//
// [Run] takes a function that returns a new, empty store. Each test makes its own users, so one database can serve all tests of a run only if
// the function empties it.
package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store"
)

// NewStore returns an empty store with these options. It registers the closing of the store with t.
type NewStore func(t testing.TB, options store.Options) *store.Store

// Run runs the whole suite.
func Run(t *testing.T, newStore NewStore) {
	t.Helper()
	for _, group := range []func(t *testing.T, newStore NewStore){
		accounts, users, passwords, connections, connectionGroups, sharingProfiles, permissions, inheritance, rights, memberships,
		history, changes, folding, scale, bounds,
	} {
		group(t, newStore)
	}
}

// now is the time of all tests, on a Tuesday at noon.
func now() time.Time { return time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC) }

// fixture is a store with an administrator.
type fixture struct {
	*testing.T
	ctx   context.Context
	store *store.Store
	admin *store.UserContext
}

// each runs a test on a store of its own.
func each(t *testing.T, newStore NewStore, name string, test func(f *fixture)) {
	t.Helper()
	eachWith(t, newStore, store.Options{}, name, test)
}

func eachWith(t *testing.T, newStore NewStore, options store.Options, name string, test func(f *fixture)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		if options.Clock == nil {
			options.Clock = now
		}
		f := &fixture{T: t, ctx: t.Context(), store: newStore(t, options)}
		f.must(f.store.CreateFirstAdministrator(f.ctx, "root", secret.New("root's password")))
		f.admin = f.as("root")
		test(f)
	})
}

// as returns the context of a user.
func (f *fixture) as(username string, groups ...string) *store.UserContext {
	return f.store.UserContext(username, directory.ContextOptions{Groups: groups})
}

// must fails the test on an error.
func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// wantKind fails the test unless err has that kind.
func (f *fixture) wantKind(err error, want directory.Kind, what string) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s: got error %v, want one of the kind %q", what, err, want)
	}
}

// want fails the test unless got is want.
func (f *fixture) want(got, want any, what string) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// user creates a user with that password and returns its context.
func (f *fixture) user(username, password string) *store.UserContext {
	f.Helper()
	s := secret.New(password)
	f.must(f.admin.Users().Create(f.ctx, &directory.User{Username: username, Password: &s}))
	return f.as(username)
}

// group creates a user group.
func (f *fixture) group(name string) {
	f.Helper()
	f.must(f.admin.UserGroups().Create(f.ctx, &directory.UserGroup{Name: name}))
}

// connection creates an SSH connection and returns its identifier.
func (f *fixture) connection(name, parent string) string {
	f.Helper()
	c := &directory.Connection{Name: name, Parent: parent, Protocol: "ssh", Parameters: map[string]string{"hostname": name}}
	f.must(f.admin.Connections().Create(f.ctx, c))
	return c.Identifier
}

// folder creates an organizational group and returns its identifier.
func (f *fixture) folder(name, parent string) string {
	f.Helper()
	g := &directory.ConnectionGroup{Name: name, Parent: parent, Type: directory.Organizational}
	f.must(f.admin.ConnectionGroups().Create(f.ctx, g))
	return g.Identifier
}

// profile creates a sharing profile named "view" and returns its identifier.
func (f *fixture) profile(connection string) string {
	f.Helper()
	p := &directory.SharingProfile{Name: "view", PrimaryConnection: connection}
	f.must(f.admin.SharingProfiles().Create(f.ctx, p))
	return p.Identifier
}

// grant gives a subject permissions on an object.
func (f *fixture) grant(to directory.Subject, kind directory.ObjectKind, id string, add directory.ObjectPermissions) {
	f.Helper()
	f.must(f.admin.ChangePermissions(f.ctx, to, []directory.PermissionChange{{Kind: kind, Identifier: id, Object: add}}))
}

func (f *fixture) grantSystem(to directory.Subject, add directory.SystemPermissions) {
	f.Helper()
	f.must(f.admin.ChangePermissions(f.ctx, to, []directory.PermissionChange{{System: add}}))
}

// join puts subjects into a group.
func (f *fixture) join(group string, members ...directory.Subject) {
	f.Helper()
	for _, member := range members {
		f.must(f.admin.ChangeGroups(f.ctx, member, []string{group}, nil))
	}
}

func userSubject(name string) directory.Subject {
	return directory.Subject{Kind: directory.UserEntity, Name: name}
}

func groupSubject(name string) directory.Subject {
	return directory.Subject{Kind: directory.UserGroupEntity, Name: name}
}

// listed returns the identifiers of what a directory lists.
func listed[T any](f *fixture, d directory.Directory[T], anyOf directory.ObjectPermissions, id func(*T) string) []string {
	f.Helper()
	objects, err := d.List(f.ctx, anyOf)
	f.must(err)
	var ids []string
	for _, object := range objects {
		ids = append(ids, id(object))
	}
	return ids
}

func connectionID(c *directory.Connection) string { return c.Identifier }

func username(u *directory.User) string { return u.Username }

func groupName(g *directory.UserGroup) string { return g.Name }

// held returns what a user effectively holds on an object.
func (f *fixture) held(uc *store.UserContext, kind directory.ObjectKind, id string) []string {
	f.Helper()
	p, err := uc.EffectivePermissions(f.ctx)
	f.must(err)
	return p.Object(kind, id).Names()
}

// startLogin begins the record of a login.
func startLogin(f *fixture, s *store.Store, username, remoteHost string) (string, error) {
	f.Helper()
	account, err := s.Account(f.ctx, username)
	if err != nil && !errors.Is(err, directory.NotFound) {
		return "", err
	}
	return s.StartLogin(f.ctx, username, account, remoteHost)
}

// text returns a pointer to an attribute value.
func text(value string) *string { return &value }

func sorted(values ...string) []string {
	slices.Sort(values)
	return values
}

// none is a list of nothing.
func none() []string { return nil }
