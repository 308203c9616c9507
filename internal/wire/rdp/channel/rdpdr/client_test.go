// SPDX-License-Identifier: Apache-2.0

package rdpdr_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

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
		"printers early":                    {rdpdr.Config{EarlyPrinters: true}, []string{serverAnnounce, serverCapability, clientIDConfirm}, []uint32{printerID}},
		"drives after early printers":       {rdpdr.Config{EarlyPrinters: true}, []string{serverAnnounce, serverCapability, clientIDConfirm, userLoggedOn}, []uint32{driveID}},
		"a server that tells no logon":      {rdpdr.Config{}, []string{serverAnnounce, noLogon, clientIDConfirm}, []uint32{driveID, printerID}},
		"a server without capabilities":     {rdpdr.Config{}, []string{serverAnnounce, clientIDConfirm}, []uint32{driveID, printerID}},
		"a server of version 5":             {rdpdr.Config{}, []string{"7244 6e49 0100 0500 03000000", serverCapability, "7244 4343 0100 0500 03000000"}, []uint32{driveID, printerID}},
		"a confirmation of version 5":       {rdpdr.Config{}, []string{serverAnnounce, serverCapability, "7244 4343 0100 0500 03000000"}, []uint32{driveID, printerID}},
		"a logon before the ID":             {rdpdr.Config{}, []string{serverAnnounce, userLoggedOn, serverCapability, clientIDConfirm}, []uint32{driveID, printerID}},
		"a logon not followed by an ID yet": {rdpdr.Config{}, []string{serverAnnounce, serverCapability, userLoggedOn}, nil},
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

// TestListing is what xrdp asks for when a folder is shown.
func TestListing(t *testing.T) {
	d := connected(t)
	q := d.head(driveID, 0)
	d.ask(rdpdr.Create{Request: q, Access: rdpdr.AccessReadData, Disposition: rdpdr.DispositionOpen, Options: rdpdr.OptionDirectory, Path: `\docs`})
	out, err := d.c.AppendCreated(nil, q, 9, rdpdr.Opened)
	d.completed(out, err, q, rdpdr.StatusSuccess, "09000000 01")

	written := time.Unix(0, 0)
	entry := rdpdr.FileInfo{Name: "ñ.txt", Written: written, Accessed: written.Add(time.Second), Size: 5000, Attributes: rdpdr.AttributeArchive}
	const (
		epoch = "00803ed5deb19d01"
		times = epoch + "8016d7d5deb19d01" + epoch + epoch
		sizes = "8813000000000000 0020000000000000"
		name  = "f100 2e00 7400 7800 7400"
	)
	for i, tc := range []struct {
		class rdpdr.FileClass
		want  string
	}{
		{rdpdr.FileDirectoryInformation, "4a000000 00000000 00000000" + times + sizes + "20000000 0a000000" + name},
		{rdpdr.FileFullDirectoryInformation, "4e000000 00000000 00000000" + times + sizes + "20000000 0a000000 00000000" + name},
		{rdpdr.FileBothDirectoryInformation, "67000000 00000000 00000000" + times + sizes + "20000000 0a000000 00000000 00" + pad24 + name},
		{rdpdr.FileNamesInformation, "16000000 00000000 00000000 0a000000" + name},
	} {
		q := d.head(driveID, 9)
		path := ""
		if i == 0 {
			path = `\docs\*`
		}
		d.ask(rdpdr.QueryDirectory{Request: q, Class: tc.class, Initial: i == 0, Path: path})
		out, err := d.c.AppendEntry(nil, q, entry)
		d.completed(out, err, q, rdpdr.StatusSuccess, tc.want)
	}
	q = d.head(driveID, 9)
	d.ask(rdpdr.QueryDirectory{Request: q, Class: rdpdr.FileDirectoryInformation})
	out, err = d.c.AppendFailure(nil, q, rdpdr.StatusNoMoreFiles)
	d.completed(out, err, q, rdpdr.StatusNoMoreFiles, "00000000 00")
	q = d.head(driveID, 9)
	d.ask(rdpdr.Close{Request: q})
	out, err = d.c.AppendDone(nil, q)
	d.completed(out, err, q, rdpdr.StatusSuccess, "00000000")
}

