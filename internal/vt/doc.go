// SPDX-License-Identifier: Apache-2.0

// Package vt is a terminal emulator without pixels: bytes of a host go in, a screen of cells comes out. It does no I/O,
// starts no goroutine and knows no time; the caller serialises its calls.
//
// In reading order:
//
//   - Terminal (terminal.go) is the state. Write (write.go) decodes UTF-8, drives the state machine (parser.go) and takes
//     runs of ASCII past it. Sequences go to sequence.go, setmode.go, sgr.go, osc.go, console.go and report.go; what they do
//     is in print.go, cursor.go and edit.go.
//   - A Cell has 16 bytes. Clusters of several code points, hyperlinks and underline colours are in tables (intern.go).
//   - A screen (screen.go) is a slice of pointers to lines, which scrolling swaps. A line that was never written holds no
//     cells. Lines that leave the top are packed to about a byte a character (history.go); Resize (resize.go) wraps them anew.
//   - Damage (damage.go) is the scrolls and dirty spans since it was last taken.
//   - Text, Word and URI (text.go) serve selections; EncodeKey, EncodeMouse and EncodePaste (keys.go, mouse.go) are the
//     way back to the host.
//   - A Handler (handler.go) hears what concerns the world outside. All that the host can make us hold is bounded there.
//
// Invariants, held by FuzzWrite: the cursor is on the screen; the left half of a wide character is always followed by its
// right half; the result does not depend on how the input was split; following the damage gives the screen.
//
// Behaviour is that of xterm where its documentation and the VT510 manual are clear; xterm.js replays the tests of the tag integration, and
// differences_test.go lists where it is not followed. Not supported: sixel and other graphics, double-width and
// double-height lines, rectangle operations, the user-defined character set of guacd's ESC ( K, modifyOtherKeys.
//
// Throughput on one core of the machine the project is measured on, 200x50 cells, 1000 lines of scrollback (go test -bench):
//
//	seq                57 MB/s
//	colour log        149 MB/s
//	CJK                59 MB/s
//	vim session       102 MB/s
//	dense SGR         109 MB/s
//	scrolling region  289 MB/s
package vt
