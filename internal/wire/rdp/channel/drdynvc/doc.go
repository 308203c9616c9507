// SPDX-License-Identifier: Apache-2.0

// Package drdynvc is the client's side of dynamic virtual channels ([MS-RDPEDYC]), which all
// run in the static channel drdynvc:
//
//	server                     client
//	capabilities(version)    →
//	                         ← capabilities(the version taken)
//	create(id, name)         →
//	                         ← create(id, status)
//	data first, data         ↔
//	close                    ↔
//
// [Manager] takes whole messages of the static channel and tells [Event]s; its Append
// methods write messages for it. A channel is known by its ID, not by its name: servers
// close one and open it again.
//
// With version 3, servers may compress what they send in a channel, each with a history of its
// own; what this side sends is never compressed. They may also ask to move channels to UDP:
// soft-sync is answered with no tunnel at all, as there is none.
package drdynvc