func TestFileIO(t *testing.T) {
	d := connected(t)
	// Three requests are open and are completed in another order.
	read, write, control := d.head(driveID, 9), d.head(driveID, 9), d.head(driveID, 9)
	d.ask(rdpdr.Read{Request: read, Length: 5, Offset: 1 << 40})
	d.ask(rdpdr.Write{Request: write, Offset: 7, Data: []byte("abc")})
	d.ask(rdpdr.Control{Request: control, Code: 1, OutputLength: 2})
	out, err := d.c.AppendControlled(nil, control, []byte("xyz"))
	d.completed(out, err, control, rdpdr.StatusSuccess, "02000000 7879")
	out, err = d.c.AppendWritten(nil, write, 3)
	d.completed(out, err, write, rdpdr.StatusSuccess, "03000000 00")
	if out, err := d.c.AppendRead(nil, read, []byte("toolong")); err == nil {
		t.Errorf("more than was asked for: %x", out)
	}
	out, err = d.c.AppendRead(nil, read, []byte("palt"))
	d.completed(out, err, read, rdpdr.StatusSuccess, "04000000 70616c74")
	if _, err := d.c.AppendRead(nil, read, nil); !errors.Is(err, rdpdr.ErrNotOpen) {
		t.Errorf("completed twice: %v", err)
	}

	lock := d.head(driveID, 9)
	d.ask(rdpdr.Lock{Request: lock, Operation: rdpdr.LockShared, Ranges: []rdpdr.Range{{Length: 1}}})
	out, err = d.c.AppendDone(nil, lock)
	d.completed(out, err, lock, rdpdr.StatusSuccess, "0000000000")
	for _, set := range []rdpdr.SetInformation{
		{Request: d.head(driveID, 9), Class: rdpdr.FileRenameInformation, Path: `\b`, Replace: true, Length: 12},
		{Request: d.head(driveID, 9), Class: rdpdr.FileEndOfFileInformation, Size: 3, Length: 8},
	} {
		d.ask(set)
		out, err = d.c.AppendDone(nil, set.Request)
		d.completed(out, err, set.Request, rdpdr.StatusSuccess, fmt.Sprintf("%02x000000", set.Length))
	}
	label := d.head(driveID, 9)
	d.ask(rdpdr.SetVolume{Request: label, Class: rdpdr.FsLabelInformation, Label: "l"})
	out, err = d.c.AppendFailure(nil, label, rdpdr.StatusAccessDenied)
	d.completed(out, err, label, rdpdr.StatusAccessDenied, "08000000")
}

func TestInformation(t *testing.T) {
	d := connected(t)
	at := time.Unix(0, 0)
	file := rdpdr.FileInfo{Written: at, Size: 4097, DeletePending: true}
	folder := rdpdr.FileInfo{Created: at, Accessed: at, Written: at, Changed: at, Allocated: 1, Links: 2, Attributes: rdpdr.AttributeDirectory}
	const epoch = "00803ed5deb19d01"
	for _, tc := range []struct {
		class rdpdr.FileClass
		info  rdpdr.FileInfo
		want  string
	}{
		{rdpdr.FileBasicInformation, file, "24000000" + epoch + epoch + epoch + epoch + "80000000"},
		{rdpdr.FileStandardInformation, file, "16000000 0020000000000000 0110000000000000 01000000 01 00"},
		{rdpdr.FileStandardInformation, folder, "16000000 0100000000000000 0000000000000000 02000000 00 01"},
		{rdpdr.FileAttributeTagInformation, folder, "08000000 10000000 00000000"},
	} {
		q := d.head(driveID, 9)
		d.ask(rdpdr.QueryInformation{Request: q, Class: tc.class})
		out, err := d.c.AppendInformation(nil, q, tc.info)
		d.completed(out, err, q, rdpdr.StatusSuccess, tc.want)
	}
	volume := rdpdr.VolumeInfo{Label: "ab", FileSystem: "FAT32", Serial: 7, Created: at, Total: 1 << 30, Free: 8191}
	for class, want := range map[rdpdr.VolumeClass]string{
		rdpdr.FsVolumeInformation:    "15000000" + epoch + "07000000 04000000 00 6100 6200",
		rdpdr.FsSizeInformation:      "18000000 0000040000000000 0100000000000000 08000000 00020000",
		rdpdr.FsFullSizeInformation:  "20000000 0000040000000000 0100000000000000 0100000000000000 08000000 00020000",
		rdpdr.FsDeviceInformation:    "08000000 07000000 30000000",
		rdpdr.FsAttributeInformation: "16000000 07000000 ff000000 0a000000 4600 4100 5400 3300 3200",
	} {
		q := d.head(driveID, 9)
		d.ask(rdpdr.QueryVolume{Request: q, Class: class})
		out, err := d.c.AppendVolume(nil, q, volume)
		d.completed(out, err, q, rdpdr.StatusSuccess, want)
	}
}

