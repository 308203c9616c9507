// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/palta-gateway/palta/internal/directory"
)

// table is where one kind of object is stored. In all queries its alias is o.
type table struct {
	kind       directory.ObjectKind
	name, key  string
	permission string // table of permissions
	affected   string // its column with the key of the object
	attributes pairTable
	parameters pairTable // no name if there are none
	create     directory.SystemPermissions
}

// pairTable holds names and values that belong to an object.
type pairTable struct {
	name, owner         string
	nameColumn, valueOf string
}

func attributeTable(name, owner string) pairTable {
	return pairTable{name: name, owner: owner, nameColumn: "attribute_name", valueOf: "attribute_value"}
}

func parameterTable(name, owner string) pairTable {
	return pairTable{name: name, owner: owner, nameColumn: "parameter_name", valueOf: "parameter_value"}
}

// The functions below are constants in all but name.

func connectionTable() *table {
	return &table{
		kind: directory.ConnectionObject, name: "guacamole_connection", key: "connection_id",
		permission: "guacamole_connection_permission", affected: "connection_id",
		attributes: attributeTable("guacamole_connection_attribute", "connection_id"),
		parameters: parameterTable("guacamole_connection_parameter", "connection_id"),
		create:     directory.CreateConnection,
	}
}

func connectionGroupTable() *table {
	return &table{
		kind: directory.ConnectionGroupObject, name: "guacamole_connection_group", key: "connection_group_id",
		permission: "guacamole_connection_group_permission", affected: "connection_group_id",
		attributes: attributeTable("guacamole_connection_group_attribute", "connection_group_id"),
		create:     directory.CreateConnectionGroup,
	}
}

func sharingProfileTable() *table {
	return &table{
		kind: directory.SharingProfileObject, name: "guacamole_sharing_profile", key: "sharing_profile_id",
		permission: "guacamole_sharing_profile_permission", affected: "sharing_profile_id",
		attributes: attributeTable("guacamole_sharing_profile_attribute", "sharing_profile_id"),
		parameters: parameterTable("guacamole_sharing_profile_parameter", "sharing_profile_id"),
		create:     directory.CreateSharingProfile,
	}
}

func userTable() *table {
	return &table{
		kind: directory.UserObject, name: "guacamole_user", key: "user_id",
		permission: "guacamole_user_permission", affected: "affected_user_id",
		attributes: attributeTable("guacamole_user_attribute", "user_id"),
		create:     directory.CreateUser,
	}
}

func userGroupTable() *table {
	return &table{
		kind: directory.UserGroupObject, name: "guacamole_user_group", key: "user_group_id",
		permission: "guacamole_user_group_permission", affected: "affected_user_group_id",
		attributes: attributeTable("guacamole_user_group_attribute", "user_group_id"),
		create:     directory.CreateUserGroup,
	}
}

// tableOf returns the table of a kind; nil if it is not stored.
func tableOf(kind directory.ObjectKind) *table {
	switch kind {
	case directory.ConnectionObject:
		return connectionTable()
	case directory.ConnectionGroupObject:
		return connectionGroupTable()
	case directory.SharingProfileObject:
		return sharingProfileTable()
	case directory.UserObject:
		return userTable()
	case directory.UserGroupObject:
		return userGroupTable()
	}
	return nil
}

// pairs reads the names and values of all objects that the selection (from, where) yields.
func (c conn) pairs(ctx context.Context, t pairTable, sel selection, add func(owner int64, name, value string)) error {
	query := "select a." + t.owner + ", a." + t.nameColumn + ", a." + t.valueOf + " from " + t.name + " a"
	args := []any(nil)
	if sel.where != "" {
		query += " where a." + t.owner + " in (select o." + t.owner + " from " + sel.from + " where " + sel.where + ")"
		args = sel.args
	}
	return c.each(ctx, query, args, func(row scanner) error {
		var owner int64
		var name, value string
		if err := row.Scan(&owner, &name, &value); err != nil {
			return err
		}
		add(owner, name, value)
		return nil
	})
}

