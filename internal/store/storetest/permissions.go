// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"

	"github.com/palta-gateway/palta/internal/directory"
)

// permissions tests who may change whose permissions.
func permissions(t *testing.T, newStore NewStore) {
	each(t, newStore, "the creator gets all permissions and a new user READ on itself", func(f *fixture) {
		// Features: ADM-11, ADM-12
		alice := f.user("alice", "pw")
		f.grantSystem(userSubject("alice"), directory.CreateConnection|directory.CreateConnectionGroup|
			directory.CreateSharingProfile|directory.CreateUser|directory.CreateUserGroup)
		c := &directory.Connection{Name: "box", Protocol: "ssh"}
		f.must(alice.Connections().Create(f.ctx, c))
		g := &directory.ConnectionGroup{Name: "lab", Type: directory.Organizational}
		f.must(alice.ConnectionGroups().Create(f.ctx, g))
		s := &directory.SharingProfile{Name: "view", PrimaryConnection: c.Identifier}
		f.must(alice.SharingProfiles().Create(f.ctx, s))
		f.must(alice.Users().Create(f.ctx, &directory.User{Username: "bob"}))
		f.must(alice.UserGroups().Create(f.ctx, &directory.UserGroup{Name: "staff"}))
		all := directory.AllObjectPermissions.Names()
		f.want(f.held(alice, directory.ConnectionObject, c.Identifier), all, "on the connection")
		f.want(f.held(alice, directory.ConnectionGroupObject, g.Identifier), all, "on the group")
		f.want(f.held(alice, directory.SharingProfileObject, s.Identifier), all, "on the profile")
		f.want(f.held(alice, directory.UserObject, "bob"), all, "on the user")
		f.want(f.held(alice, directory.UserGroupObject, "staff"), all, "on the user group")
		f.want(f.held(f.as("bob"), directory.UserObject, "bob"), []string{"READ"}, "bob on himself")
		f.want(f.held(alice, directory.UserObject, "alice"), []string{"READ"}, "alice on herself")
	})

	each(t, newStore, "adding what is there and removing what is not succeeds", func(f *fixture) {
		f.user("alice", "pw")
		id := f.connection("box", "")
		change := directory.PermissionChange{Kind: directory.ConnectionObject, Identifier: id, Object: directory.Read | directory.Update}
		for range 2 {
			f.must(f.admin.ChangePermissions(f.ctx, userSubject("alice"), []directory.PermissionChange{change, {System: directory.Audit}}))
		}
		p, err := f.admin.Permissions(f.ctx, userSubject("alice"))
		f.must(err)
		f.want(p.Object(directory.ConnectionObject, id).Names(), []string{"READ", "UPDATE"}, "object permissions")
		f.want(p.System.Names(), []string{"AUDIT"}, "system permissions")
		change.Remove, change.Object = true, directory.Update|directory.Delete
		for range 2 {
			f.must(f.admin.ChangePermissions(f.ctx, userSubject("alice"),
				[]directory.PermissionChange{change, {Remove: true, System: directory.Audit}}))
		}
		p, err = f.admin.Permissions(f.ctx, userSubject("alice"))
		f.must(err)
		f.want(p.Object(directory.ConnectionObject, id).Names(), []string{"READ"}, "object permissions left")
		f.want(p.System.Names(), []string{}, "system permissions left")
	})

	each(t, newStore, "all changes are applied or none", func(f *fixture) {
		f.user("alice", "pw")
		err := f.admin.ChangePermissions(f.ctx, userSubject("alice"), []directory.PermissionChange{
			{System: directory.Audit}, {Kind: directory.ActiveConnectionObject, Identifier: "x", Object: directory.Read},
		})
		f.wantKind(err, directory.Denied, "a permission on an active connection")
		p, err := f.admin.Permissions(f.ctx, userSubject("alice"))
		f.must(err)
		f.want(p.System.Names(), []string{}, "system permissions")
	})

	each(t, newStore, "changes on unknown users are passed over, on unknown connections not", func(f *fixture) {
		f.user("alice", "pw")
		f.grant(userSubject("alice"), directory.UserObject, "nobody", directory.Read)
		f.grant(userSubject("alice"), directory.UserGroupObject, "nobody", directory.Read)
		err := f.admin.ChangePermissions(f.ctx, userSubject("alice"), []directory.PermissionChange{
			{Kind: directory.ConnectionObject, Identifier: "4711", Object: directory.Read},
		})
		f.wantKind(err, directory.NotFound, "an unknown connection")
		f.wantKind(f.admin.ChangePermissions(f.ctx, userSubject("nobody"), nil), directory.NotFound, "an unknown holder")
	})

	each(t, newStore, "nobody drops the own privilege", func(f *fixture) {
		err := f.admin.ChangePermissions(f.ctx, userSubject("root"), []directory.PermissionChange{
			{Remove: true, System: directory.SystemAdminister},
		})
		f.wantKind(err, directory.Unsupported, "dropping ADMINISTER")
		f.must(f.admin.ChangePermissions(f.ctx, userSubject("root"), []directory.PermissionChange{
			{Remove: true, System: directory.Audit},
		}))
	})

	each(t, newStore, "delegated administrators pass on what they administer, to users they may update", func(f *fixture) {
		// Features: ADM-14
		alice := f.user("alice", "pw")
		f.user("bob", "pw")
		id := f.connection("box", "")
		give := func() error {
			return alice.ChangePermissions(f.ctx, userSubject("bob"), []directory.PermissionChange{
				{Kind: directory.ConnectionObject, Identifier: id, Object: directory.Read},
			})
		}
		f.wantKind(give(), directory.NotFound, "without READ on bob")
		f.grant(userSubject("alice"), directory.UserObject, "bob", directory.Read)
		f.wantKind(give(), directory.Denied, "without UPDATE on bob")
		f.grant(userSubject("alice"), directory.UserObject, "bob", directory.Update)
		f.grant(userSubject("alice"), directory.ConnectionObject, id, directory.Read|directory.Update|directory.Delete)
		f.wantKind(give(), directory.Denied, "without ADMINISTER on the connection")
		f.grant(userSubject("alice"), directory.ConnectionObject, id, directory.Administer)
		f.must(give())
		f.wantKind(alice.ChangePermissions(f.ctx, userSubject("bob"), []directory.PermissionChange{{System: directory.CreateUser}}),
			directory.Denied, "a system permission")
	})

	each(t, newStore, "permissions of others are read with READ that one holds oneself", func(f *fixture) {
		alice := f.user("alice", "pw")
		f.user("bob", "pw")
		f.group("helpdesk")
		f.join("helpdesk", userSubject("alice"))
		f.grant(groupSubject("helpdesk"), directory.UserObject, "bob", directory.Read)
		_, err := alice.Permissions(f.ctx, userSubject("bob"))
		f.wantKind(err, directory.Denied, "READ by a group")
		_, err = alice.EffectivePermissionsOf(f.ctx, "bob")
		f.wantKind(err, directory.Denied, "READ by a group, effective ones")
		f.grant(userSubject("alice"), directory.UserObject, "bob", directory.Read)
		_, err = alice.Permissions(f.ctx, userSubject("bob"))
		f.must(err)
		_, err = alice.Permissions(f.ctx, userSubject("alice"))
		f.must(err)
		_, err = alice.Permissions(f.ctx, userSubject("root"))
		f.wantKind(err, directory.NotFound, "a user who is not readable")
	})

	each(t, newStore, "a privileged user passes all checks and shows only what is stored", func(f *fixture) {
		// Features: ADM-10
		f.user("second", "pw")
		id := f.connection("box", "")
		f.grantSystem(userSubject("second"), directory.SystemAdminister)
		second := f.as("second")
		f.want(listed(f, second.Connections(), directory.Administer, connectionID), []string{id}, "connections to administer")
		f.want(f.held(second, directory.ConnectionObject, id), []string{}, "stored permissions")
		f.must(second.Connections().Delete(f.ctx, id))
	})
}

