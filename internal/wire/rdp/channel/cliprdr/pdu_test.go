// SPDX-License-Identifier: Apache-2.0

package cliprdr_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/cliprdr"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func parseLong(b []byte) (cliprdr.PDU, error)  { return cliprdr.Parse(b, true) }
func parseShort(b []byte) (cliprdr.PDU, error) { return cliprdr.Parse(b, false) }

func appendPDU(p cliprdr.PDU, b []byte) []byte { return p.Append(b) }

// example is one PDU in hex and what it says.
type example struct {
	name, listing string
	short         bool
	want          cliprdr.PDU
}

// Examples of [MS-RDPECLIP], section 4, and what else can be on the channel.
var examples = []example{
	{
		"4.1.3 client clipboard capabilities", `
		0700 0000 10000000  ; msgType 7, msgFlags, dataLen 16
		0100 0000           ; cCapabilitiesSets 1, pad1
		0100 0c00           ; capabilitySetType general, lengthCapability 12
		02000000 0e000000   ; version 2, generalFlags`, false,
		cliprdr.Capabilities{Version: 2, Flags: cliprdr.UseLongFormatNames | cliprdr.StreamFileClip | cliprdr.FileClipNoFilePaths},
	},
	{"4.1.2 monitor ready", "0100 0000 00000000", false, cliprdr.MonitorReady{}},
	{"4.5.2 format list response", "0300 0100 00000000", false, cliprdr.FormatListResponse{OK: true}},
	{"format list response that fails", "0300 0200 00000000", false, cliprdr.FormatListResponse{}},
	{
		"format list with long names", `
		0200 0000 24000000
		04c00000 4e00 6100 7400 6900 7600 6500 0000 ; formatId 0xC004, wszFormatName "Native"
		03000000 0000                               ; a metafile, without a name
		08000000 0000
		11000000 0000`, false,
		cliprdr.FormatList{Formats: []cliprdr.Format{{ID: 0xC004, Name: "Native"}, {ID: 3}, {ID: 8}, {ID: 17}}},
	},
	{
		"format list with short names", `
		0200 0000 48000000
		0d000000 0000000000000000000000000000000000000000000000000000000000000000
		13d00000 460069006c006500470072006f00750070004400650073006300720069000000 ; cut to 15 characters`, true,
		cliprdr.FormatList{Names: cliprdr.ShortNames, Formats: []cliprdr.Format{{ID: 13}, {ID: 0xD013, Name: "FileGroupDescri"}}},
	},
	{
		"format list with names in ASCII", `
		0200 0400 24000000
		11c00000 48544d4c20466f726d617400000000000000000000000000000000000000 0000`, true,
		cliprdr.FormatList{Names: cliprdr.ASCIINames, Formats: []cliprdr.Format{{ID: 0xC011, Name: "HTML Format"}}},
	},
	{"an empty format list", "0200 0000 00000000", false, cliprdr.FormatList{}},
	{
		"4.5.3 format data request", `
		0400 0000 04000000  ; msgType 4, msgFlags, dataLen 4
		79c00000            ; requestedFormatId 49273`, false,
		cliprdr.FormatDataRequest{ID: 49273},
	},
	{"format data response", "0500 0100 06000000 6800 6900 0000", false, cliprdr.FormatDataResponse{OK: true, Data: []byte("h\x00i\x00\x00\x00")}},
	{"format data response that fails", "0500 0200 00000000", false, cliprdr.FormatDataResponse{}},
	{
		"4.4.3.1 requesting the size of a file", `
		0800 0000 18000000  ; msgType 8, msgFlags, dataLen 24
		02000000            ; streamId 2
		01000000            ; lindex 1
		01000000            ; dwFlags FILECONTENTS_SIZE
		00000000 00000000   ; nPositionLow, nPositionHigh
		08000000            ; cbRequested 8`, false,
		cliprdr.FileContentsRequest{Stream: 2, Index: 1, Operation: 1, Length: 8},
	},
	{
		"a range of a locked file above 4 GB", `
		0800 0000 1c000000
		03000000 ffffffff 02000000
		10000000 02000000 00000100
		07000000            ; clipDataId 7`, false,
		cliprdr.FileContentsRequest{Stream: 3, Index: -1, Operation: 2, Offset: 0x200000010, Length: 0x10000, Lock: 7, Locked: true},
	},
	{
		"4.4.4.2 sending the contents of a file", `
		0900 0100 30000000  ; msgType 9, msgFlags CB_RESPONSE_OK, dataLen 48
		02000000            ; streamId 2
		54686520 71756963 6b206272 6f776e20 666f7820 6a756d70 73206f76 65722074 6865206c 617a7920 646f672e`, false,
		cliprdr.FileContentsResponse{OK: true, Stream: 2, Data: []byte("The quick brown fox jumps over the lazy dog.")},
	},
	{"file contents response that fails", "0900 0200 04000000 02000000", false, cliprdr.FileContentsResponse{Stream: 2}},
	{"lock", "0a00 0000 04000000 08000000", false, cliprdr.Lock{ID: 8}},
	{"unlock", "0b00 0000 04000000 08000000", false, cliprdr.Unlock{ID: 8}},
}

