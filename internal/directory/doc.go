// SPDX-License-Identifier: Apache-2.0

// Package directory is the neutral model of what a gateway manages: users, user groups, connections, connection groups,
// sharing profiles, the permissions that tie them together, and the history of their use. It holds types and interfaces, no storage.
//
// In reading order:
//
//   - model.go has the objects. Their attribute names are upstream's (attributes.go), their identifiers are strings: the
//     name for users and user groups, an opaque number for the rest, [RootGroup] for the root connection group.
//   - permission.go has the permission masks and [Permissions], the set that one user or group holds.
//   - usercontext.go has [UserContext], what one logged-in user sees of one data source, and the further abilities
//     that a data source may have. An ability is an interface of its own; ask for it with [As], which looks
//     through decorating contexts.
//   - logs.go has what was kept of past sessions beside their history records.
//   - errors.go has [Error] and its [Kind]; branch with errors.Is(err, directory.NotFound).
//   - restrictions.go and password.go have the rules of an account: when it may log in, and with what.
//   - fixed.go has a read-only data source in memory, for logins that bring their own connections.
//
// Every method that may block takes a context; cancelling it abandons the call and leaves the data as it was.
// All implementations are safe for concurrent use.
package directory
