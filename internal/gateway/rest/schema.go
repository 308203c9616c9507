// SPDX-License-Identifier: Apache-2.0

package rest

import "github.com/palta-gateway/palta/internal/directory"

// schemaRoutes adds the routes that describe attributes and parameters to editors.
func (a *API) schemaRoutes() {
	for name, forms := range map[string]func(directory.Schema) []directory.Form{
		"userAttributes":            func(s directory.Schema) []directory.Form { return s.UserAttributes },
		"userPreferenceAttributes":  func(s directory.Schema) []directory.Form { return s.UserPreferenceAttributes },
		"userGroupAttributes":       func(s directory.Schema) []directory.Form { return s.UserGroupAttributes },
		"connectionAttributes":      func(s directory.Schema) []directory.Form { return s.ConnectionAttributes },
		"connectionGroupAttributes": func(s directory.Schema) []directory.Form { return s.ConnectionGroupAttributes },
		"sharingProfileAttributes":  func(s directory.Schema) []directory.Form { return s.SharingProfileAttributes },
	} {
		a.data("GET", "schema/"+name, func(c *call) error { return c.answer(formsJSON(forms(c.uc.Schema()))) })
	}
	schemas := a.cfg.Protocols.Schemas()
	a.data("GET", "schema/protocols", func(c *call) error { return c.answer(schemas) })
}
