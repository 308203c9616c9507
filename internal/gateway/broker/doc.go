// SPDX-License-Identifier: Apache-2.0

// Package broker turns "user U opens connection C" into a running tunnel, whatever transport carries it to the browser.
//
//	Request (request.go)
//	   │  permission: the user's own view of the data source must show the object
//	   │  limits: a seat for each limit that applies (limits.go); of a balancing group, the best member (balance.go)
//	   │  history: a record is stored before guacd is contacted, so failed attempts leave one too (history.go)
//	   │  parameters: tokens such as ${GUAC_USERNAME} are replaced (expand.go)
//	   │  guacd: the supervisor in this process, or a remote guacd (dial.go); handshake
//	   v
//	Tunnel (tunnel.go)   known to all gateways that share the registry (active.go); read in batches of whole instructions, written to, with
//	                     file streams diverted into HTTP requests (stream.go)
//
// What runs where, and who holds which seat, is asked of a directory.ActiveConnections, never of the tunnels at hand, since other gateways
// have some too. Each question is bounded by registryTimeout. [Broker.Run] keeps the registry told that this gateway lives.
//
// [Broker.Open] does all of that. A [Tunnel] ends when either side does, when its login session ends, when somebody kills it, or when the session
// it joined ends. Whatever the way, its record is ended and its seats are free afterwards.
//
// Errors of Open carry the guac.Status that the browser is told.
package broker
