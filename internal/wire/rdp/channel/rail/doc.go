// SPDX-License-Identifier: Apache-2.0

// Package rail is the client's side of remote programs ([MS-RDPERP]), in the static channel
// rail: instead of a desktop, the session has the windows of one program.
//
//	server                            client
//	handshake, or handshakeEx       →
//	                                ← handshake
//	                                ← client information
//	                                ← system parameters: high contrast, work area, …
//	                                ← language bar, if both sides have one
//	                                ← execute: program, folder, arguments
//	execute result                  →
//	system parameters, min max info,
//	move and size, z-order, cloak   →
//	                                ← activate, system command, notify event, …
//
// The channel is not enough: the client has to announce it with the remote programs and the
// window list capability sets (see [LevelSupported] and [WindowLevelSupported]) and with
// INFO_RAIL in the client information packet.
//
// [Client] brings the program up and tells an [Event]; the result of the execution says in
// words why there is none ([ExecResult.Err]). [Parse] and [Append] read and write each [PDU].
// A PDU describes its fields once, in its method fields, which serves both ways.
//
// Known limits: windows are not drawn one by one. The server paints them into one desktop
// picture as ever, and the orders that describe windows, icons and the desktop (section
// 2.2.1.3), which are alternate secondary drawing orders and not of this channel, can be
// ignored. Local moving and sizing is not announced, so the server moves windows itself.
package rail

// ChannelName is the name of the static channel.
const ChannelName = "rail"

// Flags of RailSupportLevel in the remote programs capability set (section 2.2.1.1.1).
const (
	LevelSupported             = 0x00000001
	LevelDockedLanguageBar     = 0x00000002
	LevelShellIntegration      = 0x00000004
	LevelLanguageIMESync       = 0x00000008
	LevelServerToClientIMESync = 0x00000010
	LevelHideMinimizedApps     = 0x00000020
	LevelWindowCloaking        = 0x00000040
	LevelHandshakeEx           = 0x00000080
)

// Values of WndSupportLevel in the window list capability set (section 2.2.1.1.2).
const (
	WindowLevelNone      = 0
	WindowLevelSupported = 1
	WindowLevelExtended  = 2
)
