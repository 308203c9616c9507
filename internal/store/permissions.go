// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/palta-gateway/palta/internal/directory"
)

// grant adds permissions on an object. An entity of 0, which has no row, gets none.
func (c conn) grant(ctx context.Context, t *table, entity, object int64, add directory.ObjectPermissions) error {
	if entity == 0 {
		return nil
	}
	statement := c.d.InsertNew(t.permission, "entity_id", t.affected, "permission")
	for _, name := range add.Names() {
		if err := c.exec(ctx, statement, entity, object, name); err != nil {
			return err
		}
	}
	return nil
}

func (c conn) revoke(ctx context.Context, t *table, entity, object int64, remove directory.ObjectPermissions) error {
	err := c.exec(ctx, "delete from "+t.permission+" where entity_id = ? and "+t.affected+" = ? and permission in "+
		permissionList(remove), entity, object)
	return err
}

func (c conn) grantSystem(ctx context.Context, entity int64, add directory.SystemPermissions) error {
	statement := c.d.InsertNew("guacamole_system_permission", "entity_id", "permission")
	for _, name := range add.Names() {
		if err := c.exec(ctx, statement, entity, name); err != nil {
			return err
		}
	}
	return nil
}

func (c conn) revokeSystem(ctx context.Context, entity int64, remove directory.SystemPermissions) error {
	for _, name := range remove.Names() {
		err := c.exec(ctx, "delete from guacamole_system_permission where entity_id = ? and permission = ?", entity, name)
		if err != nil {
			return err
		}
	}
	return nil
}

// permissionsOf returns what these entities hold together.
func (s *Store) permissionsOf(ctx context.Context, c conn, entities []int64) (*directory.Permissions, error) {
	held := &directory.Permissions{}
	list := intList(entities)
	failures := []error{c.each(ctx, "select distinct p.permission from guacamole_system_permission p where p.entity_id in "+list, nil,
		func(row scanner) error {
			var name string
			err := row.Scan(&name)
			permission, _ := directory.ParseSystemPermission(name)
			held.System |= permission
			return err
		})}
	for _, kind := range directory.ObjectKinds() {
		t := tableOf(kind)
		if t == nil {
			continue
		}
		failures = append(failures, s.objectPermissions(ctx, c, t, list, held))
	}
	return held, errors.Join(failures...)
}

// objectPermissions adds what the listed entities hold on the objects of one kind.
func (s *Store) objectPermissions(ctx context.Context, c conn, t *table, list string, held *directory.Permissions) error {
	identifier, join := "p."+t.affected, ""
	name := func(text string) string { return text }
	if t.kind == directory.UserObject || t.kind == directory.UserGroupObject {
		identifier = "e.name"
		join = " join " + t.name + " o on o." + t.key + " = p." + t.affected + " join guacamole_entity e on e.entity_id = o.entity_id"
		name = s.username
		if t.kind == directory.UserGroupObject {
			name = s.groupName
		}
	}
	query := "select " + identifier + ", p.permission from " + t.permission + " p" + join + " where p.entity_id in " + list
	return c.each(ctx, query, nil, func(row scanner) error {
		var object, permission string
		err := row.Scan(&object, &permission)
		parsed, _ := directory.ParseObjectPermission(permission)
		held.Grant(t.kind, name(object), parsed)
		return err
	})
}

// EffectivePermissions implements directory.UserContext.
func (uc *UserContext) EffectivePermissions(ctx context.Context) (*directory.Permissions, error) {
	c := uc.read()
	p, err := uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	return uc.store.permissionsOf(ctx, c, p.entities)
}

// Permissions implements directory.PermissionEditor.
func (uc *UserContext) Permissions(ctx context.Context, subject directory.Subject) (*directory.Permissions, error) {
	c := uc.read()
	p, err := uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	found, err := uc.inspect(ctx, c, p, subject)
	if err != nil {
		return nil, err
	}
	return uc.store.permissionsOf(ctx, c, []int64{found.entity})
}

// EffectivePermissionsOf implements directory.PermissionEditor.
func (uc *UserContext) EffectivePermissionsOf(ctx context.Context, username string) (*directory.Permissions, error) {
	c := uc.read()
	p, err := uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	if uc.store.username(username) == p.username {
		return uc.store.permissionsOf(ctx, c, p.entities)
	}
	if _, err := uc.inspect(ctx, c, p, directory.Subject{Kind: directory.UserEntity, Name: username}); err != nil {
		return nil, err
	}
	other, err := uc.store.principalOf(ctx, c, who{username: username, evenDisabled: true})
	if err != nil {
		return nil, err
	}
	return uc.store.permissionsOf(ctx, c, other.entities)
}

// holder is a subject with its keys.
type holder struct {
	table          *table
	entity, object int64
}

