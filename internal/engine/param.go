// SPDX-License-Identifier: Apache-2.0

package engine

import "strconv"

// Kind says how a parameter is read and edited.
type Kind int

// The kinds. Each stands for a field type of the REST API and a rule of parsing.
const (
	// Text is any text.
	Text Kind = iota
	// Username is the name of an account.
	Username
	// Password is a text that is hidden while it is typed.
	Password
	// Multiline is a text of several lines, such as a key.
	Multiline
	// Numeric is a decimal integer from Min to Max.
	Numeric
	// Boolean is "true" or "false".
	Boolean
	// Enum is one of Values or Accepted.
	Enum
	// OpenEnum is any text; Values are suggestions.
	OpenEnum
	// NumericEnum is a decimal integer from Min to Max; Values are suggestions.
	NumericEnum
	// Timezone is an IANA name.
	Timezone
	// ColorScheme is a colour scheme of the terminal; Values are the presets.
	ColorScheme
)

// fieldTypes are the names of the kinds in the REST API.
var fieldTypes = [...]string{
	Text: "TEXT", Username: "USERNAME", Password: "PASSWORD", Multiline: "MULTILINE", Numeric: "NUMERIC",
	Boolean: "BOOLEAN", Enum: "ENUM", OpenEnum: "ENUM", NumericEnum: "ENUM", Timezone: "TIMEZONE",
	ColorScheme: "TERMINAL_COLOR_SCHEME",
}

// String returns the field type that the REST API has for k.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(fieldTypes) {
		return "KIND_" + strconv.Itoa(int(k))
	}
	return fieldTypes[k]
}

// Param declares one connection parameter.
type Param struct {
	// Name is that of args.
	Name string
	Kind Kind
	// Values are the choices that the form offers, beside the empty one.
	Values []string
	// Accepted are further values of an Enum, which the form does not offer.
	Accepted []string
	// Default stands in for an empty or bad value.
	Default string
	// Min and Max bound an integer, both included. If both are 0 there are no bounds.
	Min, Max int
	// Clamp takes an integer out of bounds to the nearest bound instead of the default.
	Clamp bool
	// Secret values are never shown or logged. A Password always is one.
	Secret bool
	// Host marks the name of a host that the engine dials.
	Host bool
	// Unused marks a parameter that is declared since args must match upstream's, and that
	// the engine does not act on yet. Whoever sets it is told so in the log.
	Unused bool
	// Doc is a sentence for the manual.
	Doc string
	// Label replaces the field's label in the form under a condition, nil for never.
	Label *ConditionalLabel
}

// secret reports whether the value may be shown.
func (p *Param) secret() bool { return p.Secret || p.Kind == Password }

// integer reports whether the value is an integer.
func (p *Param) integer() bool { return p.Kind == Numeric || p.Kind == NumericEnum }

// bounded reports whether Min and Max count.
func (p *Param) bounded() bool { return p.Min != 0 || p.Max != 0 }

// Port declares a TCP or UDP port.
func Port(name, def, doc string) Param {
	return Param{Name: name, Kind: Numeric, Default: def, Min: 0, Max: 65535, Doc: doc}
}

// Unused returns p as a parameter that the engine does not act on yet.
func Unused(p Param) Param {
	p.Unused = true
	return p
}

// Flag declares a boolean that is off by default.
func Flag(name, doc string) Param {
	return Param{Name: name, Kind: Boolean, Default: falseText, Doc: doc}
}
