// SPDX-License-Identifier: Apache-2.0

package rest

import "github.com/palta-gateway/palta/internal/directory"

// sharingProfileJSON is a sharing profile as clients see it.
type sharingProfileJSON struct {
	Name              string               `json:"name"`
	Identifier        string               `json:"identifier"`
	PrimaryConnection string               `json:"primaryConnectionIdentifier"`
	Parameters        jsonTexts            `json:"parameters,omitzero"` // of the answer to one that was submitted
	Attributes        directory.Attributes `json:"attributes"`
}

var sharingProfiles = kindOf[directory.SharingProfile]{
	noun: "sharing profile", kind: directory.SharingProfileObject,
	of:         directory.UserContext.SharingProfiles,
	identifier: func(o *directory.SharingProfile) string { return o.Identifier },
	encoder: func(*call) (func(*directory.SharingProfile) any, error) {
		return func(o *directory.SharingProfile) any { return showSharingProfile(o) }, nil
	},
	newInput: func() input[directory.SharingProfile] { return &sharingProfileInput{} },
}

func showSharingProfile(o *directory.SharingProfile) *sharingProfileJSON {
	return &sharingProfileJSON{
		Name: o.Name, Identifier: o.Identifier, PrimaryConnection: o.PrimaryConnection, Attributes: attributesOrEmpty(o.Attributes),
	}
}

// sharingProfileInput is a sharing profile as clients submit it.
type sharingProfileInput struct {
	Name              *jsonText `json:"name"`
	PrimaryConnection *jsonText `json:"primaryConnectionIdentifier"`
	Parameters        jsonTexts `json:"parameters"`
	Attributes        jsonTexts `json:"attributes"`
}

func (in *sharingProfileInput) apply(c *call, o *directory.SharingProfile, _ bool) error {
	o.Name, o.PrimaryConnection = in.Name.value(), in.PrimaryConnection.value()
	o.Attributes = in.Attributes.attributes(c.uc.Schema().SharingProfileAttributes)
	if in.Parameters != nil {
		o.Parameters = in.Parameters.parameters()
	}
	return nil
}

func (in *sharingProfileInput) echo(_ *call, o *directory.SharingProfile) any {
	shown := showSharingProfile(o)
	shown.Parameters = in.Parameters
	return shown
}

func sharingProfileParameters(c *call) error {
	reader, err := ability[directory.ParameterReader](c.uc)
	if err != nil {
		return err
	}
	parameters, err := reader.SharingProfileParameters(c.ctx(), c.id())
	if err != nil {
		return err
	}
	return c.answer(parametersOrEmpty(parameters))
}
