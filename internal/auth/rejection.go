// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"github.com/palta-gateway/palta/internal/directory"
)

// RejectionKind says why credentials were not accepted.
type RejectionKind int

// The kinds of rejection.
const (
	// InvalidCredentials are wrong.
	InvalidCredentials RejectionKind = iota
	// InsufficientCredentials are right as far as they go; the client is to send them again together with the expected fields.
	InsufficientCredentials
)

// String returns the name that the REST API gives to the kind.
func (k RejectionKind) String() string {
	if k == InsufficientCredentials {
		return "INSUFFICIENT_CREDENTIALS"
	}
	return "INVALID_CREDENTIALS"
}

// Rejection is the answer to credentials that are wrong or not enough.
type Rejection struct {
	Kind RejectionKind
	// Message is the English sentence for API clients.
	Message string
	// Translatable, if its key is not empty, is the translation of the message.
	Translatable directory.Message
	// Expected are the fields that a login form is to show.
	Expected []directory.Field
	// Provider is the name of the provider that rejected; the chain fills it in.
	Provider string
	// Err is the cause, for the log only; may be nil.
	Err error
}

// Error returns kind and message.
func (r *Rejection) Error() string {
	text := "auth: " + r.Kind.String()
	if r.Message != "" {
		text += ": " + r.Message
	}
	if r.Err != nil {
		text += ": " + r.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (r *Rejection) Unwrap() error { return r.Err }

// UsernamePassword returns the fields of the plain login form.
func UsernamePassword() []directory.Field {
	return []directory.Field{
		{Name: "username", Type: directory.FieldUsername},
		{Name: "password", Type: directory.FieldPassword},
	}
}

// InvalidLogin returns the rejection that any wrong name or password gets; cause is for the log.
func InvalidLogin(cause error) *Rejection {
	return &Rejection{Kind: InvalidCredentials, Message: "Invalid login", Expected: UsernamePassword(), Err: cause}
}

// RedirectField returns the field that sends the browser to a URL, which is how identity providers elsewhere take part in a login. They
// send it back to the web client with parameters behind "#/?", which it posts as those of a login. name is that of the parameter to
// come, key the translation of what the browser is sent for.
func RedirectField(name, url, key string) directory.Field {
	return directory.Field{Name: name, Type: directory.FieldRedirect, Extra: map[string]any{
		"redirectUrl": url, "translatableMessage": map[string]any{"key": key, "variables": nil},
	}}
}
