// SPDX-License-Identifier: Apache-2.0

package gcc

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Versions of client and server (section 2.2.1.3.2, version).
const (
	Version4   = 0x00080001
	Version5   = 0x00080004
	Version10  = 0x00080005
	Version107 = 0x0008000C
)

// EarlyCapability is a set of earlyCapabilityFlags of the client.
type EarlyCapability uint16

// The client's early capability flags (section 2.2.1.3.2).
const (
	SupportErrInfoPDU        EarlyCapability = 0x0001
	Want32BPPSession         EarlyCapability = 0x0002
	SupportStatusInfoPDU     EarlyCapability = 0x0004
	StrongAsymmetricKeys     EarlyCapability = 0x0008
	RelativeMouseInput       EarlyCapability = 0x0010
	ValidConnectionType      EarlyCapability = 0x0020
	SupportMonitorLayoutPDU  EarlyCapability = 0x0040
	SupportNetCharAutodetect EarlyCapability = 0x0080
	SupportDynVCGFXProtocol  EarlyCapability = 0x0100
	SupportDynamicTimeZone   EarlyCapability = 0x0200
	SupportHeartbeatPDU      EarlyCapability = 0x0400
	SupportSkipChannelJoin   EarlyCapability = 0x0800
)

// ConnectionType is the kind of network the client says it is on.
type ConnectionType uint8

// The connection types (section 2.2.1.3.2). Servers choose codecs by it: xrdp sends
// RemoteFX on a LAN only.
const (
	ConnectionModem         ConnectionType = 1
	ConnectionBroadbandLow  ConnectionType = 2
	ConnectionSatellite     ConnectionType = 3
	ConnectionBroadbandHigh ConnectionType = 4
	ConnectionWAN           ConnectionType = 5
	ConnectionLAN           ConnectionType = 6
	ConnectionAutodetect    ConnectionType = 7
)

// Color depths as the core data says them.
const (
	ColorDepth8BPP  = 0xCA01
	SASSequenceDel  = 0xAA03
	SupportsDepth24 = 1
	SupportsDepth16 = 2
	SupportsDepth15 = 4
	SupportsDepth32 = 8
)

// Sizes of fields in bytes.
const (
	clientNameSize = 32
	imeFileSize    = 64
	productIDSize  = 64
	coreFixedSize  = 128
	coreFullSize   = 230
)

// ClientCore is TS_UD_CS_CORE (section 2.2.1.3.2).
type ClientCore struct {
	Version             uint32
	DesktopWidth        uint16
	DesktopHeight       uint16
	ColorDepth          uint16
	SASSequence         uint16
	KeyboardLayout      uint32
	ClientBuild         uint32
	ClientName          string
	KeyboardType        uint32
	KeyboardSubType     uint32
	KeyboardFunctionKey uint32
	IMEFileName         string

	// The fields from here on are optional, each only with all before it.
	PostBeta2ColorDepth    uint16
	ClientProductID        uint16
	SerialNumber           uint32
	HighColorDepth         uint16
	SupportedColorDepths   uint16
	EarlyCapabilityFlags   EarlyCapability
	ClientDigProductID     string
	ConnectionType         ConnectionType
	ServerSelectedProtocol uint32
	DesktopPhysicalWidth   uint32
	DesktopPhysicalHeight  uint32
	DesktopOrientation     uint16
	DesktopScaleFactor     uint32
	DeviceScaleFactor      uint32

	// Size is how many bytes of the data there are, 0 for all.
	Size int
}

