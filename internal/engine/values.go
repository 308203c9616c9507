// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/palta-gateway/palta/internal/secret"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// The texts of a boolean; anything else is not one.
const (
	trueText  = "true"
	falseText = "false"
)

// maxInt bounds an integer without bounds of its own: that of upstream's int.
const maxInt = 1<<31 - 1

// Values are the parameters of one user. The zero value has none. They print as the
// number of parameters that are set, never with their content.
type Values struct {
	rows map[string]value
}

// value is one parameter after parsing.
type value struct {
	text    string // the given text, or the default
	number  int    // of an integer
	given   bool   // whether a valid value was given
	boolean bool   // of a boolean
}

// ParseValues reads values, which are in the order of params. What cannot be read counts
// as not given and is logged as a warning. log may be nil.
func ParseValues(params []Param, values []string, log *slog.Logger) (Values, error) {
	if len(values) != len(params) {
		return Values{}, guac.Errorf(guac.ClientBadRequest, "engine: %d parameter values, wanted %d", len(values), len(params))
	}
	v := Values{rows: make(map[string]value, len(params))}
	for i := range params {
		p := &params[i]
		row, err := p.parse(values[i]) //nolint:gosec // both have the same length
		if err != nil && log != nil {
			log.Warn("bad parameter value, using the default", "parameter", p.Name, "default", p.Default, "error", err)
		}
		v.rows[p.Name] = row
	}
	return v, nil
}

// ParseMap reads values by name; names that are not declared are ignored. log may be nil.
func ParseMap(params []Param, values map[string]string, log *slog.Logger) Values {
	ordered := make([]string, len(params))
	for i := range params {
		ordered[i] = values[params[i].Name]
	}
	v, _ := ParseValues(params, ordered, log) // the numbers agree
	return v
}

// parse reads one value; with an error the default is returned as well.
func (p *Param) parse(text string) (value, error) {
	if text == "" {
		return p.absent(), nil
	}
	row := value{text: text, given: true}
	switch {
	case p.Kind == Boolean:
		if text != trueText && text != falseText {
			return p.absent(), fmt.Errorf("engine: %s is neither true nor false", p.Name)
		}
		row.boolean = text == trueText
	case p.Kind == Enum:
		if !slices.Contains(p.Values, text) && !slices.Contains(p.Accepted, text) {
			return p.absent(), fmt.Errorf("engine: %s is none of %s", p.Name, strings.Join(p.Values, ", "))
		}
	case p.integer():
		n, err := p.parseInt(text)
		if err != nil {
			return p.absent(), err
		}
		row.number, row.text = n, strconv.Itoa(n)
	}
	return row, nil
}

// parseInt reads a decimal integer within the bounds.
func (p *Param) parseInt(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n > maxInt || n < -maxInt-1 {
		return 0, fmt.Errorf("engine: %s is not an integer", p.Name)
	}
	if !p.bounded() || n >= p.Min && n <= p.Max {
		return n, nil
	}
	if p.Clamp {
		return min(max(n, p.Min), p.Max), nil
	}
	return 0, fmt.Errorf("engine: %s is not from %d to %d", p.Name, p.Min, p.Max)
}

// absent is the parameter when no value is given.
func (p *Param) absent() value {
	row := value{text: p.Default, boolean: p.Default == trueText}
	if p.integer() {
		row.number, _ = strconv.Atoi(p.Default) // no default counts as 0
	}
	return row
}

// get returns a parameter. Asking for one that the protocol does not declare is a
// programming error, which every test of the engine meets.
func (v Values) get(name string) value {
	row, ok := v.rows[name]
	if !ok {
		panic("engine: parameter " + name + " is not declared")
	}
	return row
}

// Has reports whether a valid, non-empty value was given. It may ask for any name, so
// that code shared by several protocols can ask for what only some of them declare.
func (v Values) Has(name string) bool { return v.rows[name].given }

// WithoutEffect returns the names of the parameters that were given a value, if only of
// true, and that the protocol does not act on yet.
func (p Protocol) WithoutEffect(v Values) []string {
	var names []string
	for i := range p.Params {
		param := &p.Params[i]
		row := v.rows[param.Name]
		if param.Unused && row.given && (param.Kind != Boolean || row.boolean) {
			names = append(names, param.Name)
		}
	}
	return names
}

// String returns the value or its default.
func (v Values) String(name string) string { return v.get(name).text }

// Bool returns the value of a boolean or its default.
func (v Values) Bool(name string) bool { return v.get(name).boolean }

// Int returns the value of an integer or its default.
func (v Values) Int(name string) int { return v.get(name).number }

// Secret returns the value or its default as a secret.
func (v Values) Secret(name string) secret.String { return secret.New(v.get(name).text) }

// Format writes how many values were given, whatever the verb.
func (v Values) Format(f fmt.State, _ rune) {
	given := 0
	for _, row := range v.rows {
		if row.given {
			given++
		}
	}
	_, _ = fmt.Fprintf(f, "%d of %d parameters given", given, len(v.rows))
}

// LogValue is the same as Format.
func (v Values) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(v)) }
