// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/palta-gateway/palta/internal/auth"
	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/gateway/broker"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// untranslated is the key of messages that have no translation.
const untranslated = "APP.TEXT_UNTRANSLATED"

// internalMessage is all that a client learns of a failure that is not its own.
const internalMessage = "Unexpected internal error"

// errorObject is the body of every answer that is an error.
type errorObject struct {
	Message      *string       `json:"message"`
	Translatable *translatable `json:"translatableMessage"`
	StatusCode   *int          `json:"statusCode"`
	Expected     []fieldJSON   `json:"expected"`
	Patches      []any         `json:"patches"`
	Type         string        `json:"type"`
}

// translatable is a message that the client translates.
type translatable struct {
	Key       string            `json:"key"`
	Variables map[string]string `json:"variables"`
}

// translate returns the translation of a message, by default the message itself.
func translate(message string, t directory.Message) *translatable {
	if t.Key != "" {
		return &translatable{Key: t.Key, Variables: t.Variables}
	}
	return &translatable{Key: untranslated, Variables: map[string]string{"MESSAGE": message}}
}

// statusError is an error with a status that no other kind of error has.
type statusError struct {
	status  int
	kind    string
	message string
}

// Error returns the message.
func (e *statusError) Error() string { return e.message }

func notFound(message string) error { return directory.Errorf(directory.NotFound, "%s", message) }

func errUnknownToken() error { return directory.Errorf(directory.Denied, "Permission Denied.") }

// methodNotAllowed is the error for a path that has other methods.
func (c *call) methodNotAllowed(allowed string) error {
	c.w.Header().Set("Allow", allowed)
	return &statusError{status: http.StatusMethodNotAllowed, kind: "BAD_REQUEST", message: "Method not allowed."}
}

// outcome is the status and the type for a kind of failure.
type outcome struct {
	status int
	kind   string
}

var outcomes = map[directory.Kind]outcome{
	directory.NotFound:    {http.StatusNotFound, "NOT_FOUND"},
	directory.Denied:      {http.StatusForbidden, "PERMISSION_DENIED"},
	directory.Conflict:    {http.StatusBadRequest, "BAD_REQUEST"},
	directory.Invalid:     {http.StatusBadRequest, "BAD_REQUEST"},
	directory.TooLarge:    {http.StatusRequestEntityTooLarge, "BAD_REQUEST"},
	directory.Unsupported: {http.StatusNotImplemented, "INTERNAL_ERROR"},
	directory.TooMany:     {http.StatusTooManyRequests, "BAD_REQUEST"},
	directory.Unavailable: {http.StatusInternalServerError, "INTERNAL_ERROR"},
	directory.Internal:    {http.StatusInternalServerError, "INTERNAL_ERROR"},
}

// describe returns the answer to an error.
func describe(err error) (status int, object *errorObject) {
	if rejection, ok := errors.AsType[*auth.Rejection](err); ok {
		return http.StatusForbidden, &errorObject{
			Message: text(rejection.Message), Translatable: translate(rejection.Message, rejection.Translatable),
			Expected: fieldsJSON(rejection.Expected), Type: rejection.Kind.String(),
		}
	}
	if failure, ok := errors.AsType[*patchError](err); ok {
		return http.StatusBadRequest, failure.object()
	}
	if failure, ok := errors.AsType[*statusError](err); ok {
		return failure.status, plainError(failure.message, failure.kind)
	}
	if failure, ok := errors.AsType[*broker.StreamError](err); ok {
		code := int(failure.Status)
		object := plainError(failure.Message, "STREAM_ERROR")
		object.StatusCode = &code
		return failure.Status.HTTP(), object
	}
	if failure, ok := errors.AsType[*guac.Error](err); ok {
		return failure.Status.HTTP(), plainError(failure.Message, statusType(failure.Status))
	}
	return describeDirectory(err)
}

func describeDirectory(err error) (int, *errorObject) {
	how := outcomes[directory.KindOf(err)]
	message, translation := internalMessage, directory.Message{}
	if failure, ok := errors.AsType[*directory.Error](err); ok {
		translation = failure.Translatable
		if failure.Message != "" && how.status != http.StatusInternalServerError {
			message = failure.Message
		}
	}
	return how.status, &errorObject{Message: text(message), Translatable: translate(message, translation), Type: how.kind}
}

func plainError(message, kind string) *errorObject {
	return &errorObject{Message: text(message), Translatable: translate(message, directory.Message{}), Type: kind}
}

// statusType returns the type that upstream gives to a status.
func statusType(s guac.Status) string {
	switch {
	case s == guac.ClientUnauthorized || s == guac.ClientForbidden:
		return "PERMISSION_DENIED"
	case s == guac.ResourceNotFound:
		return "NOT_FOUND"
	case s.HTTP() >= http.StatusBadRequest && s.HTTP() < http.StatusInternalServerError:
		return "BAD_REQUEST"
	}
	return "INTERNAL_ERROR"
}

// fail answers an error. Failures that are not the client's are logged.
func (c *call) fail(err error) {
	status, object := describe(err)
	switch {
	case c.ctx().Err() != nil && errors.Is(err, context.Canceled):
		return // nobody is left to read the answer
	case status == http.StatusInternalServerError:
		c.api.cfg.Logger.ErrorContext(c.ctx(), "request failed", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
	default:
		c.api.cfg.Logger.DebugContext(c.ctx(), "request refused",
			"method", c.r.Method, "path", c.r.URL.Path, "status", status, "error", err)
	}
	writeError(c.w, status, object)
}

// writeError is the only writer of error objects.
func writeError(w http.ResponseWriter, status int, object *errorObject) {
	if object.Translatable == nil {
		object.Translatable = translate(*object.Message, directory.Message{})
	}
	body, err := encode(object)
	if err != nil {
		http.Error(w, internalMessage, http.StatusInternalServerError)
		return
	}
	writeJSON(w, status, body)
}

// WriteInternalError answers a request that failed in a way nobody expected, such as a panic.
func WriteInternalError(w http.ResponseWriter) {
	writeError(w, http.StatusInternalServerError, plainError(internalMessage, "INTERNAL_ERROR"))
}
