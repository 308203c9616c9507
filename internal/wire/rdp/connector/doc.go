// SPDX-License-Identifier: Apache-2.0

// Package connector takes an RDP connection from its first byte through the whole connection
// sequence ([MS-RDPBCGR], section 1.3.1.1), and then tells what the server sends:
//
//	X.224 negotiation → TLS → [CredSSP | RDSTLS] → MCS connect → join channels
//	→ [security exchange] → client info → licensing → capabilities → finalization → data
//
// With [Config.Direct] the security protocol comes first, and the X.224 negotiation inside it.
//
// A [Connector] is a state machine: [Connector.Step] takes what was received and the time,
// and returns what to send and [Event]s. The driver reads and writes the socket, and starts
// TLS when EventStartTLS says so. The Append methods write what the client sends later.
//
// [Config.Compression] offers bulk compression; events have what was compressed in plain.
//
// A redirection ends the connection with EventRedirect; [Config.Redirect] makes the
// configuration of the next one, which is a Connector of its own. Deactivation and
// reactivation happen within; the events between say so.
package connector
