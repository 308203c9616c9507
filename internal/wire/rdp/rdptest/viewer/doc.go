// SPDX-License-Identifier: Apache-2.0

// Package viewer is a small RDP client for tests: it connects to a real server through
// the wire packages, draws what the server sends, and keeps count of how it came.
//
//   - [Dial] goes through the connection sequence, TLS and NLA included, until input may be sent.
//   - [Client.Until] reads and draws until a condition holds: that the [Screen] shows a picture,
//     say. Nothing happens outside of it, and nothing at the same time: there is no goroutine.
//   - [Client.Send] sends input, [Client.Resize] asks for another size of the desktop.
//
// Its tests, with the build tag integration, run it against xrdp, freerdp-shadow and weston, and
// compare the picture with a screenshot of the same X display. It is not part of the product.
package viewer
