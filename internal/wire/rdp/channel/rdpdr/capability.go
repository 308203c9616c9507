// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Capability types (section 2.2.1.2).
const (
	capGeneral   = 1
	capPrinter   = 2
	capPort      = 3
	capDrive     = 4
	capSmartCard = 5

	capHeaderSize = 8
	generalSize1  = capHeaderSize + 32
	generalSize2  = generalSize1 + 4
)

// ExtendedPDU are the flags of that name of the general capability set.
type ExtendedPDU uint32

// Flags of ExtendedPDU.
const (
	ExtendedDeviceRemove ExtendedPDU = 1 << iota
	ExtendedDisplayName
	ExtendedUserLoggedOn
)

// AsyncIO is an extra flag of a client: the server may have several reads and writes of
// one file open.
const AsyncIO = 0x00000001

// allFunctions are the requests of ioCode1, without those for security descriptors, of which
// a client need not know.
const allFunctions = 0x00003FFF

// General is the general capability set (section 2.2.2.7.1).
type General struct {
	Version        uint32
	VersionMinor   uint16
	IOCode1        uint32
	ExtendedPDU    ExtendedPDU
	ExtraFlags     uint32
	SpecialDevices uint32
}

// Capabilities are the sets that one side announces. A version of 0 says that a set is
// absent, which says that its devices are not redirected.
type Capabilities struct {
	General General
	// Printer, Port, Drive and SmartCard are the versions of sections 2.2.2.7.2 to 2.2.2.7.5.
	Printer, Port, Drive, SmartCard uint32
}

// ParseCapabilities reads a server core capability request (section 2.2.2.7) or, where
// server is false, a client core capability response (section 2.2.2.8).
func ParseCapabilities(b []byte, server bool) (Capabilities, error) {
	pdu, packet := "rdpdr: client core capability response", uint16(packetClientCapability)
	if server {
		pdu, packet = "rdpdr: server core capability request", packetServerCapability
	}
	r := field.NewReader(pdu, b)
	readHeader(r, componentCore, packet)
	n := r.U16("numCapabilities")
	r.Skip("Padding", 2)
	var c Capabilities
	for range n {
		if r.Err() != nil {
			break
		}
		c.read(r, pdu)
	}
	return c, r.Err()
}

// read reads one set. Sets of an unknown type are passed over.
func (c *Capabilities) read(r *field.Reader, pdu string) {
	kind := r.U16("CapabilityType")
	size := r.Length16("CapabilityLength", maxCapability)
	version := r.U32("Version")
	body := field.NewReader(pdu, r.Bytes("capabilityData", size-capHeaderSize))
	if r.Err() != nil {
		return
	}
	switch kind {
	case capGeneral:
		c.General = readGeneral(body, version)
	case capPrinter:
		c.Printer = version
	case capPort:
		c.Port = version
	case capDrive:
		c.Drive = version
	case capSmartCard:
		c.SmartCard = version
	}
	if body.Err() != nil {
		r.Fail("GENERAL_CAPS_SET", "%v", body.Err())
	}
}

func readGeneral(r *field.Reader, version uint32) General {
	g := General{Version: version}
	r.Skip("osType", 4)
	r.Skip("osVersion", 4)
	r.Skip("protocolMajorVersion", 2)
	g.VersionMinor, g.IOCode1 = r.U16("protocolMinorVersion"), r.U32("ioCode1")
	r.Skip("ioCode2", 4)
	g.ExtendedPDU, g.ExtraFlags = ExtendedPDU(r.U32("extendedPDU")), r.U32("extraFlags1")
	r.Skip("extraFlags2", 4)
	if version >= 2 {
		g.SpecialDevices = r.U32("SpecialTypeDeviceCap")
	}
	return g
}

// Append appends the message of a server or a client.
func (c Capabilities) Append(b []byte, server bool) []byte {
	packet := uint16(packetClientCapability)
	if server {
		packet = packetServerCapability
	}
	b = append16(appendHeader(b, componentCore, packet), 0, 0)
	count := len(b) - 4
	n := uint16(0)
	if c.General.Version != 0 {
		b = c.General.append(b)
		n++
	}
	for _, set := range [...]struct {
		kind    uint16
		version uint32
	}{{capPrinter, c.Printer}, {capPort, c.Port}, {capDrive, c.Drive}, {capSmartCard, c.SmartCard}} {
		if set.version != 0 {
			b = append32(append16(b, set.kind, capHeaderSize), set.version)
			n++
		}
	}
	binary.LittleEndian.PutUint16(b[count:], n)
	return b
}

func (g General) append(b []byte) []byte {
	size := uint16(generalSize1)
	if g.Version >= 2 {
		size = generalSize2
	}
	b = append32(append16(b, capGeneral, size), g.Version, 0, 0)
	b = append32(append16(b, versionMajor, g.VersionMinor), g.IOCode1, 0, uint32(g.ExtendedPDU), g.ExtraFlags, 0)
	if g.Version >= 2 {
		b = append32(b, g.SpecialDevices)
	}
	return b
}
