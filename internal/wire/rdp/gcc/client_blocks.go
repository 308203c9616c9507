// SPDX-License-Identifier: Apache-2.0

package gcc

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// EncryptionMethods is a set of methods of standard RDP security.
type EncryptionMethods uint32

// The methods (section 2.2.1.3.3).
const (
	Encryption40Bit  EncryptionMethods = 0x01
	Encryption128Bit EncryptionMethods = 0x02
	Encryption56Bit  EncryptionMethods = 0x08
	EncryptionFIPS   EncryptionMethods = 0x10
)

// ClientSecurity is TS_UD_CS_SEC (section 2.2.1.3.3).
type ClientSecurity struct {
	EncryptionMethods EncryptionMethods
	// ExtEncryptionMethods is for French locales of old; the methods are 0 then.
	ExtEncryptionMethods EncryptionMethods
}

// ParseClientSecurity reads the block's content.
func ParseClientSecurity(b []byte) (ClientSecurity, error) {
	r := field.NewReader("gcc: client security data", b)
	s := ClientSecurity{
		EncryptionMethods:    EncryptionMethods(r.U32("encryptionMethods")),
		ExtEncryptionMethods: EncryptionMethods(r.U32("extEncryptionMethods")),
	}
	return s, r.Err()
}

// Append appends the block's content.
func (s ClientSecurity) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(s.EncryptionMethods))
	return binary.LittleEndian.AppendUint32(b, uint32(s.ExtEncryptionMethods))
}

// ClusterFlags are the flags of the cluster data.
type ClusterFlags uint32

// The flags (section 2.2.1.3.5). The version of redirection is at bits 2 to 5.
const (
	RedirectionSupported     ClusterFlags = 0x01
	RedirectedSessionIDValid ClusterFlags = 0x02
	RedirectedSmartcard      ClusterFlags = 0x40
	RedirectionVersion4      ClusterFlags = 3 << 2
	RedirectionVersion6      ClusterFlags = 5 << 2
)

// ClientCluster is TS_UD_CS_CLUSTER (section 2.2.1.3.5).
type ClientCluster struct {
	Flags ClusterFlags
	// RedirectedSessionID is the session to connect to, with RedirectedSessionIDValid.
	RedirectedSessionID uint32
}

// ParseClientCluster reads the block's content.
func ParseClientCluster(b []byte) (ClientCluster, error) {
	r := field.NewReader("gcc: client cluster data", b)
	c := ClientCluster{Flags: ClusterFlags(r.U32("flags")), RedirectedSessionID: r.U32("redirectedSessionID")}
	return c, r.Err()
}

// Append appends the block's content.
func (c ClientCluster) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(c.Flags))
	return binary.LittleEndian.AppendUint32(b, c.RedirectedSessionID)
}

// ChannelOptions are the options of a static virtual channel.
type ChannelOptions uint32

// The options (section 2.2.1.3.4.1).
const (
	ChannelInitialized       ChannelOptions = 0x80000000
	ChannelEncryptRDP        ChannelOptions = 0x40000000
	ChannelEncryptSC         ChannelOptions = 0x20000000
	ChannelEncryptCS         ChannelOptions = 0x10000000
	ChannelPriorityHigh      ChannelOptions = 0x08000000
	ChannelPriorityMedium    ChannelOptions = 0x04000000
	ChannelPriorityLow       ChannelOptions = 0x02000000
	ChannelCompressRDP       ChannelOptions = 0x00800000
	ChannelCompress          ChannelOptions = 0x00400000
	ChannelShowProtocol      ChannelOptions = 0x00200000
	ChannelRemoteControlPers ChannelOptions = 0x00100000
)

// MaxChannels is the most static channels that a connection has.
const MaxChannels = 31

// channelNameSize holds seven characters and a NUL.
const channelNameSize = 8

// Channel is CHANNEL_DEF (section 2.2.1.3.4.1).
type Channel struct {
	// Name has at most seven characters of ASCII.
	Name    string
	Options ChannelOptions
}

// ClientNetwork is TS_UD_CS_NET (section 2.2.1.3.4).
type ClientNetwork struct {
	Channels []Channel
}

// ParseClientNetwork reads the block's content.
func ParseClientNetwork(b []byte) (ClientNetwork, error) {
	var c ClientNetwork
	r := field.NewReader("gcc: client network data", b)
	for range r.Length("channelCount", MaxChannels) {
		name := r.Bytes("name", channelNameSize)
		end := 0
		for end < len(name) && name[end] != 0 {
			end++
		}
		if end == channelNameSize {
			r.Fail("name", "%q is not terminated", name)
		}
		c.Channels = append(c.Channels, Channel{Name: string(name[:end]), Options: ChannelOptions(r.U32("options"))})
	}
	return c, r.Err()
}

// Append appends the block's content.
func (c ClientNetwork) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(c.Channels)))
	for _, channel := range c.Channels {
		var name [channelNameSize]byte
		copy(name[:channelNameSize-1], channel.Name)
		b = append(b, name[:]...)
		b = binary.LittleEndian.AppendUint32(b, uint32(channel.Options))
	}
	return b
}

// ClientMessageChannel is TS_UD_CS_MCS_MSGCHANNEL (section 2.2.1.3.7): the client wants a
// message channel, for autodetect, heartbeat and multitransport.
type ClientMessageChannel struct {
	Flags uint32
}

// ParseClientMessageChannel reads the block's content.
func ParseClientMessageChannel(b []byte) (ClientMessageChannel, error) {
	r := field.NewReader("gcc: client message channel data", b)
	return ClientMessageChannel{Flags: r.U32("flags")}, r.Err()
}

// Append appends the block's content.
func (c ClientMessageChannel) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, c.Flags)
}

// Multitransport is TS_UD_CS_MULTITRANSPORT or TS_UD_SC_MULTITRANSPORT (sections 2.2.1.3.8
// and 2.2.1.4.6). A client that sends it with no flags takes no UDP transport.
type Multitransport struct {
	Flags uint32
}

// SoftSyncTCPToUDP is the flag that says a channel may move between transports.
const SoftSyncTCPToUDP = 0x200

// ParseMultitransport reads the block's content.
func ParseMultitransport(b []byte) (Multitransport, error) {
	r := field.NewReader("gcc: multitransport data", b)
	return Multitransport{Flags: r.U32("flags")}, r.Err()
}

// Append appends the block's content.
func (m Multitransport) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, m.Flags)
}
