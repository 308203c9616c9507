// SPDX-License-Identifier: Apache-2.0

package rdpdr_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

const (
	driveID   = 1
	printerID = 2
)

// dialogue is a scripted server that talks with a client.
type dialogue struct {
	testing.TB
	c    *rdpdr.Client
	next uint32
}

func begin(t testing.TB, cfg rdpdr.Config) *dialogue {
	cfg.ComputerName = "palta"
	return &dialogue{TB: t, c: rdpdr.New(cfg, rdpdr.Drive(driveID, "Palta"), rdpdr.Printer(printerID, rdpdr.PrinterData{Name: "P"}))}
}

// server sends a message; it returns what the client answers and tells.
func (d *dialogue) server(b []byte) ([][]byte, rdpdr.Event) {
	d.Helper()
	prefix := []byte("kept")
	out, ends, event, err := d.c.Handle(b, prefix)
	if err != nil {
		d.Fatalf("%x: %v", b, err)
	}
	var messages [][]byte
	at := len(prefix)
	for _, end := range ends {
		messages = append(messages, out[at:end])
		at = end
	}
	if at != len(out) || !bytes.HasPrefix(out, prefix) {
		d.Fatalf("ends %v of %d bytes", ends, len(out))
	}
	return messages, event
}

func (d *dialogue) hex(listing string) ([][]byte, rdpdr.Event) {
	d.Helper()
	return d.server(pdutest.Hex(d, listing))
}

// announced returns the IDs of the devices that messages announce.
func (d *dialogue) announced(messages [][]byte) []uint32 {
	d.Helper()
	var ids []uint32
	for _, m := range messages {
		list, err := rdpdr.ParseDevices(m)
		if err != nil {
			d.Fatalf("%x: %v", m, err)
		}
		for _, device := range list {
			ids = append(ids, device.ID)
		}
	}
	return ids
}

func (d *dialogue) wantAnnounced(when string, messages [][]byte, want ...uint32) {
	d.Helper()
	if diff := cmp.Diff(want, d.announced(messages)); diff != "" {
		d.Errorf("%s: devices (-want +got):\n%s", when, diff)
	}
}

// connected returns a dialogue whose devices the server knows.
func connected(t testing.TB) *dialogue {
	d := begin(t, rdpdr.Config{})
	for _, listing := range []string{serverAnnounce, serverCapability, clientIDConfirm, userLoggedOn} {
		d.hex(listing)
	}
	return d
}

// head returns the head of a new request.
func (d *dialogue) head(device, file uint32) rdpdr.Request {
	d.next++
	return rdpdr.Request{Device: device, File: file, Completion: d.next}
}

// ask sends a request, which the client must hand out.
func (d *dialogue) ask(q rdpdr.IORequest) {
	d.Helper()
	messages, event := d.server(q.Append(nil))
	got, ok := event.(rdpdr.IORequest)
	if len(messages) != 0 || !ok || !bytes.Equal(got.Append(nil), q.Append(nil)) {
		d.Fatalf("%+v is told as %+v and answered with %x", q, event, messages)
	}
}

// completed checks a completion, whose result is a listing.
func (d *dialogue) completed(out []byte, err error, q rdpdr.Request, s rdpdr.Status, result string) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
	got, err := rdpdr.ParseCompletion(out)
	want := rdpdr.Completion{Device: q.Device, Completion: q.Completion, Status: s, Result: pdutest.Hex(d, result)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		d.Errorf("%v, completion (-want +got):\n%s", err, diff)
	}
}

func TestHandshakeWithWindows(t *testing.T) {
	d := begin(t, rdpdr.Config{Async: true})
	messages, event := d.hex(serverAnnounce)
	if event != nil || len(messages) != 2 {
		t.Fatalf("announce: %x, %v", messages, event)
	}
	reply, err := rdpdr.ParseClientID(messages[0])
	if err != nil || reply != (rdpdr.Announce{VersionMinor: 13, ClientID: 3}) {
		t.Errorf("announce reply %+v, %v", reply, err)
	}
	if name, err := rdpdr.ParseClientName(messages[1]); err != nil || name != "palta" {
		t.Errorf("name %q, %v", name, err)
	}
	messages, _ = d.hex(serverCapability)
	if len(messages) != 1 {
		t.Fatalf("capabilities: %x", messages)
	}
	caps, err := parseClient(messages[0])
	want := rdpdr.Capabilities{
		General: rdpdr.General{
			Version: 2, VersionMinor: 13, IOCode1: 0x3FFF,
			ExtendedPDU: rdpdr.ExtendedDeviceRemove | rdpdr.ExtendedUserLoggedOn, ExtraFlags: rdpdr.AsyncIO,
		},
		Printer: 1, Drive: 2,
	}
	if diff := cmp.Diff(want, caps); err != nil || diff != "" {
		t.Errorf("%v, capabilities (-want +got):\n%s", err, diff)
	}
	messages, _ = d.hex(clientIDConfirm)
	d.wantAnnounced("before the logon", messages)
	messages, event = d.hex(userLoggedOn)
	d.wantAnnounced("after the logon", messages, driveID, printerID)
	if event != (rdpdr.LoggedOn{}) {
		t.Errorf("event %+v", event)
	}
	messages, _ = d.hex(userLoggedOn)
	d.wantAnnounced("after another logon", messages)
	if _, event = d.hex("7244 7264 01000000 00000000"); event != (rdpdr.DeviceReply{Device: driveID}) {
		t.Errorf("event %+v", event)
	}
}

