// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"strconv"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Limits are how many sessions may run at a time; 0 means any number. Those of connections and groups hold where the object has no attribute of its own.
type Limits = directory.ActiveLimits

// DefaultLimits are upstream's: one session of a user on a balancing group.
var DefaultLimits = Limits{PerGroupUser: 1}

// reserve takes the seats of a session on the group, if there is one, and on the connection, once it is chosen.
func (a *attempt) reserve(ctx context.Context, group *directory.ConnectionGroup, connection *directory.Connection) error {
	limits, ok := a.broker.cfg.Limits[a.request.DataSource]
	if !ok {
		limits = DefaultLimits
	}
	use := a.use
	if group != nil {
		use.Group = group.Identifier
		limits.PerGroup = limitOf(group.Attributes, directory.AttrMaxConnections, limits.PerGroup)
		limits.PerGroupUser = limitOf(group.Attributes, directory.AttrMaxConnectionsPerUser, limits.PerGroupUser)
	}
	if connection != nil {
		use.Connection = connection.Identifier
		limits.PerConnection = limitOf(connection.Attributes, directory.AttrMaxConnections, limits.PerConnection)
		limits.PerConnectionUser = limitOf(connection.Attributes, directory.AttrMaxConnectionsPerUser, limits.PerConnectionUser)
	}
	a.reserved = true // perhaps even if the answer is an error
	err := a.broker.ask(ctx, func(ctx context.Context, registry directory.ActiveConnections) error {
		return registry.Reserve(ctx, use, limits)
	})
	if limit, ok := errors.AsType[directory.LimitError](err); ok {
		return limitReached(limit)
	}
	if err == nil {
		a.use = use
	}
	return err
}

// limited reports whether err says that there is no room.
func limited(err error) bool {
	status := guac.StatusOf(err)
	return status == guac.ResourceConflict || status == guac.ClientTooMany
}

// limitReached is what the browser is told of a limit, in upstream's words.
func limitReached(limit directory.LimitError) error {
	switch limit {
	case directory.GroupUserLimit:
		return guac.Errorf(guac.ClientTooMany, "Cannot connect. Connection group already in use by this user.")
	case directory.GroupLimit:
		return guac.Errorf(guac.ResourceConflict, "Cannot connect. This connection group is in use.")
	case directory.ConnectionUserLimit:
		return guac.Errorf(guac.ClientTooMany, "Cannot connect. Connection already in use by this user.")
	case directory.ConnectionLimit:
		return guac.Errorf(guac.ResourceConflict, "Cannot connect. This connection is in use.")
	}
	return guac.Errorf(guac.ResourceConflict, "Cannot connect. Overall maximum connections reached.")
}

// limitOf reads a limit from an attribute; what is no number counts as unset.
func limitOf(attributes directory.Attributes, name string, ifUnset int) int {
	if n, err := strconv.Atoi(attributes.Get(name)); err == nil {
		return n
	}
	return ifUnset
}
