// SPDX-License-Identifier: Apache-2.0

package rdpdr_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// Messages of a server, as Windows 10 begins.
const (
	serverAnnounce = `7244 6e49     ; Component, PacketId
		0100 0d00 03000000 ; VersionMajor, VersionMinor, ClientId`
	serverCapability = `7244 5053 0500 0000 ; numCapabilities
		0100 2c00 02000000            ; CAP_GENERAL_TYPE, version 2
		02000000 00000000 0100 0d00   ; osType, osVersion, protocol version
		ffff0000 00000000 07000000    ; ioCode1, ioCode2, extendedPDU
		00000000 00000000 02000000    ; extraFlags1, extraFlags2, SpecialTypeDeviceCap
		0200 0800 01000000 0300 0800 01000000 0400 0800 02000000 0500 0800 01000000`
	clientIDConfirm = `7244 4343 0100 0d00 03000000`
	userLoggedOn    = `7244 4c55`

	// devices is the example of [MS-RDPEPC], section 4.1.1.
	devices = `7244 4144 03000000   ; DeviceCount
		04000000 04000000 50524e3400000000 50000000 ; a printer PRN4, DeviceDataLength
		10000000 00000000 00000000 1c000000 1c000000 00000000 ; XPS; the lengths
		41 00 70 00 6f 00 6c 00 6c 00 6f 00 20 00 50 00 2d 00 31 00 32 00 30 00 30 00 00 00
		41 00 70 00 6f 00 6c 00 6c 00 6f 00 20 00 50 00 2d 00 31 00 32 00 30 00 30 00 00 00
		04000000 03000000 50524e3300000000 74000000 ; a printer PRN3
		12000000 00000000 00000000 2e000000 2e000000 00000000 ; XPS, default
		43 00 61 00 6e 00 6f 00 6e 00 20 00 42 00 75 00 62 00 62 00 6c 00 65 00 2d 00 4a 00 65 00 74 00 20 00 42 00 4a 00 2d 00 33 00 30 00 00 00
		43 00 61 00 6e 00 6f 00 6e 00 20 00 42 00 75 00 62 00 62 00 6c 00 65 00 2d 00 4a 00 65 00 74 00 20 00 42 00 4a 00 2d 00 33 00 30 00 00 00
		02000000 02000000 4c50543100000000 00000000 ; a port LPT1`
)

func parseServer(b []byte) (rdpdr.Capabilities, error) { return rdpdr.ParseCapabilities(b, true) }
func appendServer(c rdpdr.Capabilities, b []byte) []byte {
	return c.Append(b, true)
}

func appendClient(c rdpdr.Capabilities, b []byte) []byte { return c.Append(b, false) }

func parseClient(b []byte) (rdpdr.Capabilities, error) { return rdpdr.ParseCapabilities(b, false) }

func appendDevices(d []rdpdr.Device, b []byte) []byte { return rdpdr.AppendDevices(b, d) }

func appendRemoved(ids []uint32, b []byte) []byte { return rdpdr.AppendRemoved(b, ids) }

func appendName(name string, b []byte) []byte { return rdpdr.AppendClientName(b, name) }

func TestHandshakePDUs(t *testing.T) {
	pdutest.RoundTrip(t, pdutest.Hex(t, serverAnnounce), rdpdr.ParseServerAnnounce, rdpdr.Announce.AppendServerAnnounce)
	pdutest.RoundTrip(t, pdutest.Hex(t, clientIDConfirm), rdpdr.ParseClientID, rdpdr.Announce.AppendClientID)
	name := `7244 4e43 01000000 00000000 ; UnicodeFlag, CodePage
		0a000000 7000 6100 6c00 6d00 0000`
	pdutest.RoundTrip(t, pdutest.Hex(t, name), rdpdr.ParseClientName, appendName)
	long, err := rdpdr.ParseClientName(rdpdr.AppendClientName(nil, strings.Repeat("🥑", 400)))
	if err != nil || long != strings.Repeat("🥑", 255) {
		t.Errorf("a long name is sent as %d characters, %v", len([]rune(long)), err)
	}

	caps := pdutest.Hex(t, serverCapability)
	want := rdpdr.Capabilities{
		General: rdpdr.General{Version: 2, VersionMinor: 13, IOCode1: 0xFFFF, ExtendedPDU: 7, SpecialDevices: 2},
		Printer: 1, Port: 1, Drive: 2, SmartCard: 1,
	}
	got, err := parseServer(caps)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, capabilities (-want +got):\n%s", err, diff)
	}
	pdutest.Cut(t, caps, func(b []byte) error { _, err := parseServer(b); return err })
	pdutest.RoundTrip(t, appendServer(want, nil), parseServer, appendServer)
	old := rdpdr.Capabilities{General: rdpdr.General{Version: 1, VersionMinor: 5}, Printer: 1}
	pdutest.RoundTrip(t, appendClient(old, nil), parseClient, appendClient)
}

func TestCapabilitySetsOfUnknownTypesArePassedOver(t *testing.T) {
	caps, err := parseServer(pdutest.Hex(t, "7244 5053 0200 0000 4200 0c00 01000000 aabbccdd 0400 0800 02000000"))
	if err != nil || caps != (rdpdr.Capabilities{Drive: 2}) {
		t.Errorf("%+v, %v", caps, err)
	}
}

