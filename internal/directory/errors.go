// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an [Error] is. A Kind is itself an error, so errors.Is(err, NotFound) asks for it.
type Kind int

// The kinds of failure.
const (
	// Internal is everything that has no better kind; it is never the caller's fault.
	Internal Kind = iota
	// NotFound means that the object does not exist or that the caller may not know of it.
	NotFound
	// Denied means that the caller may see the object but not do this with it.
	Denied
	// Conflict means that an object of that name is already there.
	Conflict
	// Invalid means that what was submitted breaks a rule.
	Invalid
	// TooLarge means that a submitted value is longer than can be stored.
	TooLarge
	// Unsupported means that the data source cannot do this at all.
	Unsupported
	// TooMany means that the caller has to wait before the next try.
	TooMany
	// Unavailable means that the storage cannot take part now: locked, unreachable, full. Nothing was changed.
	Unavailable
)

var kindNames = map[Kind]string{
	Internal: "internal error", NotFound: "not found", Denied: "permission denied", Conflict: "conflict", Invalid: "invalid",
	TooLarge: "too large", Unsupported: "unsupported", TooMany: "too many attempts", Unavailable: "unavailable",
}

// Error returns the name of the kind.
func (k Kind) Error() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("kind %d", int(k))
}

// Message is a text that the client translates: a key and the values of its variables.
type Message struct {
	Key       string
	Variables map[string]string
}

// Error is a failure of a data source or of a login.
type Error struct {
	Kind Kind
	// Message is the English sentence that API clients see; empty shows the kind.
	Message string
	// Translatable, if its key is not empty, is the translation of the message.
	Translatable Message
	// Err is the cause, for the log only; may be nil.
	Err error
}

// Error returns kind, message and cause.
func (e *Error) Error() string {
	text := "directory: " + e.Kind.Error()
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Errorf returns an error of that kind with a message for API clients. A %w verb makes its operand the cause and its text part of the message.
func Errorf(kind Kind, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Message: err.Error(), Err: errors.Unwrap(err)}
}

// NotFoundError returns the error for an identifier that is not there or not readable.
func NotFoundError(identifier string) *Error {
	return Errorf(NotFound, "Not found: %q", identifier)
}

// DeniedError returns the error for a missing permission.
func DeniedError() *Error { return &Error{Kind: Denied, Message: "Permission denied."} }

// KindOf returns the kind of the outermost [Error] in err, and Internal for any other error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
