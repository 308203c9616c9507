// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/palta-gateway/palta/internal/directory"
)

// connections is the kind of object that can be opened.
type connections struct{}

// connectionColumns are the attributes with a column of their own.
func connectionColumns() []string {
	return []string{
		directory.AttrMaxConnections, directory.AttrMaxConnectionsPerUser, directory.AttrWeight, directory.AttrFailoverOnly,
		directory.AttrGuacdPort, directory.AttrGuacdHostname, directory.AttrGuacdEncryption,
	}
}

func (connections) table() *table { return connectionTable() }

func (connections) from() string { return "guacamole_connection o" }

func (connections) named(sel selection, identifiers []string) (selection, bool) {
	return namedByKey(connectionTable(), sel, identifiers)
}

func (connections) clone(o directory.Connection) *directory.Connection {
	o.Attributes, o.Parameters = maps.Clone(o.Attributes), maps.Clone(o.Parameters)
	return &o
}

func (connections) read(ctx context.Context, c conn, sel selection) ([]record[directory.Connection], error) {
	const columns = `o.connection_id, o.connection_name, o.parent_id, o.protocol, o.max_connections, o.max_connections_per_user,
		o.connection_weight, o.failover_only, o.proxy_port, o.proxy_hostname, o.proxy_encryption_method,
		(select max(h.start_date) from guacamole_connection_history h where h.connection_id = o.connection_id)`
	return readObjects(ctx, c, connectionTable(), columns, sel, scanConnection,
		func(object *directory.Connection) directory.Attributes { return object.Attributes })
}

func scanConnection(row scanner) (record[directory.Connection], error) {
	var id int64
	var parent nullable[int64]
	var limit, userLimit, weight, port nullable[int64]
	var failover bool
	var hostname, encryption nullable[string]
	var lastActive moment
	o := &directory.Connection{}
	err := row.Scan(&id, &o.Name, &parent, &o.Protocol, &limit, &userLimit, &weight, &failover, &port, &hostname,
		&encryption, &lastActive)
	o.Identifier, o.Parent, o.LastActive = formatID(id), parentIdentifier(parent), lastActive.Time
	o.Attributes = directory.Attributes{
		directory.AttrMaxConnections:        numberText(limit),
		directory.AttrMaxConnectionsPerUser: numberText(userLimit),
		directory.AttrWeight:                numberText(weight),
		directory.AttrFailoverOnly:          truthText(failover),
		directory.AttrGuacdPort:             numberText(port),
		directory.AttrGuacdHostname:         optionalText(hostname),
		directory.AttrGuacdEncryption:       nil,
	}
	if encryption.Valid {
		o.Attributes.Set(directory.AttrGuacdEncryption, strings.ToLower(encryption.V))
	}
	return record[directory.Connection]{id: id, object: o}, err
}

