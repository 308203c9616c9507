// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

// userJSON is a user as clients see it.
type userJSON struct {
	Username   string               `json:"username"`
	Password   *string              `json:"password,omitempty"`
	Disabled   bool                 `json:"disabled"`
	Attributes directory.Attributes `json:"attributes"`
	LastActive *int64               `json:"lastActive,omitempty"`
}

var users = kindOf[directory.User]{
	noun: "user", kind: directory.UserObject,
	of:         directory.UserContext.Users,
	identifier: func(o *directory.User) string { return o.Username },
	encoder: func(*call) (func(*directory.User) any, error) {
		return func(o *directory.User) any { return showUser(o) }, nil
	},
	newInput: func() input[directory.User] { return &userInput{} },
}

func showUser(o *directory.User) *userJSON {
	return &userJSON{
		Username: o.Username, Disabled: o.Disabled, Attributes: attributesOrEmpty(o.Attributes), LastActive: millis(o.LastActive),
	}
}

// userInput is a user as clients submit it.
type userInput struct {
	Username   *jsonText `json:"username"`
	Password   *jsonText `json:"password"`
	Disabled   *jsonFlag `json:"disabled"`
	Attributes jsonTexts `json:"attributes"`
}

// disabledAttribute is where clients of version 1.5 and before have the member disabled.
const disabledAttribute = "disabled"

// disabled returns the member, or else the attribute of that name.
func disabled(member *jsonFlag, attributes jsonTexts) bool {
	if member != nil {
		return bool(*member)
	}
	return attributes[disabledAttribute].value() == "true"
}

// apply changes a user. Users who change themselves keep their attributes, save those that are preferences, and must prove to know
// their password to change it. The name of the caller has been looked up before, because this may run within a transaction.
func (in *userInput) apply(c *call, o *directory.User, isNew bool) error {
	if isNew {
		o.Username = in.Username.value()
	}
	o.Disabled = disabled(in.Disabled, in.Attributes)
	forms := c.uc.Schema().UserAttributes
	if !isNew && o.Username == c.self {
		if in.Password != nil {
			return directory.DeniedError()
		}
		forms = c.uc.Schema().UserPreferenceAttributes
	}
	o.Attributes = in.Attributes.attributes(forms)
	o.Password = nil
	if in.Password != nil {
		password := secret.New(string(*in.Password))
		o.Password = &password
	}
	return nil
}

func (in *userInput) echo(_ *call, o *directory.User) any {
	shown := showUser(o)
	if in.Password != nil {
		shown.Password = text(string(*in.Password))
	}
	return shown
}

// userRoutes adds the routes of one user.
func (a *API) userRoutes(path string) {
	a.data("PUT", path+"/password", changePassword)
	a.data("GET", path+"/permissions", permissionsOf(directory.UserEntity))
	a.data("PATCH", path+"/permissions", changePermissions(directory.UserEntity))
	a.data("GET", path+"/effectivePermissions", effectivePermissions)
	a.data("GET", path+"/userGroups", groupsOf(directory.UserEntity))
	a.data("PATCH", path+"/userGroups", changeGroups(directory.UserEntity))
}

// deleteSelf is refused like any other way to delete oneself.
func deleteSelf(*call) error {
	return directory.Errorf(directory.Unsupported, "Deleting your own user is not allowed.")
}

// changePassword stores a new password if the old one is known.
func changePassword(c *call) error {
	var in struct {
		Old jsonText `json:"oldPassword"`
		New jsonText `json:"newPassword"`
	}
	if err := c.decode(&in, "Data must be submitted when updating objects."); err != nil {
		return err
	}
	changer, err := ability[directory.PasswordChanger](c.uc)
	if err != nil {
		return err
	}
	username, err := c.username()
	if err != nil {
		return err
	}
	err = changer.ChangePassword(c.ctx(), username, secret.New(string(in.Old)), secret.New(string(in.New)))
	if err := c.audit("change password", users.noun, username, err); err != nil {
		return err
	}
	return c.done()
}
