// SPDX-License-Identifier: Apache-2.0

// Package guacuser is a user of a guacd-compatible daemon, for tests: the one fake browser of this project.
//
// A [User] lives by itself, as a browser does: it draws what it is sent on a canvas, answers frames and streams, and
// keeps what it is told. Tests wait for a state of it:
//
//	u := guacuser.Connect(t, conn, guacuser.Config{Select: "ssh", Params: …})
//	u.Type("echo hel''lo\n")
//	u.See("hello")
//	u.WaitPixels("a red corner", func(img *image.RGBA) error { … })
//
// A [Peer] does nothing by itself, for tests that read as a dialogue and those of slow or silent users:
//
//	p := guacuser.NewPeer(t, conn)
//	p.Send("key", "97", "1")
//	p.Want("the echo", "name", "a")
//	p.WantEnd("killed", guac.SessionClosed)
//
// Both speak the handshake, send the same input, wait no longer than [Timeout] for anything, and show the last
// instructions that came when a test fails by them.
package guacuser
