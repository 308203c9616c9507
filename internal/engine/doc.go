// SPDX-License-Identifier: Apache-2.0

// Package engine defines what a protocol engine is and how its parameters are declared.
//
// In reading order:
//
//   - [Protocol] is an engine: its parameters, the forms in which people edit them, and
//     [Protocol.Run], which draws and serves until the remote side ends.
//   - [Config] is what Run is given: the session, the parsed parameters, a [Dialer].
//   - [Reach] is what the parameters name and the Dialer therefore may be asked for.
//     [ConnectAwake] wakes a sleeping host first. [Files] are created in the same way.
//   - [Param] declares a parameter. From the table come the names of args, parsing
//     ([ParseValues]) and the forms of the REST API ([Protocol.Schema]). Any value can be
//     stored, as upstream has it; one that cannot be read is named in the log when it is
//     used, and the default stands in.
//   - [Values] are the parsed parameters of one user.
//   - The groups (clipboard, recording, sftp, ...) are parameters that several protocols
//     share; each protocol puts them where upstream has them in args.
//
// An engine never opens a network connection by itself: it asks its Dialer, which in a
// worker process asks the supervisor.
//
// Cancelling the context of Run means that the session is over: Run returns soon, and
// leaves no goroutine behind. The cause of the context is the reason.
package engine
