// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// historyKind is a kind of records of the history, as palta_open_record has it.
type historyKind string

const (
	connectionHistory historyKind = "connection"
	loginHistory      historyKind = "login"
)

func (k historyKind) table() string {
	if k == loginHistory {
		return "guacamole_user_history"
	}
	return "guacamole_connection_history"
}

// Own makes all records that begin from now on those of a gateway, and ends those that it left open when it died, at the last moment it was known to be
// alive. Records of other gateways, and of upstream, stay as they are. It is called once, before the store is used; without it records are nobody's.
func (s *Store) Own(ctx context.Context, gateway string) error {
	s.gateway = gateway
	return s.write(ctx, func(c conn) error {
		var alive int64
		known, err := c.one(ctx, "select alive from palta_gateway where gateway = ?", []any{gateway}, &alive)
		if err != nil {
			return err
		}
		if !known {
			return c.exec(ctx, "insert into palta_gateway (gateway, alive) values (?, ?)", gateway, s.now().UnixMilli())
		}
		at := c.d.moment(time.UnixMilli(alive))
		for _, kind := range []historyKind{connectionHistory, loginHistory} {
			err := c.exec(ctx, "update "+kind.table()+` set end_date = case when start_date > ? then start_date else ? end
				where end_date is null and history_id in (
					select r.history_id from palta_open_record r where r.gateway = ? and r.kind = ?
				)`, at, at, gateway, string(kind))
			if err != nil {
				return err
			}
		}
		if err := c.exec(ctx, "delete from palta_open_record where gateway = ?", gateway); err != nil {
			return err
		}
		return s.alive(ctx, c)
	})
}

// Beat notes that the gateway which owns the records is alive.
func (s *Store) Beat(ctx context.Context) error {
	return s.write(ctx, func(c conn) error { return s.alive(ctx, c) })
}

func (s *Store) alive(ctx context.Context, c conn) error {
	return c.exec(ctx, "update palta_gateway set alive = ? where gateway = ?", s.now().UnixMilli(), s.gateway)
}

// begin stores a record of the history, and whose it is.
func (s *Store) begin(ctx context.Context, c conn, kind historyKind, insert string, args ...any) (id int64, err error) {
	id, err = c.insert(ctx, "history_id", insert, args...)
	if err != nil || s.gateway == "" {
		return id, err
	}
	return id, c.exec(ctx, c.d.InsertNew("palta_open_record", "gateway", "kind", "history_id"), s.gateway, string(kind), id)
}

// end stores the end of a record of the history, once.
func (s *Store) end(ctx context.Context, kind historyKind, identifier string, end time.Time) error {
	id, ok := parseID(identifier)
	if !ok {
		return directory.NotFoundError(identifier)
	}
	return s.write(ctx, func(c conn) error {
		err := c.exec(ctx, "update "+kind.table()+" set end_date = ? where history_id = ? and end_date is null",
			c.d.moment(end.Truncate(time.Millisecond)), id)
		if err != nil || s.gateway == "" {
			return err
		}
		return c.exec(ctx, "delete from palta_open_record where gateway = ? and kind = ? and history_id = ?", s.gateway, string(kind), id)
	})
}