func TestWhenDevicesAreAnnounced(t *testing.T) {
	noLogon := "7244 5053 0100 0000 0100 2c00 02000000 02000000 00000000 0100 0d00 ffff0000 00000000 03000000 00000000 00000000 00000000"
	for name, tc := range map[string]struct {
		cfg    rdpdr.Config
		script []string
		want   []uint32 // after the last of the script
	}{
		"printers early":                                {rdpdr.Config{EarlyPrinters: true}, []string{serverAnnounce, serverCapability, clientIDConfirm}, []uint32{printerID}},
		"drives after early printers":                   {rdpdr.Config{EarlyPrinters: true}, []string{serverAnnounce, serverCapability, clientIDConfirm, userLoggedOn}, []uint32{driveID}},
		"a server that tells no logon":                  {rdpdr.Config{}, []string{serverAnnounce, noLogon, clientIDConfirm}, []uint32{driveID, printerID}},
		"a server without capabilities":                 {rdpdr.Config{}, []string{serverAnnounce, clientIDConfirm}, []uint32{driveID, printerID}},
		"a server of version 5":                         {rdpdr.Config{}, []string{"7244 6e49 0100 0500 03000000", serverCapability, "7244 4343 0100 0500 03000000"}, []uint32{driveID, printerID}},
		"a confirmation of version 5":                   {rdpdr.Config{}, []string{serverAnnounce, serverCapability, "7244 4343 0100 0500 03000000"}, []uint32{driveID, printerID}},
		"a logon before all else, as xrdp 0.9 tells it": {rdpdr.Config{}, []string{serverAnnounce, userLoggedOn, serverCapability, clientIDConfirm}, []uint32{driveID, printerID}},
		"a logon not followed by an ID yet":             {rdpdr.Config{}, []string{serverAnnounce, serverCapability, userLoggedOn}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := begin(t, tc.cfg)
			var messages [][]byte
			for _, listing := range tc.script {
				messages, _ = d.hex(listing)
			}
			d.wantAnnounced("at the end", messages, tc.want...)
		})
	}
}

func TestOldServersGetAnIDOfOurs(t *testing.T) {
	d := begin(t, rdpdr.Config{ClientID: 77})
	messages, _ := d.hex("7244 6e49 0100 0a00 03000000")
	if reply, err := rdpdr.ParseClientID(messages[0]); err != nil || reply != (rdpdr.Announce{VersionMinor: 10, ClientID: 77}) {
		t.Errorf("%+v, %v", reply, err)
	}
}

func TestServerBeginsAnew(t *testing.T) {
	d := connected(t)
	q := d.head(driveID, 1)
	d.ask(rdpdr.Read{Request: q, Length: 10})
	messages, event := d.hex(serverAnnounce)
	if event != (rdpdr.Reset{}) || len(messages) != 2 {
		t.Fatalf("%x, %+v", messages, event)
	}
	if out, err := d.c.AppendRead(nil, q, nil); !errors.Is(err, rdpdr.ErrNotOpen) {
		t.Errorf("a request of before is completed with %x, %v", out, err)
	}
	// Windows tells the logon before the capabilities.
	d.hex(userLoggedOn)
	d.hex(serverCapability)
	messages, _ = d.hex(clientIDConfirm)
	d.wantAnnounced("again", messages, driveID, printerID)
}

func TestDevicesComeAndGo(t *testing.T) {
	d := begin(t, rdpdr.Config{})
	if out := d.c.Add(nil, rdpdr.Drive(3, "early")); out != nil {
		t.Errorf("a device is announced before the server: %x", out)
	}
	for _, listing := range []string{serverAnnounce, serverCapability, clientIDConfirm} {
		d.hex(listing)
	}
	messages, _ := d.hex(userLoggedOn)
	d.wantAnnounced("the first", messages, driveID, printerID, 3)
	d.wantAnnounced("one more", [][]byte{d.c.Add(nil, rdpdr.Drive(4, "late"))}, 4)
	q := d.head(4, 1)
	d.ask(rdpdr.Read{Request: q, Length: 10})
	if ids, err := rdpdr.ParseRemoved(d.c.Remove(nil, 4)); err != nil || len(ids) != 1 || ids[0] != 4 {
		t.Errorf("removed %v, %v", ids, err)
	}
	if _, err := d.c.AppendRead(nil, q, nil); !errors.Is(err, rdpdr.ErrNotOpen) {
		t.Errorf("a request of a device that is gone: %v", err)
	}
	if out := d.c.Remove(nil, 4); out != nil {
		t.Errorf("removed twice: %x", out)
	}
}

