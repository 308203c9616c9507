// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"testing"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store"
	"github.com/palta-gateway/palta/internal/store/sqlite"
	"github.com/palta-gateway/palta/internal/store/storetest"
)

// filled returns a store with an administrator, a user in a group that may read half of 2000 connections, and those.
func filled(b *testing.B) *store.Store {
	b.Helper()
	s := open(b, sqlite.Config{})
	ctx := b.Context()
	if err := s.CreateFirstAdministrator(ctx, "root", secret.New("pw")); err != nil {
		b.Fatal(err)
	}
	storetest.Fill(b, s, "root", 2000)
	admin := s.UserContext("root", directory.ContextOptions{})
	connections, err := admin.Connections().List(ctx, 0)
	if err != nil {
		b.Fatal(err)
	}
	var grants []directory.PermissionChange
	for _, c := range connections[:1000] {
		grants = append(grants, directory.PermissionChange{
			Kind: directory.ConnectionObject, Identifier: c.Identifier, Object: directory.Read,
		})
	}
	password := secret.New("pw")
	for _, err := range []error{
		admin.Users().Create(ctx, &directory.User{Username: "alice", Password: &password}),
		admin.UserGroups().Create(ctx, &directory.UserGroup{Name: "staff"}),
		admin.ChangeMembers(ctx, "staff", directory.UserEntity, []string{"alice"}, nil),
		admin.ChangePermissions(ctx, directory.Subject{Kind: directory.UserGroupEntity, Name: "staff"}, grants),
	} {
		if err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func BenchmarkLogin(b *testing.B) {
	s := filled(b)
	password := secret.New("pw")
	for b.Loop() {
		account, err := s.Account(b.Context(), "alice")
		if err != nil || !account.Password.Verify(password) {
			b.Fatal(err)
		}
		if _, err := s.StartLogin(b.Context(), "alice", account, "192.0.2.1"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList2000Connections(b *testing.B) {
	for _, username := range []string{"root", "alice"} {
		b.Run(username, func(b *testing.B) {
			uc := filled(b).UserContext(username, directory.ContextOptions{})
			for b.Loop() {
				if _, err := uc.Connections().List(b.Context(), 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGetConnection(b *testing.B) {
	uc := filled(b).UserContext("alice", directory.ContextOptions{})
	for b.Loop() {
		if _, err := uc.Connections().Get(b.Context(), "7"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEffectivePermissions(b *testing.B) {
	uc := filled(b).UserContext("alice", directory.ContextOptions{})
	for b.Loop() {
		if _, err := uc.EffectivePermissions(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
