// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/store"
)

// accounts tests the first start and what a login reads.
func accounts(t *testing.T, newStore NewStore) {
	t.Run("the first administrator can be created once, in an empty store only", func(t *testing.T) {
		s := newStore(t, store.Options{Clock: now})
		f := &fixture{T: t, ctx: t.Context(), store: s}
		has, err := s.HasUsers(f.ctx)
		f.must(err)
		f.want(has, false, "users in an empty store")
		f.must(s.CreateFirstAdministrator(f.ctx, "root", secret.New("pw")))
		has, err = s.HasUsers(f.ctx)
		f.must(err)
		f.want(has, true, "users afterwards")
		f.wantKind(s.CreateFirstAdministrator(f.ctx, "second", secret.New("pw")), directory.Conflict, "a second one")
		p, err := f.as("root").EffectivePermissions(f.ctx)
		f.must(err)
		f.want(p.System.Names(), directory.AllSystemPermissions.Names(), "system permissions")
		f.want(p.Object(directory.UserObject, "root").Names(), []string{"READ", "UPDATE", "ADMINISTER"}, "permissions on itself")
	})

	t.Run("a failed first administrator leaves the store empty", func(t *testing.T) {
		s := newStore(t, store.Options{Clock: now})
		f := &fixture{T: t, ctx: t.Context(), store: s}
		f.wantKind(s.CreateFirstAdministrator(f.ctx, "root", secret.New("")), directory.Invalid, "an empty password")
		f.wantKind(s.CreateFirstAdministrator(f.ctx, " ", secret.New("pw")), directory.Invalid, "a blank name")
		has, err := s.HasUsers(f.ctx)
		f.must(err)
		f.want(has, false, "users")
	})

	each(t, newStore, "an account has what a login needs", func(f *fixture) {
		// Features: RES-01, RES-02, RES-03, RES-04
		f.user("alice", "pw")
		f.must(f.admin.Users().Update(f.ctx, "alice", func(u *directory.User) error {
			u.Disabled = true
			u.Attributes.Set(directory.AttrExpired, "true")
			u.Attributes.Set(directory.AttrAccessWindowStart, "22:00:00")
			u.Attributes.Set(directory.AttrAccessWindowEnd, "06:30:00")
			u.Attributes.Set(directory.AttrValidFrom, "2026-01-31")
			u.Attributes.Set(directory.AttrValidUntil, "2026-12-31")
			u.Attributes.Set(directory.AttrTimezone, "Europe/Berlin")
			return nil
		}))
		a, err := f.store.Account(f.ctx, "alice")
		f.must(err)
		f.want(a.Disabled, true, "disabled")
		f.want(a.Expired, true, "expired")
		start, end := directory.TimeOfDay(22*time.Hour), directory.TimeOfDay(6*time.Hour+30*time.Minute)
		f.want(a.Restrictions, directory.Restrictions{
			ValidFrom:   directory.Date{Year: 2026, Month: 1, Day: 31},
			ValidUntil:  directory.Date{Year: 2026, Month: 12, Day: 31},
			WindowStart: &start, WindowEnd: &end, Timezone: "Europe/Berlin",
		}, "restrictions")
		if _, err := f.store.Account(f.ctx, "nobody"); true {
			f.wantKind(err, directory.NotFound, "an unknown account")
		}
	})

	each(t, newStore, "a context that needs an account ends with it", func(f *fixture) {
		// Features: AUT-08, RES-04
		f.user("alice", "pw")
		uc := f.store.UserContext("alice", directory.ContextOptions{NeedAccount: true, Restricted: true})
		f.must(uc.Valid(f.ctx, now()))
		f.must(f.admin.Users().Update(f.ctx, "alice", func(u *directory.User) error {
			u.Attributes.Set(directory.AttrAccessWindowEnd, "11:00:00")
			return nil
		}))
		f.wantKind(uc.Valid(f.ctx, now()), directory.Invalid, "after the end of the access window")
		lenient := f.store.UserContext("alice", directory.ContextOptions{NeedAccount: true})
		f.must(lenient.Valid(f.ctx, now()))
		f.must(f.admin.Users().Delete(f.ctx, "alice"))
		f.wantKind(lenient.Valid(f.ctx, now()), directory.NotFound, "after the account is deleted")
		f.must(f.as("alice").Valid(f.ctx, now()))
	})

	each(t, newStore, "an automatic account has no password and is made once", func(f *fixture) {
		// Features: RES-08
		f.must(f.store.CreateAccount(f.ctx, "ldap-user"))
		f.must(f.store.CreateAccount(f.ctx, "ldap-user"))
		a, err := f.store.Account(f.ctx, "ldap-user")
		f.must(err)
		f.want(a.Password.Verify(secret.New("")), false, "an empty password")
		f.want(f.held(f.as("ldap-user"), directory.UserObject, "ldap-user"), []string{"READ"}, "permissions on itself")
	})
}

