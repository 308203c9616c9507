// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"

	"github.com/palta-gateway/palta/internal/directory"
)

func (connections) addParameters(ctx context.Context, c conn, object record[directory.Connection]) (err error) {
	object.object.Parameters, err = c.pairsOf(ctx, connectionTable().parameters, object.id)
	return err
}

func (sharingProfiles) addParameters(ctx context.Context, c conn, object record[directory.SharingProfile]) (err error) {
	object.object.Parameters, err = c.pairsOf(ctx, sharingProfileTable().parameters, object.id)
	return err
}

// ConnectionParameters implements directory.ParameterReader.
func (uc *UserContext) ConnectionParameters(ctx context.Context, identifier string) (map[string]string, error) {
	d := objectDirectory[directory.Connection]{uc: uc, of: connections{}}
	found, err := editable(ctx, d, identifier, "Permission to read connection parameters denied.")
	if err != nil {
		return nil, err
	}
	return found.Parameters, nil
}

// SharingProfileParameters implements directory.ParameterReader.
func (uc *UserContext) SharingProfileParameters(ctx context.Context, identifier string) (map[string]string, error) {
	d := objectDirectory[directory.SharingProfile]{uc: uc, of: sharingProfiles{}}
	found, err := editable(ctx, d, identifier, "Permission to read sharing profile parameters denied.")
	if err != nil {
		return nil, err
	}
	return found.Parameters, nil
}

// editable returns an object with its parameters to those who hold UPDATE on it.
func editable[T any](ctx context.Context, d objectDirectory[T], identifier, denied string) (*T, error) {
	c := d.uc.read()
	p, err := d.uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	found, err := d.find(ctx, c, p, identifier)
	if err != nil {
		return nil, err
	}
	ok, err := p.may(ctx, c, d.of.table(), found.id, directory.Update)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, directory.Errorf(directory.Denied, "%s", denied)
	}
	return found.object, addParameters(ctx, c, d.of, found)
}

// opened returns an object with its parameters to those who hold READ on it.
func opened[T any](ctx context.Context, d objectDirectory[T], identifier string) (*T, error) {
	c := d.uc.read()
	p, err := d.uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	found, err := d.find(ctx, c, p, identifier)
	if err != nil {
		return nil, err
	}
	return found.object, addParameters(ctx, c, d.of, found)
}

// addParameters fills in the parameters of a kind that has them.
func addParameters[T any](ctx context.Context, c conn, of objects[T], object record[T]) error {
	if p, ok := of.(parametric[T]); ok {
		return p.addParameters(ctx, c, object)
	}
	return nil
}

// OpenConnection implements directory.Opener.
func (uc *UserContext) OpenConnection(ctx context.Context, identifier string) (*directory.Connection, error) {
	return opened(ctx, objectDirectory[directory.Connection]{uc: uc, of: connections{}}, identifier)
}

// OpenSharingProfile implements directory.Opener.
func (uc *UserContext) OpenSharingProfile(ctx context.Context, identifier string) (*directory.SharingProfile, error) {
	return opened(ctx, objectDirectory[directory.SharingProfile]{uc: uc, of: sharingProfiles{}}, identifier)
}

// OpenConnectionGroup implements directory.Opener.
func (uc *UserContext) OpenConnectionGroup(
	ctx context.Context, identifier string,
) (*directory.ConnectionGroup, []*directory.Connection, error) {
	if identifier == directory.RootGroup {
		return nil, nil, directory.DeniedError()
	}
	group, err := opened(ctx, objectDirectory[directory.ConnectionGroup]{uc: uc, of: connectionGroups{}}, identifier)
	if err != nil {
		return nil, nil, err
	}
	id, _ := parseID(identifier)
	c, sel := uc.read(), selection{from: connections{}.from()}.and("o.parent_id = ?", id)
	members, err := connections{}.read(ctx, c, sel)
	if err != nil {
		return nil, nil, err
	}
	byID := make(map[int64]*directory.Connection, len(members))
	for _, m := range members {
		m.object.Parameters = make(map[string]string)
		byID[m.id] = m.object
	}
	err = c.pairs(ctx, connectionTable().parameters, sel, func(owner int64, name, value string) {
		if member, ok := byID[owner]; ok {
			member.Parameters[name] = value
		}
	})
	return group, unwrap(members), err
}
