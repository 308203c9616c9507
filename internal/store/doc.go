// SPDX-License-Identifier: Apache-2.0

// Package store keeps a directory in an SQL database of upstream's schema.
//
// [New] makes a [Store] from open database pools and a [Dialect], the one small value in which SQL engines differ; a package a database below this one
// makes both, and package storetest defines what a store does. Upstream's tables (guacamole_…) are used as they are and never altered.
//
// The Store itself checks no permission: it is for logins, set-up and administration on the machine. What a logged-in user may
// see and do is a [UserContext], made by [Store.UserContext]. Its permission rules are upstream's:
//
//   - Effective permissions are the user's own and those of all groups reached by membership, through any depth. A disabled group
//     gives nothing and stops inheritance. Groups named by whoever authenticated the user count like memberships.
//   - Whoever holds the system permission ADMINISTER is privileged and passes every check.
//   - The creator of an object gets all four permissions on it, a new user READ on itself.
//   - The root group is no row: its identifier is directory.RootGroup, its children have no parent.
//
// Permissions are read anew in each call, so a change takes effect in sessions that are under way.
//
// Every change is one transaction that takes the right to write before it reads, so two editors cannot lose each other's
// change. A cancelled context abandons the transaction. Errors are [*directory.Error] where a caller can act on their kind.
//
// In reading order: dialect.go, conn.go (running SQL), principal.go (who asks), table.go and object.go (what all kinds of objects
// have in common), then one file a kind, permissions, memberships, history and accounts.
package store
