// SPDX-License-Identifier: Apache-2.0

package rdpdr

import (
	"strings"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// DeviceType is the kind of a device (section 2.2.1.3).
type DeviceType uint32

// The kinds of devices.
const (
	TypeSerial    DeviceType = 0x01
	TypeParallel  DeviceType = 0x02
	TypePrinter   DeviceType = 0x04
	TypeDrive     DeviceType = 0x08
	TypeSmartCard DeviceType = 0x20
)

const dosNameSize = 8

// Device is DEVICE_ANNOUNCE (section 2.2.1.3).
type Device struct {
	Type DeviceType
	ID   uint32
	// DosName has at most eight characters of ASCII.
	DosName string
	Data    []byte
}

// Drive returns a drive of a name (section 2.2.3.1): the short name is made of the first
// characters, the full name is for servers that take one.
//
// Deviation: the specification has the full name in UTF-16. Windows wants it in eight bits,
// as the clients in use send it.
func Drive(id uint32, name string) Device {
	full := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`:<>"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	short := full[:min(len(full), dosNameSize-1)]
	return Device{Type: TypeDrive, ID: id, DosName: short, Data: append([]byte(full), 0)}
}

// ParseDevices reads a client device list announce request (section 2.2.2.9).
func ParseDevices(b []byte) ([]Device, error) {
	r := field.NewReader("rdpdr: client device list announce request", b)
	readHeader(r, componentCore, packetDeviceAnnounce)
	var devices []Device
	for range r.Length("DeviceCount", maxDevices) {
		d := Device{Type: DeviceType(r.U32("DeviceType")), ID: r.U32("DeviceId")}
		name, _, _ := strings.Cut(string(r.Bytes("PreferredDosName", dosNameSize)), "\x00")
		d.DosName = name
		d.Data = r.Bytes("DeviceData", r.Length("DeviceDataLength", maxDeviceData))
		if r.Err() != nil {
			return nil, r.Err()
		}
		devices = append(devices, d)
	}
	return devices, r.Err()
}

// AppendDevices appends a client device list announce request.
func AppendDevices(b []byte, devices []Device) []byte {
	b = append32(appendHeader(b, componentCore, packetDeviceAnnounce), uint32(len(devices)))
	for _, d := range devices {
		var name [dosNameSize]byte
		copy(name[:], d.DosName)
		b = append(append32(b, uint32(d.Type), d.ID), name[:]...)
		b = append(append32(b, uint32(len(d.Data))), d.Data...)
	}
	return b
}

// ParseRemoved reads a client drive device list remove (section 2.2.3.2).
func ParseRemoved(b []byte) ([]uint32, error) {
	r := field.NewReader("rdpdr: client drive device list remove", b)
	readHeader(r, componentCore, packetDeviceRemove)
	var ids []uint32
	for range r.Length("DeviceCount", maxDevices) {
		id := r.U32("DeviceIds")
		if r.Err() != nil {
			return nil, r.Err()
		}
		ids = append(ids, id)
	}
	return ids, r.Err()
}

// AppendRemoved appends a client drive device list remove.
func AppendRemoved(b []byte, ids []uint32) []byte {
	b = append32(appendHeader(b, componentCore, packetDeviceRemove), uint32(len(ids)))
	return append32(b, ids...)
}

// DeviceReply is a server device announce response (section 2.2.2.1): what a server makes of
// a device. One that is not a success is never asked for anything.
type DeviceReply struct {
	Device uint32
	Status Status
}

// ParseDeviceReply reads the message.
func ParseDeviceReply(b []byte) (DeviceReply, error) {
	r := field.NewReader("rdpdr: server device announce response", b)
	readHeader(r, componentCore, packetDeviceReply)
	reply := DeviceReply{Device: r.U32("DeviceId"), Status: Status(r.U32("ResultCode"))}
	return reply, r.Err()
}

// Append appends the message.
func (d DeviceReply) Append(b []byte) []byte {
	return append32(appendHeader(b, componentCore, packetDeviceReply), d.Device, uint32(d.Status))
}
