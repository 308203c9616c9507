// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/directory"
)

// connections tests the directory of connections and their parameters.
func connections(t *testing.T, newStore NewStore) {
	each(t, newStore, "a connection comes back with all attributes, and parameters only where they are asked for", func(f *fixture) {
		// Features: ADM-04
		c := &directory.Connection{
			Name: "box", Protocol: "vnc", Parameters: map[string]string{"hostname": "h", "password": "päss", "port": ""},
			Attributes: directory.Attributes{
				directory.AttrMaxConnections: text("2"), directory.AttrWeight: text(""), directory.AttrGuacdPort: text("x"),
				directory.AttrFailoverOnly: text("true"), directory.AttrGuacdHostname: text("guacd"),
				directory.AttrGuacdEncryption: text("ssl"), "own": text("kept"),
			},
		}
		f.must(f.admin.Connections().Create(f.ctx, c))
		got, err := f.admin.Connections().Get(f.ctx, c.Identifier)
		f.must(err)
		f.want(got, &directory.Connection{
			Identifier: c.Identifier, Name: "box", Parent: directory.RootGroup, Protocol: "vnc",
			Attributes: directory.Attributes{
				directory.AttrMaxConnections: text("2"), directory.AttrMaxConnectionsPerUser: nil, directory.AttrWeight: nil,
				directory.AttrFailoverOnly: text("true"), directory.AttrGuacdPort: nil, directory.AttrGuacdHostname: text("guacd"),
				directory.AttrGuacdEncryption: text("ssl"), "own": text("kept"),
			},
		}, "the connection")
		want := map[string]string{"hostname": "h", "password": "päss"}
		parameters, err := f.admin.ConnectionParameters(f.ctx, c.Identifier)
		f.must(err)
		f.want(parameters, want, "parameters")
		opened, err := f.admin.OpenConnection(f.ctx, c.Identifier)
		f.must(err)
		f.want(opened.Parameters, want, "parameters of the opened connection")
	})

	each(t, newStore, "an update sees the stored parameters and replaces all", func(f *fixture) {
		id := f.connection("box", "")
		f.must(f.admin.Connections().Update(f.ctx, id, func(c *directory.Connection) error {
			f.want(c.Parameters, map[string]string{"hostname": "box"}, "stored parameters")
			c.Name, c.Protocol = "renamed", "rdp"
			c.Parameters = map[string]string{"port": "3389", "hostname": ""}
			c.Attributes = directory.Attributes{directory.AttrWeight: text("3")}
			return nil
		}))
		parameters, err := f.admin.ConnectionParameters(f.ctx, id)
		f.must(err)
		f.want(parameters, map[string]string{"port": "3389"}, "parameters")
		f.must(f.admin.Connections().Update(f.ctx, id, func(c *directory.Connection) error {
			c.Attributes.Set(directory.AttrWeight, "many")
			return nil
		}))
		got, err := f.admin.Connections().Get(f.ctx, id)
		f.must(err)
		f.want(got.Attributes.Get(directory.AttrWeight), "3", "a number that cannot be read stays as it was")
		f.want(got.Name+got.Protocol, "renamedrdp", "name and protocol")
	})

	each(t, newStore, "names are unique within a group, the root included", func(f *fixture) {
		// Features: ADM-16
		folder := f.folder("folder", "")
		f.connection("box", "")
		other := f.connection("box", folder)
		create := func(name, parent string) error {
			return f.admin.Connections().Create(f.ctx, &directory.Connection{Name: name, Parent: parent, Protocol: "ssh"})
		}
		f.wantKind(create("box", ""), directory.Conflict, "a second one in the root")
		f.wantKind(create("box", directory.RootGroup), directory.Conflict, "a second one in the root by its name")
		f.wantKind(create("box", folder), directory.Conflict, "a second one in the folder")
		f.wantKind(f.admin.Connections().Update(f.ctx, other, func(c *directory.Connection) error {
			c.Parent = directory.RootGroup
			return nil
		}), directory.Conflict, "moving one beside its namesake")
		f.must(create("Box", ""))
	})

	each(t, newStore, "what is wrong is refused and nothing is stored", func(f *fixture) {
		long := strings.Repeat("x", directory.MaxParameterValueLength+1)
		for what, c := range map[string]*directory.Connection{
			"a blank name":       {Name: " ", Protocol: "ssh"},
			"no protocol":        {Name: "a"},
			"an unknown parent":  {Name: "a", Protocol: "ssh", Parent: "4711"},
			"a parent's name":    {Name: "a", Protocol: "ssh", Parent: "folder"},
			"a blank parameter":  {Name: "a", Protocol: "ssh", Parameters: map[string]string{"": "x"}},
			"a long parameter":   {Name: "a", Protocol: "ssh", Parameters: map[string]string{"p": long}},
			"a long name":        {Name: strings.Repeat("x", 129), Protocol: "ssh"},
			"a long protocol":    {Name: "a", Protocol: strings.Repeat("x", 33)},
			"a long guacd host":  {Name: "a", Protocol: "ssh", Attributes: directory.Attributes{directory.AttrGuacdHostname: text(long)}},
			"a long attribute":   {Name: "a", Protocol: "ssh", Attributes: directory.Attributes{"own": text(long)}},
			"a long name of one": {Name: "a", Protocol: "ssh", Attributes: directory.Attributes{long: text("x")}},
		} {
			err := f.admin.Connections().Create(f.ctx, c)
			if kind := directory.KindOf(err); kind != directory.Invalid && kind != directory.TooLarge {
				f.Errorf("%s: got error %v, want one that blames the caller", what, err)
			}
			f.want(c.Identifier, "", what+": identifier")
		}
		f.want(listed(f, f.admin.Connections(), 0, connectionID), none(), "connections")
		f.must(f.admin.Connections().Create(f.ctx, &directory.Connection{
			Name: "a", Protocol: "ssh", Parameters: map[string]string{"p": strings.Repeat("€", directory.MaxParameterValueLength)},
		}))
	})

	each(t, newStore, "identifiers that are no numbers are not found", func(f *fixture) {
		id := f.connection("box", "")
		for _, identifier := range []string{"", "x", "0", "-1", "0" + id, "+" + id, id + " ", "99999999999999999999", "4711", "ROOT"} {
			_, err := f.admin.Connections().Get(f.ctx, identifier)
			f.wantKind(err, directory.NotFound, "Get "+identifier)
			f.wantKind(f.admin.Connections().Delete(f.ctx, identifier), directory.NotFound, "Delete "+identifier)
			_, err = f.admin.OpenConnection(f.ctx, identifier)
			f.wantKind(err, directory.NotFound, "OpenConnection "+identifier)
		}
		got, err := f.admin.Connections().GetMany(f.ctx, []string{"x", id, "4711"})
		f.must(err)
		f.want(len(got), 1, "objects found")
	})

	each(t, newStore, "deleting a connection takes its profiles and permissions with it, its history stays", func(f *fixture) {
		id := f.connection("box", "")
		profile := f.profile(id)
		record := &directory.ConnectionRecord{Username: "root", Connection: id, ConnectionName: "box", SharingProfile: profile}
		f.must(f.admin.StartConnection(f.ctx, record))
		f.must(f.admin.Connections().Delete(f.ctx, id))
		_, err := f.admin.SharingProfiles().Get(f.ctx, profile)
		f.wantKind(err, directory.NotFound, "the profile")
		f.want(f.held(f.admin, directory.ConnectionObject, id), []string{}, "permissions")
		records, err := f.admin.ConnectionHistory(f.ctx, directory.HistoryQuery{})
		f.must(err)
		f.want(len(records), 1, "records")
		f.want(records[0].Connection+records[0].SharingProfile, "", "identifiers in the record")
		f.want(records[0].ConnectionName, "box", "name in the record")
	})
}

