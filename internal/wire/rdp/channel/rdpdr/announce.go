// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

const versionMajor = 1

// Minor versions of the protocol.
const (
	// Version51 is that of Windows XP, which tells no logon.
	Version51 = 0x0005
	// VersionClientID is the first whose server gives the client its ID.
	VersionClientID = 0x000C
	// Version10 is that of Windows 10, the last.
	Version10 = 0x000D
)

// Announce is the announce request of a server, the reply of a client and the confirmation
// of its ID, which have the same fields (sections 2.2.2.2, 2.2.2.3 and 2.2.2.6).
type Announce struct {
	VersionMinor uint16
	ClientID     uint32
}

// ParseServerAnnounce reads a server announce request.
func ParseServerAnnounce(b []byte) (Announce, error) {
	return parseAnnounce("rdpdr: server announce request", packetServerAnnounce, b)
}

// AppendServerAnnounce appends a server announce request.
func (a Announce) AppendServerAnnounce(b []byte) []byte { return a.append(b, packetServerAnnounce) }

// ParseClientID reads a client announce reply or a server client ID confirm, which are the
// same.
func ParseClientID(b []byte) (Announce, error) {
	return parseAnnounce("rdpdr: client ID confirm", packetClientIDConfirm, b)
}

// AppendClientID appends a client announce reply or a server client ID confirm.
func (a Announce) AppendClientID(b []byte) []byte { return a.append(b, packetClientIDConfirm) }

func parseAnnounce(pdu string, packet uint16, b []byte) (Announce, error) {
	r := field.NewReader(pdu, b)
	readHeader(r, componentCore, packet)
	r.Expect("VersionMajor", uint64(r.U16("VersionMajor")), versionMajor)
	a := Announce{VersionMinor: r.U16("VersionMinor"), ClientID: r.U32("ClientId")}
	return a, r.Err()
}

func (a Announce) append(b []byte, packet uint16) []byte {
	return append32(append16(appendHeader(b, componentCore, packet), versionMajor, a.VersionMinor), a.ClientID)
}

// ParseClientName reads a client name request (section 2.2.2.4).
func ParseClientName(b []byte) (string, error) {
	r := field.NewReader("rdpdr: client name request", b)
	readHeader(r, componentCore, packetClientName)
	r.Expect("UnicodeFlag", uint64(r.U32("UnicodeFlag")&1), 1)
	r.Skip("CodePage", 4)
	name := r.UTF16("ComputerName", r.Length("ComputerNameLen", maxComputerName))
	return name, r.Err()
}

// AppendClientName appends a client name request. The name is cut to what the PDU takes.
func AppendClientName(b []byte, name string) []byte {
	text := field.UTF16(name)
	if len(text) > maxComputerName-2 {
		text = field.AppendFixedUTF16(nil, name, maxComputerName)[:maxComputerName-2]
	}
	b = append32(appendHeader(b, componentCore, packetClientName), 1, 0, uint32(len(text)+2))
	return append16(append(b, text...), 0)
}

// AppendUserLoggedOn appends a server user logged on message (section 2.2.2.5).
func AppendUserLoggedOn(b []byte) []byte { return appendHeader(b, componentCore, packetUserLoggedOn) }
