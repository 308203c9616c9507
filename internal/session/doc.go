// SPDX-License-Identifier: Apache-2.0

// Package session is a running connection and the users joined to it.
//
// In reading order:
//
//   - [Session] has the users. [Session.Serve] runs one user from the end of its
//     handshake until it leaves; the session ends with its last user, or by
//     [Session.Close].
//   - [Handler] is the engine: it is told of users and gets their input through further
//     interfaces, such as [KeyHandler], that it may implement.
//   - [User] is one joined browser: instructions go to it through a bounded queue that
//     never blocks the sender. A user that is too slow is dropped and slows nobody.
//   - control.go says who controls a session: the owner, those who may act, the leader.
//   - [OutStream] and [InStream] carry files, clipboards, pipes and the like.
//   - [Tap] observes a session, which is how it is recorded.
//   - [Object] is a filesystem that a user can browse.
//
// # Goroutines
//
// Each user has a reader, which is the goroutine of Serve and calls the handlers of plain
// input, and a writer. A stream or an object request is handled on a goroutine of its
// own, which ends with the user at the latest: reads and writes of its stream fail then.
// Serve returns when all of them have ended.
//
// # Locks
//
// Session.joins, which puts arrivals and departures in order while the handler is told,
// comes before Session.mu, which comes before User.mu. No lock but joins is held while a
// handler runs.
//
// # Stream indices
//
// The streams that this package opens towards a user have even indices. Odd ones are left
// to the display, whose pictures are streams without acknowledgement.
package session