// inheritance tests effective permissions.
func inheritance(t *testing.T, newStore NewStore) {
	each(t, newStore, "permissions come through groups of any depth", func(f *fixture) {
		// Features: ADM-03
		alice := f.user("alice", "pw")
		id := f.connection("box", "")
		for _, name := range []string{"a", "b", "c", "d"} {
			f.group(name)
		}
		f.join("a", userSubject("alice"))
		f.join("b", groupSubject("a"))
		f.join("c", groupSubject("b"))
		f.join("d", groupSubject("c"))
		f.grant(groupSubject("d"), directory.ConnectionObject, id, directory.Read)
		f.grantSystem(groupSubject("c"), directory.CreateUser)
		f.want(listed(f, alice.Connections(), 0, connectionID), []string{id}, "connections")
		f.must(alice.Users().Create(f.ctx, &directory.User{Username: "bob"}))
		direct, err := alice.Permissions(f.ctx, userSubject("alice"))
		f.must(err)
		f.want(direct.Object(directory.ConnectionObject, id).Names(), []string{}, "direct permissions")
		effective, err := f.admin.EffectivePermissionsOf(f.ctx, "alice")
		f.must(err)
		f.want(effective.Object(directory.ConnectionObject, id).Names(), []string{"READ"}, "effective permissions")
		f.want(effective.System.Names(), []string{"CREATE_USER"}, "effective system permissions")
	})

	each(t, newStore, "a disabled group gives nothing and stops inheritance", func(f *fixture) {
		// Features: ADM-03, RES-01
		alice := f.user("alice", "pw")
		outer, inner := f.connection("outer", ""), f.connection("inner", "")
		f.group("a")
		f.group("b")
		f.join("a", userSubject("alice"))
		f.join("b", groupSubject("a"))
		f.grant(groupSubject("a"), directory.ConnectionObject, inner, directory.Read)
		f.grant(groupSubject("b"), directory.ConnectionObject, outer, directory.Read)
		disable := func(name string, disabled bool) {
			f.must(f.admin.UserGroups().Update(f.ctx, name, func(g *directory.UserGroup) error {
				g.Disabled = disabled
				return nil
			}))
		}
		f.want(listed(f, alice.Connections(), 0, connectionID), sorted(outer, inner), "with both enabled")
		disable("b", true)
		f.want(listed(f, alice.Connections(), 0, connectionID), []string{inner}, "with the outer one disabled")
		disable("b", false)
		disable("a", true)
		f.want(listed(f, alice.Connections(), 0, connectionID), none(), "with the inner one disabled")
		f.want(listed(f, f.as("ldap", "a").Connections(), 0, connectionID), none(), "for a user who is said to be in the disabled one")
	})

	each(t, newStore, "groups that the provider vouches for count like memberships", func(f *fixture) {
		// Features: AUT-03
		id := f.connection("box", "")
		f.group("ldap-admins")
		f.group("inner")
		f.join("ldap-admins", groupSubject("inner"))
		f.grant(groupSubject("ldap-admins"), directory.ConnectionObject, id, directory.Read)
		f.want(listed(f, f.as("nobody").Connections(), 0, connectionID), none(), "without the group")
		f.want(listed(f, f.as("nobody", "x", "ldap-admins").Connections(), 0, connectionID), []string{id}, "with the group")
		f.want(listed(f, f.as("nobody", "inner").Connections(), 0, connectionID), []string{id}, "with a group in it")
		_, err := f.as("nobody", "inner").OpenConnection(f.ctx, id)
		f.must(err)
	})

	each(t, newStore, "a disabled user has no more than the groups that the provider vouches for", func(f *fixture) {
		// Features: RES-01
		alice := f.user("alice", "pw")
		own, byGroup := f.connection("own", ""), f.connection("by group", "")
		f.group("ldap")
		f.grant(userSubject("alice"), directory.ConnectionObject, own, directory.Read)
		f.grant(groupSubject("ldap"), directory.ConnectionObject, byGroup, directory.Read)
		f.must(f.admin.Users().Update(f.ctx, "alice", func(u *directory.User) error {
			u.Disabled = true
			return nil
		}))
		f.want(listed(f, alice.Connections(), 0, connectionID), none(), "connections of the account")
		f.want(listed(f, f.as("alice", "ldap").Connections(), 0, connectionID), []string{byGroup}, "connections by the group")
		p, err := f.admin.EffectivePermissionsOf(f.ctx, "alice")
		f.must(err)
		f.want(p.Object(directory.ConnectionObject, own).Names(), []string{"READ"}, "what an administrator sees")
	})

	each(t, newStore, "groups in a ring are no harm", func(f *fixture) {
		alice := f.user("alice", "pw")
		id := f.connection("box", "")
		f.group("a")
		f.group("b")
		f.join("a", userSubject("alice"), groupSubject("b"))
		f.join("b", groupSubject("a"))
		f.grant(groupSubject("b"), directory.ConnectionObject, id, directory.Read)
		f.want(listed(f, alice.Connections(), 0, connectionID), []string{id}, "connections")
	})

	each(t, newStore, "a change of permissions takes effect in contexts that are open", func(f *fixture) {
		alice := f.user("alice", "pw")
		id := f.connection("box", "")
		f.grant(userSubject("alice"), directory.ConnectionObject, id, directory.Read)
		f.want(listed(f, alice.Connections(), 0, connectionID), []string{id}, "before")
		f.must(f.admin.ChangePermissions(f.ctx, userSubject("alice"), []directory.PermissionChange{
			{Remove: true, Kind: directory.ConnectionObject, Identifier: id, Object: directory.Read},
		}))
		f.want(listed(f, alice.Connections(), 0, connectionID), none(), "after")
	})
}

