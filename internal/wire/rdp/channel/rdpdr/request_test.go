// SPDX-License-Identifier: Apache-2.0

package rdpdr_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// Paddings of requests.
const (
	pad20 = "0000000000000000000000000000000000000000"
	pad23 = pad20 + "000000"
	pad24 = pad20 + "00000000"
	pad27 = pad24 + "000000"
	pad32 = pad24 + "0000000000000000"
)

var head = rdpdr.Request{Device: 1, File: 2, Completion: 3}

// requests has every kind of request as it comes and what it says.
var requests = map[string]struct {
	listing string
	want    rdpdr.IORequest
}{
	"create": {
		`7244 5249 01000000 02000000 03000000 00000000 00000000
		9f011600 0010000000000000   ; DesiredAccess, AllocationSize
		80000000 07000000 02000000 44000000 ; FileAttributes, SharedAccess, CreateDisposition, CreateOptions
		08000000 5c00 6100 f100 0000 ; PathLength, Path`,
		rdpdr.Create{
			Request: head, Access: 0x16019F, AllocationSize: 4096, Attributes: rdpdr.AttributeNormal, Share: 7,
			Disposition: rdpdr.DispositionCreate, Options: rdpdr.OptionNotDirectory | 4, Path: `\añ`,
		},
	},
	"create of a job": {
		"7244 5249 01000000 02000000 03000000 00000000 00000000 00000000 0000000000000000 00000000 00000000 00000000 00000000 00000000",
		rdpdr.Create{Request: head},
	},
	"close": {"7244 5249 01000000 02000000 03000000 02000000 00000000" + pad32, rdpdr.Close{Request: head}},
	"read": {
		"7244 5249 01000000 02000000 03000000 03000000 00000000 00000100 0000000001000000 ; Length, Offset\n" + pad20,
		rdpdr.Read{Request: head, Length: 65536, Offset: 1 << 32},
	},
	"write": {
		"7244 5249 01000000 02000000 03000000 04000000 00000000 04000000 0500000000000000" + pad20 + "70616c74",
		rdpdr.Write{Request: head, Offset: 5, Data: []byte("palt")},
	},
	"device control": {
		"7244 5249 01000000 02000000 03000000 0e000000 00000000 00020000 02000000 a8000900" + pad20 + "abcd",
		rdpdr.Control{Request: head, Code: 0x900A8, OutputLength: 512, Input: []byte{0xAB, 0xCD}},
	},
	"query information": {
		"7244 5249 01000000 02000000 03000000 05000000 00000000 05000000 00000000" + pad24,
		rdpdr.QueryInformation{Request: head, Class: rdpdr.FileStandardInformation},
	},
	"set basic": {
		"7244 5249 01000000 02000000 03000000 06000000 00000000 04000000 24000000" + pad24 +
			"0000000000000000 0000000000000000 0060e310cfc1dc01 0000000000000000 20000000",
		rdpdr.SetInformation{
			Request: head, Class: rdpdr.FileBasicInformation, Length: 36,
			Written: time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC), Attributes: rdpdr.AttributeArchive,
		},
	},
	"set end of file": {
		"7244 5249 01000000 02000000 03000000 06000000 00000000 14000000 08000000" + pad24 + "0001000000000000",
		rdpdr.SetInformation{Request: head, Class: rdpdr.FileEndOfFileInformation, Length: 8, Size: 256},
	},
	"set allocation": {
		"7244 5249 01000000 02000000 03000000 06000000 00000000 13000000 08000000" + pad24 + "0010000000000000",
		rdpdr.SetInformation{Request: head, Class: rdpdr.FileAllocationInformation, Length: 8, Size: 4096},
	},
	"set disposition": {
		"7244 5249 01000000 02000000 03000000 06000000 00000000 0d000000 01000000" + pad24 + "01",
		rdpdr.SetInformation{Request: head, Class: rdpdr.FileDispositionInformation, Length: 1, Delete: true},
	},
	"rename": {
		"7244 5249 01000000 02000000 03000000 06000000 00000000 0a000000 0c000000" + pad24 + "01 00 06000000 5c00 6200 0000",
		rdpdr.SetInformation{Request: head, Class: rdpdr.FileRenameInformation, Length: 12, Replace: true, Path: `\b`},
	},
	"query volume": {
		"7244 5249 01000000 02000000 03000000 0a000000 00000000 07000000 00000000" + pad24,
		rdpdr.QueryVolume{Request: head, Class: rdpdr.FsFullSizeInformation},
	},
	"set volume": {
		"7244 5249 01000000 02000000 03000000 0b000000 00000000 02000000 08000000" + pad24 + "04000000 6c00 0000",
		rdpdr.SetVolume{Request: head, Class: rdpdr.FsLabelInformation, Length: 8, Label: "l"},
	},
	"query directory": {
		"7244 5249 01000000 02000000 03000000 0c000000 01000000 03000000 01 06000000" + pad23 + "5c00 2a00 0000",
		rdpdr.QueryDirectory{Request: head, Class: rdpdr.FileBothDirectoryInformation, Initial: true, Path: `\*`},
	},
	"query directory on": {
		"7244 5249 01000000 02000000 03000000 0c000000 01000000 01000000 00 00000000" + pad23,
		rdpdr.QueryDirectory{Request: head, Class: rdpdr.FileDirectoryInformation},
	},
	"notify change": {
		"7244 5249 01000000 02000000 03000000 0c000000 02000000 01 17000000" + pad27,
		rdpdr.NotifyChange{
			Request: head, Tree: true, Filter: rdpdr.ChangeFileName | rdpdr.ChangeDirName | rdpdr.ChangeAttributes | rdpdr.ChangeLastWrite,
		},
	},
	"lock": {
		"7244 5249 01000000 02000000 03000000 11000000 00000000 03000000 01000000 01000000" + pad20 + "0a00000000000000 1400000000000000",
		rdpdr.Lock{Request: head, Operation: rdpdr.LockExclusive, Wait: true, Ranges: []rdpdr.Range{{Length: 10, Offset: 20}}},
	},
	"unknown":           {"7244 5249 01000000 02000000 03000000 14000000 07000000", rdpdr.Unknown{Request: head, Major: 0x14, Minor: 7}},
	"unknown directory": {"7244 5249 01000000 02000000 03000000 0c000000 03000000", rdpdr.Unknown{Request: head, Major: rdpdr.MajorDirectoryControl, Minor: 3}},
}

