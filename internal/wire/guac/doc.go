// SPDX-License-Identifier: Apache-2.0

// Package guac reads and writes the Guacamole protocol, versions 1.0.0 to 1.5.0.
//
// A message is an [Instruction]: an opcode and its arguments, each a length-prefixed
// element, joined by commas and closed by a semicolon:
//
//	4.size,1.0,4.1024,3.768;
//
// A length counts Unicode code points, not bytes.
//
// In reading order:
//
//   - [ConsumeInstruction] takes one instruction off a byte slice, without allocation.
//   - [Reader] does the same on an io.Reader, within [Limits].
//   - [Builder] appends instructions to a byte slice; opcodes are the Op constants.
//   - [Status] names the result codes, [Error] is an error that carries one.
//   - [ClientHandshake] and [ServerHandshake] are the two sides of the handshake, as
//     steps that take an instruction and return what to send.
//
// The package does no I/O of its own beyond the given reader, and starts no goroutine.
package guac