// pairsOf reads the names and values of one object.
func (c conn) pairsOf(ctx context.Context, t pairTable, owner int64) (map[string]string, error) {
	values := make(map[string]string)
	err := c.each(ctx, "select "+t.nameColumn+", "+t.valueOf+" from "+t.name+" where "+t.owner+" = ?", []any{owner},
		func(row scanner) error {
			var name, value string
			if err := row.Scan(&name, &value); err != nil {
				return err
			}
			values[name] = value
			return nil
		})
	return values, err
}

// setPairs replaces the names and values of one object, if they differ from those stored.
func (c conn) setPairs(ctx context.Context, t pairTable, owner int64, stored, values map[string]string) error {
	if err := checkPairs(t, values); err != nil {
		return err
	}
	if maps.Equal(stored, values) {
		return nil
	}
	if len(stored) > 0 {
		if err := c.exec(ctx, "delete from "+t.name+" where "+t.owner+" = ?", owner); err != nil {
			return err
		}
	}
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(values)), max(1, c.d.Batch/3)) {
		insert := "insert into " + t.name + " (" + t.owner + ", " + t.nameColumn + ", " + t.valueOf + ") values (?, ?, ?)" +
			strings.Repeat(", (?, ?, ?)", len(batch)-1)
		var args []any
		for _, name := range batch {
			args = append(args, owner, name, values[name])
		}
		if err := c.exec(ctx, insert, args...); err != nil {
			return err
		}
	}
	return nil
}

// checkPairs holds names and values to the lengths of all databases.
func checkPairs(t pairTable, values map[string]string) error {
	for name, value := range values {
		if name == "" || utf8.RuneCountInString(name) > directory.MaxParameterNameLength {
			return directory.Errorf(directory.Invalid, "The name %.40q is blank or longer than %d characters.",
				name, directory.MaxParameterNameLength)
		}
		if utf8.RuneCountInString(value) <= directory.MaxParameterValueLength {
			continue
		}
		err := directory.Errorf(directory.TooLarge, "The value of %q is longer than %d characters.",
			name, directory.MaxParameterValueLength)
		if t.nameColumn == "parameter_name" {
			err.Translatable = directory.Message{
				Key: "CONNECTION_PARAMETERS.DATABASE_PARAMETER_VALUE_TOO_LONG",
				Variables: map[string]string{
					"MAX_SIZE": strconv.Itoa(directory.MaxParameterValueLength), "PARAMETER_NAME": name,
				},
			}
		}
		return err
	}
	return nil
}

// parameterPairs returns the parameters that are kept: those which are not empty.
func parameterPairs(parameters map[string]string) map[string]string {
	kept := make(map[string]string, len(parameters))
	for name, value := range parameters {
		if value != "" {
			kept[name] = value
		}
	}
	return kept
}

// attributePairs returns the attributes that have no column of their own and are not null.
func attributePairs(attributes directory.Attributes, columns []string) map[string]string {
	kept := make(map[string]string)
	for name, value := range attributes {
		if value != nil && !slices.Contains(columns, name) {
			kept[name] = *value
		}
	}
	return kept
}

// parseID reads the identifier of an object that has a number. Other spellings of the same number are not identifiers, nor are numbers larger than
// the keys of upstream's databases.
func parseID(identifier string) (id int64, ok bool) {
	id, err := strconv.ParseInt(identifier, 10, 32)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == identifier
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }

// checkName holds a name to the rules of all databases.
func checkName(name, blankMessage string) error {
	if isBlank(name) {
		return directory.Errorf(directory.Invalid, "%s", blankMessage)
	}
	return checkLength(name, "name", directory.MaxNameLength)
}

func checkLength(value, what string, limit int) error {
	if n := utf8.RuneCountInString(value); n > limit {
		return directory.Errorf(directory.TooLarge, "The %s has %d characters, which is more than %d.", what, n, limit)
	}
	return nil
}
