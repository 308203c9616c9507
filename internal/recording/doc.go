// SPDX-License-Identifier: Apache-2.0

// Package recording writes recordings of sessions.
//
// A recording is what a user who only watches is sent, in Guacamole's protocol, with the
// input of the users among it: mouse, key and touch instructions with the time as a further
// argument. The time is that of sync: milliseconds since 1970.
//
// A [Recorder] is the sink of a view of its own on the session's display, and the tap of
// the session. It queues what it is sent; one goroutine writes it to the file. Once a frame
// is in the file its view is told, as if the file were a user who answers sync. So a slow
// file gets fewer pictures, and never holds up a user. The queue is bounded; a file that
// does not keep up with it, that stalls or that is full ends the recording, with a line in
// the log, and the session goes on.
//
// Recorder.mu is held while no other code is called but the logger.
package recording
