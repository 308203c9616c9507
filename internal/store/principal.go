// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"

	"github.com/palta-gateway/palta/internal/directory"
)

// principal is who asks, as of now.
type principal struct {
	username string
	// userID and entityID are zero for a user who has no row here and only the permissions of groups.
	userID, entityID int64
	// entities are the keys of the user's own entity and those of the effective groups.
	entities []int64
	system   directory.SystemPermissions
}

// who names the user to look up.
type who struct {
	username string
	groups   []string // that whoever authenticated the user vouches for
	// evenDisabled finds an account that is disabled too. Without it such a user is one without account.
	evenDisabled bool
}

func (p *principal) privileged() bool { return p.system.Has(directory.SystemAdminister) }

// principalOf looks up a user together with the effective groups and system permissions, in one query.
func (s *Store) principalOf(ctx context.Context, c conn, w who) (*principal, error) {
	p := &principal{username: w.username}
	seed, args, err := s.seed(ctx, c, w)
	if err != nil {
		return nil, err
	}
	query := c.d.Reached(Recursion{
		Column: "entity_id", Seed: seed,
		Step: func(set string) string {
			return `select g.entity_id from ` + set + ` h
				join guacamole_user_group_member m on m.member_entity_id = h.entity_id
				join guacamole_user_group g on g.user_group_id = m.user_group_id
				where g.disabled = ?`
		},
		Query: func(set string) string {
			return `select h.entity_id, u.user_id, e.name, p.permission
				from ` + set + ` h
				left join guacamole_user u on u.entity_id = h.entity_id
				left join guacamole_entity e on e.entity_id = u.entity_id
				left join guacamole_system_permission p on p.entity_id = h.entity_id
				order by h.entity_id`
		},
	})
	err = c.each(ctx, query, append(args, false), func(row scanner) error {
		var entityID int64
		var userID nullable[int64]
		var name, permission nullable[string]
		if err := row.Scan(&entityID, &userID, &name, &permission); err != nil {
			return err
		}
		if len(p.entities) == 0 || p.entities[len(p.entities)-1] != entityID {
			p.entities = append(p.entities, entityID)
		}
		if userID.Valid {
			p.userID, p.entityID, p.username = userID.V, entityID, s.username(name.V)
		}
		held, _ := directory.ParseSystemPermission(permission.V)
		p.system |= held
		return nil
	})
	return p, err
}

// seed returns the query for the entities that a user starts with: its own and the enabled groups named.
func (s *Store) seed(ctx context.Context, c conn, w who) (query string, args []any, err error) {
	query = `select u.entity_id from guacamole_entity e
		join guacamole_user u on u.entity_id = e.entity_id
		where ` + s.named(directory.UserEntity, 1)
	args = append(args, s.username(w.username))
	if !w.evenDisabled {
		query += " and u.disabled = ?"
		args = append(args, false)
	}
	if len(w.groups) == 0 {
		return query, args, nil
	}
	query += `
		union
		select g.entity_id from guacamole_entity e
		join guacamole_user_group g on g.entity_id = e.entity_id
		where g.disabled = ? and `
	args = append(args, false)
	if len(w.groups) > c.d.Batch {
		keys, err := s.entityKeys(ctx, c, directory.UserGroupEntity, w.groups)
		return query + "e.entity_id in " + intList(keys), args, err
	}
	for _, group := range w.groups {
		args = append(args, s.groupName(group))
	}
	return query + s.named(directory.UserGroupEntity, len(w.groups)), args, nil
}

// holds returns a condition that is true for objects (keyed by column) on which p effectively holds at least one of anyOf.
func (p *principal) holds(t *table, column string, anyOf directory.ObjectPermissions) string {
	if p.privileged() {
		return "1 = 1"
	}
	return column + " in (select p." + t.affected + " from " + t.permission + " p where p.entity_id in " +
		intList(p.entities) + " and p.permission in " + permissionList(anyOf) + ")"
}

// holdsOne is holds for a selection of few objects: it looks at each instead of collecting all that p holds.
func (p *principal) holdsOne(t *table, column string, anyOf directory.ObjectPermissions) string {
	if p.privileged() {
		return "1 = 1"
	}
	return "exists (select 1 from " + t.permission + " p where p." + t.affected + " = " + column + " and p.entity_id in " +
		intList(p.entities) + " and p.permission in " + permissionList(anyOf) + ")"
}

// permissionList returns "('READ', 'UPDATE')".
func permissionList(anyOf directory.ObjectPermissions) string {
	list := "("
	for i, name := range anyOf.Names() {
		if i > 0 {
			list += ", "
		}
		list += "'" + name + "'"
	}
	return list + ")"
}

// may reports whether p effectively holds the permission on the object with that key.
func (p *principal) may(
	ctx context.Context, c conn, t *table, id int64, permission directory.ObjectPermissions,
) (bool, error) {
	if p.privileged() {
		return true, nil
	}
	return p.heldBy(ctx, c, t, id, permission, p.entities)
}

// mayDirectly is may for what the user itself holds, groups left aside.
func (p *principal) mayDirectly(
	ctx context.Context, c conn, t *table, id int64, permission directory.ObjectPermissions,
) (bool, error) {
	if p.privileged() {
		return true, nil
	}
	if p.entityID == 0 {
		return false, nil
	}
	return p.heldBy(ctx, c, t, id, permission, []int64{p.entityID})
}

func (p *principal) heldBy(
	ctx context.Context, c conn, t *table, id int64, permission directory.ObjectPermissions, entities []int64,
) (bool, error) {
	var n int
	_, err := c.one(ctx, "select count(*) from "+t.permission+" p where p.entity_id in "+intList(entities)+
		" and p."+t.affected+" = ? and p.permission in "+permissionList(permission), []any{id}, &n)
	return n > 0, err
}

// require returns a Denied error unless p effectively holds the permission.
func (p *principal) require(
	ctx context.Context, c conn, t *table, id int64, permission directory.ObjectPermissions,
) error {
	ok, err := p.may(ctx, c, t, id, permission)
	if err == nil && !ok {
		return directory.DeniedError()
	}
	return err
}

// requireSystem returns a Denied error unless p holds the system permission.
func (p *principal) requireSystem(permission directory.SystemPermissions) error {
	if p.privileged() || p.system.Has(permission) {
		return nil
	}
	return directory.DeniedError()
}
