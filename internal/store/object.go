// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/palta-gateway/palta/internal/directory"
)

// selection is a set of objects: the condition on the tables of from, where the object is o. No condition means all.
type selection struct {
	from, where string
	args        []any
}

// and narrows a selection.
func (s selection) and(condition string, args ...any) selection {
	if s.where != "" {
		condition = s.where + " and " + condition
	}
	return selection{from: s.from, where: condition, args: append(slices.Clip(s.args), args...)}
}

// record is an object with its key.
type record[T any] struct {
	id     int64
	object *T
	// veiled is whether attributes were taken out that the user may not see.
	veiled bool
}

// objects is what differs between the kinds of objects.
type objects[T any] interface {
	table() *table
	// from returns the tables of a selection.
	from() string
	// named narrows a selection to the objects with these identifiers; false if none can exist.
	named(sel selection, identifiers []string) (selection, bool)
	// read returns the selected objects, without parameters.
	read(ctx context.Context, c conn, sel selection) ([]record[T], error)
	// clone returns a copy whose maps are its own.
	clone(object T) *T
	// insert checks and stores a new object and returns its key.
	insert(ctx context.Context, c conn, p *principal, object *T) (int64, error)
	// update checks and stores a changed object.
	update(ctx context.Context, c conn, p *principal, before, after record[T]) error
	// remove checks and deletes an object on which p holds DELETE.
	remove(ctx context.Context, c conn, p *principal, object record[T]) error
}

// parametric is a kind of object with parameters.
type parametric[T any] interface {
	addParameters(ctx context.Context, c conn, object record[T]) error
}

// private is a kind of object of which not everybody may see all.
type private[T any] interface {
	// veil takes out of the objects what p may not see.
	veil(ctx context.Context, c conn, p *principal, records []record[T]) error
}

// objectDirectory is a directory.Directory of one kind of object.
type objectDirectory[T any] struct {
	uc *UserContext
	of objects[T]
}

// readable returns the selection of all that p may see.
func (d objectDirectory[T]) readable(p *principal) selection {
	sel := selection{from: d.of.from()}
	if p.privileged() {
		return sel
	}
	return sel.and(p.holds(d.of.table(), "o."+d.of.table().key, directory.Read))
}

// named returns the selection of those of the objects that p may see; false if none can exist.
func (d objectDirectory[T]) named(p *principal, identifiers []string) (selection, bool) {
	sel, possible := d.of.named(selection{from: d.of.from()}, identifiers)
	t := d.of.table()
	return sel.and(p.holdsOne(t, "o."+t.key, directory.Read)), possible
}

// List implements directory.Directory.
func (d objectDirectory[T]) List(ctx context.Context, anyOf directory.ObjectPermissions) ([]*T, error) {
	c := d.uc.read()
	p, err := d.uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	sel := d.readable(p)
	if anyOf != 0 && !p.privileged() {
		sel = sel.and(p.holds(d.of.table(), "o."+d.of.table().key, anyOf))
	}
	records, err := d.visible(ctx, c, p, sel)
	return unwrap(records), err
}

// Get implements directory.Directory.
func (d objectDirectory[T]) Get(ctx context.Context, identifier string) (*T, error) {
	c := d.uc.read()
	p, err := d.uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	r, err := d.find(ctx, c, p, identifier)
	return r.object, err
}

// visible returns what p may see of the selected objects.
func (d objectDirectory[T]) visible(ctx context.Context, c conn, p *principal, sel selection) ([]record[T], error) {
	records, err := d.of.read(ctx, c, sel)
	if err != nil {
		return nil, err
	}
	return records, d.veil(ctx, c, p, records)
}

func (d objectDirectory[T]) veil(ctx context.Context, c conn, p *principal, records []record[T]) error {
	if of, ok := d.of.(private[T]); ok {
		return of.veil(ctx, c, p, records)
	}
	return nil
}

// find returns what p may see of one readable object.
func (d objectDirectory[T]) find(ctx context.Context, c conn, p *principal, identifier string) (record[T], error) {
	found, err := d.whole(ctx, c, p, identifier)
	if err != nil {
		return record[T]{}, err
	}
	records := []record[T]{found}
	err = d.veil(ctx, c, p, records)
	return records[0], err
}