func TestNotifications(t *testing.T) {
	d := connected(t)
	q := d.head(driveID, 9)
	d.ask(rdpdr.NotifyChange{Request: q, Filter: rdpdr.ChangeFileName})
	out, err := d.c.AppendChanges(nil, q, rdpdr.Change{Action: rdpdr.ActionRenamedOld, Name: "a"}, rdpdr.Change{Action: rdpdr.ActionRenamedNew, Name: "b"})
	d.completed(out, err, q, rdpdr.StatusSuccess, "1e000000 10000000 04000000 02000000 6100 0000 00000000 05000000 02000000 6200")
	q = d.head(driveID, 9)
	d.ask(rdpdr.NotifyChange{Request: q})
	out, err = d.c.AppendChanges(nil, q)
	d.completed(out, err, q, rdpdr.StatusNotifyEnumDir, "00000000")

	// Those of a directory that is closed are completed by the client, others are not.
	first, other, last, reused := d.head(driveID, 9), d.head(driveID, 8), d.head(driveID, 9), d.head(driveID, 9)
	for _, q := range []rdpdr.Request{first, other, last, reused} {
		d.ask(rdpdr.NotifyChange{Request: q})
	}
	reused.File = 7
	d.ask(rdpdr.Read{Request: reused, Length: 1})
	q = d.head(driveID, 9)
	messages, event := d.server(rdpdr.Close{Request: q}.Append(nil))
	if event != (rdpdr.Close{Request: q}) || len(messages) != 2 {
		t.Fatalf("%x, %+v", messages, event)
	}
	d.completed(messages[0], nil, first, rdpdr.StatusNotifyCleanup, "00000000")
	d.completed(messages[1], nil, last, rdpdr.StatusNotifyCleanup, "00000000")
	if _, err := d.c.AppendChanges(nil, first); !errors.Is(err, rdpdr.ErrNotOpen) {
		t.Errorf("completed twice: %v", err)
	}
	if _, err := d.c.AppendChanges(nil, other); err != nil {
		t.Errorf("another directory's: %v", err)
	}
}

func TestPrintJob(t *testing.T) {
	d := connected(t)
	if _, event := d.hex("5250 4355 02000000 00000000"); event != (rdpdr.UsingXPS{Device: printerID}) {
		t.Errorf("event %+v", event)
	}
	if _, event := d.hex("5250 4350 03000000 04000000 5000 0000"); !cmp.Equal(event, rdpdr.PrinterCache{Event: rdpdr.CacheDelete, Name: "P"}) {
		t.Errorf("event %+v", event)
	}
	q := d.head(printerID, 0)
	d.ask(rdpdr.Create{Request: q})
	out, err := d.c.AppendCreated(nil, q, 1, rdpdr.Superseded)
	d.completed(out, err, q, rdpdr.StatusSuccess, "01000000 00")
	var job []byte
	for _, part := range []string{"%!PS-", "Adobe-3.0"} {
		q := d.head(printerID, 1)
		_, event := d.server(rdpdr.Write{Request: q, Data: []byte(part)}.Append(nil))
		w, ok := event.(rdpdr.Write)
		if !ok {
			t.Fatalf("event %+v", event)
		}
		job = append(job, w.Data...)
		out, err := d.c.AppendWritten(nil, q, len(w.Data))
		d.completed(out, err, q, rdpdr.StatusSuccess, fmt.Sprintf("%02x000000 00", len(part)))
	}
	if string(job) != "%!PS-Adobe-3.0" {
		t.Errorf("the job is %q", job)
	}
	q = d.head(printerID, 1)
	d.ask(rdpdr.Close{Request: q})
	out, err = d.c.AppendDone(nil, q)
	d.completed(out, err, q, rdpdr.StatusSuccess, "00000000")
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

func TestCompletionsMustFit(t *testing.T) {
	d := connected(t)
	q := d.head(driveID, 9)
	d.ask(rdpdr.Read{Request: q, Length: 1})
	moved := q
	moved.Device = printerID
	for name, complete := range map[string]func() ([]byte, error){
		"another kind":    func() ([]byte, error) { return d.c.AppendWritten(nil, q, 1) },
		"none":            func() ([]byte, error) { return d.c.AppendDone(nil, q) },
		"another device":  func() ([]byte, error) { return d.c.AppendRead(nil, moved, nil) },
		"created":         func() ([]byte, error) { return d.c.AppendCreated(nil, q, 1, 0) },
		"information":     func() ([]byte, error) { return d.c.AppendInformation(nil, q, rdpdr.FileInfo{}) },
		"volume":          func() ([]byte, error) { return d.c.AppendVolume(nil, q, rdpdr.VolumeInfo{}) },
		"entry":           func() ([]byte, error) { return d.c.AppendEntry(nil, q, rdpdr.FileInfo{}) },
		"control":         func() ([]byte, error) { return d.c.AppendControlled(nil, q, nil) },
		"changes":         func() ([]byte, error) { return d.c.AppendChanges(nil, q) },
		"one of no one":   func() ([]byte, error) { return d.c.AppendDone(nil, d.head(driveID, 9)) },
		"failure of none": func() ([]byte, error) { return d.c.AppendFailure(nil, moved, rdpdr.StatusUnsuccessful) },
	} {
		if out, err := complete(); err == nil || out != nil {
			t.Errorf("%s: completed with %x", name, out)
		}
	}
	if _, err := d.c.AppendRead(nil, q, nil); err != nil {
		t.Errorf("the right one: %v", err)
	}
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

func TestStatusNames(t *testing.T) {
	for s, want := range map[rdpdr.Status]string{rdpdr.StatusNoMoreFiles: "NO_MORE_FILES", 0xC0000123: "0xC0000123"} {
		if got := s.String(); got != want {
			t.Errorf("%#x is %q, want %q", uint32(s), got, want)
		}
	}
	if rdpdr.StatusNotifyCleanup.Failed() || !rdpdr.StatusNoMoreFiles.Failed() {
		t.Error("which statuses are failures")
	}
}
