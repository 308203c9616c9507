// SPDX-License-Identifier: Apache-2.0

// Package console is what the engines of terminal protocols share. With it an engine is its wire: SSH, telnet and
// Kubernetes differ in how they reach a host and in what they make of its bytes, not in what users see and do.
//
// In reading order:
//
//   - [Run] shows a terminal to the users of a session, and calls the engine, which connects.
//   - [Console] is what the engine has of the terminal: it may ask the user for something ([Console.Prompt]), say
//     something ([Console.Message]), and gives the terminal a host in the end ([Console.Serve]).
//   - [Host] is a remote host as a stream of bytes and a size.
//   - [Files] is file transfer beside the terminal, for a protocol that has it.
//   - [Observer] gets a copy of the host's output, for typescripts.
//
// users.go is what users do: keys, mouse, clipboard, pipes, files, settings. pipe.go is the pipes that the host opens.
//
// A protocol declares the parameters of terminals (package engine has them) wherever args has them; this package reads
// them by name.
//
// # Goroutines
//
// Run has one that draws; Serve has one for what users type, and one for the size. All of them have ended when Run
// returns. Output is written to the terminal by whoever calls Console.Write, one after the other.
//
// # Locks
//
// Console.output is held while output is interpreted, and guards the pipe. Console.mu guards the users' views and the
// title. Neither is held while the session is called, save that a pipe of the host is written to its users under output:
// nothing of a pipe may be lost, so the host waits.
package console
