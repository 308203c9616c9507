// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"github.com/palta-gateway/palta/internal/directory"
)

// userGroupJSON is a user group as clients see it.
type userGroupJSON struct {
	Identifier string               `json:"identifier"`
	Disabled   bool                 `json:"disabled"`
	Attributes directory.Attributes `json:"attributes"`
}

var userGroups = kindOf[directory.UserGroup]{
	noun: "user group", kind: directory.UserGroupObject,
	of:         directory.UserContext.UserGroups,
	identifier: func(o *directory.UserGroup) string { return o.Name },
	encoder: func(*call) (func(*directory.UserGroup) any, error) {
		return func(o *directory.UserGroup) any { return showUserGroup(o) }, nil
	},
	newInput: func() input[directory.UserGroup] { return &userGroupInput{} },
}

func showUserGroup(o *directory.UserGroup) *userGroupJSON {
	return &userGroupJSON{Identifier: o.Name, Disabled: o.Disabled, Attributes: attributesOrEmpty(o.Attributes)}
}

// userGroupInput is a user group as clients submit it.
type userGroupInput struct {
	Identifier *jsonText `json:"identifier"`
	Disabled   *jsonFlag `json:"disabled"`
	Attributes jsonTexts `json:"attributes"`
}

func (in *userGroupInput) apply(c *call, o *directory.UserGroup, isNew bool) error {
	if isNew {
		o.Name = in.Identifier.value()
	}
	o.Disabled = disabled(in.Disabled, in.Attributes)
	o.Attributes = in.Attributes.attributes(c.uc.Schema().UserGroupAttributes)
	return nil
}

func (in *userGroupInput) echo(_ *call, o *directory.UserGroup) any { return showUserGroup(o) }

// groupRoutes adds the routes of one user group.
func (a *API) groupRoutes() {
	const path = "userGroups/{id}"
	a.data("GET", path+"/permissions", permissionsOf(directory.UserGroupEntity))
	a.data("PATCH", path+"/permissions", changePermissions(directory.UserGroupEntity))
	a.data("GET", path+"/userGroups", groupsOf(directory.UserGroupEntity))
	a.data("PATCH", path+"/userGroups", changeGroups(directory.UserGroupEntity))
	a.data("GET", path+"/memberUsers", membersOf(directory.UserEntity))
	a.data("PATCH", path+"/memberUsers", changeMembers(directory.UserEntity))
	a.data("GET", path+"/memberUserGroups", membersOf(directory.UserGroupEntity))
	a.data("PATCH", path+"/memberUserGroups", changeMembers(directory.UserGroupEntity))
}

// membershipChange is one operation on a list of names.
type membershipChange struct {
	Op    string   `json:"op"`
	Path  string   `json:"path"`
	Value jsonText `json:"value"`
}

// memberships reads the operations of the body.
func (c *call) memberships() (add, remove []string, err error) {
	var changes []membershipChange
	if err := c.decode(&changes, "Data must be submitted when updating objects."); err != nil {
		return nil, nil, err
	}
	for _, change := range changes {
		switch {
		case change.Path != "/":
			return nil, nil, directory.Errorf(directory.Invalid, "Unsupported patch path: %q", change.Path)
		case change.Op == "add":
			add = append(add, string(change.Value))
		case change.Op == "remove":
			remove = append(remove, string(change.Value))
		default:
			return nil, nil, directory.Errorf(directory.Invalid, "Unsupported patch operation: %q", change.Op)
		}
	}
	return add, remove, nil
}

// subject returns the user or group of the path.
func (c *call) subject(kind directory.EntityKind) (directory.Subject, error) {
	name, err := c.username()
	return directory.Subject{Kind: kind, Name: name}, err
}

func groupsOf(kind directory.EntityKind) handler {
	return func(c *call) error {
		editor, err := ability[directory.MembershipEditor](c.uc)
		if err != nil {
			return err
		}
		subject, err := c.subject(kind)
		if err != nil {
			return err
		}
		names, err := editor.Groups(c.ctx(), subject)
		return c.answerNames(names, err)
	}
}

func membersOf(kind directory.EntityKind) handler {
	return func(c *call) error {
		editor, err := ability[directory.MembershipEditor](c.uc)
		if err != nil {
			return err
		}
		names, err := editor.Members(c.ctx(), c.id(), kind)
		return c.answerNames(names, err)
	}
}

func (c *call) answerNames(names []string, err error) error {
	if err != nil {
		return err
	}
	if names == nil {
		names = []string{}
	}
	return c.answer(names)
}

func changeGroups(kind directory.EntityKind) handler {
	return func(c *call) error {
		add, remove, err := c.memberships()
		if err != nil {
			return err
		}
		editor, err := ability[directory.MembershipEditor](c.uc)
		if err != nil {
			return err
		}
		subject, err := c.subject(kind)
		if err != nil {
			return err
		}
		err = editor.ChangeGroups(c.ctx(), subject, add, remove)
		if err := c.audit("change groups", string(kind), subject.Name, err); err != nil {
			return err
		}
		return c.done()
	}
}

func changeMembers(kind directory.EntityKind) handler {
	return func(c *call) error {
		add, remove, err := c.memberships()
		if err != nil {
			return err
		}
		editor, err := ability[directory.MembershipEditor](c.uc)
		if err != nil {
			return err
		}
		err = editor.ChangeMembers(c.ctx(), c.id(), kind, add, remove)
		if err := c.audit("change members", userGroups.noun, c.id(), err); err != nil {
			return err
		}
		return c.done()
	}
}
