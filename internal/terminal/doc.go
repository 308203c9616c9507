// SPDX-License-Identifier: Apache-2.0

// Package terminal draws a terminal emulator on a display and takes a user's keys, mouse and clipboard for it. The
// engines of SSH, telnet and Kubernetes are a [Terminal] between a user and a byte stream.
//
//	remote host ──Write──> vt.Terminal ──damage──> display.Display ──Paint──> pixels
//	user ──Key, Mouse, Paste──> encoder ──Read──> remote host
//
// In reading order:
//
//   - [Terminal] is all of it: output goes in by Write, input comes out of Read.
//   - [Fonts] has the typefaces, the embedded one and those of the system, and [Face] one of them in one size with its
//     rasterised glyphs. Terminals of one process share them.
//   - [ParseColorScheme] reads the parameter color-scheme.
//   - [Terminal.Prompt] asks the user for a line of text within the terminal, before there is a remote host.
//
// # Pixels
//
// A terminal is the painter of its display: pixels exist only while a picture is encoded. Write interprets output at
// once and tells the display the rows that moved and the cells that changed; cells are painted when a user is due its
// next picture, so a flood of output is not drawn line by line.
//
// # Locks
//
// Terminal.mu guards the emulator and all that is drawn. It is held while the display is told of damage and while
// Paint runs, and comes before the display's own locks and those of the fonts. The queue of input has its own lock,
// which is never held together with another. Callbacks of Config run without any lock, on the goroutine that called the
// Terminal; they must not block.
package terminal