func appendRequest(q rdpdr.IORequest, b []byte) []byte { return q.Append(b) }

func TestRequests(t *testing.T) {
	for name, tc := range requests {
		t.Run(name, func(t *testing.T) {
			b := pdutest.Hex(t, tc.listing)
			pdutest.RoundTrip(t, b, rdpdr.ParseRequest, appendRequest)
			got, err := rdpdr.ParseRequest(b)
			if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestRequestsAsXrdpSendsThem(t *testing.T) {
	for name, tc := range map[string]struct {
		listing string
		want    rdpdr.IORequest
	}{
		"a deletion without a buffer": {
			"7244 5249 01000000 02000000 03000000 06000000 00000000 0d000000 00000000" + pad24,
			rdpdr.SetInformation{Request: head, Class: rdpdr.FileDispositionInformation, Delete: true},
		},
		"a query with a buffer": {
			"7244 5249 01000000 02000000 03000000 05000000 00000000 05000000 16000000" + pad24 + pad20 + "0000",
			rdpdr.QueryInformation{Request: head, Class: rdpdr.FileStandardInformation},
		},
	} {
		got, err := rdpdr.ParseRequest(pdutest.Hex(t, tc.listing))
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestRequestsWithLiedLengths(t *testing.T) {
	const h = "7244 5249 01000000 02000000 03000000"
	for name, tc := range map[string]struct{ listing, field string }{
		"a path beyond the limit":  {h + "00000000 00000000 00000000 0000000000000000 00000000 00000000 00000000 00000000 02000100", "PathLength"},
		"a path that is not there": {h + "00000000 00000000 00000000 0000000000000000 00000000 00000000 00000000 00000000 04000000 5c00", "Path"},
		"an odd path":              {h + "00000000 00000000 00000000 0000000000000000 00000000 00000000 00000000 00000000 03000000 5c0000", "Path"},
		"a write beyond the limit": {h + "04000000 00000000 01008000 0000000000000000" + pad20, "Length"},
		"a write that is cut":      {h + "04000000 00000000 05000000 0000000000000000" + pad20 + "70616c74", "WriteData"},
		"input that is cut":        {h + "0e000000 00000000 00000000 03000000 00000000" + pad20 + "abcd", "InputBuffer"},
		"locks beyond the limit":   {h + "11000000 00000000 03000000 01000000 01040000" + pad20, "NumLocks"},
		"locks that are cut":       {h + "11000000 00000000 03000000 01000000 02000000" + pad20 + "0a00000000000000 1400000000000000", "Locks"},
		"a lock of no kind":        {h + "11000000 00000000 06000000 01000000 00000000" + pad20, "Operation"},
		"a set that is cut":        {h + "06000000 00000000 14000000 08000000" + pad24 + "00", "SetBuffer"},
		"a set that is too small":  {h + "06000000 00000000 14000000 01000000" + pad24 + "00", "SetBuffer"},
		"a name beyond its buffer": {h + "06000000 00000000 0a000000 06000000" + pad24 + "01 00 06000000", "SetBuffer"},
		"a label beyond its set":   {h + "0b000000 00000000 02000000 04000000" + pad24 + "04000000", "SetVolumeBuffer"},
		"a pattern that is cut":    {h + "0c000000 01000000 03000000 01 06000000" + pad23 + "5c00 2a00", "Path"},
	} {
		_, err := rdpdr.ParseRequest(pdutest.Hex(t, tc.listing))
		wantField(t, name, err, tc.field)
	}
}

func TestFileTimes(t *testing.T) {
	for _, tc := range []struct {
		filetime uint64
		want     time.Time
	}{
		{0, time.Time{}},
		{1, time.Date(1601, 1, 1, 0, 0, 0, 100, time.UTC)},
		{116444736000000000, time.Unix(0, 0).UTC()},
		{134194596000000000 + 1234567, time.Date(2026, 3, 31, 19, 40, 0, 123456700, time.UTC)},
	} {
		if got := rdpdr.Time(tc.filetime); !got.Equal(tc.want) {
			t.Errorf("%d is %v, want %v", tc.filetime, got, tc.want)
		}
		if got := rdpdr.FileTime(tc.want); got != tc.filetime {
			t.Errorf("%v is %d, want %d", tc.want, got, tc.filetime)
		}
	}
	for _, leave := range []uint64{1 << 63, ^uint64(0), ^uint64(1)} {
		if got := rdpdr.Time(leave); !got.IsZero() {
			t.Errorf("%d is %v, want none", leave, got)
		}
	}
	for _, outside := range []time.Time{time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(40000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if got := rdpdr.FileTime(outside); got != 0 {
			t.Errorf("%v is %d", outside, got)
		}
	}
}
