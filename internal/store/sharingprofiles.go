// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"maps"

	"github.com/palta-gateway/palta/internal/directory"
)

// sharingProfiles is the kind of object that says how a connection may be shared.
type sharingProfiles struct{}

func (sharingProfiles) table() *table { return sharingProfileTable() }

func (sharingProfiles) from() string { return "guacamole_sharing_profile o" }

func (sharingProfiles) named(sel selection, identifiers []string) (selection, bool) {
	return namedByKey(sharingProfileTable(), sel, identifiers)
}

func (sharingProfiles) clone(o directory.SharingProfile) *directory.SharingProfile {
	o.Attributes, o.Parameters = maps.Clone(o.Attributes), maps.Clone(o.Parameters)
	return &o
}

func (sharingProfiles) read(ctx context.Context, c conn, sel selection) ([]record[directory.SharingProfile], error) {
	const columns = "o.sharing_profile_id, o.sharing_profile_name, o.primary_connection_id"
	return readObjects(ctx, c, sharingProfileTable(), columns, sel,
		func(row scanner) (record[directory.SharingProfile], error) {
			var id, primary int64
			o := &directory.SharingProfile{Attributes: directory.Attributes{}}
			err := row.Scan(&id, &o.Name, &primary)
			o.Identifier, o.PrimaryConnection = formatID(id), formatID(primary)
			return record[directory.SharingProfile]{id: id, object: o}, err
		},
		func(object *directory.SharingProfile) directory.Attributes { return object.Attributes })
}

func (s sharingProfiles) insert(ctx context.Context, c conn, p *principal, o *directory.SharingProfile) (int64, error) {
	primary, err := s.primary(ctx, c, p, o)
	if err != nil {
		return 0, err
	}
	if err := s.check(ctx, c, o, primary, 0); err != nil {
		return 0, err
	}
	id, err := c.insert(ctx, "sharing_profile_id",
		"insert into guacamole_sharing_profile (sharing_profile_name, primary_connection_id) values (?, ?)", o.Name, primary)
	if err != nil {
		return 0, err
	}
	o.Identifier = formatID(id)
	return id, s.storePairs(ctx, c, id, &directory.SharingProfile{}, o)
}

func (s sharingProfiles) update(
	ctx context.Context, c conn, p *principal, before, after record[directory.SharingProfile],
) error {
	o := after.object
	primary, ok := parseID(o.PrimaryConnection)
	if o.PrimaryConnection != before.object.PrimaryConnection || !ok {
		if err := s.requirePrimary(ctx, c, p, before.object); err != nil {
			return err
		}
		var err error
		if primary, err = s.primary(ctx, c, p, o); err != nil {
			return err
		}
	}
	if err := s.check(ctx, c, o, primary, before.id); err != nil {
		return err
	}
	err := c.exec(ctx, `update guacamole_sharing_profile set sharing_profile_name = ?, primary_connection_id = ?
		where sharing_profile_id = ?`, o.Name, primary, before.id)
	if err != nil {
		return err
	}
	return s.storePairs(ctx, c, before.id, before.object, o)
}

func (sharingProfiles) storePairs(ctx context.Context, c conn, id int64, before, o *directory.SharingProfile) error {
	t := sharingProfileTable()
	if err := c.setPairs(ctx, t.parameters, id, before.Parameters, parameterPairs(o.Parameters)); err != nil {
		return err
	}
	return c.setPairs(ctx, t.attributes, id, attributePairs(before.Attributes, nil), attributePairs(o.Attributes, nil))
}

// primary returns the key of the connection that the profile belongs to, on which UPDATE is needed.
func (s sharingProfiles) primary(ctx context.Context, c conn, p *principal, o *directory.SharingProfile) (int64, error) {
	id, ok := parseID(o.PrimaryConnection)
	if ok {
		if err := s.requirePrimary(ctx, c, p, o); err != nil {
			return 0, err
		}
		var err error
		ok, err = c.one(ctx, "select connection_id from guacamole_connection where connection_id = ?", []any{id}, &id)
		if err != nil {
			return 0, err
		}
	}
	if !ok {
		return 0, directory.Errorf(directory.Invalid, "The connection %q does not exist.", o.PrimaryConnection)
	}
	return id, nil
}

func (sharingProfiles) requirePrimary(ctx context.Context, c conn, p *principal, o *directory.SharingProfile) error {
	id, _ := parseID(o.PrimaryConnection)
	return p.require(ctx, c, connectionTable(), id, directory.Update)
}

func (sharingProfiles) check(ctx context.Context, c conn, o *directory.SharingProfile, primary, self int64) error {
	if err := checkName(o.Name, "Sharing profile names must not be blank."); err != nil {
		return err
	}
	taken, err := c.nameTaken(ctx, sharingProfileTable(), "sharing_profile_name", o.Name, "primary_connection_id", primary, self)
	if err == nil && taken {
		return directory.Errorf(directory.Conflict, "The sharing profile %q already exists.", o.Name)
	}
	return err
}

// remove also needs UPDATE on the connection that the profile belongs to.
func (s sharingProfiles) remove(ctx context.Context, c conn, p *principal, object record[directory.SharingProfile]) error {
	if err := s.requirePrimary(ctx, c, p, object.object); err != nil {
		return err
	}
	err := c.exec(ctx, "delete from guacamole_sharing_profile where sharing_profile_id = ?", object.id)
	return err
}
