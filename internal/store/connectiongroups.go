// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"maps"
	"slices"

	"github.com/palta-gateway/palta/internal/directory"
)

// connectionGroups is the kind of object that holds connections.
type connectionGroups struct{}

func connectionGroupColumns() []string {
	return []string{
		directory.AttrMaxConnections, directory.AttrMaxConnectionsPerUser, directory.AttrSessionAffinity,
	}
}

func (connectionGroups) table() *table { return connectionGroupTable() }

func (connectionGroups) from() string { return "guacamole_connection_group o" }

func (connectionGroups) named(sel selection, identifiers []string) (selection, bool) {
	return namedByKey(connectionGroupTable(), sel, identifiers)
}

func (connectionGroups) clone(o directory.ConnectionGroup) *directory.ConnectionGroup {
	o.Attributes = maps.Clone(o.Attributes)
	return &o
}

func (connectionGroups) read(ctx context.Context, c conn, sel selection) ([]record[directory.ConnectionGroup], error) {
	const columns = `o.connection_group_id, o.connection_group_name, o.parent_id, o.type, o.max_connections,
		o.max_connections_per_user, o.enable_session_affinity`
	return readObjects(ctx, c, connectionGroupTable(), columns, sel, scanConnectionGroup,
		func(object *directory.ConnectionGroup) directory.Attributes { return object.Attributes })
}

func scanConnectionGroup(row scanner) (record[directory.ConnectionGroup], error) {
	var id int64
	var parent, limit, userLimit nullable[int64]
	var affinity bool
	o := &directory.ConnectionGroup{}
	err := row.Scan(&id, &o.Name, &parent, &o.Type, &limit, &userLimit, &affinity)
	o.Identifier, o.Parent = formatID(id), parentIdentifier(parent)
	o.Attributes = directory.Attributes{
		directory.AttrMaxConnections:        numberText(limit),
		directory.AttrMaxConnectionsPerUser: numberText(userLimit),
	}
	// Unlike all other booleans this one is never null.
	o.Attributes.Set(directory.AttrSessionAffinity, "")
	if affinity {
		o.Attributes.Set(directory.AttrSessionAffinity, "true")
	}
	return record[directory.ConnectionGroup]{id: id, object: o}, err
}

func (s connectionGroups) insert(ctx context.Context, c conn, p *principal, o *directory.ConnectionGroup) (int64, error) {
	parent, err := c.newParent(ctx, p, o.Parent)
	if err != nil {
		return 0, err
	}
	if err := s.check(ctx, c, o, parent, 0); err != nil {
		return 0, err
	}
	id, err := c.insert(ctx, "connection_group_id", `insert into guacamole_connection_group (
			connection_group_name, parent_id, type, max_connections, max_connections_per_user, enable_session_affinity
		) values (?, ?, ?, ?, ?, ?)`, connectionGroupValues(o, nil, parent)...)
	if err != nil {
		return 0, err
	}
	o.Identifier, o.Parent = formatID(id), parentOrRoot(o.Parent)
	return id, c.setPairs(ctx, connectionGroupTable().attributes, id, nil, attributePairs(o.Attributes, connectionGroupColumns()))
}

func (s connectionGroups) update(
	ctx context.Context, c conn, p *principal, before, after record[directory.ConnectionGroup],
) error {
	o := after.object
	parent, err := c.movedParent(ctx, p, before.object.Parent, o.Parent)
	if err != nil {
		return err
	}
	if err := s.check(ctx, c, o, parent, before.id); err != nil {
		return err
	}
	if err := refuseCycle(ctx, c, before.id, parent); err != nil {
		return err
	}
	err = c.exec(ctx, `update guacamole_connection_group set
			connection_group_name = ?, parent_id = ?, type = ?, max_connections = ?, max_connections_per_user = ?,
			enable_session_affinity = ?
		where connection_group_id = ?`, append(connectionGroupValues(o, before.object.Attributes, parent), before.id)...)
	if err != nil {
		return err
	}
	columns := connectionGroupColumns()
	return c.setPairs(ctx, connectionGroupTable().attributes, before.id,
		attributePairs(before.object.Attributes, columns), attributePairs(o.Attributes, columns))
}

func connectionGroupValues(o *directory.ConnectionGroup, before directory.Attributes, parent int64) []any {
	return []any{
		o.Name, nullID(parent), string(o.Type),
		numberValue(o.Attributes, before, directory.AttrMaxConnections),
		numberValue(o.Attributes, before, directory.AttrMaxConnectionsPerUser),
		o.Attributes.True(directory.AttrSessionAffinity),
	}
}

func (connectionGroups) check(ctx context.Context, c conn, o *directory.ConnectionGroup, parent, self int64) error {
	if err := checkName(o.Name, "Connection group names must not be blank."); err != nil {
		return err
	}
	if o.Type != directory.Organizational && o.Type != directory.Balancing {
		return directory.Errorf(directory.Invalid, "The connection group type must be ORGANIZATIONAL or BALANCING.")
	}
	taken, err := c.nameTaken(ctx, connectionGroupTable(), "connection_group_name", o.Name, "parent_id", parent, self)
	if err == nil && taken {
		return directory.Errorf(directory.Conflict, "The connection group %q already exists.", o.Name)
	}
	return err
}

