// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"iter"
	"maps"
)

// ObjectPermissions is a set of what may be done with one object.
type ObjectPermissions uint8

// The object permissions, in the order of their names.
const (
	Read ObjectPermissions = 1 << iota
	Update
	Delete
	Administer

	// AllObjectPermissions is what the creator of an object gets.
	AllObjectPermissions = Read | Update | Delete | Administer
)

var objectPermissionNames = []string{"READ", "UPDATE", "DELETE", "ADMINISTER"}

// ParseObjectPermission returns the permission with that name on the wire and in databases.
func ParseObjectPermission(name string) (p ObjectPermissions, ok bool) {
	mask, ok := parseMask(objectPermissionNames, name)
	return ObjectPermissions(mask), ok
}

// Names returns the wire names in the set.
func (p ObjectPermissions) Names() []string { return maskNames(objectPermissionNames, uint(p)) }

// Has reports whether all of want are in the set.
func (p ObjectPermissions) Has(want ObjectPermissions) bool { return p&want == want }

// Any reports whether at least one of want is in the set.
func (p ObjectPermissions) Any(want ObjectPermissions) bool { return p&want != 0 }

// SystemPermissions is a set of what may be done in a data source as a whole.
type SystemPermissions uint8

// The system permissions. SystemAdminister implies every other permission, on every object.
const (
	CreateConnection SystemPermissions = 1 << iota
	CreateConnectionGroup
	CreateSharingProfile
	CreateUser
	CreateUserGroup
	Audit
	SystemAdminister

	// AllSystemPermissions is what the first administrator gets.
	AllSystemPermissions = CreateConnection | CreateConnectionGroup | CreateSharingProfile | CreateUser | CreateUserGroup |
		Audit | SystemAdminister
)

var systemPermissionNames = []string{
	"CREATE_CONNECTION", "CREATE_CONNECTION_GROUP", "CREATE_SHARING_PROFILE", "CREATE_USER", "CREATE_USER_GROUP", "AUDIT", "ADMINISTER",
}

// ParseSystemPermission returns the permission with that name on the wire and in databases.
func ParseSystemPermission(name string) (p SystemPermissions, ok bool) {
	mask, ok := parseMask(systemPermissionNames, name)
	return SystemPermissions(mask), ok
}

// Names returns the wire names in the set.
func (p SystemPermissions) Names() []string { return maskNames(systemPermissionNames, uint(p)) }

// Has reports whether all of want are in the set.
func (p SystemPermissions) Has(want SystemPermissions) bool { return p&want == want }

func parseMask(names []string, name string) (mask uint, ok bool) {
	for i, candidate := range names {
		if candidate == name {
			return 1 << i, true
		}
	}
	return 0, false
}

func maskNames(names []string, mask uint) []string {
	set := make([]string, 0, len(names))
	for i, name := range names {
		if mask&(1<<i) != 0 {
			set = append(set, name)
		}
	}
	return set
}

// ObjectKind is a kind of object that permissions can be held on.
type ObjectKind int

// The kinds of objects, in the order in which changes of permissions are applied.
const (
	ConnectionObject ObjectKind = iota
	ConnectionGroupObject
	SharingProfileObject
	ActiveConnectionObject
	UserObject
	UserGroupObject

	objectKindCount
)

// ObjectKinds returns all kinds in order.
func ObjectKinds() []ObjectKind {
	return []ObjectKind{
		ConnectionObject, ConnectionGroupObject, SharingProfileObject, ActiveConnectionObject, UserObject, UserGroupObject,
	}
}

var objectKindNames = []string{"connection", "connection group", "sharing profile", "active connection", "user", "user group"}

// String returns the kind in words.
func (k ObjectKind) String() string {
	if k < 0 || int(k) >= len(objectKindNames) {
		return "object"
	}
	return objectKindNames[k]
}

// Permissions is what one user or user group holds. The zero value holds nothing; reading from it is allowed.
type Permissions struct {
	System  SystemPermissions
	objects [objectKindCount]map[string]ObjectPermissions
}

// Object returns what is held on one object.
func (p *Permissions) Object(kind ObjectKind, identifier string) ObjectPermissions {
	return p.objects[kind][identifier]
}

// Grant adds to what is held on one object.
func (p *Permissions) Grant(kind ObjectKind, identifier string, add ObjectPermissions) {
	if p.objects[kind] == nil {
		p.objects[kind] = make(map[string]ObjectPermissions)
	}
	p.objects[kind][identifier] |= add
}

// Objects ranges over all objects of a kind on which something is held, in no order.
func (p *Permissions) Objects(kind ObjectKind) iter.Seq2[string, ObjectPermissions] {
	return maps.All(p.objects[kind])
}

// Privileged reports whether the holder administers the data source and so passes every check.
func (p *Permissions) Privileged() bool { return p.System.Has(SystemAdminister) }

// Allows reports whether at least one of anyOf is held on the object, or everything is by privilege.
func (p *Permissions) Allows(kind ObjectKind, identifier string, anyOf ObjectPermissions) bool {
	return p.Privileged() || p.Object(kind, identifier).Any(anyOf)
}

// EntityKind tells users from user groups where either may stand.
type EntityKind string

// The kinds of entities, as databases spell them.
const (
	UserEntity      EntityKind = "USER"
	UserGroupEntity EntityKind = "USER_GROUP"
)

// Subject names a user or user group as the holder of permissions or the member of groups.
type Subject struct {
	Kind EntityKind
	Name string
}

// PermissionChange is one permission to add or to remove. If System is not zero, it is about that; otherwise about Object on the object of that kind and identifier.
type PermissionChange struct {
	Remove     bool
	System     SystemPermissions
	Kind       ObjectKind
	Identifier string
	Object     ObjectPermissions
}
