// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"cmp"

	"github.com/palta-gateway/palta/internal/directory"
)

// connectionJSON is a connection as clients see it.
type connectionJSON struct {
	Name              string               `json:"name"`
	Identifier        string               `json:"identifier"`
	ParentIdentifier  string               `json:"parentIdentifier"`
	Protocol          string               `json:"protocol"`
	Parameters        jsonTexts            `json:"parameters,omitzero"` // of the answer to one that was submitted
	Attributes        directory.Attributes `json:"attributes"`
	SharingProfiles   []any                `json:"sharingProfiles,omitempty"`
	ActiveConnections int                  `json:"activeConnections"`
	LastActive        *int64               `json:"lastActive,omitempty"`
}

var connections = kindOf[directory.Connection]{
	noun: "connection", kind: directory.ConnectionObject,
	of:         directory.UserContext.Connections,
	identifier: func(o *directory.Connection) string { return o.Identifier },
	encoder: func(c *call) (func(*directory.Connection) any, error) {
		counts, err := c.api.cfg.Broker.CountActive(c.ctx(), c.uc.DataSource())
		return func(o *directory.Connection) any { return showConnection(o, counts.Connections) }, err
	},
	newInput: func() input[directory.Connection] { return &connectionInput{} },
}

func showConnection(o *directory.Connection, uses map[string]int) *connectionJSON {
	return &connectionJSON{
		Name: o.Name, Identifier: o.Identifier, ParentIdentifier: cmp.Or(o.Parent, directory.RootGroup), Protocol: o.Protocol,
		Attributes: attributesOrEmpty(o.Attributes), ActiveConnections: uses[o.Identifier], LastActive: millis(o.LastActive),
	}
}

func attributesOrEmpty(a directory.Attributes) directory.Attributes {
	if a == nil {
		return directory.Attributes{}
	}
	return a
}

// connectionInput is a connection as clients submit it.
type connectionInput struct {
	Name             *jsonText `json:"name"`
	ParentIdentifier *jsonText `json:"parentIdentifier"`
	Protocol         *jsonText `json:"protocol"`
	Parameters       jsonTexts `json:"parameters"`
	Attributes       jsonTexts `json:"attributes"`
}

// apply keeps the stored parameters if none are submitted; those submitted take the place of all stored ones.
func (in *connectionInput) apply(c *call, o *directory.Connection, _ bool) error {
	o.Name, o.Protocol = in.Name.value(), in.Protocol.value()
	o.Parent = cmp.Or(in.ParentIdentifier.value(), directory.RootGroup)
	o.Attributes = in.Attributes.attributes(c.uc.Schema().ConnectionAttributes)
	if in.Parameters != nil {
		o.Parameters = in.Parameters.parameters()
	}
	return nil
}

func (in *connectionInput) echo(_ *call, o *directory.Connection) any {
	shown := showConnection(o, nil)
	shown.Parameters = in.Parameters
	return shown
}

// connectionRoutes adds the routes of one connection.
func (a *API) connectionRoutes(path string) {
	a.data("GET", path+"/parameters", connectionParameters)
	a.data("GET", path+"/sharingProfiles", profilesOfConnection)
	a.data("GET", path+"/sharingProfiles/{profile}", profileOfConnection)
}

func connectionParameters(c *call) error {
	reader, err := ability[directory.ParameterReader](c.uc)
	if err != nil {
		return err
	}
	parameters, err := reader.ConnectionParameters(c.ctx(), c.id())
	if err != nil {
		return err
	}
	return c.answer(parametersOrEmpty(parameters))
}

func parametersOrEmpty(parameters map[string]string) map[string]string {
	if parameters == nil {
		return map[string]string{}
	}
	return parameters
}

// profilesOfConnection answers the sharing profiles of one connection.
func profilesOfConnection(c *call) error {
	filter, err := c.permissions()
	if err != nil {
		return err
	}
	if _, err := c.uc.Connections().Get(c.ctx(), c.id()); err != nil {
		return err
	}
	profiles, err := c.uc.SharingProfiles().List(c.ctx(), filter)
	if err != nil {
		return err
	}
	shown := make(map[string]any)
	for _, profile := range profiles {
		if profile.PrimaryConnection == c.id() {
			shown[profile.Identifier] = showSharingProfile(profile)
		}
	}
	return c.answer(shown)
}

func profileOfConnection(c *call) error {
	identifier := c.r.PathValue("profile")
	profile, err := c.uc.SharingProfiles().Get(c.ctx(), identifier)
	if err != nil {
		return err
	}
	if profile.PrimaryConnection != c.id() {
		return directory.NotFoundError(identifier)
	}
	return c.answer(showSharingProfile(profile))
}