func (s connections) insert(ctx context.Context, c conn, p *principal, o *directory.Connection) (int64, error) {
	parent, err := c.newParent(ctx, p, o.Parent)
	if err != nil {
		return 0, err
	}
	if err := s.check(ctx, c, o, parent, 0); err != nil {
		return 0, err
	}
	values := append([]any{o.Name, nullID(parent), o.Protocol}, connectionValues(o.Attributes, nil)...)
	id, err := c.insert(ctx, "connection_id", `insert into guacamole_connection (
			connection_name, parent_id, protocol, max_connections, max_connections_per_user, connection_weight, failover_only,
			proxy_port, proxy_hostname, proxy_encryption_method
		) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, values...)
	if err != nil {
		return 0, err
	}
	o.Identifier, o.Parent = formatID(id), parentOrRoot(o.Parent)
	return id, s.storePairs(ctx, c, id, &directory.Connection{}, o)
}

func (s connections) update(ctx context.Context, c conn, p *principal, before, after record[directory.Connection]) error {
	o := after.object
	parent, err := c.movedParent(ctx, p, before.object.Parent, o.Parent)
	if err != nil {
		return err
	}
	if err := s.check(ctx, c, o, parent, before.id); err != nil {
		return err
	}
	values := append([]any{o.Name, nullID(parent), o.Protocol}, connectionValues(o.Attributes, before.object.Attributes)...)
	err = c.exec(ctx, `update guacamole_connection set
			connection_name = ?, parent_id = ?, protocol = ?, max_connections = ?, max_connections_per_user = ?,
			connection_weight = ?, failover_only = ?, proxy_port = ?, proxy_hostname = ?, proxy_encryption_method = ?
		where connection_id = ?`, append(values, before.id)...)
	if err != nil {
		return err
	}
	return s.storePairs(ctx, c, before.id, before.object, o)
}

func (connections) storePairs(ctx context.Context, c conn, id int64, before, o *directory.Connection) error {
	t := connectionTable()
	if err := c.setPairs(ctx, t.parameters, id, before.Parameters, parameterPairs(o.Parameters)); err != nil {
		return err
	}
	columns := connectionColumns()
	return c.setPairs(ctx, t.attributes, id, attributePairs(before.Attributes, columns), attributePairs(o.Attributes, columns))
}

// check holds a connection to the rules; self is its key, 0 for a new one.
func (connections) check(ctx context.Context, c conn, o *directory.Connection, parent, self int64) error {
	if err := checkName(o.Name, "Connection names must not be blank."); err != nil {
		return err
	}
	if isBlank(o.Protocol) {
		return directory.Errorf(directory.Invalid, "The protocol must not be blank.")
	}
	if err := checkLength(o.Protocol, "protocol", directory.MaxProtocolLength); err != nil {
		return err
	}
	if err := checkLength(o.Attributes.Get(directory.AttrGuacdHostname), "host name", directory.MaxHostnameLength); err != nil {
		return err
	}
	taken, err := c.nameTaken(ctx, connectionTable(), "connection_name", o.Name, "parent_id", parent, self)
	if err == nil && taken {
		return directory.Errorf(directory.Conflict, "The connection %q already exists.", o.Name)
	}
	return err
}

// remove also needs UPDATE on the group that the connection is in.
func (connections) remove(ctx context.Context, c conn, p *principal, object record[directory.Connection]) error {
	if err := c.requireParent(ctx, p, object.object.Parent); err != nil {
		return err
	}
	err := c.exec(ctx, "delete from guacamole_connection where connection_id = ?", object.id)
	return err
}

// connectionValues returns the columns from max_connections on. Numbers that cannot be read stay as they were.
func connectionValues(now, before directory.Attributes) []any {
	encryption := any(nil)
	if method := strings.ToUpper(now.Get(directory.AttrGuacdEncryption)); method == "NONE" || method == "SSL" {
		encryption = method
	}
	return []any{
		numberValue(now, before, directory.AttrMaxConnections),
		numberValue(now, before, directory.AttrMaxConnectionsPerUser),
		numberValue(now, before, directory.AttrWeight),
		now.True(directory.AttrFailoverOnly),
		numberValue(now, before, directory.AttrGuacdPort),
		nullText(now.Get(directory.AttrGuacdHostname)),
		encryption,
	}
}

// numberValue returns the column for a number attribute.
func numberValue(now, before directory.Attributes, name string) any {
	for _, text := range []string{now.Get(name), before.Get(name)} {
		if text == "" {
			return nil
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= math.MinInt32 && n <= math.MaxInt32 {
			return n
		}
	}
	return nil
}

func numberText(n nullable[int64]) *string {
	if !n.Valid {
		return nil
	}
	text := formatID(n.V)
	return &text
}

func optionalText(text nullable[string]) *string {
	if !text.Valid {
		return nil
	}
	return &text.V
}

// truthText returns the text of a boolean attribute: "true" or nothing.
func truthText(is bool) *string {
	if !is {
		return nil
	}
	text := "true"
	return &text
}
