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
// Deviation: compressed data (version 3) is refused, as the Manager answers with version 2
// at most; soft-sync, which moves channels to UDP, cannot then occur either.
package drdynvc