// rights tests what needs which permission.
func rights(t *testing.T, newStore NewStore) {
	each(t, newStore, "lists are filtered by READ and by what is asked for", func(f *fixture) {
		alice := f.user("alice", "pw")
		read, update := f.connection("read", ""), f.connection("update", "")
		f.connection("hidden", "")
		blind := f.connection("blind", "")
		f.grant(userSubject("alice"), directory.ConnectionObject, read, directory.Read)
		f.grant(userSubject("alice"), directory.ConnectionObject, update, directory.Read|directory.Update)
		f.grant(userSubject("alice"), directory.ConnectionObject, blind, directory.Update)
		f.want(listed(f, alice.Connections(), 0, connectionID), []string{read, update}, "all")
		f.want(listed(f, alice.Connections(), directory.Update|directory.Delete, connectionID), []string{update}, "UPDATE or DELETE")
		got, err := alice.Connections().GetMany(f.ctx, []string{read, blind})
		f.must(err)
		f.want(len(got), 1, "readable ones of those named")
	})

	each(t, newStore, "without the permission nothing is read, changed or deleted", func(f *fixture) {
		alice := f.user("alice", "pw")
		id := f.connection("box", "")
		change := func() error {
			return alice.Connections().Update(f.ctx, id, func(c *directory.Connection) error {
				c.Name = "changed"
				return nil
			})
		}
		f.wantKind(change(), directory.NotFound, "changing an unreadable one")
		f.wantKind(alice.Connections().Delete(f.ctx, id), directory.NotFound, "deleting an unreadable one")
		f.grant(userSubject("alice"), directory.ConnectionObject, id, directory.Read)
		f.wantKind(change(), directory.Denied, "changing")
		f.wantKind(alice.Connections().Delete(f.ctx, id), directory.Denied, "deleting")
		_, err := alice.ConnectionParameters(f.ctx, id)
		f.wantKind(err, directory.Denied, "reading parameters")
		_, err = alice.OpenConnection(f.ctx, id)
		f.must(err)
		f.grant(userSubject("alice"), directory.ConnectionObject, id, directory.Update)
		f.must(change())
		_, err = alice.ConnectionParameters(f.ctx, id)
		f.must(err)
		f.grant(userSubject("alice"), directory.ConnectionObject, id, directory.Delete)
		f.must(alice.Connections().Delete(f.ctx, id))
		for what, err := range map[string]error{
			"connection": alice.Connections().Create(f.ctx, &directory.Connection{Name: "x", Protocol: "ssh"}),
			"group":      alice.ConnectionGroups().Create(f.ctx, &directory.ConnectionGroup{Name: "x", Type: directory.Balancing}),
			"user":       alice.Users().Create(f.ctx, &directory.User{Username: "x"}),
			"user group": alice.UserGroups().Create(f.ctx, &directory.UserGroup{Name: "x"}),
			"profile":    alice.SharingProfiles().Create(f.ctx, &directory.SharingProfile{Name: "x", PrimaryConnection: "1"}),
		} {
			f.wantKind(err, directory.Denied, "creating a "+what)
		}
	})

	each(t, newStore, "creating, moving and deleting in a group need UPDATE on the group", func(f *fixture) {
		alice := f.user("alice", "pw")
		f.grantSystem(userSubject("alice"), directory.CreateConnection)
		from, to := f.folder("from", ""), f.folder("to", "")
		create := func(parent string) (*directory.Connection, error) {
			c := &directory.Connection{Name: "box", Protocol: "ssh", Parent: parent}
			return c, alice.Connections().Create(f.ctx, c)
		}
		_, err := create(from)
		f.wantKind(err, directory.Denied, "creating in a group")
		f.grant(userSubject("alice"), directory.ConnectionGroupObject, from, directory.Update)
		c, err := create(from)
		f.must(err)
		move := func(parent string) error {
			return alice.Connections().Update(f.ctx, c.Identifier, func(c *directory.Connection) error {
				c.Parent = parent
				return nil
			})
		}
		f.wantKind(move(to), directory.Denied, "moving into another group")
		f.grant(userSubject("alice"), directory.ConnectionGroupObject, to, directory.Update)
		f.must(move(to))
		f.must(f.admin.ChangePermissions(f.ctx, userSubject("alice"), []directory.PermissionChange{
			{Remove: true, Kind: directory.ConnectionGroupObject, Identifier: to, Object: directory.Update},
		}))
		f.wantKind(move(directory.RootGroup), directory.Denied, "moving out of the group")
		f.must(move(to))
		f.wantKind(alice.Connections().Delete(f.ctx, c.Identifier), directory.Denied, "deleting in the group")
	})

	each(t, newStore, "profiles need UPDATE on their connection", func(f *fixture) {
		alice := f.user("alice", "pw")
		f.grantSystem(userSubject("alice"), directory.CreateSharingProfile)
		id := f.connection("box", "")
		create := func() error {
			return alice.SharingProfiles().Create(f.ctx, &directory.SharingProfile{Name: "view", PrimaryConnection: id})
		}
		f.grant(userSubject("alice"), directory.ConnectionObject, id, directory.Read)
		f.wantKind(create(), directory.Denied, "creating")
		f.grant(userSubject("alice"), directory.ConnectionObject, id, directory.Update)
		f.must(create())
	})
}