func TestDevices(t *testing.T) {
	b := pdutest.Hex(t, devices)
	pdutest.RoundTrip(t, b, rdpdr.ParseDevices, appendDevices)
	list, err := rdpdr.ParseDevices(b)
	if err != nil || len(list) != 3 || list[2].DosName != "LPT1" {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, want := range []rdpdr.PrinterData{
		{Flags: rdpdr.PrinterXPS, Driver: "Apollo P-1200", Name: "Apollo P-1200", Config: []byte{}},
		{Flags: rdpdr.PrinterXPS | rdpdr.PrinterDefault, Driver: "Canon Bubble-Jet BJ-30", Name: "Canon Bubble-Jet BJ-30", Config: []byte{}},
	} {
		got, err := rdpdr.ParsePrinterData(list[i].Data)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, printer %d (-want +got):\n%s", err, i, diff)
		}
		pdutest.RoundTrip(t, list[i].Data, rdpdr.ParsePrinterData, rdpdr.PrinterData.Append)
	}
	pdutest.RoundTrip(t, pdutest.Hex(t, "7244 4d44 02000000 07000000 09000000"), rdpdr.ParseRemoved, appendRemoved)
	pdutest.RoundTrip(t, pdutest.Hex(t, "7244 7264 07000000 010000c0"), rdpdr.ParseDeviceReply, rdpdr.DeviceReply.Append)
}

func TestDevicesOfOurs(t *testing.T) {
	for name, want := range map[string]rdpdr.Device{
		"Palta":            {Type: rdpdr.TypeDrive, ID: 1, DosName: "Palta", Data: []byte("Palta\x00")},
		"Guacamole: Ñandú": {Type: rdpdr.TypeDrive, ID: 1, DosName: "Guacamo", Data: []byte("Guacamole_ _and_\x00")},
	} {
		if diff := cmp.Diff(want, rdpdr.Drive(1, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	d := rdpdr.Printer(2, rdpdr.PrinterData{Name: "Palta Printer", Flags: rdpdr.PrinterDefault | rdpdr.PrinterNetwork})
	got, err := rdpdr.ParsePrinterData(d.Data)
	want := rdpdr.PrinterData{Flags: 6, Driver: "MS Publisher Imagesetter", Name: "Palta Printer", Config: []byte{}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || d.DosName != "PRN2" || d.Type != rdpdr.TypePrinter {
		t.Errorf("%s %v, %v (-want +got):\n%s", d.DosName, d.Type, err, diff)
	}
}

func TestPrinterMessages(t *testing.T) {
	pdutest.RoundTrip(t, pdutest.Hex(t, "5250 4355 05000000 00000000"), rdpdr.ParseUsingXPS, rdpdr.UsingXPS.Append)
	for name, listing := range map[string]string{
		"add": `5250 4350 01000000 50524e3500000000 ; EventId, PortDosName
			04000000 06000000 04000000 03000000 ; the lengths
			5000 0000 4400 5200 0000 4e00 0000 aabbcc`,
		"update": "5250 4350 02000000 04000000 02000000 4e00 0000 aabb",
		"delete": "5250 4350 03000000 04000000 4e00 0000",
		"rename": "5250 4350 04000000 04000000 06000000 4e00 0000 4d00 4d00 0000",
	} {
		t.Run(name, func(t *testing.T) {
			pdutest.RoundTrip(t, pdutest.Hex(t, listing), rdpdr.ParsePrinterCache, rdpdr.PrinterCache.Append)
		})
	}
}

// TestLiedLengths sets each length of a message beyond what is there or what is allowed.
func TestLiedLengths(t *testing.T) {
	for name, tc := range map[string]struct {
		listing, field string
		parse          func([]byte) error
	}{
		"devices":        {"7244 4144 ffffffff", "DeviceCount", parses(rdpdr.ParseDevices)},
		"more devices":   {"7244 4144 02000000 08000000 01000000 4100000000000000 00000000", "DeviceType", parses(rdpdr.ParseDevices)},
		"device data":    {"7244 4144 01000000 08000000 01000000 4100000000000000 ffffff7f", "DeviceDataLength", parses(rdpdr.ParseDevices)},
		"client name":    {"7244 4e43 01000000 00000000 02040000", "ComputerNameLen", parses(rdpdr.ParseClientName)},
		"odd name":       {"7244 4e43 01000000 00000000 03000000 410000", "ComputerName", parses(rdpdr.ParseClientName)},
		"ASCII name":     {"7244 4e43 00000000 00000000 02000000 4100", "UnicodeFlag", parses(rdpdr.ParseClientName)},
		"capability":     {"7244 5053 0100 0000 0100 ffff 02000000", "CapabilityLength", parses(parseServer)},
		"no capability":  {"7244 5053 0100 0000 0100 0700 02000000", "capabilityData", parses(parseServer)},
		"short general":  {"7244 5053 0100 0000 0100 0c00 02000000 00000000", "GENERAL_CAPS_SET", parses(parseServer)},
		"printer driver": {"00000000 00000000 00000000 ffffffff 00000000 00000000", "DriverNameLen", parses(rdpdr.ParsePrinterData)},
		"printer ASCII":  {"01000000 00000000 00000000 00000000 00000000 00000000", "Flags", parses(rdpdr.ParsePrinterData)},
		"cache":          {"5250 4350 02000000 00000000 00001100", "ConfigDataLen", parses(rdpdr.ParsePrinterCache)},
		"cache event":    {"5250 4350 05000000", "EventId", parses(rdpdr.ParsePrinterCache)},
		"version":        {"7244 6e49 0200 0d00 03000000", "VersionMajor", parses(rdpdr.ParseServerAnnounce)},
	} {
		wantField(t, name, tc.parse(pdutest.Hex(t, tc.listing)), tc.field)
	}
}

func parses[T any](parse func([]byte) (T, error)) func([]byte) error {
	return func(b []byte) error { _, err := parse(b); return err }
}

func wantField(t *testing.T, name string, err error, want string) {
	t.Helper()
	var wrong *field.Error
	if !errors.As(err, &wrong) || wrong.Field != want {
		t.Errorf("%s: error %v, want one that names %s", name, err, want)
	}
}
