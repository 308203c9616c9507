// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"strings"
	"time"

	"github.com/palta-gateway/palta/internal/directory"
)

// ConnectionHistory implements directory.HistoryReader.
func (uc *UserContext) ConnectionHistory(
	ctx context.Context, query directory.HistoryQuery,
) ([]*directory.ConnectionRecord, error) {
	c := uc.read()
	p, err := uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	sel, possible := uc.historySelection(p, "guacamole_connection_history h", query)
	if !possible {
		return nil, nil
	}
	if !p.seesAllHistory() {
		sel = sel.and(p.holds(connectionTable(), "h.connection_id", directory.Read))
	}
	for _, term := range query.Terms {
		sel = uc.matchConnectionTerm(sel, term)
	}
	const columns = `h.history_id, h.username, h.remote_host, h.connection_id, h.connection_name, h.sharing_profile_id,
		h.sharing_profile_name, h.start_date, h.end_date`
	var records []*directory.ConnectionRecord
	err = c.each(ctx, c.historyQuery(columns, sel, query), sel.args, func(row scanner) error {
		var id int64
		var connection, profile nullable[int64]
		var host, profileName nullable[string]
		var start, end moment
		r := &directory.ConnectionRecord{}
		err := row.Scan(&id, &r.Username, &host, &connection, &r.ConnectionName, &profile, &profileName, &start, &end)
		r.Identifier, r.UUID, r.RemoteHost = formatID(id), directory.ConnectionRecordUUID(id), host.V
		r.Connection, r.SharingProfile, r.SharingProfileName = idOrNone(connection), idOrNone(profile), profileName.V
		r.Username, r.Start, r.End = uc.store.username(r.Username), start.Time, end.Time
		records = append(records, r)
		return err
	})
	return records, err
}

// UserHistory implements directory.HistoryReader.
func (uc *UserContext) UserHistory(ctx context.Context, query directory.HistoryQuery) ([]*directory.UserRecord, error) {
	c := uc.read()
	p, err := uc.principal(ctx, c)
	if err != nil {
		return nil, err
	}
	sel, possible := uc.historySelection(p, "guacamole_user_history h", query)
	if !possible {
		return nil, nil
	}
	for _, term := range query.Terms {
		sel = uc.matchUserTerm(sel, term)
	}
	const columns = "h.history_id, h.username, h.remote_host, h.start_date, h.end_date"
	var records []*directory.UserRecord
	err = c.each(ctx, c.historyQuery(columns, sel, query), sel.args, func(row scanner) error {
		var id int64
		var host nullable[string]
		var start, end moment
		r := &directory.UserRecord{}
		err := row.Scan(&id, &r.Username, &host, &start, &end)
		r.Identifier, r.UUID, r.RemoteHost = formatID(id), directory.UserRecordUUID(id), host.V
		r.Username, r.Start, r.End = uc.store.username(r.Username), start.Time, end.Time
		records = append(records, r)
		return err
	})
	return records, err
}

func (p *principal) seesAllHistory() bool { return p.privileged() || p.system.Has(directory.Audit) }

func idOrNone(id nullable[int64]) string {
	if !id.Valid {
		return ""
	}
	return formatID(id.V)
}

// historySelection returns what a query selects from either table, but for its terms; false if it can match nothing.
func (uc *UserContext) historySelection(p *principal, from string, query directory.HistoryQuery) (selection, bool) {
	sel := selection{from: from}
	if !p.seesAllHistory() {
		sel = sel.and(p.holds(userTable(), "h.user_id", directory.Read))
	}
	for _, by := range []struct{ column, identifier string }{
		{"h.history_id", query.Identifier}, {"h.connection_id", query.Connection},
	} {
		if by.identifier == "" {
			continue
		}
		id, ok := parseID(by.identifier)
		if !ok {
			return sel, false
		}
		sel = sel.and(by.column+" = ?", id)
	}
	if query.Username != "" {
		sel = sel.and(`h.user_id in (select u.user_id from guacamole_user u join guacamole_entity e on e.entity_id = u.entity_id
			where `+uc.store.named(directory.UserEntity, 1)+")", uc.store.username(query.Username))
	}
	return sel, true
}

