// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/palta-gateway/palta/internal/directory"
)

// userGroups is the kind of object that gives its permissions to its members.
type userGroups struct {
	store *Store
}

func (userGroups) table() *table { return userGroupTable() }

func (userGroups) from() string {
	return "guacamole_user_group o join guacamole_entity e on e.entity_id = o.entity_id"
}

func (g userGroups) named(sel selection, identifiers []string) (selection, bool) {
	args := make([]any, len(identifiers))
	for i, identifier := range identifiers {
		args[i] = g.store.groupName(identifier)
	}
	return sel.and(g.store.named(directory.UserGroupEntity, len(args)), args...), len(args) > 0
}

func (userGroups) clone(o directory.UserGroup) *directory.UserGroup {
	o.Attributes = maps.Clone(o.Attributes)
	return &o
}

func (g userGroups) read(ctx context.Context, c conn, sel selection) ([]record[directory.UserGroup], error) {
	records, err := readObjects(ctx, c, userGroupTable(), "o.user_group_id, e.name, o.disabled", sel,
		func(row scanner) (record[directory.UserGroup], error) {
			var id int64
			o := &directory.UserGroup{Attributes: directory.Attributes{}}
			err := row.Scan(&id, &o.Name, &o.Disabled)
			o.Name = g.store.groupName(o.Name)
			return record[directory.UserGroup]{id: id, object: o}, err
		},
		func(object *directory.UserGroup) directory.Attributes { return object.Attributes })
	slices.SortFunc(records, func(a, b record[directory.UserGroup]) int { return compareNames(a.object.Name, b.object.Name) })
	return records, err
}

func (g userGroups) insert(ctx context.Context, c conn, _ *principal, o *directory.UserGroup) (int64, error) {
	if err := checkName(o.Name, "The group name must not be blank."); err != nil {
		return 0, err
	}
	o.Name = g.store.groupName(o.Name)
	subject := directory.Subject{Kind: directory.UserGroupEntity, Name: o.Name}
	entity, err := g.store.insertEntity(ctx, c, subject, "Group %q already exists.")
	if err != nil {
		return 0, err
	}
	id, err := c.insert(ctx, "user_group_id", "insert into guacamole_user_group (entity_id, disabled) values (?, ?)",
		entity, o.Disabled)
	if err != nil {
		return 0, err
	}
	return id, c.setPairs(ctx, userGroupTable().attributes, id, nil, attributePairs(o.Attributes, nil))
}

func (userGroups) update(ctx context.Context, c conn, _ *principal, before, after record[directory.UserGroup]) error {
	err := c.exec(ctx, "update guacamole_user_group set disabled = ? where user_group_id = ?",
		after.object.Disabled, before.id)
	if err != nil {
		return err
	}
	return c.setPairs(ctx, userGroupTable().attributes, before.id,
		attributePairs(before.object.Attributes, nil), attributePairs(after.object.Attributes, nil))
}

// remove deletes the entity; the group follows.
func (userGroups) remove(ctx context.Context, c conn, _ *principal, object record[directory.UserGroup]) error {
	err := c.exec(ctx, `delete from guacamole_entity
		where entity_id = (select entity_id from guacamole_user_group where user_group_id = ?)`, object.id)
	return err
}

// insertEntity reserves the name of a user or group and returns its key. The format is the message if the name is taken.
func (s *Store) insertEntity(ctx context.Context, c conn, subject directory.Subject, takenFormat string) (int64, error) {
	taken, err := s.entityKeys(ctx, c, subject.Kind, []string{subject.Name})
	if err != nil {
		return 0, err
	}
	if len(taken) > 0 {
		return 0, directory.Errorf(directory.Conflict, takenFormat, subject.Name)
	}
	return c.insert(ctx, "entity_id", "insert into guacamole_entity (name, type) values (?, ?)",
		subject.Name, string(subject.Kind))
}

// entityKeys returns the keys of the users or groups with these names; unknown names have none.
func (s *Store) entityKeys(ctx context.Context, c conn, kind directory.EntityKind, names []string) ([]int64, error) {
	var keys []int64
	for batch := range slices.Chunk(names, c.d.Batch) {
		args := make([]any, len(batch))
		for i, name := range batch {
			args[i] = s.entityName(directory.Subject{Kind: kind, Name: name})
		}
		query := "select e.entity_id from guacamole_entity e where " + s.named(kind, len(batch))
		err := c.each(ctx, query, args, func(row scanner) error {
			var key int64
			err := row.Scan(&key)
			keys = append(keys, key)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func compareNames(a, b string) int { return strings.Compare(a, b) }
