// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"slices"

	"github.com/palta-gateway/palta/internal/directory"
)

// recordJSON is a history record of either kind as clients see it.
type recordJSON struct {
	StartDate  *int64             `json:"startDate"`
	EndDate    *int64             `json:"endDate"`
	RemoteHost *string            `json:"remoteHost"`
	Username   *string            `json:"username"`
	Active     bool               `json:"active"`
	Identifier string             `json:"identifier"`
	UUID       *string            `json:"uuid"`
	Attributes map[string]any     `json:"attributes"`
	Logs       map[string]logJSON `json:"logs"`
}

// connectionRecordJSON is the use of a connection as clients see it.
type connectionRecordJSON struct {
	recordJSON
	ConnectionIdentifier     *string `json:"connectionIdentifier"`
	ConnectionName           *string `json:"connectionName"`
	SharingProfileIdentifier *string `json:"sharingProfileIdentifier"`
	SharingProfileName       *string `json:"sharingProfileName"`
}

// historyRoutes adds the routes of history, as a whole and of one object, each with its single records.
func (a *API) historyRoutes() {
	for _, route := range []struct {
		path string
		all  handler
		one  handler
		log  handler
	}{
		{"history/connections", connectionHistory, connectionRecord, connectionLog},
		{"history/users", userHistory, userRecord, userLog},
		{"connections/{id}/history", historyOfConnection, connectionRecord, connectionLog},
		{"users/{id}/history", historyOfUser, userRecord, userLog},
		{"self/history", historyOfUser, userRecord, userLog},
	} {
		a.data("GET", route.path, route.all)
		a.data("GET", route.path+"/{record}", route.one)
		a.data("GET", route.path+"/{record}/logs/{name}", route.log)
	}
}

// historyQuery reads the parameters contains and order.
func (c *call) historyQuery() (directory.HistoryQuery, error) {
	parameters := c.r.URL.Query()
	query := directory.HistoryQuery{
		Terms: slices.DeleteFunc(slices.Clone(parameters["contains"]), func(term string) bool { return term == "" }),
	}
	for i, property := range parameters["order"] {
		switch {
		case property != "startDate" && property != "-startDate":
			return query, directory.Errorf(directory.Invalid, "Invalid sort property: %q", property)
		case i == 0:
			query.Ascending = property == "startDate"
		}
	}
	return query, nil
}

func connectionHistory(c *call) error {
	query, err := c.historyQuery()
	if err != nil {
		return err
	}
	return c.answerConnectionHistory(query)
}

func historyOfConnection(c *call) error {
	query, err := c.historyQuery()
	if err != nil {
		return err
	}
	if _, err := c.uc.Connections().Get(c.ctx(), c.id()); err != nil {
		return err
	}
	query.Connection = c.id()
	return c.answerConnectionHistory(query)
}

func (c *call) answerConnectionHistory(query directory.HistoryQuery) error {
	reader, ok := directory.As[directory.HistoryReader](c.uc)
	if !ok {
		return c.answer([]any{})
	}
	records, err := reader.ConnectionHistory(c.ctx(), query)
	if err != nil {
		return err
	}
	show, err := c.recordEncoder()
	if err != nil {
		return err
	}
	shown := make([]*connectionRecordJSON, 0, len(records))
	for _, record := range records {
		object, err := show(record)
		if err != nil {
			return err
		}
		shown = append(shown, object)
	}
	return c.answer(shown)
}

// recordEncoder returns how records are shown. Those of sessions that run are active.
func (c *call) recordEncoder() (func(*directory.ConnectionRecord) (*connectionRecordJSON, error), error) {
	logs, err := c.readableLogs()
	if err != nil {
		return nil, err
	}
	list, err := c.api.cfg.Broker.Active(c.ctx(), c.uc.DataSource())
	if err != nil {
		return nil, err
	}
	running := make(map[string]bool, len(list))
	for _, active := range list {
		running[active.Identifier] = true
	}
	return func(r *directory.ConnectionRecord) (*connectionRecordJSON, error) {
		shown, err := logs.of(c, r)
		return &connectionRecordJSON{
			recordJSON: recordJSON{
				StartDate: millis(r.Start), EndDate: millis(r.End), RemoteHost: textOrNull(r.RemoteHost), Username: &r.Username,
				Active: running[r.UUID], Identifier: r.Identifier, UUID: textOrNull(r.UUID),
				Attributes: map[string]any{}, Logs: shown,
			},
			ConnectionIdentifier: textOrNull(r.Connection), ConnectionName: textOrNull(r.ConnectionName),
			SharingProfileIdentifier: textOrNull(r.SharingProfile), SharingProfileName: textOrNull(r.SharingProfileName),
		}, err
	}, nil
}

// connectionRecord answers one record, also below the connection that it is of.
func connectionRecord(c *call) error {
	record, err := c.connectionRecord()
	if err != nil {
		return err
	}
	show, err := c.recordEncoder()
	if err != nil {
		return err
	}
	shown, err := show(record)
	if err != nil {
		return err
	}
	return c.answer(shown)
}

// connectionRecord finds the record of the path.
func (c *call) connectionRecord() (*directory.ConnectionRecord, error) {
	reader, err := ability[directory.HistoryReader](c.uc)
	if err != nil {
		return nil, err
	}
	identifier := c.r.PathValue("record")
	records, err := reader.ConnectionHistory(c.ctx(), directory.HistoryQuery{Identifier: identifier, Connection: c.id()})
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, directory.NotFoundError(identifier)
	}
	return records[0], nil
}

func userHistory(c *call) error {
	query, err := c.historyQuery()
	if err != nil {
		return err
	}
	return c.answerUserHistory(query)
}

func historyOfUser(c *call) error {
	query, err := c.historyQuery()
	if err != nil {
		return err
	}
	username, err := c.username()
	if err != nil {
		return err
	}
	if _, err := c.uc.Users().Get(c.ctx(), username); err != nil {
		return err
	}
	query.Username = username
	return c.answerUserHistory(query)
}

func (c *call) answerUserHistory(query directory.HistoryQuery) error {
	reader, ok := directory.As[directory.HistoryReader](c.uc)
	if !ok {
		return c.answer([]any{})
	}
	records, err := reader.UserHistory(c.ctx(), query)
	if err != nil {
		return err
	}
	shown := make([]recordJSON, 0, len(records))
	for _, record := range records {
		shown = append(shown, showUserRecord(record))
	}
	return c.answer(shown)
}

func showUserRecord(r *directory.UserRecord) recordJSON {
	return recordJSON{
		StartDate: millis(r.Start), EndDate: millis(r.End), RemoteHost: textOrNull(r.RemoteHost), Username: &r.Username,
		Identifier: r.Identifier, UUID: textOrNull(r.UUID), Attributes: map[string]any{}, Logs: map[string]logJSON{},
	}
}

func userRecord(c *call) error {
	record, err := c.userRecord()
	if err != nil {
		return err
	}
	return c.answer(showUserRecord(record))
}

// userRecord finds the record of the path.
func (c *call) userRecord() (*directory.UserRecord, error) {
	reader, err := ability[directory.HistoryReader](c.uc)
	if err != nil {
		return nil, err
	}
	identifier := c.r.PathValue("record")
	query := directory.HistoryQuery{Identifier: identifier}
	// Below a user or self only records of that user exist; the history of all has no user in its path.
	if c.r.PathValue("id") != "" {
		query.Username = c.id()
	}
	records, err := reader.UserHistory(c.ctx(), query)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, directory.NotFoundError(identifier)
	}
	return records[0], nil
}