// refuseCycle returns an error if the group with the key self would be above itself with that parent.
func refuseCycle(ctx context.Context, c conn, self, parent int64) error {
	var seen []int64
	for ancestor := parent; ancestor != 0 && !slices.Contains(seen, ancestor); {
		if ancestor == self {
			return directory.Errorf(directory.Unsupported, "A connection group may not contain itself.")
		}
		seen = append(seen, ancestor)
		var above nullable[int64]
		_, err := c.one(ctx, "select parent_id from guacamole_connection_group where connection_group_id = ?",
			[]any{ancestor}, &above)
		if err != nil {
			return err
		}
		ancestor = above.V
	}
	return nil
}

// remove deletes everything below the group too. It also needs UPDATE on the group that this one is in.
func (connectionGroups) remove(ctx context.Context, c conn, p *principal, object record[directory.ConnectionGroup]) error {
	if err := c.requireParent(ctx, p, object.object.Parent); err != nil {
		return err
	}
	err := c.exec(ctx, "delete from guacamole_connection_group where connection_group_id = ?", object.id)
	return err
}

// rooted is the directory of connection groups with the root group, which everybody may read and nobody change.
type rooted struct {
	objectDirectory[directory.ConnectionGroup]
}

// Get implements directory.Directory.
func (d rooted) Get(ctx context.Context, identifier string) (*directory.ConnectionGroup, error) {
	if identifier == directory.RootGroup {
		return directory.NewRootGroup(), nil
	}
	return d.objectDirectory.Get(ctx, identifier)
}

// GetMany implements directory.Directory.
func (d rooted) GetMany(ctx context.Context, identifiers []string) ([]*directory.ConnectionGroup, error) {
	found, err := d.objectDirectory.GetMany(ctx, identifiers)
	if err == nil && slices.Contains(identifiers, directory.RootGroup) {
		found = append(found, directory.NewRootGroup())
	}
	return found, err
}

// Update implements directory.Directory.
func (d rooted) Update(ctx context.Context, id string, change func(*directory.ConnectionGroup) error) error {
	if id == directory.RootGroup {
		return directory.Errorf(directory.Denied, "The root connection group cannot be changed.")
	}
	return d.objectDirectory.Update(ctx, id, change)
}

// Delete implements directory.Directory.
func (d rooted) Delete(ctx context.Context, identifier string) error {
	if identifier == directory.RootGroup {
		return directory.Errorf(directory.Denied, "The root connection group cannot be deleted.")
	}
	return d.objectDirectory.Delete(ctx, identifier)
}

// parentIdentifier returns the identifier of a parent that may be the root.
func parentIdentifier(parent nullable[int64]) string {
	if !parent.Valid {
		return directory.RootGroup
	}
	return formatID(parent.V)
}

func parentOrRoot(identifier string) string {
	if identifier == "" {
		return directory.RootGroup
	}
	return identifier
}

// parentKey returns the key of a parent group, 0 for the root.
func parentKey(identifier string) (int64, error) {
	if identifier == "" || identifier == directory.RootGroup {
		return 0, nil
	}
	id, ok := parseID(identifier)
	if !ok {
		return 0, unknownParent(identifier)
	}
	return id, nil
}

func unknownParent(identifier string) error {
	return directory.Errorf(directory.Invalid, "The connection group %q does not exist.", identifier)
}

// newParent returns the key of the group that a new object is put in, which needs UPDATE on that group.
func (c conn) newParent(ctx context.Context, p *principal, identifier string) (int64, error) {
	parent, err := parentKey(identifier)
	if err != nil || parent == 0 {
		return 0, err
	}
	if err := p.require(ctx, c, connectionGroupTable(), parent, directory.Update); err != nil {
		return 0, err
	}
	found, err := c.one(ctx, "select connection_group_id from guacamole_connection_group where connection_group_id = ?",
		[]any{parent}, &parent)
	if err == nil && !found {
		return 0, unknownParent(identifier)
	}
	return parent, err
}

// movedParent is newParent for an object that may have been in another group, on which UPDATE is needed too.
func (c conn) movedParent(ctx context.Context, p *principal, before, after string) (int64, error) {
	if parentOrRoot(before) == parentOrRoot(after) {
		return parentKey(after)
	}
	if err := c.requireParent(ctx, p, before); err != nil {
		return 0, err
	}
	return c.newParent(ctx, p, after)
}

// requireParent needs UPDATE on the group that an object is in, unless that is the root.
func (c conn) requireParent(ctx context.Context, p *principal, identifier string) error {
	parent, err := parentKey(identifier)
	if err != nil || parent == 0 {
		return err
	}
	return p.require(ctx, c, connectionGroupTable(), parent, directory.Update)
}

// nameTaken reports whether an object other than self has that name within its owner, 0 being the root.
func (c conn) nameTaken(
	ctx context.Context, t *table, column, name, ownerColumn string, owner, self int64,
) (bool, error) {
	condition, args := ownerColumn+" = ?", []any{name, self, owner}
	if owner == 0 {
		condition, args = ownerColumn+" is null", args[:2]
	}
	var n int
	_, err := c.one(ctx, "select count(*) from "+t.name+" where "+column+" = ? and "+t.key+" <> ? and "+condition, args, &n)
	return n > 0, err
}
