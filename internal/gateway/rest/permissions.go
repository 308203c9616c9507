// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"slices"
	"strings"

	"github.com/palta-gateway/palta/internal/directory"
)

// permissionSetJSON is what a user or group holds, as clients see it.
type permissionSetJSON struct {
	Connections       map[string][]string `json:"connectionPermissions"`
	ConnectionGroups  map[string][]string `json:"connectionGroupPermissions"`
	SharingProfiles   map[string][]string `json:"sharingProfilePermissions"`
	ActiveConnections map[string][]string `json:"activeConnectionPermissions"`
	Users             map[string][]string `json:"userPermissions"`
	UserGroups        map[string][]string `json:"userGroupPermissions"`
	System            []string            `json:"systemPermissions"`
}

// permissionPaths are the members of the set that patches name, by kind.
var permissionPaths = []struct {
	prefix string
	kind   directory.ObjectKind
}{
	{"/connectionPermissions/", directory.ConnectionObject},
	{"/connectionGroupPermissions/", directory.ConnectionGroupObject},
	{"/sharingProfilePermissions/", directory.SharingProfileObject},
	{"/activeConnectionPermissions/", directory.ActiveConnectionObject},
	{"/userPermissions/", directory.UserObject},
	{"/userGroupPermissions/", directory.UserGroupObject},
}

// systemPath is that of system permissions.
const systemPath = "/systemPermissions"

func showPermissions(p *directory.Permissions) *permissionSetJSON {
	of := func(kind directory.ObjectKind) map[string][]string {
		names := make(map[string][]string)
		for identifier, held := range p.Objects(kind) {
			names[identifier] = held.Names()
		}
		return names
	}
	return &permissionSetJSON{
		Connections: of(directory.ConnectionObject), ConnectionGroups: of(directory.ConnectionGroupObject),
		SharingProfiles: of(directory.SharingProfileObject), ActiveConnections: of(directory.ActiveConnectionObject),
		Users: of(directory.UserObject), UserGroups: of(directory.UserGroupObject), System: p.System.Names(),
	}
}

// permissionsOf answers what a user or group itself holds.
func permissionsOf(kind directory.EntityKind) handler {
	return func(c *call) error {
		subject, err := c.subject(kind)
		if err != nil {
			return err
		}
		editor, ok := directory.As[directory.PermissionEditor](c.uc)
		if !ok {
			return c.fixedPermissions(subject)
		}
		held, err := editor.Permissions(c.ctx(), subject)
		if err != nil {
			return err
		}
		return c.answer(showPermissions(held))
	}
}

// fixedPermissions answers for data sources without an editor, where users can only ask for themselves.
func (c *call) fixedPermissions(subject directory.Subject) error {
	self, err := c.selfName()
	if err != nil {
		return err
	}
	if subject.Kind != directory.UserEntity || subject.Name != self {
		return directory.NotFoundError(subject.Name)
	}
	held, err := c.uc.EffectivePermissions(c.ctx())
	if err != nil {
		return err
	}
	return c.answer(showPermissions(held))
}

// effectivePermissions answers what a user holds directly and through groups, and on the sessions that run now.
func effectivePermissions(c *call) error {
	username, err := c.username()
	if err != nil {
		return err
	}
	self, err := c.selfName()
	if err != nil {
		return err
	}
	var held *directory.Permissions
	if self == username {
		held, err = c.uc.EffectivePermissions(c.ctx())
	} else {
		var editor directory.PermissionEditor
		if editor, err = ability[directory.PermissionEditor](c.uc); err == nil {
			held, err = editor.EffectivePermissionsOf(c.ctx(), username)
		}
	}
	if err != nil {
		return err
	}
	if err := c.grantActive(held, username); err != nil {
		return err
	}
	return c.answer(showPermissions(held))
}

// grantActive adds what a user may do with running sessions: see those of readable connections, end the own ones.
func (c *call) grantActive(held *directory.Permissions, username string) error {
	list, err := c.api.cfg.Broker.Active(c.ctx(), c.uc.DataSource())
	if err != nil {
		return err
	}
	for _, active := range list {
		if !held.Allows(directory.ConnectionObject, active.Connection, directory.Read) {
			continue
		}
		permissions := directory.Read
		if held.Privileged() || active.Username == username {
			permissions |= directory.Delete
		}
		held.Grant(directory.ActiveConnectionObject, active.Identifier, permissions)
	}
	return nil
}

// permissionPatch is one operation on a permission set.
type permissionPatch struct {
	Op    string   `json:"op"`
	Path  string   `json:"path"`
	Value jsonText `json:"value"`
}

// change returns what the operation asks for.
func (p permissionPatch) change() (directory.PermissionChange, error) {
	change := directory.PermissionChange{Remove: p.Op == "remove"}
	if p.Op != "add" && p.Op != "remove" {
		return change, directory.Errorf(directory.Invalid, "Unsupported patch operation: %q", p.Op)
	}
	unknown := directory.Errorf(directory.Invalid, "Unknown permission: %q", string(p.Value))
	if p.Path == systemPath {
		var ok bool
		if change.System, ok = directory.ParseSystemPermission(string(p.Value)); !ok {
			return change, unknown
		}
		return change, nil
	}
	for _, path := range permissionPaths {
		identifier, ok := strings.CutPrefix(p.Path, path.prefix)
		if !ok {
			continue
		}
		change.Kind, change.Identifier = path.kind, identifier
		if change.Object, ok = directory.ParseObjectPermission(string(p.Value)); !ok {
			return change, unknown
		}
		return change, nil
	}
	return change, directory.Errorf(directory.Invalid, "Unsupported patch path: %q", p.Path)
}

// order is the position of a change: by kind with system permissions last, and additions before removals.
func order(c directory.PermissionChange) int {
	position := 2 * int(c.Kind)
	if c.System != 0 {
		position = 2 * len(directory.ObjectKinds())
	}
	if c.Remove {
		position++
	}
	return position
}

// changePermissions applies operations to what a user or group itself holds.
func changePermissions(kind directory.EntityKind) handler {
	return func(c *call) error {
		changes, err := c.permissionChanges()
		if err != nil {
			return err
		}
		editor, err := ability[directory.PermissionEditor](c.uc)
		if err != nil {
			return err
		}
		subject, err := c.subject(kind)
		if err != nil {
			return err
		}
		err = editor.ChangePermissions(c.ctx(), subject, changes)
		if err := c.audit("change permissions", string(kind), subject.Name, err); err != nil {
			return err
		}
		return c.done()
	}
}

func (c *call) permissionChanges() ([]directory.PermissionChange, error) {
	var patches []permissionPatch
	if err := c.decode(&patches, "Data must be submitted when updating objects."); err != nil {
		return nil, err
	}
	changes := make([]directory.PermissionChange, 0, len(patches))
	for _, patch := range patches {
		change, err := patch.change()
		if err != nil {
			return nil, err
		}
		if change.System == 0 && change.Kind == directory.ActiveConnectionObject {
			return nil, directory.DeniedError()
		}
		changes = append(changes, change)
	}
	slices.SortStableFunc(changes, func(a, b directory.PermissionChange) int { return order(a) - order(b) })
	return changes, nil
}
