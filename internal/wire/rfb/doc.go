// SPDX-License-Identifier: Apache-2.0

// Package rfb is the client's side of the Remote Framebuffer protocol, versions 3.3 to
// 3.8 (RFC 6143), with the extensions that servers have in common.
//
// In reading order:
//
//   - [Handshake] takes a connection from ProtocolVersion to ServerInit, step by step.
//   - [Decoder] reads the server's messages and tells them to a [Handler]; pixels come
//     through the package encoding below.
//   - The Append functions write the client's messages.
//   - [ClipboardText] and its kin are the Extended Clipboard.
//
// Nothing here does I/O beyond the given reader.
//
// Deviation: Apple Remote Desktop announces version 003.889, which is read as 3.8.
package rfb
