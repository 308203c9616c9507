// SPDX-License-Identifier: Apache-2.0

// Package rdpei is the client's side of touch input ([MS-RDPEI]), a dynamic channel:
//
//	server                   client
//	server ready          →
//	                      ← client ready
//	                      ← touch event: frames of contacts, again and again
//	                      ← dismiss hovering contact
//	suspend, resume       →
//
// [Client] takes the server's messages and is told where each finger is by [Client.Frame],
// which writes the frame. What becomes of a contact from one frame to the next is for the
// client to find out, so that only the transitions of section 3.1.1.1 are ever sent:
//
//	                update, in range                down, in range, in contact
//	out of range ───────────────────→ hovering ───────────────────────────────→ engaged
//	     ↑  ↑          update            │  ↑          up, in range                │
//	     │  └────────────────────────────┘  └──────────────────────────────────────┤
//	     │                              up                                         │
//	     └─────────────────────────────────────────────────────────────────────────┘
//
// and from out of range to engaged at once. A contact that stays where it is in its state is
// repeated as an update in each frame, and it does not move in the frame in which it is
// lifted.
//
// Pens are parsed and written ([PenEvent]); the client sends none.
package rdpei

// ChannelName is the name of the dynamic channel.
const ChannelName = "Microsoft::Windows::RDS::Input"

// Event IDs of the header (section 2.2.2.6).
const (
	eventServerReady = 0x0001
	eventClientReady = 0x0002
	eventTouch       = 0x0003
	eventSuspend     = 0x0004
	eventResume      = 0x0005
	eventDismiss     = 0x0006
	eventPen         = 0x0008
)

const (
	// MaxContacts is the most contacts there can be: their IDs have one byte.
	MaxContacts = 256
	// DefaultContacts are as many fingers as a user has.
	DefaultContacts = 10
)