// connectionGroups tests the tree.
func connectionGroups(t *testing.T, newStore NewStore) {
	each(t, newStore, "a group comes back with all attributes", func(f *fixture) {
		// Features: ADM-05
		g := &directory.ConnectionGroup{Name: "pool", Type: directory.Balancing, Attributes: directory.Attributes{
			directory.AttrMaxConnectionsPerUser: text("1"), directory.AttrSessionAffinity: text("true"),
		}}
		f.must(f.admin.ConnectionGroups().Create(f.ctx, g))
		got, err := f.admin.ConnectionGroups().Get(f.ctx, g.Identifier)
		f.must(err)
		f.want(got, &directory.ConnectionGroup{
			Identifier: g.Identifier, Name: "pool", Parent: directory.RootGroup, Type: directory.Balancing,
			Attributes: directory.Attributes{
				directory.AttrMaxConnections: nil, directory.AttrMaxConnectionsPerUser: text("1"), directory.AttrSessionAffinity: text("true"),
			},
		}, "the group")
		f.must(f.admin.ConnectionGroups().Update(f.ctx, g.Identifier, func(g *directory.ConnectionGroup) error {
			g.Type, g.Attributes = directory.Organizational, nil
			return nil
		}))
		got, err = f.admin.ConnectionGroups().Get(f.ctx, g.Identifier)
		f.must(err)
		f.want(got.Attributes[directory.AttrSessionAffinity], text(""), "affinity that is off")
		f.want(got.Type, directory.Organizational, "type")
	})

	each(t, newStore, "the root is there for everybody and cannot be changed", func(f *fixture) {
		alice := f.user("alice", "pw")
		got, err := alice.ConnectionGroups().Get(f.ctx, directory.RootGroup)
		f.must(err)
		f.want(got, directory.NewRootGroup(), "the root")
		groups := f.admin.ConnectionGroups()
		f.want(len(listed(f, groups, 0, func(g *directory.ConnectionGroup) string { return g.Identifier })), 0, "groups listed")
		f.wantKind(groups.Delete(f.ctx, directory.RootGroup), directory.Denied, "deleting the root")
		f.wantKind(groups.Update(f.ctx, directory.RootGroup, func(*directory.ConnectionGroup) error { return nil }),
			directory.Denied, "changing the root")
		_, _, err = f.admin.OpenConnectionGroup(f.ctx, directory.RootGroup)
		f.wantKind(err, directory.Denied, "opening the root")
	})

	each(t, newStore, "a group cannot be put into itself or below", func(f *fixture) {
		top := f.folder("top", "")
		middle := f.folder("middle", top)
		bottom := f.folder("bottom", middle)
		for _, parent := range []string{top, middle, bottom} {
			f.wantKind(f.admin.ConnectionGroups().Update(f.ctx, top, func(g *directory.ConnectionGroup) error {
				g.Parent = parent
				return nil
			}), directory.Unsupported, "moving the top into "+parent)
		}
		f.must(f.admin.ConnectionGroups().Update(f.ctx, bottom, func(g *directory.ConnectionGroup) error {
			g.Parent = top
			return nil
		}))
	})

	each(t, newStore, "deleting a group deletes everything below it", func(f *fixture) {
		top := f.folder("top", "")
		bottom := f.folder("bottom", top)
		f.profile(f.connection("deep", bottom))
		outside := f.connection("outside", "")
		f.must(f.admin.ConnectionGroups().Delete(f.ctx, top))
		f.want(listed(f, f.admin.Connections(), 0, connectionID), []string{outside}, "connections left")
		profiles, err := f.admin.SharingProfiles().List(f.ctx, 0)
		f.must(err)
		f.want(len(profiles), 0, "profiles left")
	})

	each(t, newStore, "group names are unique within a group and types are known", func(f *fixture) {
		f.folder("a", "")
		create := func(name, kind string) error {
			return f.admin.ConnectionGroups().Create(f.ctx, &directory.ConnectionGroup{
				Name: name, Type: directory.ConnectionGroupType(kind),
			})
		}
		f.wantKind(create("a", "BALANCING"), directory.Conflict, "a second one")
		f.wantKind(create("b", "OTHER"), directory.Invalid, "an unknown type")
		f.wantKind(create("", "BALANCING"), directory.Invalid, "a blank name")
	})

	each(t, newStore, "a balancing group opens with its members, read or not", func(f *fixture) {
		alice := f.user("alice", "pw")
		g := &directory.ConnectionGroup{Name: "pool", Type: directory.Balancing}
		f.must(f.admin.ConnectionGroups().Create(f.ctx, g))
		f.connection("one", g.Identifier)
		f.connection("two", g.Identifier)
		_, _, err := alice.OpenConnectionGroup(f.ctx, g.Identifier)
		f.wantKind(err, directory.NotFound, "without READ")
		f.grant(userSubject("alice"), directory.ConnectionGroupObject, g.Identifier, directory.Read)
		group, members, err := alice.OpenConnectionGroup(f.ctx, g.Identifier)
		f.must(err)
		f.want(group.Name, "pool", "the group")
		var hosts []string
		for _, m := range members {
			hosts = append(hosts, m.Parameters["hostname"])
		}
		f.want(hosts, []string{"one", "two"}, "hosts of the members")
	})
}