func TestExamples(t *testing.T) {
	for _, tc := range examples {
		t.Run(tc.name, func(t *testing.T) {
			parse := parseLong
			if tc.short {
				parse = parseShort
			}
			b := pdutest.Hex(t, tc.listing)
			pdutest.RoundTrip(t, b, parse, appendPDU)
			got, err := parse(append(b, 0, 0, 0, 0)) // as servers pad
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// vector returns a public vector, or nil where they are absent.
func vector(tb testing.TB, name string) []byte {
	tb.Helper()
	dir := pdutest.Folder(tb)
	if dir == "" {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(dir, "clipboard", name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestVectorsOfPDUs(t *testing.T) {
	for name, say := range map[string]func(cliprdr.PDU) bool{
		"client_temp_dir.pdu": func(p cliprdr.PDU) bool {
			d, ok := p.(cliprdr.TempDirectory)
			return ok && strings.HasPrefix(d.Path, `C:\DOCUME~1\`) && strings.HasSuffix(d.Path, `\_TSABD.tmp`)
		},
		"format_list.pdu": func(p cliprdr.PDU) bool {
			l, ok := p.(cliprdr.FormatList)
			return ok && cmp.Equal(l.Formats, []cliprdr.Format{{ID: 0xC004, Name: "Native"}, {ID: 3}, {ID: 8}, {ID: 17}})
		},
		"format_list_2.pdu": func(p cliprdr.PDU) bool {
			l, ok := p.(cliprdr.FormatList)
			return ok && len(l.Formats) == 10 && l.Formats[1].Name == "Rich Text Format Without Objects" && l.Formats[4].ID == cliprdr.FormatUnicodeText
		},
		"metafile.pdu": func(p cliprdr.PDU) bool {
			d, ok := p.(cliprdr.FormatDataResponse)
			return ok && d.OK && len(d.Data) == 0xA1A
		},
		"palette.pdu": func(p cliprdr.PDU) bool {
			d, ok := p.(cliprdr.FormatDataResponse)
			return ok && d.OK && len(d.Data) == 216*4
		},
		"file_list.pdu": func(p cliprdr.PDU) bool {
			d, ok := p.(cliprdr.FormatDataResponse)
			return ok && d.OK && len(d.Data) == 4+2*592
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := vector(t, name)
			if b == nil {
				return
			}
			pdutest.RoundTrip(t, b, parseLong, appendPDU)
			if p, _ := parseLong(b); !say(p) {
				t.Errorf("says %+v", p)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct{ name, field, listing string }{
		{"an unknown message", "msgType", "6300 0000 00000000"},
		{"a length that lies", "dataLen", "0400 0000 ffffffff 0d000000"},
		{"a body that is too short", "requestedFormatId", "0400 0000 02000000 0d000000"},
		{"a general set that is too short", "lengthCapability", "0700 0000 10000000 0100 0000 0100 0400 02000000 0e000000"},
		{"a set that is longer than the PDU", "capabilityData", "0700 0000 08000000 0100 0000 0200 ff00"},
		{"a set with a length below its header", "capabilityData", "0700 0000 08000000 0100 0000 0200 0200"},
		{"a name without an end", "wszFormatName", "0200 0000 08000000 0d000000 41004200"},
		{"a name of absurd length", "wszFormatName", "0200 0000 08020000 0d000000" + strings.Repeat("4100", 258)},
		{"a file request with half a lock", "clipDataId", "0800 0000 1a000000 03000000 00000000 02000000 10000000 00000000 00000100 0700"},
	} {
		var wrong *field.Error
		if p, err := parseLong(pdutest.Hex(t, tc.listing)); !errors.As(err, &wrong) || wrong.Field != tc.field {
			t.Errorf("%s: %+v, %v, want an error of %s", tc.name, p, err, tc.field)
		}
	}
	list := cliprdr.FormatList{Formats: make([]cliprdr.Format, cliprdr.MaxFormats+1)}
	var wrong *field.Error
	if _, err := parseLong(list.Append(nil)); !errors.As(err, &wrong) || wrong.Field != "formatListData" {
		t.Errorf("a list of too many formats: %v", err)
	}
}

func TestOtherCapabilitySetsAreSkipped(t *testing.T) {
	got, err := parseLong(pdutest.Hex(t, `
		0700 0000 18000000 0200 0000
		0900 0800 11223344              ; a set of another type
		0100 0c00 01000000 12000000`))
	if want := (cliprdr.Capabilities{Version: 1, Flags: 0x12}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func TestTypesHaveNames(t *testing.T) {
	if got := cliprdr.TypeLock.String(); got != "lock clipboard data" {
		t.Errorf("%q", got)
	}
	if got := cliprdr.Type(0x63).String(); got != "clipboard PDU 0x0063" {
		t.Errorf("%q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, tc := range examples {
		b, err := pdutest.ParseHex(tc.listing)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, !tc.short)
	}
	f.Add(cliprdr.TempDirectory{Path: `C:\temp`}.Append(nil), true)
	f.Fuzz(func(t *testing.T, b []byte, long bool) {
		pdutest.Same(t, b, func(b []byte) (cliprdr.PDU, error) { return cliprdr.Parse(b, long) }, appendPDU)
		p, err := cliprdr.Parse(b, long)
		if data, ok := p.(cliprdr.FormatDataResponse); err == nil && ok && !bytes.Contains(b, data.Data) {
			t.Fatalf("data %x of %x", data.Data, b)
		}
	})
}
