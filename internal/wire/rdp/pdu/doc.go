// SPDX-License-Identifier: Apache-2.0

// Package pdu has the PDUs of RDP above MCS and security: what the I/O channel and the
// message channel carry ([MS-RDPBCGR], sections 2.2.1.11 to 2.2.16, save input and graphics).
//
// In reading order:
//
//   - [ClientInfo] is the user's name, password and wishes.
//   - [ShareControl] and [ShareData] are the headers of everything on the I/O channel after it.
//   - [DemandActive] and [ConfirmActive] exchange [CapabilitySet]s.
//   - [Synchronize], [Control], [FontList] and [FontMap] finish the connection.
//   - [ErrorInfo], [SaveSessionInfo], [MonitorLayout] and others are told by the server;
//     [SuppressOutput], [RefreshRect] and [FrameAcknowledge] by the client.
//   - [Redirection] sends the client elsewhere.
//   - [Autodetect], [Heartbeat] and [MultitransportRequest] come on the message channel.
//
// Each PDU has a Parse function and an Append method, which are inverse: what Append wrote
// reads back as the same value. Pads are written as zeros.
package pdu
