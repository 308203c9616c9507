// SPDX-License-Identifier: Apache-2.0

// Package vnc is the engine for VNC: an RFB client that draws on a display.
//
//	run      connect, then read the server's messages until either side ends
//	screen   what the server draws: rfb.Handler onto the display
//	input    what users do: session handlers to the server's messages
//
// One goroutine reads from the server and draws. Users' input comes on goroutines of
// theirs and is written to the server through a sender with a lock. Cancelling the context
// closes the connection, which ends the reading.
package vnc
