// SPDX-License-Identifier: Apache-2.0

// Package worker is one connection's process: it runs an engine and the session of the
// users joined to it.
//
// In reading order:
//
//   - [Control] is the connection to the supervisor. It carries [Message] values and, beside
//     them, network connections and files. In a process of its own it is a Unix socket
//     ([Inherited]); without isolation it is a pair in memory ([Pipe]).
//   - [Run] is the worker: it takes users' connections, speaks the handshake on them from
//     args to ready, and serves them until the last one has left or the control socket is closed.
//   - [Main] is the process around Run.
//
// The messages in the order of a session's life:
//
//	supervisor                          worker
//	start  session, protocol      ->
//	user   user, owner, buffered  ->            with the user's connection, select read
//	                              <- reach      once: what the owner's parameters name
//	                              <- dial, dial-named, accept, wake, create: request, …
//	answer request, status        ->            with the connection or file, if it is Success
//	                              <- left       user
//	stop   status, text           ->
//
// The reach is told before the first byte of a remote host is read, and once only. So a
// worker that a remote host has taken over cannot widen what the supervisor does for it.
package worker