// ParseClientCore reads the block's content.
func ParseClientCore(b []byte) (ClientCore, error) {
	var c ClientCore
	r := field.NewReader("gcc: client core data", b)
	c.Version = r.U32("version")
	c.DesktopWidth = r.U16("desktopWidth")
	c.DesktopHeight = r.U16("desktopHeight")
	c.ColorDepth = r.U16("colorDepth")
	c.SASSequence = r.U16("SASSequence")
	c.KeyboardLayout = r.U32("keyboardLayout")
	c.ClientBuild = r.U32("clientBuild")
	c.ClientName = r.UTF16("clientName", clientNameSize)
	c.KeyboardType = r.U32("keyboardType")
	c.KeyboardSubType = r.U32("keyboardSubType")
	c.KeyboardFunctionKey = r.U32("keyboardFunctionKey")
	c.IMEFileName = r.UTF16("imeFileName", imeFileSize)
	for _, read := range []func(){
		func() { c.PostBeta2ColorDepth = r.U16("postBeta2ColorDepth") },
		func() { c.ClientProductID = r.U16("clientProductId") },
		func() { c.SerialNumber = r.U32("serialNumber") },
		func() { c.HighColorDepth = r.U16("highColorDepth") },
		func() { c.SupportedColorDepths = r.U16("supportedColorDepths") },
		func() { c.EarlyCapabilityFlags = EarlyCapability(r.U16("earlyCapabilityFlags")) },
		func() { c.ClientDigProductID = r.UTF16("clientDigProductId", productIDSize) },
		func() { c.ConnectionType = ConnectionType(r.U8("connectionType")); r.Skip("pad1octet", 1) },
		func() { c.ServerSelectedProtocol = r.U32("serverSelectedProtocol") },
		func() { c.DesktopPhysicalWidth = r.U32("desktopPhysicalWidth") },
		func() { c.DesktopPhysicalHeight = r.U32("desktopPhysicalHeight") },
		func() { c.DesktopOrientation = r.U16("desktopOrientation") },
		func() { c.DesktopScaleFactor = r.U32("desktopScaleFactor") },
		func() { c.DeviceScaleFactor = r.U32("deviceScaleFactor") },
	} {
		if r.Len() == 0 {
			break
		}
		read()
	}
	if n := r.Offset(); n < coreFullSize {
		c.Size = n
	}
	return c, r.Err()
}

// Append appends the block's content.
func (c ClientCore) Append(b []byte) []byte {
	start, le := len(b), binary.LittleEndian
	b = le.AppendUint32(b, c.Version)
	b = le.AppendUint16(b, c.DesktopWidth)
	b = le.AppendUint16(b, c.DesktopHeight)
	b = le.AppendUint16(b, c.ColorDepth)
	b = le.AppendUint16(b, c.SASSequence)
	b = le.AppendUint32(b, c.KeyboardLayout)
	b = le.AppendUint32(b, c.ClientBuild)
	b = field.AppendFixedUTF16(b, c.ClientName, clientNameSize)
	b = le.AppendUint32(b, c.KeyboardType)
	b = le.AppendUint32(b, c.KeyboardSubType)
	b = le.AppendUint32(b, c.KeyboardFunctionKey)
	b = field.AppendFixedUTF16(b, c.IMEFileName, imeFileSize)
	b = le.AppendUint16(b, c.PostBeta2ColorDepth)
	b = le.AppendUint16(b, c.ClientProductID)
	b = le.AppendUint32(b, c.SerialNumber)
	b = le.AppendUint16(b, c.HighColorDepth)
	b = le.AppendUint16(b, c.SupportedColorDepths)
	b = le.AppendUint16(b, uint16(c.EarlyCapabilityFlags))
	b = field.AppendFixedUTF16(b, c.ClientDigProductID, productIDSize)
	b = append(b, byte(c.ConnectionType), 0)
	b = le.AppendUint32(b, c.ServerSelectedProtocol)
	b = le.AppendUint32(b, c.DesktopPhysicalWidth)
	b = le.AppendUint32(b, c.DesktopPhysicalHeight)
	b = le.AppendUint16(b, c.DesktopOrientation)
	b = le.AppendUint32(b, c.DesktopScaleFactor)
	b = le.AppendUint32(b, c.DeviceScaleFactor)
	if c.Size >= coreFixedSize && c.Size < len(b)-start {
		b = b[:start+c.Size]
	}
	return b
}
