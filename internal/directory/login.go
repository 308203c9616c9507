// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"context"
	"time"
)

// LoginKey names a login: the SHA-256 of its token, which is kept nowhere.
type LoginKey [32]byte

// LoginRecord is what all gateways know of a login: values only, so that it can be stored and the login made again from it.
type LoginRecord struct {
	Key   LoginKey
	Start time.Time
	// Last is the last access that is known. It may be behind by as much as gateways wait before they tell.
	Last time.Time
	// Login is what the login is made again from, in the form of the gateway. Its secrets are sealed with the token.
	Login []byte
	// Affinity is the connection that the login has used of each balancing group, by a name of the gateway's for the group.
	Affinity map[string]string
}

// LoginRecords keeps logins for all gateways that share it. Every method with a context may ask a database, so callers bound it. An error
// that is not named below means that the records could not be asked.
type LoginRecords interface {
	// Watch calls ended whenever a login has ended at any gateway, until stop is called. A call may be lost, so whoever holds a login
	// also looks from time to time whether there is still a record of it. ended may not call back before it returns.
	Watch(ended func(key LoginKey, reason string)) (stop func())
	// Create keeps a new login.
	Create(ctx context.Context, record LoginRecord) error
	// Find returns a login; NotFound if there is none, as it has ended. What the record refers to must not be changed.
	Find(ctx context.Context, key LoginKey) (LoginRecord, error)
	// Update changes a login in one step; NotFound if it has ended. change replaces what the record refers to and does not write to it.
	Update(ctx context.Context, key LoginKey, change func(record *LoginRecord)) error
	// Delete ends a login; NotFound if it has ended. So of several that end it, one has done it.
	Delete(ctx context.Context, key LoginKey, reason string) error
	// Idle returns the logins without an access since before.
	Idle(ctx context.Context, before time.Time) ([]LoginRecord, error)
}
