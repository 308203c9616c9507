// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Form is a named group of parameters that are edited together.
type Form struct {
	Name string
	// Fields are names of parameters in the order in which they are shown.
	Fields []string
}

// ConditionalLabel is another label of a field, for when another field's value matches.
type ConditionalLabel struct {
	// Field is the name of the other field.
	Field string `json:"field"`
	// Equals is the value that must match.
	Equals string `json:"equals"`
	// LabelKey is the key of the translation.
	LabelKey string `json:"labelKey"`
}

// SchemaField is a parameter as the REST API describes it.
type SchemaField struct {
	Name             string            `json:"name"`
	Type             string            `json:"type"`
	Options          []string          `json:"options,omitempty"`
	ConditionalLabel *ConditionalLabel `json:"conditionalLabel,omitempty"`
}

// SchemaForm is a form as the REST API describes it.
type SchemaForm struct {
	Name   string        `json:"name"`
	Fields []SchemaField `json:"fields"`
}

// Schema is a protocol as the REST API describes it.
type Schema struct {
	Name                string       `json:"name"`
	ConnectionForms     []SchemaForm `json:"connectionForms"`
	SharingProfileForms []SchemaForm `json:"sharingProfileForms"`
}

// sharingForms are what a sharing profile can set.
var sharingForms = []Form{{Name: "display", Fields: []string{readOnly}}}

// Schema returns the forms of the protocol.
func (p Protocol) Schema() Schema {
	return Schema{Name: p.Name, ConnectionForms: p.schemaForms(p.Forms), SharingProfileForms: p.schemaForms(sharingForms)}
}

// Schemas returns the forms of every protocol by name.
func (r Registry) Schemas() map[string]Schema {
	all := make(map[string]Schema, len(r))
	for name, p := range r {
		all[name] = p.Schema()
	}
	return all
}

// Names returns the names of the protocols, sorted.
func (r Registry) Names() []string { return slices.Sorted(maps.Keys(r)) }

func (p Protocol) schemaForms(forms []Form) []SchemaForm {
	out := make([]SchemaForm, 0, len(forms))
	for _, form := range forms {
		fields := make([]SchemaField, 0, len(form.Fields))
		for _, name := range form.Fields {
			if param := p.param(name); param != nil {
				fields = append(fields, param.field())
			}
		}
		out = append(out, SchemaForm{Name: form.Name, Fields: fields})
	}
	return out
}

// param returns the declaration of name, nil if there is none.
func (p Protocol) param(name string) *Param {
	for i := range p.Params {
		if p.Params[i].Name == name {
			return &p.Params[i]
		}
	}
	return nil
}

// field describes the parameter for the REST API. A choice offers the empty value first.
func (p *Param) field() SchemaField {
	f := SchemaField{Name: p.Name, Type: p.Kind.String(), ConditionalLabel: p.Label}
	switch p.Kind {
	case Boolean:
		f.Options = []string{trueText}
	case Enum, OpenEnum, NumericEnum, ColorScheme:
		f.Options = append([]string{""}, p.Values...)
	}
	return f
}

// SecretNames returns the names of the parameters whose values must not be shown.
func (p Protocol) SecretNames() []string {
	var names []string
	for i := range p.Params {
		if p.Params[i].secret() {
			names = append(names, p.Params[i].Name)
		}
	}
	return names
}

// Check returns what is wrong with the declaration itself; the tests of each engine ask.
func (p Protocol) Check() error {
	var problems []error
	wrong := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("engine: "+p.Name+": "+format, args...))
	}
	seen := make(map[string]bool)
	for i := range p.Params {
		param := &p.Params[i]
		if seen[param.Name] {
			wrong("parameter %s is declared twice", param.Name)
		}
		seen[param.Name] = true
		if param.Doc == "" {
			wrong("parameter %s has no description", param.Name)
		}
		if _, err := param.parse(param.Default); err != nil {
			wrong("default of %s: %w", param.Name, err)
		}
	}
	placed := make(map[string]bool)
	for _, form := range p.Forms {
		for _, name := range form.Fields {
			if !seen[name] || placed[name] {
				wrong("field %s of form %s is not declared, or placed twice", name, form.Name)
			}
			placed[name] = true
		}
	}
	if !seen[readOnly] {
		wrong("parameter %s is missing", readOnly)
	}
	return errors.Join(problems...)
}
