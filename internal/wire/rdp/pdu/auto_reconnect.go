// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // the specification's algorithm
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

const (
	autoReconnectSize    = 28
	autoReconnectVersion = 1
)

// ServerAutoReconnect is ARC_SC_PRIVATE_PACKET (section 2.2.4.2): the cookie with which a
// client may connect again without credentials.
type ServerAutoReconnect struct {
	LogonID uint32
	Random  [16]byte
}

func readServerAutoReconnect(r *field.Reader) ServerAutoReconnect {
	r.Expect("ARC cbLen", uint64(r.U32("ARC cbLen")), autoReconnectSize)
	r.Expect("ARC Version", uint64(r.U32("ARC Version")), autoReconnectVersion)
	p := ServerAutoReconnect{LogonID: r.U32("ARC LogonId")}
	r.Copy("ArcRandomBits", p.Random[:])
	return p
}

func (p ServerAutoReconnect) append(b []byte) []byte {
	return appendAutoReconnect(b, p.LogonID, p.Random[:])
}

func appendAutoReconnect(b []byte, logonID uint32, last []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, autoReconnectSize)
	b = binary.LittleEndian.AppendUint32(b, autoReconnectVersion)
	b = binary.LittleEndian.AppendUint32(b, logonID)
	return append(b, last...)
}

// ClientAutoReconnect is ARC_CS_PRIVATE_PACKET (section 2.2.4.3).
type ClientAutoReconnect struct {
	LogonID  uint32
	Verifier [16]byte
}

// Answer makes the client's packet of the server's (section 5.5). The client random is that
// of standard security, or 32 zero bytes under TLS.
func (p ServerAutoReconnect) Answer(clientRandom []byte) ClientAutoReconnect {
	mac := hmac.New(md5.New, p.Random[:])
	mac.Write(clientRandom)
	answer := ClientAutoReconnect{LogonID: p.LogonID}
	mac.Sum(answer.Verifier[:0])
	return answer
}

// ParseClientAutoReconnect reads the cookie of an info packet.
func ParseClientAutoReconnect(b []byte) (ClientAutoReconnect, error) {
	r := field.NewReader("pdu: client auto-reconnect", b)
	r.Expect("cbLen", uint64(r.U32("cbLen")), autoReconnectSize)
	r.Expect("Version", uint64(r.U32("Version")), autoReconnectVersion)
	p := ClientAutoReconnect{LogonID: r.U32("LogonId")}
	r.Copy("SecurityVerifier", p.Verifier[:])
	return p, r.Err()
}

// Append appends the cookie.
func (p ClientAutoReconnect) Append(b []byte) []byte {
	return appendAutoReconnect(b, p.LogonID, p.Verifier[:])
}

// AutoReconnectStatus is the auto-reconnect status PDU (section 2.2.4.1): the server did not
// accept the cookie, and asks for credentials on its screen.
type AutoReconnectStatus struct {
	Status uint32
}

// ParseAutoReconnectStatus reads the data of a share data PDU.
func ParseAutoReconnectStatus(b []byte) (AutoReconnectStatus, error) {
	r := field.NewReader("pdu: auto-reconnect status", b)
	return AutoReconnectStatus{Status: r.U32("arcStatus")}, r.Err()
}

// Append appends the data.
func (p AutoReconnectStatus) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, p.Status)
}