func TestRequestsThatAreToldNoOne(t *testing.T) {
	d := connected(t)
	for name, tc := range map[string]struct {
		request rdpdr.IORequest
		status  rdpdr.Status
		result  string
	}{
		"no device":      {rdpdr.Read{Request: rdpdr.Request{Device: 99}, Length: 1}, rdpdr.StatusNoSuchDevice, "00000000"},
		"no function":    {rdpdr.Unknown{Request: rdpdr.Request{Device: driveID}, Major: 0x14}, rdpdr.StatusNotSupported, "00000000"},
		"a long read":    {rdpdr.Read{Request: rdpdr.Request{Device: driveID}, Length: rdpdr.MaxTransfer + 1}, rdpdr.StatusInsufficientResources, "00000000"},
		"a file class":   {rdpdr.QueryInformation{Request: rdpdr.Request{Device: driveID}, Class: 0x12}, rdpdr.StatusNotSupported, "00000000"},
		"a volume class": {rdpdr.QueryVolume{Request: rdpdr.Request{Device: driveID}, Class: 6}, rdpdr.StatusNotSupported, "00000000"},
		"a listing":      {rdpdr.QueryDirectory{Request: rdpdr.Request{Device: driveID}, Class: 0x25, Initial: true, Path: `\*`}, rdpdr.StatusNotSupported, "00000000 00"},
		"a set":          {rdpdr.SetInformation{Request: rdpdr.Request{Device: driveID}, Class: 0x0B}, rdpdr.StatusNotSupported, "00000000"},
		"a set volume":   {rdpdr.SetVolume{Request: rdpdr.Request{Device: driveID}, Class: 6}, rdpdr.StatusNotSupported, "00000000"},
	} {
		messages, event := d.server(tc.request.Append(nil))
		if event != nil || len(messages) != 1 {
			t.Errorf("%s: %x, %+v", name, messages, event)
			continue
		}
		d.completed(messages[0], nil, tc.request.Head(), tc.status, tc.result)
	}
}

func TestOpenRequestsAreBounded(t *testing.T) {
	d := connected(t)
	for range rdpdr.MaxOpen {
		d.ask(rdpdr.NotifyChange{Request: d.head(driveID, 9)})
	}
	q := d.head(driveID, 9)
	messages, event := d.server(rdpdr.Read{Request: q, Length: 1}.Append(nil))
	if event != nil || len(messages) != 1 {
		t.Fatalf("%x, %+v", messages, event)
	}
	d.completed(messages[0], nil, q, rdpdr.StatusInsufficientResources, "00000000")
}

func TestHandleRefuses(t *testing.T) {
	for name, listing := range map[string]string{
		"an unknown component":        "4142 5053",
		"an unknown packet":           "7244 ffff",
		"an unknown printer packet":   "5250 ffff",
		"a client's message":          "7244 4e43 01000000 00000000 02000000 0000",
		"nothing":                     "",
		"a request that is cut":       "7244 5249 01000000",
		"capabilities that are cut":   "7244 5053 0100",
		"a reply that is cut":         "7244 7264",
		"an ID that is cut":           "7244 4343 0100",
		"an announcement that is cut": "7244 6e49 0100",
	} {
		out, ends, event, err := connected(t).c.Handle(pdutest.Hex(t, listing), nil)
		if err == nil || out != nil || ends != nil || event != nil {
			t.Errorf("%s: %x, %+v", name, out, event)
		}
	}
	for _, listing := range []string{serverCapability, clientIDConfirm, userLoggedOn, "7244 7264 01000000 00000000", requests["read"].listing} {
		if _, _, _, err := begin(t, rdpdr.Config{}).c.Handle(pdutest.Hex(t, listing), nil); err == nil {
			t.Errorf("%s: accepted before the server's announcement", listing)
		}
	}
	d := connected(t)
	q := d.head(driveID, 9)
	d.ask(rdpdr.Read{Request: q, Length: 1})
	if _, _, _, err := d.c.Handle(rdpdr.Read{Request: q, Length: 1}.Append(nil), nil); err == nil {
		t.Error("a completion ID in use is accepted")
	}
}
