// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/palta-gateway/palta/internal/directory"
)

// operation is one change of a batch.
type operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
}

// identifier returns the object that the path names: all of it behind the slash, as it is.
func (o operation) identifier() (string, error) {
	identifier, ok := strings.CutPrefix(o.Path, "/")
	if !ok {
		return "", directory.Errorf(directory.Invalid, "Patch paths must start with \"/\".")
	}
	return identifier, nil
}

// patchDone is the outcome of an operation that succeeded, or would have.
type patchDone struct {
	Op         string  `json:"op"`
	Identifier *string `json:"identifier"`
	Path       string  `json:"path"`
}

// patchFailed is the outcome of an operation that failed.
type patchFailed struct {
	patchDone
	Error *translatable `json:"error"`
}

// patchError is the failure of a batch: nothing of it was kept.
type patchError struct{ outcomes []any }

// Error returns what clients are told.
func (e *patchError) Error() string { return "The provided patches failed to apply." }

func (e *patchError) object() *errorObject {
	object := plainError(e.Error(), "BAD_REQUEST")
	object.Patches = e.outcomes
	return object
}

// patchResult is the answer to a batch that was applied.
type patchResult struct {
	Patches []any `json:"patches"`
}

// patch applies a batch of changes as one.
func patch[T any](k kindOf[T]) handler {
	return func(c *call) error {
		var operations []operation
		if err := c.decode(&operations, "Data must be submitted when updating objects."); err != nil {
			return err
		}
		if _, err := c.selfName(); err != nil {
			return err
		}
		transactor, err := ability[directory.Transactor](c.uc)
		if err != nil {
			return err
		}
		b := batch[T]{kindOf: k, call: c}
		err = transactor.Transaction(c.ctx(), func(inner directory.UserContext) error { return b.apply(inner, operations) })
		if err := c.audit("patch", k.noun, "", err); err != nil {
			return err
		}
		return c.answer(patchResult{Patches: b.outcomes})
	}
}

// batch collects the outcomes of the operations.
type batch[T any] struct {
	kindOf[T]
	call     *call
	outcomes []any
	failed   bool
}

// apply goes on after a failed operation, so that the client learns of all that fail.
func (b *batch[T]) apply(inner directory.UserContext, operations []operation) error {
	b.outcomes = make([]any, 0, len(operations))
	for _, o := range operations {
		identifier, err := b.one(inner, o)
		if fatal(err) {
			return err
		}
		b.note(o, identifier, err)
	}
	if b.failed {
		b.forget()
		return &patchError{outcomes: b.outcomes}
	}
	return nil
}

// fatal reports whether an error ends the batch at once: one of the request as a whole, or of the storage.
func fatal(err error) bool {
	if err == nil {
		return false
	}
	if _, ok := errors.AsType[*statusError](err); ok {
		return true
	}
	kind := directory.KindOf(err)
	return kind == directory.Internal || kind == directory.Unavailable
}

// one applies one operation and returns the identifier of its object.
func (b *batch[T]) one(inner directory.UserContext, o operation) (string, error) {
	identifier, err := o.identifier()
	if err != nil {
		return "", &statusError{status: http.StatusBadRequest, kind: "BAD_REQUEST", message: err.Error()}
	}
	switch o.Op {
	case "add", "replace":
		in := b.newInput()
		if len(o.Value) == 0 || string(o.Value) == "null" {
			return identifier, directory.Errorf(directory.Invalid, "Data must be submitted when updating objects.")
		}
		if err := unmarshal(o.Value, in); err != nil {
			return identifier, err
		}
		if o.Op == "replace" {
			return identifier, b.update(b.call, inner, identifier, in)
		}
		object, err := b.create(b.call, inner, in)
		return b.identifier(object), err
	case "remove":
		return identifier, b.of(inner).Delete(b.call.ctx(), identifier)
	}
	return "", &statusError{
		status: http.StatusNotImplemented, kind: "INTERNAL_ERROR", message: "Unsupported patch operation: \"" + o.Op + "\"",
	}
}

func (b *batch[T]) note(o operation, identifier string, err error) {
	done := patchDone{Op: o.Op, Identifier: &identifier, Path: o.Path}
	if err == nil {
		b.outcomes = append(b.outcomes, done)
		return
	}
	b.failed = true
	_, object := describe(err)
	if o.Op == "add" {
		done.Identifier = nil
	}
	b.outcomes = append(b.outcomes, patchFailed{patchDone: done, Error: object.Translatable})
}

// forget takes out of the outcomes the identifiers of objects that a failed batch did not make or remove.
func (b *batch[T]) forget() {
	for i, outcome := range b.outcomes {
		if done, ok := outcome.(patchDone); ok && done.Op != "replace" {
			done.Identifier = nil
			b.outcomes[i] = done
		}
	}
}
