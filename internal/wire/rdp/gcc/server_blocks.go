// SPDX-License-Identifier: Apache-2.0

package gcc

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// The server's early capability flags (section 2.2.1.4.2).
const (
	ServerEdgeActionsSupportedV1   = 0x1
	ServerDynamicDSTSupported      = 0x2
	ServerEdgeActionsSupportedV2   = 0x4
	ServerSkipChannelJoinSupported = 0x8
)

// ServerCore is TS_UD_SC_CORE (section 2.2.1.4.2).
type ServerCore struct {
	Version                  uint32
	ClientRequestedProtocols uint32
	EarlyCapabilityFlags     uint32
	// Size is how many bytes of the data there are, 0 for all: 4, 8 or 12.
	Size int
}

const serverCoreSize = 12

// ParseServerCore reads the block's content.
func ParseServerCore(b []byte) (ServerCore, error) {
	r := field.NewReader("gcc: server core data", b)
	c := ServerCore{Version: r.U32("version")}
	if r.Len() > 0 {
		c.ClientRequestedProtocols = r.U32("clientRequestedProtocols")
	}
	if r.Len() > 0 {
		c.EarlyCapabilityFlags = r.U32("earlyCapabilityFlags")
	}
	if n := r.Offset(); n < serverCoreSize {
		c.Size = n
	}
	return c, r.Err()
}

// Append appends the block's content.
func (c ServerCore) Append(b []byte) []byte {
	start := len(b)
	for _, v := range []uint32{c.Version, c.ClientRequestedProtocols, c.EarlyCapabilityFlags} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	if c.Size >= 4 && c.Size < serverCoreSize {
		b = b[:start+c.Size]
	}
	return b
}

// EncryptionLevel says what standard RDP security encrypts.
type EncryptionLevel uint32

// The levels (section 2.2.1.4.3).
const (
	LevelNone             EncryptionLevel = 0
	LevelLow              EncryptionLevel = 1
	LevelClientCompatible EncryptionLevel = 2
	LevelHigh             EncryptionLevel = 3
	LevelFIPS             EncryptionLevel = 4
)

// ServerRandomSize is the size of the server's random.
const ServerRandomSize = 32

// maxCertificate bounds the server's certificate.
const maxCertificate = 16 << 10

// ServerSecurity is TS_UD_SC_SEC1 (section 2.2.1.4.3). With method and level 0 there is no
// encryption, and no more fields.
type ServerSecurity struct {
	Method            EncryptionMethods
	Level             EncryptionLevel
	ServerRandom      []byte
	ServerCertificate []byte
}

// ParseServerSecurity reads the block's content.
func ParseServerSecurity(b []byte) (ServerSecurity, error) {
	r := field.NewReader("gcc: server security data", b)
	s := ServerSecurity{Method: EncryptionMethods(r.U32("encryptionMethod")), Level: EncryptionLevel(r.U32("encryptionLevel"))}
	if s.Method == 0 && s.Level == LevelNone {
		return s, r.Err()
	}
	n := r.U32("serverRandomLen")
	r.Expect("serverRandomLen", uint64(n), ServerRandomSize)
	size := r.Length("serverCertLen", maxCertificate)
	s.ServerRandom = r.Bytes("serverRandom", ServerRandomSize)
	s.ServerCertificate = r.Bytes("serverCertificate", size)
	return s, r.Err()
}

// Append appends the block's content.
func (s ServerSecurity) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Method))
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Level))
	if s.Method == 0 && s.Level == LevelNone {
		return b
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s.ServerRandom)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s.ServerCertificate)))
	return append(append(b, s.ServerRandom...), s.ServerCertificate...)
}

// ServerNetwork is TS_UD_SC_NET (section 2.2.1.4.4): the IDs of the channels, in the order
// in which the client named them.
type ServerNetwork struct {
	IOChannel uint16
	Channels  []uint16
}

// ParseServerNetwork reads the block's content.
func ParseServerNetwork(b []byte) (ServerNetwork, error) {
	r := field.NewReader("gcc: server network data", b)
	n := ServerNetwork{IOChannel: r.U16("MCSChannelId")}
	count := r.Length16("channelCount", MaxChannels)
	for range count {
		n.Channels = append(n.Channels, r.U16("channelIdArray"))
	}
	if count%2 != 0 && r.Len() > 0 { // some servers leave the pad out
		r.Skip("pad", 2)
	}
	return n, r.Err()
}

// Append appends the block's content.
func (n ServerNetwork) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, n.IOChannel)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(n.Channels)))
	for _, id := range n.Channels {
		b = binary.LittleEndian.AppendUint16(b, id)
	}
	if len(n.Channels)%2 != 0 {
		b = append(b, 0, 0)
	}
	return b
}

// ServerMessageChannel is TS_UD_SC_MCS_MSGCHANNEL (section 2.2.1.4.5).
type ServerMessageChannel struct {
	ChannelID uint16
}

// ParseServerMessageChannel reads the block's content.
func ParseServerMessageChannel(b []byte) (ServerMessageChannel, error) {
	r := field.NewReader("gcc: server message channel data", b)
	return ServerMessageChannel{ChannelID: r.U16("MCSChannelID")}, r.Err()
}

// Append appends the block's content.
func (c ServerMessageChannel) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint16(b, c.ChannelID)
}
