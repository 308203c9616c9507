// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"github.com/palta-gateway/palta/internal/directory"
)

// input is an object as a client submits it.
type input[T any] interface {
	// apply changes object to what was submitted; the identifier is not looked at unless the object is new.
	apply(c *call, object *T, isNew bool) error
	// echo returns what the client is told after creation.
	echo(c *call, object *T) any
}

// kindOf is what the routes of one kind of object need to know of it.
type kindOf[T any] struct {
	noun       string
	kind       directory.ObjectKind
	of         func(uc directory.UserContext) directory.Directory[T]
	identifier func(object *T) string
	// encoder returns how objects are shown, having looked up once what all of them need.
	encoder func(c *call) (func(object *T) any, error)
	// newInput returns an empty input to decode into.
	newInput func() input[T]
}

// addDirectory adds the routes that all kinds of objects have.
func addDirectory[T any](a *API, path string, k kindOf[T]) {
	a.data("GET", path, list(k))
	a.data("POST", path, create(k))
	a.data("PATCH", path, patch(k))
	a.data("GET", path+"/{id}", one(k))
	a.data("PUT", path+"/{id}", replace(k))
	a.data("DELETE", path+"/{id}", remove(k))
}

// list answers the readable objects by identifier.
func list[T any](k kindOf[T]) handler {
	return func(c *call) error {
		filter, err := c.permissions()
		if err != nil {
			return err
		}
		objects, err := k.of(c.uc).List(c.ctx(), filter)
		if err != nil {
			return err
		}
		show, err := k.encoder(c)
		if err != nil {
			return err
		}
		return c.answer(byIdentifier(objects, k.identifier, show))
	}
}

func byIdentifier[T any](objects []*T, identifier func(*T) string, show func(*T) any) map[string]any {
	shown := make(map[string]any, len(objects))
	for _, object := range objects {
		shown[identifier(object)] = show(object)
	}
	return shown
}

// one answers one object.
func one[T any](k kindOf[T]) handler {
	return func(c *call) error {
		identifier, err := c.username()
		if err != nil {
			return err
		}
		object, err := k.of(c.uc).Get(c.ctx(), identifier)
		if err != nil {
			return err
		}
		show, err := k.encoder(c)
		if err != nil {
			return err
		}
		return c.answer(show(object))
	}
}

// create stores a new object and answers what was submitted.
func create[T any](k kindOf[T]) handler {
	return func(c *call) error {
		in := k.newInput()
		if err := c.decode(in, "Data must be submitted when creating objects."); err != nil {
			return err
		}
		object, err := k.create(c, c.uc, in)
		if err != nil {
			return c.audit("create", k.noun, k.identifier(object), err)
		}
		_ = c.audit("create", k.noun, k.identifier(object), nil)
		return c.answer(in.echo(c, object))
	}
}

// create stores a new object in a data source, which may be one within a transaction.
func (k kindOf[T]) create(c *call, uc directory.UserContext, in input[T]) (*T, error) {
	object := new(T)
	if err := in.apply(c, object, true); err != nil {
		return object, err
	}
	return object, k.of(uc).Create(c.ctx(), object)
}

// replace changes an object to what is submitted.
func replace[T any](k kindOf[T]) handler {
	return func(c *call) error {
		in := k.newInput()
		if err := c.decode(in, "Data must be submitted when updating objects."); err != nil {
			return err
		}
		if _, err := c.selfName(); err != nil {
			return err
		}
		identifier, err := c.username()
		if err != nil {
			return err
		}
		if err := c.audit("update", k.noun, identifier, k.update(c, c.uc, identifier, in)); err != nil {
			return err
		}
		return c.done()
	}
}

func (k kindOf[T]) update(c *call, uc directory.UserContext, identifier string, in input[T]) error {
	return k.of(uc).Update(c.ctx(), identifier, func(object *T) error { return in.apply(c, object, false) })
}

// remove deletes an object.
func remove[T any](k kindOf[T]) handler {
	return func(c *call) error {
		if err := c.audit("delete", k.noun, c.id(), k.of(c.uc).Delete(c.ctx(), c.id())); err != nil {
			return err
		}
		return c.done()
	}
}
