// SPDX-License-Identifier: Apache-2.0

package rdptest_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// The rest of the annotated connection of [MS-RDPBCGR], section 4.1: its finalization, of
// which 4.1.17 (Persistent Key List) and 4.1.20 (the server's Cooperate) are not here. All but
// 4.1.19 are as other implementations test with them: uncompressedLength counts the data alone.
const (
	clientRequestControl = `1a 00 17 00 ef 03 ; share control header: 26 bytes of data from 1007
		ea 03 01 00 00 01 08 00 14 00 00 00 ; shareId, pad1, streamId, uncompressedLength, pduType2: control, compressedType, compressedLength
		01 00 00 00 00 00 00 00 ; action: request control, grantId, controlId`
	clientFontList = `1a 00 17 00 ef 03
		ea 03 01 00 00 01 08 00 27 00 00 00 ; pduType2: font list
		00 00 00 00 03 00 32 00 ; numberFonts, totalNumFonts, listFlags, entrySize`
	serverSynchronize = `16 00 17 00 ea 03 ; share control header: 22 bytes of data from 1002
		ea 03 01 00 14 00 16 00 1f 00 00 00 ; pad1 and streamId of rubbish, uncompressedLength with all headers, pduType2: synchronize
		01 00 63 44 ; messageType, targetUser, which is rubbish`
	serverGrantedControl = `1a 00 17 00 ea 03
		ea 03 01 00 00 02 08 00 14 00 00 00 ; pduType2: control
		02 00 ef 03 ea 03 00 00 ; action: granted control, grantId 1007, controlId 1002`
	serverFontMap = `1a 00 17 00 ea 03
		ea 03 01 00 00 02 08 00 28 00 00 00 ; pduType2: font map
		00 00 00 00 03 00 04 00 ; numberEntries, totalNumEntries, mapFlags, entrySize`
)

func TestSpecificationExamplesOfFinalization(t *testing.T) {
	client := pdu.ShareData{ShareID: 0x103EA, StreamID: 1, UncompressedLength: 8}
	server := pdu.ShareData{ShareID: 0x103EA, StreamID: 2, UncompressedLength: 8}
	data := func(p pdu.ShareData, kind pdu.DataType, data []byte) pdu.ShareData {
		p.Type, p.Data = kind, data
		return p
	}
	for _, tc := range []struct {
		name, listing string
		want          pdu.ShareData
	}{
		{"4.1.16 request control", clientRequestControl, data(client, pdu.DataControl, pdu.Control{Action: pdu.ControlRequest}.Append(nil))},
		{"4.1.18 font list", clientFontList, data(client, pdu.DataFontList, pdu.EmptyFontList.Append(nil))},
		{"4.1.19 server synchronize", serverSynchronize, pdu.ShareData{
			ShareID: 0x103EA, UncompressedLength: 22, Type: pdu.DataSynchronize, Data: pdu.Synchronize{TargetUser: 0x4463}.Append(nil),
		}},
		{"4.1.21 granted control", serverGrantedControl, data(server, pdu.DataControl, pdu.Control{Action: pdu.ControlGranted, GrantID: 1007, ControlID: 1002}.Append(nil))},
		{"4.1.22 font map", serverFontMap, data(server, pdu.DataFontMap, pdu.EmptyFontMap.Append(nil))},
	} {
		t.Run(tc.name, func(t *testing.T) { dataOf(tc.want)(t, pdutest.Hex(t, tc.listing)) })
	}
}

// TestSpecificationExamplesOfLogon has section 4.3, decrypted and from infoType on.
func TestSpecificationExamplesOfLogon(t *testing.T) {
	padding := func(n int) string { return strings.Repeat("00", n) }
	for _, tc := range []struct {
		name, listing string
		want          pdu.SaveSessionInfo
	}{
		{
			"4.3.1 logon info version 2", `
				01000000                 ; infoType: INFOTYPE_LOGON_LONG
				0100 12000000 02000000   ; Version, Size, SessionId
				0c000000 0e000000        ; cbDomain, cbUserName
				` + padding(558) + `     ; Pad
				4e0054004400450056000000 ; Domain
				65006c0074006f006e0073000000 ; UserName`,
			pdu.SaveSessionInfo{Logon: &pdu.Logon{Long: true, SessionID: 2, Domain: "NTDEV", UserName: "eltons"}},
		},
		{"4.3.2 plain notify", "02000000 ; infoType: INFOTYPE_LOGON_PLAINNOTIFY\n" + padding(576), pdu.SaveSessionInfo{}},
		{
			"4.3.3 logon info extended", `
				03000000                 ; infoType: INFOTYPE_LOGON_EXTENDED_INFO
				3200 03000000            ; Length, FieldsPresent: cookie and errors
				1c000000                 ; cbFieldData
				1c000000 01000000 02000000 ; cbLen, Version, LogonId
				a802e725e24c82b752a553503498a1a8 ; ArcRandomBits
				08000000                 ; cbFieldData
				faffffff 02000000        ; ErrorNotificationType, ErrorNotificationData
				` + padding(570) + `     ; Pad`,
			pdu.SaveSessionInfo{
				Extended: true, Errors: &pdu.LogonErrors{Type: 0xFFFFFFFA, Data: 2},
				AutoReconnect: &pdu.ServerAutoReconnect{LogonID: 2, Random: [16]byte(pdutest.Hex(t, "a802e725e24c82b752a553503498a1a8"))},
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := pdutest.Hex(t, tc.listing)
			got, err := pdu.ParseSaveSessionInfo(b)
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Fatalf("%v (-want +got):\n%s", err, diff)
			}
			if wire := got.Append(nil); !bytes.Equal(wire, b) {
				t.Errorf("writes back as\n%x, want\n%x", wire, b)
			}
		})
	}
}
