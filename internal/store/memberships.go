// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"slices"

	"github.com/palta-gateway/palta/internal/directory"
)

// Groups implements directory.MembershipEditor. Groups that the user may not read are left out.
func (uc *UserContext) Groups(ctx context.Context, subject directory.Subject) ([]string, error) {
	c := uc.read()
	p, err := uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	h, err := uc.find(ctx, c, p, subject)
	if err != nil {
		return nil, err
	}
	return c.names(ctx, `select e.name from guacamole_user_group_member m
		join guacamole_user_group o on o.user_group_id = m.user_group_id
		join guacamole_entity e on e.entity_id = o.entity_id
		where m.member_entity_id = ? and `+p.holds(userGroupTable(), "o.user_group_id", directory.Read),
		[]any{h.entity}, uc.store.groupName)
}

// Members implements directory.MembershipEditor. Members that the user may not read are left out.
func (uc *UserContext) Members(ctx context.Context, group string, kind directory.EntityKind) ([]string, error) {
	c := uc.read()
	p, err := uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	h, err := uc.find(ctx, c, p, directory.Subject{Kind: directory.UserGroupEntity, Name: group})
	if err != nil {
		return nil, err
	}
	t, name := userTable(), uc.store.username
	if kind == directory.UserGroupEntity {
		t, name = userGroupTable(), uc.store.groupName
	}
	return c.names(ctx, `select e.name from guacamole_user_group_member m
		join guacamole_entity e on e.entity_id = m.member_entity_id
		join `+t.name+` o on o.entity_id = e.entity_id
		where m.user_group_id = ? and `+p.holds(t, "o."+t.key, directory.Read), []any{h.object}, name)
}

// names returns a column of names in order.
func (c conn) names(ctx context.Context, query string, args []any, shown func(string) string) ([]string, error) {
	var names []string
	err := c.each(ctx, query, args, func(row scanner) error {
		var name string
		err := row.Scan(&name)
		names = append(names, shown(name))
		return err
	})
	slices.Sort(names)
	return names, err
}

// ChangeGroups implements directory.MembershipEditor.
func (uc *UserContext) ChangeGroups(ctx context.Context, subject directory.Subject, add, remove []string) error {
	return uc.change(ctx, func(c conn, p *principal) error {
		member, err := uc.find(ctx, c, p, subject)
		if err != nil {
			return err
		}
		return eachChange(add, remove, func(name string, join bool) error {
			group, err := uc.party(ctx, c, directory.Subject{Kind: directory.UserGroupEntity, Name: name})
			if err != nil || group.entity == 0 {
				return err
			}
			return c.changeMember(ctx, p, group, member, join)
		})
	})
}

// ChangeMembers implements directory.MembershipEditor.
func (uc *UserContext) ChangeMembers(
	ctx context.Context, group string, kind directory.EntityKind, add, remove []string,
) error {
	return uc.change(ctx, func(c conn, p *principal) error {
		parent, err := uc.find(ctx, c, p, directory.Subject{Kind: directory.UserGroupEntity, Name: group})
		if err != nil {
			return err
		}
		return eachChange(add, remove, func(name string, join bool) error {
			member, err := uc.party(ctx, c, directory.Subject{Kind: kind, Name: name})
			if err != nil || member.entity == 0 {
				return err
			}
			return c.changeMember(ctx, p, parent, member, join)
		})
	})
}

// eachChange calls change for all names to add and then for all to remove.
func eachChange(add, remove []string, change func(name string, join bool) error) error {
	for _, name := range add {
		if err := change(name, true); err != nil {
			return err
		}
	}
	for _, name := range remove {
		if err := change(name, false); err != nil {
			return err
		}
	}
	return nil
}

// party returns the keys of a subject, readable or not; none if it is unknown.
func (uc *UserContext) party(ctx context.Context, c conn, subject directory.Subject) (holder, error) {
	h, err := uc.find(ctx, c, &principal{system: directory.SystemAdminister}, subject)
	if directory.KindOf(err) == directory.NotFound {
		return holder{}, nil
	}
	return h, err
}

// changeMember needs UPDATE on the group and on the member.
func (c conn) changeMember(ctx context.Context, p *principal, group, member holder, join bool) error {
	if err := p.require(ctx, c, group.table, group.object, directory.Update); err != nil {
		return err
	}
	if err := p.require(ctx, c, member.table, member.object, directory.Update); err != nil {
		return err
	}
	if member.entity == 0 {
		return directory.Errorf(directory.Unsupported, "User does not exist within the database and cannot be updated.")
	}
	statement := "delete from guacamole_user_group_member where user_group_id = ? and member_entity_id = ?"
	if join {
		statement = c.d.InsertNew("guacamole_user_group_member", "user_group_id", "member_entity_id")
	}
	err := c.exec(ctx, statement, group.object, member.entity)
	return err
}