// users tests the directory of users.
func users(t *testing.T, newStore NewStore) {
	each(t, newStore, "a user comes back with all built-in attributes", func(f *fixture) {
		// Features: ADM-01
		f.must(f.admin.Users().Create(f.ctx, &directory.User{Username: "alice", Attributes: directory.Attributes{
			directory.AttrFullName: text("Alice Ärmel"), directory.AttrEmail: nil, "guac-totp-key-secret": text("ABC"),
		}}))
		got, err := f.admin.Users().Get(f.ctx, "alice")
		f.must(err)
		f.want(got, &directory.User{Username: "alice", Attributes: directory.Attributes{
			directory.AttrFullName: text("Alice Ärmel"), directory.AttrEmail: nil, directory.AttrOrganization: nil,
			directory.AttrOrganizationalRole: nil, directory.AttrExpired: nil, directory.AttrAccessWindowStart: nil,
			directory.AttrAccessWindowEnd: nil, directory.AttrValidFrom: nil, directory.AttrValidUntil: nil,
			directory.AttrTimezone: nil, "guac-totp-key-secret": text("ABC"),
		}}, "the user")
	})

	each(t, newStore, "attributes that an update leaves out stay, null ones go", func(f *fixture) {
		// Features: ADM-21
		f.must(f.admin.Users().Create(f.ctx, &directory.User{Username: "alice", Attributes: directory.Attributes{
			directory.AttrFullName: text("Alice"), directory.AttrEmail: text("a@example.org"), "x": text("1"), "y": text("2"),
		}}))
		f.must(f.admin.Users().Update(f.ctx, "alice", func(u *directory.User) error {
			u.Attributes = directory.Attributes{directory.AttrEmail: nil, "x": nil, "z": text("")}
			return nil
		}))
		got, err := f.admin.Users().Get(f.ctx, "alice")
		f.must(err)
		f.want(got.Attributes.Get(directory.AttrFullName), "Alice", "an attribute left out")
		f.want(got.Attributes[directory.AttrEmail] == nil, true, "a null attribute is null")
		_, kept := got.Attributes["x"]
		f.want(kept, false, "a null attribute without a column is there")
		f.want(got.Attributes.Get("y"), "2", "an attribute without a column that was left out")
		f.want(got.Attributes["z"], text(""), "an empty attribute without a column")
	})

	each(t, newStore, "values that are no time or date are ignored", func(f *fixture) {
		f.must(f.admin.Users().Create(f.ctx, &directory.User{Username: "alice", Attributes: directory.Attributes{
			directory.AttrValidFrom: text("2026-01-31"), directory.AttrAccessWindowStart: text("noon"),
		}}))
		f.must(f.admin.Users().Update(f.ctx, "alice", func(u *directory.User) error {
			u.Attributes.Set(directory.AttrValidFrom, "31.1.2026")
			u.Attributes.Set(directory.AttrAccessWindowEnd, "17:00")
			return nil
		}))
		got, err := f.admin.Users().Get(f.ctx, "alice")
		f.must(err)
		f.want(got.Attributes.Get(directory.AttrValidFrom), "2026-01-31", "valid-from")
		f.want(got.Attributes[directory.AttrAccessWindowStart] == nil, true, "the start is null")
		f.want(got.Attributes.Get(directory.AttrAccessWindowEnd), "17:00:00", "the end")
	})

	each(t, newStore, "names are unique among users and apart from groups", func(f *fixture) {
		// Features: ADM-16
		f.user("alice", "pw")
		f.group("alice")
		f.wantKind(f.admin.Users().Create(f.ctx, &directory.User{Username: "alice"}), directory.Conflict, "a second user")
		f.wantKind(f.admin.UserGroups().Create(f.ctx, &directory.UserGroup{Name: "alice"}), directory.Conflict, "a second group")
		f.wantKind(f.admin.Users().Create(f.ctx, &directory.User{Username: "  "}), directory.Invalid, "a blank name")
		f.wantKind(f.admin.Users().Create(f.ctx, &directory.User{Username: strings.Repeat("x", 129)}), directory.TooLarge, "a long name")
		f.must(f.admin.Users().Create(f.ctx, &directory.User{Username: strings.Repeat("é", 128)}))
		f.must(f.admin.Users().Delete(f.ctx, "alice"))
		if _, err := f.admin.Users().Get(f.ctx, "alice"); true {
			f.wantKind(err, directory.NotFound, "a deleted user")
		}
		f.want(listed(f, f.admin.UserGroups(), 0, groupName), []string{"alice"}, "groups after the user is deleted")
	})

	each(t, newStore, "nobody deletes the own account", func(f *fixture) {
		f.wantKind(f.admin.Users().Delete(f.ctx, "root"), directory.Unsupported, "deleting oneself")
	})

	each(t, newStore, "restricted attributes are for those who administer the user", func(f *fixture) {
		// Features: ADM-14
		bob := f.user("bob", "pw")
		f.user("alice", "pw")
		f.must(f.admin.Users().Update(f.ctx, "alice", func(u *directory.User) error {
			u.Attributes.Set(directory.AttrTimezone, "Asia/Tokyo")
			return nil
		}))
		f.grant(userSubject("bob"), directory.UserObject, "alice", directory.Read|directory.Update)
		got, err := bob.Users().Get(f.ctx, "alice")
		f.must(err)
		_, shown := got.Attributes[directory.AttrTimezone]
		f.want(shown, false, "the zone is shown without ADMINISTER")
		f.must(bob.Users().Update(f.ctx, "alice", func(u *directory.User) error {
			u.Attributes.Set(directory.AttrTimezone, "Europe/Paris")
			u.Attributes.Set(directory.AttrFullName, "Alice")
			return nil
		}))
		got, err = f.admin.Users().Get(f.ctx, "alice")
		f.must(err)
		f.want(got.Attributes.Get(directory.AttrTimezone), "Asia/Tokyo", "the zone after bob's change")
		f.want(got.Attributes.Get(directory.AttrFullName), "Alice", "the name after bob's change")
		f.grant(userSubject("bob"), directory.UserObject, "alice", directory.Administer)
		got, err = bob.Users().Get(f.ctx, "alice")
		f.must(err)
		f.want(got.Attributes.Get(directory.AttrTimezone), "Asia/Tokyo", "the zone with ADMINISTER")
	})

	each(t, newStore, "the latest login is when the user was last active", func(f *fixture) {
		// Features: ADM-15
		f.user("alice", "pw")
		got, err := f.admin.Users().Get(f.ctx, "alice")
		f.must(err)
		f.want(got.LastActive.IsZero(), true, "no login")
		_, err = startLogin(f, f.store, "alice", "192.0.2.1")
		f.must(err)
		got, err = f.admin.Users().Get(f.ctx, "alice")
		f.must(err)
		f.want(got.LastActive.Equal(now()), true, "the login is the last activity")
	})

	each(t, newStore, "a user without account is itself and can change nothing", func(f *fixture) {
		uc := f.as("ldap-user")
		self, err := uc.Self(f.ctx)
		f.must(err)
		f.want(self.Username, "ldap-user", "the name")
		f.want(listed(f, uc.Users(), 0, username), none(), "users")
		f.wantKind(uc.ChangePermissions(f.ctx, userSubject("ldap-user"), []directory.PermissionChange{{System: directory.Audit}}),
			directory.Unsupported, "changing itself")
	})
}

