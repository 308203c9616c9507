// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"context"
	"maps"
	"slices"
)

// FixedContext is a read-only data source in memory: one user with connections in the root group, all of them readable. Logins that bring
// their own connections use it (user-mapping.xml, signed URLs, encrypted JSON, share links).
type FixedContext struct {
	dataSource  string
	username    string
	connections fixedDirectory[Connection]
	opened      map[string]*Connection
}

// NewFixedContext returns a data source with these connections, which must have identifiers and no parent.
func NewFixedContext(dataSource, username string, connections []*Connection) *FixedContext {
	c := &FixedContext{dataSource: dataSource, username: username, opened: make(map[string]*Connection)}
	shown := make(map[string]*Connection)
	for _, connection := range connections {
		c.opened[connection.Identifier] = connection
		public := *connection
		public.Parameters = nil
		shown[connection.Identifier] = &public
	}
	c.connections = fixedDirectory[Connection]{objects: shown}
	return c
}

// DataSource returns the identifier given.
func (c *FixedContext) DataSource() string { return c.dataSource }

// Self returns the user.
func (c *FixedContext) Self(context.Context) (*User, error) { return &User{Username: c.username}, nil }

// EffectivePermissions returns READ on everything there is.
func (c *FixedContext) EffectivePermissions(context.Context) (*Permissions, error) {
	held := &Permissions{}
	for identifier := range c.opened {
		held.Grant(ConnectionObject, identifier, Read)
	}
	held.Grant(ConnectionGroupObject, RootGroup, Read)
	if c.username != "" {
		held.Grant(UserObject, c.username, Read)
	}
	return held, nil
}

// Users returns the user alone.
func (c *FixedContext) Users() Directory[User] {
	objects := map[string]*User{}
	if c.username != "" {
		objects[c.username] = &User{Username: c.username}
	}
	return fixedDirectory[User]{objects: objects}
}

// UserGroups returns an empty directory.
func (c *FixedContext) UserGroups() Directory[UserGroup] { return fixedDirectory[UserGroup]{} }

// Connections returns the connections without their parameters.
func (c *FixedContext) Connections() Directory[Connection] { return c.connections }

// ConnectionGroups returns the root group, which Get finds and List leaves out.
func (c *FixedContext) ConnectionGroups() Directory[ConnectionGroup] {
	return fixedDirectory[ConnectionGroup]{hidden: map[string]*ConnectionGroup{RootGroup: NewRootGroup()}}
}

// SharingProfiles returns an empty directory.
func (c *FixedContext) SharingProfiles() Directory[SharingProfile] {
	return fixedDirectory[SharingProfile]{}
}

// Schema returns no forms.
func (c *FixedContext) Schema() Schema { return Schema{} }

// OpenConnection returns a connection with its parameters.
func (c *FixedContext) OpenConnection(_ context.Context, identifier string) (*Connection, error) {
	connection, ok := c.opened[identifier]
	if !ok {
		return nil, NotFoundError(identifier)
	}
	copied := *connection
	copied.Parameters = maps.Clone(connection.Parameters)
	return &copied, nil
}

// OpenConnectionGroup finds nothing: the root group cannot be opened.
func (c *FixedContext) OpenConnectionGroup(_ context.Context, id string) (*ConnectionGroup, []*Connection, error) {
	if id == RootGroup {
		return nil, nil, DeniedError()
	}
	return nil, nil, NotFoundError(id)
}

// OpenSharingProfile finds nothing.
func (c *FixedContext) OpenSharingProfile(_ context.Context, identifier string) (*SharingProfile, error) {
	return nil, NotFoundError(identifier)
}

// NewRootGroup returns the connection group that everything else is in.
func NewRootGroup() *ConnectionGroup {
	return &ConnectionGroup{Identifier: RootGroup, Name: RootGroup, Type: Organizational, Attributes: Attributes{}}
}

// fixedDirectory is a read-only directory; hidden objects are found by name and not listed. The caller gets copies.
type fixedDirectory[T any] struct {
	objects map[string]*T
	hidden  map[string]*T
}

func (d fixedDirectory[T]) List(_ context.Context, anyOf ObjectPermissions) ([]*T, error) {
	if anyOf != 0 && !anyOf.Has(Read) {
		return nil, nil
	}
	var list []*T
	for _, identifier := range slices.Sorted(maps.Keys(d.objects)) {
		list = append(list, copyOf(d.objects[identifier]))
	}
	return list, nil
}

func (d fixedDirectory[T]) Get(_ context.Context, identifier string) (*T, error) {
	for _, objects := range []map[string]*T{d.objects, d.hidden} {
		if object, ok := objects[identifier]; ok {
			return copyOf(object), nil
		}
	}
	return nil, NotFoundError(identifier)
}

func (d fixedDirectory[T]) GetMany(_ context.Context, identifiers []string) ([]*T, error) {
	var list []*T
	for _, identifier := range identifiers {
		if object, ok := d.objects[identifier]; ok {
			list = append(list, copyOf(object))
		}
	}
	return list, nil
}

func (d fixedDirectory[T]) Create(context.Context, *T) error { return DeniedError() }

func (d fixedDirectory[T]) Update(context.Context, string, func(*T) error) error {
	return DeniedError()
}

func (d fixedDirectory[T]) Delete(context.Context, string) error { return DeniedError() }

func copyOf[T any](object *T) *T {
	copied := *object
	return &copied
}