// find returns the keys of a readable subject. A user without an account is found as itself, with no keys.
func (uc *UserContext) find(ctx context.Context, c conn, p *principal, subject directory.Subject) (holder, error) {
	h := holder{table: userTable()}
	if subject.Kind == directory.UserGroupEntity {
		h.table = userGroupTable()
	}
	if uc.isSelf(p, subject) {
		h.entity, h.object = p.entityID, p.userID
		return h, nil
	}
	found, err := c.one(ctx, "select o.entity_id, o."+h.table.key+" from "+h.table.name+` o
		join guacamole_entity e on e.entity_id = o.entity_id
		where `+uc.store.named(subject.Kind, 1), []any{uc.store.entityName(subject)}, &h.entity, &h.object)
	if err != nil {
		return h, err
	}
	if found {
		found, err = p.may(ctx, c, h.table, h.object, directory.Read)
	}
	if err == nil && !found {
		err = directory.NotFoundError(subject.Name)
	}
	return h, err
}

// isSelf reports whether the subject is the user of the context.
func (uc *UserContext) isSelf(p *principal, subject directory.Subject) bool {
	return subject.Kind == directory.UserEntity && uc.store.username(subject.Name) == uc.store.username(p.username)
}

// inspect returns a subject whose permissions p may read: itself, or one on which p itself (not a group of p) holds READ.
func (uc *UserContext) inspect(ctx context.Context, c conn, p *principal, subject directory.Subject) (holder, error) {
	h, err := uc.find(ctx, c, p, subject)
	if err != nil || uc.isSelf(p, subject) {
		return h, err
	}
	ok, err := p.mayDirectly(ctx, c, h.table, h.object, directory.Read)
	if err == nil && !ok {
		err = directory.DeniedError()
	}
	return h, err
}

// ChangePermissions implements directory.PermissionEditor.
func (uc *UserContext) ChangePermissions(
	ctx context.Context, subject directory.Subject, changes []directory.PermissionChange,
) error {
	return uc.change(ctx, func(c conn, p *principal) error {
		h, err := uc.find(ctx, c, p, subject)
		if err != nil {
			return err
		}
		if h.entity == 0 {
			return directory.Errorf(directory.Unsupported, "User does not exist within the database and cannot be updated.")
		}
		for _, change := range changes {
			if change.System != 0 {
				err = uc.changeSystem(ctx, c, p, h, change)
			} else {
				err = uc.changeObject(ctx, c, p, h, change)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// changeSystem is for privileged users, who may not drop their own privilege.
func (uc *UserContext) changeSystem(
	ctx context.Context, c conn, p *principal, h holder, change directory.PermissionChange,
) error {
	if !p.privileged() {
		return directory.DeniedError()
	}
	if !change.Remove {
		return c.grantSystem(ctx, h.entity, change.System)
	}
	if h.entity == p.entityID && change.System.Has(directory.SystemAdminister) {
		return directory.Errorf(directory.Unsupported, "Removing your own administrative permissions is not allowed.")
	}
	return c.revokeSystem(ctx, h.entity, change.System)
}

// changeObject needs UPDATE, held by the user itself, on the subject and ADMINISTER on the object. Unknown users and groups are passed over.
func (uc *UserContext) changeObject(
	ctx context.Context, c conn, p *principal, h holder, change directory.PermissionChange,
) error {
	t := tableOf(change.Kind)
	if t == nil {
		return directory.DeniedError()
	}
	ok, err := p.mayDirectly(ctx, c, h.table, h.object, directory.Update)
	if err != nil {
		return err
	}
	if !ok {
		return directory.DeniedError()
	}
	object, found, err := uc.store.objectKey(ctx, c, t, change.Identifier)
	if err != nil {
		return err
	}
	if !found {
		return missingTarget(p, t, change)
	}
	if err := p.require(ctx, c, t, object, directory.Administer); err != nil {
		return err
	}
	if change.Remove {
		return c.revoke(ctx, t, h.entity, object, change.Object)
	}
	return c.grant(ctx, t, h.entity, object, change.Object)
}

// missingTarget returns the outcome of a change on an object that is not there.
func missingTarget(p *principal, t *table, change directory.PermissionChange) error {
	named := t.kind == directory.UserObject || t.kind == directory.UserGroupObject
	switch {
	case !p.privileged():
		return directory.DeniedError()
	case named || change.Remove:
		return nil
	}
	return fmt.Errorf("store: change permission on %s: %w", t.kind, directory.NotFoundError(change.Identifier))
}

// objectKey returns the key of an object, readable or not.
func (s *Store) objectKey(ctx context.Context, c conn, t *table, identifier string) (key int64, found bool, err error) {
	if t.kind != directory.UserObject && t.kind != directory.UserGroupObject {
		id, ok := parseID(identifier)
		if !ok {
			return 0, false, nil
		}
		found, err = c.one(ctx, "select "+t.key+" from "+t.name+" where "+t.key+" = ?", []any{id}, &key)
		return key, found, err
	}
	subject := directory.Subject{Kind: directory.UserEntity, Name: identifier}
	if t.kind == directory.UserGroupObject {
		subject.Kind = directory.UserGroupEntity
	}
	found, err = c.one(ctx, "select o."+t.key+" from "+t.name+` o join guacamole_entity e on e.entity_id = o.entity_id
		where `+s.named(subject.Kind, 1), []any{s.entityName(subject)}, &key)
	return key, found, err
}
