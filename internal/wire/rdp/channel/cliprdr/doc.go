// SPDX-License-Identifier: Apache-2.0

// Package cliprdr is the client's side of the clipboard ([MS-RDPECLIP]), in the static
// channel cliprdr:
//
//	server                         client
//	clipboard capabilities       →
//	monitor ready                →
//	                             ← clipboard capabilities
//	                             ← temporary directory, if there is one
//	                             ← format list, even if it is empty
//	format list response         →
//
//	copying on either side:
//	format list                  →  format list response
//
//	pasting on the other:
//	                             ←  format data request (a format of the list)
//	format data response         →
//
//	pasting files:
//	                             ←  lock
//	                             ←  format data request (FileGroupDescriptorW)
//	format data response         →  a file list: names, sizes, directories
//	                             ←  file contents request (stream, file, size or range)
//	file contents response       →  (stream), in any order
//	                             ←  unlock
//
// Names: the host is the server's side with its clipboard. Who copied last is the owner of
// the shared clipboard and announces formats, not data; the other side asks for what is
// pasted. Every request is answered, with a failure where there is nothing, since programs
// on Windows wait for the answer.
//
// Reading order: [Client] is the state machine, which takes whole messages of the channel
// and tells an [Event]; [Offer] is what this side copied, [Kind] a format both understand.
// [Parse] reads any [PDU], and each has Append. What formats carry is read and written by
// [DecodeText], [ParseHTML], [ParseDIB] and [ParseFileList], which are apart from the
// channel. File names from the host go through [FileDescriptor.Path] before anyone uses
// them.
//
// Bounds: a message is at most what svc joins (16 MB); formats, files, locks and requests
// under way have limits of their own, which stand beside the constants. The client keeps
// its own offer, those the host has locked, and no data of the host's.
//
// Deviations: what follows the announced length of a PDU is ignored, as some servers pad.
// A list of the host that repeats ours is taken as its echo (see [Client.Handle]).
package cliprdr

// ChannelName is the name of the static channel.
const ChannelName = "cliprdr"