// memberships tests who is in which group.
func memberships(t *testing.T, newStore NewStore) {
	each(t, newStore, "members are added and removed from either side, unknown names are ignored", func(f *fixture) {
		// Features: ADM-02
		f.user("alice", "pw")
		f.group("staff")
		f.group("admins")
		f.must(f.admin.ChangeMembers(f.ctx, "staff", directory.UserEntity, []string{"alice", "nobody", "alice"}, nil))
		f.must(f.admin.ChangeMembers(f.ctx, "staff", directory.UserGroupEntity, []string{"admins"}, []string{"nobody"}))
		f.must(f.admin.ChangeGroups(f.ctx, userSubject("alice"), []string{"admins", "none"}, nil))
		groups, err := f.admin.Groups(f.ctx, userSubject("alice"))
		f.must(err)
		f.want(groups, []string{"admins", "staff"}, "groups of alice")
		users, err := f.admin.Members(f.ctx, "staff", directory.UserEntity)
		f.must(err)
		f.want(users, []string{"alice"}, "users in staff")
		inner, err := f.admin.Members(f.ctx, "staff", directory.UserGroupEntity)
		f.must(err)
		f.want(inner, []string{"admins"}, "groups in staff")
		parents, err := f.admin.Groups(f.ctx, groupSubject("admins"))
		f.must(err)
		f.want(parents, []string{"staff"}, "groups of admins")
		f.must(f.admin.ChangeGroups(f.ctx, userSubject("alice"), nil, []string{"staff", "staff"}))
		groups, err = f.admin.Groups(f.ctx, userSubject("alice"))
		f.must(err)
		f.want(groups, []string{"admins"}, "groups of alice afterwards")
		f.must(f.admin.UserGroups().Delete(f.ctx, "admins"))
		groups, err = f.admin.Groups(f.ctx, userSubject("alice"))
		f.must(err)
		f.want(groups, none(), "groups of alice after her group is deleted")
		f.wantKind(f.admin.ChangeMembers(f.ctx, "none", directory.UserEntity, nil, nil), directory.NotFound, "an unknown group")
	})

	each(t, newStore, "membership needs UPDATE on group and member", func(f *fixture) {
		alice := f.user("alice", "pw")
		f.user("bob", "pw")
		f.group("staff")
		f.grant(userSubject("alice"), directory.UserGroupObject, "staff", directory.Read)
		add := func() error {
			return alice.ChangeMembers(f.ctx, "staff", directory.UserEntity, []string{"bob"}, nil)
		}
		f.wantKind(add(), directory.Denied, "without UPDATE on the group")
		f.grant(userSubject("alice"), directory.UserGroupObject, "staff", directory.Update)
		f.wantKind(add(), directory.Denied, "without UPDATE on the member")
		f.grant(userSubject("alice"), directory.UserObject, "bob", directory.Update)
		f.must(add())
		users, err := alice.Members(f.ctx, "staff", directory.UserEntity)
		f.must(err)
		f.want(users, none(), "members whom alice may not read")
	})
}
