// SPDX-License-Identifier: Apache-2.0

// Package guacd is the supervisor: what Guacamole's daemon of that name is.
//
// In reading order:
//
//   - [Supervisor] reads select from each new connection and hands the connection to a
//     worker: a new one, or that of the connection to join. [Supervisor.Serve] takes
//     connections from a listener, [Supervisor.Connect] from within the process.
//   - A worker is a process of its own, or with isolation none a goroutine that runs the
//     same code. See package worker for what the two say to each other.
//   - [Policy] decides what workers are given. They have no network of their own: they ask
//     the supervisor to dial, to wait for a connection, to wake a host or to create a
//     file, and get no more than the connection's own parameters name and the operator
//     allows.
//   - [ParseArgs] and [ParseConfig] read the options and the guacd.conf of upstream's
//     daemon.
//
// # Ends
//
// A worker that dies takes nothing with it but its own session: its users are told
// SERVER_ERROR on a descriptor that the supervisor has kept for that.
//
// The end of the context of Serve stops the listener only. [Supervisor.Close] ends the
// sessions: the workers are told, and killed if they do not end in time.
package guacd