// historyQuery returns the records of a selection in order, as many as are asked for.
func (c conn) historyQuery(columns string, sel selection, query directory.HistoryQuery) string {
	statement := "select " + columns + " from " + sel.from
	if sel.where != "" {
		statement += " where " + sel.where
	}
	direction := " desc"
	if query.Ascending {
		direction = ""
	}
	statement += " order by h.start_date" + direction + ", h.history_id" + direction
	limit := directory.MaxHistory
	if query.Limit > 0 && query.Limit < limit {
		limit = query.Limit
	}
	return c.d.First(statement, limit)
}

// matchUserTerm narrows a selection to records whose user name contains the term, if the user still exists, or whose start is in the time that the term names.
func (uc *UserContext) matchUserTerm(sel selection, term string) selection {
	if term == "" {
		return sel
	}
	condition, args := uc.termCondition(term)
	return sel.and("("+condition+")", args...)
}

// matchConnectionTerm also looks into the names of connections that still exist.
func (uc *UserContext) matchConnectionTerm(sel selection, term string) selection {
	if term == "" {
		return sel
	}
	condition, args := uc.termCondition(term)
	condition += " or h.connection_id in (select o.connection_id from guacamole_connection o where " +
		uc.store.dialect.Contains("o.connection_name") + ")"
	return sel.and("("+condition+")", append(args, term)...)
}

// termCondition returns what both kinds of records match by.
func (uc *UserContext) termCondition(term string) (condition string, args []any) {
	d := &uc.store.dialect
	column := "h.username"
	if uc.store.options.FoldUsernames {
		column = d.Lower(column)
	}
	condition = "h.user_id is not null and " + d.Contains(column)
	args = []any{uc.store.username(term)}
	if from, until, ok := parsePeriod(term, uc.store.options.Clock().Location()); ok {
		condition += " or h.start_date >= ? and h.start_date < ?"
		args = append(args, d.moment(from), d.moment(until))
	}
	return condition, args
}

// parsePeriod reads YYYY, YYYY-MM or YYYY-MM-DD, each with or without a dash at the end.
func parsePeriod(term string, zone *time.Location) (from, until time.Time, ok bool) {
	term = strings.TrimSuffix(term, "-")
	for _, unit := range []struct {
		layout             string
		years, months, day int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {time.DateOnly, 0, 0, 1}} {
		if len(term) != len(unit.layout) {
			continue
		}
		if from, err := time.ParseInLocation(unit.layout, term, zone); err == nil {
			return from, from.AddDate(unit.years, unit.months, unit.day), true
		}
	}
	return time.Time{}, time.Time{}, false
}

// StartConnection implements directory.HistoryRecorder. The start is now if the record has none.
func (uc *UserContext) StartConnection(ctx context.Context, record *directory.ConnectionRecord) error {
	s := uc.store
	stored := *record
	if stored.Start.IsZero() {
		stored.Start = s.options.Clock()
	}
	stored.Start = stored.Start.Truncate(time.Millisecond)
	err := s.write(ctx, func(c conn) error {
		user, err := s.userKey(ctx, c, stored.Username)
		if err != nil {
			return err
		}
		connection, _, err := s.objectKey(ctx, c, connectionTable(), stored.Connection)
		if err != nil {
			return err
		}
		profile, _, err := s.objectKey(ctx, c, sharingProfileTable(), stored.SharingProfile)
		if err != nil {
			return err
		}
		id, err := s.begin(ctx, c, connectionHistory, `insert into guacamole_connection_history (user_id, username, remote_host,
				connection_id, connection_name, sharing_profile_id, sharing_profile_name, start_date
			) values (?, ?, ?, ?, ?, ?, ?, ?)`,
			nullID(user), truncate(s.username(stored.Username), directory.MaxNameLength), nullText(truncate(stored.RemoteHost, 256)),
			nullID(connection), truncate(stored.ConnectionName, directory.MaxNameLength), nullID(profile),
			nullText(truncate(stored.SharingProfileName, directory.MaxNameLength)), c.d.moment(stored.Start))
		stored.Identifier, stored.UUID = formatID(id), directory.ConnectionRecordUUID(id)
		return err
	})
	if err == nil {
		*record = stored
	}
	return err
}

// EndConnection implements directory.HistoryRecorder.
func (uc *UserContext) EndConnection(ctx context.Context, identifier string, end time.Time) error {
	return uc.store.end(ctx, connectionHistory, identifier, end)
}
