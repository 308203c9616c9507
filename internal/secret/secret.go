// SPDX-License-Identifier: Apache-2.0

// Package secret holds a string that never prints itself.
//
// [String] is for passwords, keys and tokens that pass through structs which may be logged, formatted with any
// verb or encoded as JSON: each of those shows a fixed mask. The value leaves only by [String.Reveal], so a search for that name finds every use.
package secret

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// mask is what every rendering of a secret shows; its length tells nothing.
const mask = "[secret]"

// String is a secret text. The zero value is the empty secret.
type String struct {
	// value is a pointer because the verb %p asks no method and prints what is directly in the struct.
	value *string
}

// New wraps value.
func New(value string) String { return String{value: &value} }

// Reveal returns the value itself.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Empty reports whether there is no value.
func (s String) Empty() bool { return s.Reveal() == "" }

// Equal reports whether both hold the same value; the time taken depends on the lengths only.
func (s String) Equal(other String) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns a mask.
func (s String) String() string { return mask }

// GoString returns a mask.
func (s String) GoString() string { return mask }

// Format writes a mask for every verb, those which would otherwise look into the struct included.
func (s String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(mask)) }

// LogValue returns a mask.
func (s String) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText writes a mask, so that JSON, XML and flag packages show no more.
func (s String) MarshalText() ([]byte, error) { return []byte(mask), nil }

// MarshalJSON writes a mask.
func (s String) MarshalJSON() ([]byte, error) { return []byte(`"` + mask + `"`), nil }

// UnmarshalText takes the value from a text.
func (s *String) UnmarshalText(text []byte) error {
	*s = New(string(text))
	return nil
}