// whole returns one readable object with all that is stored of it but parameters.
func (d objectDirectory[T]) whole(ctx context.Context, c conn, p *principal, identifier string) (record[T], error) {
	sel, possible := d.named(p, []string{identifier})
	if !possible {
		return record[T]{}, directory.NotFoundError(identifier)
	}
	records, err := d.of.read(ctx, c, sel)
	if err != nil {
		return record[T]{}, err
	}
	if len(records) == 0 {
		return record[T]{}, directory.NotFoundError(identifier)
	}
	if len(records) > 1 {
		return record[T]{}, directory.Errorf(directory.Internal, "There are several objects named %q.", identifier)
	}
	return records[0], nil
}

// GetMany implements directory.Directory.
func (d objectDirectory[T]) GetMany(ctx context.Context, identifiers []string) ([]*T, error) {
	c := d.uc.read()
	p, err := d.uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	var found []*T
	for batch := range slices.Chunk(identifiers, c.d.Batch) {
		sel, possible := d.named(p, batch)
		if !possible {
			continue
		}
		records, err := d.visible(ctx, c, p, sel)
		if err != nil {
			return nil, err
		}
		found = append(found, unwrap(records)...)
	}
	return found, nil
}

// Create implements directory.Directory.
func (d objectDirectory[T]) Create(ctx context.Context, object *T) error {
	created := *object
	err := d.uc.change(ctx, func(c conn, p *principal) error {
		if err := p.requireSystem(d.of.table().create); err != nil {
			return err
		}
		id, err := d.of.insert(ctx, c, p, &created)
		if err != nil {
			return err
		}
		return c.grant(ctx, d.of.table(), p.entityID, id, directory.AllObjectPermissions)
	})
	if err == nil {
		*object = created
	}
	return err
}

// Update implements directory.Directory.
func (d objectDirectory[T]) Update(ctx context.Context, identifier string, change func(object *T) error) error {
	return d.uc.change(ctx, func(c conn, p *principal) error {
		before, err := d.whole(ctx, c, p, identifier)
		if err != nil {
			return err
		}
		if err := p.require(ctx, c, d.of.table(), before.id, directory.Update); err != nil {
			return err
		}
		if err := addParameters(ctx, c, d.of, before); err != nil {
			return err
		}
		after := []record[T]{{id: before.id, object: d.of.clone(*before.object)}}
		if err := d.veil(ctx, c, p, after); err != nil {
			return err
		}
		if err := change(after[0].object); err != nil {
			return err
		}
		return d.of.update(ctx, c, p, before, after[0])
	})
}

// Delete implements directory.Directory.
func (d objectDirectory[T]) Delete(ctx context.Context, identifier string) error {
	return d.uc.change(ctx, func(c conn, p *principal) error {
		found, err := d.find(ctx, c, p, identifier)
		if err != nil {
			return err
		}
		if err := p.require(ctx, c, d.of.table(), found.id, directory.Delete); err != nil {
			return err
		}
		return d.of.remove(ctx, c, p, found)
	})
}

func unwrap[T any](records []record[T]) []*T {
	list := make([]*T, len(records))
	for i, r := range records {
		list[i] = r.object
	}
	return list
}

// namedByKey is objects.named for kinds whose identifier is their number.
func namedByKey(t *table, sel selection, identifiers []string) (selection, bool) {
	var ids []int64
	for _, identifier := range identifiers {
		if id, ok := parseID(identifier); ok {
			ids = append(ids, id)
		}
	}
	return sel.and("o." + t.key + " in " + intList(ids)), len(ids) > 0
}

// readObjects runs the query of a selection and adds the attributes that have no column.
func readObjects[T any](
	ctx context.Context, c conn, t *table, columns string, sel selection,
	scan func(row scanner) (record[T], error), attributes func(object *T) directory.Attributes,
) ([]record[T], error) {
	query := "select " + columns + " from " + sel.from
	if sel.where != "" {
		query += " where " + sel.where
	}
	var records []record[T]
	byID := make(map[int64]*T)
	err := c.each(ctx, query, sel.args, func(row scanner) error {
		r, err := scan(row)
		records = append(records, r)
		byID[r.id] = r.object
		return err
	})
	if err != nil || len(records) == 0 {
		return nil, err
	}
	slices.SortFunc(records, func(a, b record[T]) int { return cmp.Compare(a.id, b.id) })
	return records, c.pairs(ctx, t.attributes, sel, func(owner int64, name, value string) {
		if object, ok := byID[owner]; ok {
			attributes(object).Set(name, value)
		}
	})
}

// isBlank reports whether a text has nothing but white space.
func isBlank(text string) bool { return strings.TrimSpace(text) == "" }
