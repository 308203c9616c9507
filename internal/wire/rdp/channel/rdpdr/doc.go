// SPDX-License-Identifier: Apache-2.0

// Package rdpdr is the client's side of device redirection ([MS-RDPEFS]) with drives and
// printers ([MS-RDPEPC]), in the static channel rdpdr:
//
//	server                          client
//	server announce              →
//	                             ← client announce reply, client name
//	server core capability       →
//	                             ← client core capability
//	client ID confirm            →
//	user logged on               →
//	                             ← device list announce
//	device reply, for each       →
//	I/O request                  →
//	                             ← I/O completion, in any order
//	printer cache data, XPS mode →
//	                             ← device list announce or remove, at any later time
//
// [Client] does all but the I/O. Its Handle takes whole messages of the channel, answers
// what needs no device, and tells an [Event]: each I/O request is a type of its own
// ([Create], [Read], [QueryDirectory], …), which the caller answers by one of the Append
// methods. A printer gets Create, Write and Close: one print job.
//
// Paths of requests are as the server sent them. [CleanPath] turns one into a relative path
// with slashes, or refuses it; [SplitPattern] and [Pattern] are for the listing of
// directories. What errors of the file system become is the caller's business: a [Status].
//
// A server announces itself again when a session is taken over or a user logs on; all
// requests and files of before are then gone, which [Reset] tells.
//
// Known limits: no serial and parallel ports, no smart cards; a directory is told one entry
// a reply, which is all that servers ask for.
package rdpdr

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// ChannelName is the name of the static channel. Windows serves it only to clients that
// have the channel rdpsnd too.
const ChannelName = "rdpdr"

// Components and packets of the header (section 2.2.1.1).
const (
	componentCore    = 0x4472
	componentPrinter = 0x5052

	packetServerAnnounce   = 0x496E
	packetClientIDConfirm  = 0x4343
	packetClientName       = 0x434E
	packetDeviceAnnounce   = 0x4441
	packetDeviceReply      = 0x6472
	packetDeviceRemove     = 0x444D
	packetIORequest        = 0x4952
	packetIOCompletion     = 0x4943
	packetServerCapability = 0x5350
	packetClientCapability = 0x4350
	packetUserLoggedOn     = 0x554C
	packetPrinterCache     = 0x5043
	packetUsingXPS         = 0x5543
)

// Limits of what a server may send.
const (
	// MaxOpen bounds the requests that wait for their completion. Windows keeps one open for
	// each folder that is shown, and up to some dozens while a file is copied.
	MaxOpen = 1024
	// MaxTransfer bounds the bytes of one read or write. Windows asks for 64 KB at most.
	MaxTransfer = 8 << 20
	// maxPath bounds a path in bytes: 32767 characters and a NUL, as in Windows.
	maxPath = 2 * 32768
	// maxLocks bounds the ranges of one lock request.
	maxLocks = 1024
	// maxConfig bounds the settings of a printer that a server wants kept.
	maxConfig = 1 << 20
	// maxDevices and maxDeviceData bound a list of devices.
	maxDevices    = 1024
	maxDeviceData = 1 << 20
	// maxComputerName bounds the client's name in bytes.
	maxComputerName = 1024
	// maxCapability bounds one capability set.
	maxCapability = 1024
)

func appendHeader(b []byte, component, packet uint16) []byte {
	return append16(b, component, packet)
}

func readHeader(r *field.Reader, component, packet uint16) {
	r.Expect("Component", uint64(r.U16("Component")), uint64(component))
	r.Expect("PacketId", uint64(r.U16("PacketId")), uint64(packet))
}

func append16(b []byte, values ...uint16) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

func append32(b []byte, values ...uint32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

func append64(b []byte, values ...uint64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// readString reads n bytes of UTF-16 that a NUL may end. A NUL within stays, for
// CleanPath to refuse.
func readString(r *field.Reader, name string, n int) string {
	if n%2 != 0 {
		r.Fail(name, "an odd length of %d bytes", n)
		return ""
	}
	return decode(r.Bytes(name, n))
}

// appendString appends s as UTF-16 and a NUL.
func appendString(b []byte, s string) []byte { return append16(field.AppendUTF16(b, s), 0) }
