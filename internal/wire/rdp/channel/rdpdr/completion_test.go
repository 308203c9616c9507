// SPDX-License-Identifier: Apache-2.0

package rdpdr_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpdr"
)

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