// passwords tests hashes, policy and history.
func passwords(t *testing.T, newStore NewStore) {
	verify := func(f *fixture, username, password string) bool {
		f.Helper()
		a, err := f.store.Account(f.ctx, username)
		f.must(err)
		return a.Password.Verify(secret.New(password))
	}
	set := func(uc *store.UserContext, f *fixture, password string) error {
		s := secret.New(password)
		return uc.Users().Update(f.ctx, "alice", func(u *directory.User) error {
			u.Password = &s
			return nil
		})
	}

	each(t, newStore, "a password is verified and changed, and no password is none", func(f *fixture) {
		// Features: RES-06
		f.user("alice", "första")
		f.want(verify(f, "alice", "första"), true, "the right password")
		f.want(verify(f, "alice", "forsta"), false, "a wrong password")
		f.must(set(f.admin, f, "andra"))
		f.want(verify(f, "alice", "andra"), true, "the new password")
		f.want(verify(f, "alice", "första"), false, "the old password")
		f.must(f.admin.Users().Update(f.ctx, "alice", func(*directory.User) error { return nil }))
		f.want(verify(f, "alice", "andra"), true, "the password after an update of something else")
		f.wantKind(set(f.admin, f, ""), directory.Invalid, "an empty password")
		f.must(f.admin.Users().Create(f.ctx, &directory.User{Username: "none"}))
		f.want(verify(f, "none", ""), false, "no password")
		f.want(verify(f, "none", "null"), false, "the word null")
	})

	each(t, newStore, "users change their own password if they know the old one", func(f *fixture) {
		// Features: RES-09
		alice := f.user("alice", "old")
		f.wantKind(alice.ChangePassword(f.ctx, "alice", secret.New("old"), secret.New("new")), directory.Denied, "without UPDATE")
		f.grant(userSubject("alice"), directory.UserObject, "alice", directory.Update)
		f.wantKind(alice.ChangePassword(f.ctx, "alice", secret.New("wrong"), secret.New("new")), directory.Denied, "a wrong password")
		f.wantKind(alice.ChangePassword(f.ctx, "nobody", secret.New("x"), secret.New("new")), directory.Denied, "an unknown user")
		f.must(alice.ChangePassword(f.ctx, "alice", secret.New("old"), secret.New("new")))
		f.want(verify(f, "alice", "new"), true, "the new password")
	})

	policy := directory.PasswordPolicy{MinLength: 4, MinAge: 2, HistorySize: 2, RequireDigit: true}
	t.Run("the policy binds new passwords and remembers former ones", func(t *testing.T) {
		// Features: RES-05
		clock := now()
		f := &fixture{T: t, ctx: t.Context(), store: newStore(t, store.Options{
			PasswordPolicy: policy, Clock: func() time.Time { return clock },
		})}
		f.must(f.store.CreateFirstAdministrator(f.ctx, "root", secret.New("root1")))
		f.admin = f.as("root")
		short := secret.New("a1")
		err := f.admin.Users().Create(f.ctx, &directory.User{Username: "alice", Password: &short})
		f.wantKind(err, directory.Invalid, "a short password")
		alice := f.user("alice", "pass1")
		f.grant(userSubject("alice"), directory.UserObject, "alice", directory.Update)
		f.wantKind(set(f.admin, f, "password"), directory.Invalid, "a password without digit")
		for _, password := range []string{"pass2", "pass3"} {
			clock = clock.Add(time.Hour)
			f.must(set(f.admin, f, password))
		}
		f.wantKind(set(f.admin, f, "pass1"), directory.Invalid, "a former password")
		f.wantKind(set(f.admin, f, "pass2"), directory.Invalid, "the latest former password")
		f.wantKind(set(alice, f, "pass4"), directory.Invalid, "a change by the user on the same day")
		clock = clock.Add(48 * time.Hour)
		f.must(set(alice, f, "pass4"))
		f.must(set(f.admin, f, "pass1"))
	})

	each(t, newStore, "an expired password is replaced", func(f *fixture) {
		// Features: RES-02
		f.user("alice", "old")
		f.must(f.admin.Users().Update(f.ctx, "alice", func(u *directory.User) error {
			u.Attributes.Set(directory.AttrExpired, "true")
			return nil
		}))
		f.must(f.store.ReplaceExpiredPassword(f.ctx, "alice", secret.New("new")))
		a, err := f.store.Account(f.ctx, "alice")
		f.must(err)
		f.want(a.Expired, false, "expired")
		f.want(verify(f, "alice", "new"), true, "the new password")
		f.wantKind(f.store.ReplaceExpiredPassword(f.ctx, "nobody", secret.New("x")), directory.NotFound, "an unknown user")
	})
}