// sharingProfiles tests profiles.
func sharingProfiles(t *testing.T, newStore NewStore) {
	each(t, newStore, "a profile belongs to a connection and has parameters", func(f *fixture) {
		// Features: ADM-06, SHA-01
		id := f.connection("box", "")
		p := &directory.SharingProfile{Name: "view", PrimaryConnection: id, Parameters: map[string]string{"read-only": "true"}}
		f.must(f.admin.SharingProfiles().Create(f.ctx, p))
		got, err := f.admin.SharingProfiles().Get(f.ctx, p.Identifier)
		f.must(err)
		f.want(got, &directory.SharingProfile{
			Identifier: p.Identifier, Name: "view", PrimaryConnection: id, Attributes: directory.Attributes{},
		}, "the profile")
		opened, err := f.admin.OpenSharingProfile(f.ctx, p.Identifier)
		f.must(err)
		f.want(opened.Parameters, map[string]string{"read-only": "true"}, "parameters")
		f.must(f.admin.SharingProfiles().Update(f.ctx, p.Identifier, func(p *directory.SharingProfile) error {
			p.Name = "renamed"
			return nil
		}))
		parameters, err := f.admin.SharingProfileParameters(f.ctx, p.Identifier)
		f.must(err)
		f.want(parameters, map[string]string{"read-only": "true"}, "parameters after a change of the name")
		f.must(f.admin.SharingProfiles().Delete(f.ctx, p.Identifier))
		_, err = f.admin.SharingProfiles().Get(f.ctx, p.Identifier)
		f.wantKind(err, directory.NotFound, "a deleted profile")
	})

	each(t, newStore, "profile names are unique within a connection", func(f *fixture) {
		one, two := f.connection("one", ""), f.connection("two", "")
		f.profile(one)
		f.profile(two)
		create := func(name, connection string) error {
			return f.admin.SharingProfiles().Create(f.ctx, &directory.SharingProfile{Name: name, PrimaryConnection: connection})
		}
		f.wantKind(create("view", one), directory.Conflict, "a second one")
		f.wantKind(create("", one), directory.Invalid, "a blank name")
		f.wantKind(create("other", "4711"), directory.Invalid, "an unknown connection")
		f.wantKind(create("other", ""), directory.Invalid, "no connection")
	})
}
