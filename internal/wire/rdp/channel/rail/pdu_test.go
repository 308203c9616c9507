// SPDX-License-Identifier: Apache-2.0

package rail_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rail"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

func appendPDU(p rail.PDU, b []byte) []byte { return rail.Append(b, p) }

// appID is an application ID of n bytes in hex.
func appID(n int) string {
	const name = "6d006900630072006f0073006f00660074002e00770069006e0064006f00770073002e006e006f0074006500700061006400" // microsoft.windows.notepad
	return name + fmt.Sprintf("%0*x", 2*n-len(name), 0)
}

// examples are those of [MS-RDPERP], section 4, and what else can be on the channel.
var examples = []struct {
	name, listing string
	want          rail.PDU
}{
	{"handshake", "0500 0800 b01d0000", &rail.Handshake{BuildNumber: 0x1DB0}},
	{"handshakeEx", "1300 0c00 b01d0000 03000000", &rail.HandshakeEx{BuildNumber: 0x1DB0, Flags: rail.HandshakeHiDef | rail.HandshakeExtendedSysParam}},
	{"4.2.2 client information", `
		0b00 0800  ; orderType, orderLength
		01000000   ; Flags`, &rail.ClientStatus{Flags: rail.StatusAllowLocalMoveSize}},
	{
		"4.3.1 execute", `
		0100 5e00  ; orderType, orderLength 94
		0800       ; Flags TS_RAIL_EXEC_FLAG_EXPAND_ARGUMENTS
		1400 2600 1800 ; ExeOrFileLength, WorkingDirLength, ArgumentsLen
		7c007c006900650078007000 6c006f0072006500 ; ||iexplore
		66003a005c00770069006e0064006f00770073005c00730079007300740065006d0033003200 ; f:\windows\system32
		7700770077002e00620069006e0067002e0063006f006d00 ; www.bing.com`,
		&rail.Exec{Flags: rail.ExecExpandArguments, ExeOrFile: "||iexplore", WorkingDir: `f:\windows\system32`, Arguments: "www.bing.com"},
	},
	{"execute result", `
		8000 1800 0800 0500  ; orderType, orderLength, Flags, ExecResult
		02000780 0000 0800   ; RawResult, Padding, ExeOrFileLength
		7c007c0061006200`, &rail.ExecResult{Flags: 8, Result: rail.ResultFileNotFound, Raw: 0x80070002, ExeOrFile: "||ab"}},
	{
		"4.4.1 system parameters: high contrast", `
		0300 1200  ; orderType, orderLength 18
		43000000   ; SystemParam SPI_SETHIGHCONTRAST
		7e000000 02000000 0000 ; Flags, ColorSchemeLength, ColorScheme`,
		&rail.SysParam{Param: rail.ParamHighContrast, HighContrast: rail.HighContrast{Flags: rail.HighContrastDefault}},
	},
	{
		"high contrast with a scheme", "0300 1600 43000000 01000000 06000000 0400 61006200",
		&rail.SysParam{Param: rail.ParamHighContrast, HighContrast: rail.HighContrast{Flags: rail.HighContrastOn, ColorScheme: "ab"}},
	},
	{"a work area", "0300 1000 2f000000 0000 0000 8007 3804", &rail.SysParam{Param: rail.ParamWorkArea, Area: rail.Rect{Right: 1920, Bottom: 1080}}},
	{"a switch", "0300 0900 45000000 01", &rail.SysParam{Param: rail.ParamKeyboardPref, On: true}},
	{"a number", "0300 0c00 07200000 02000000", &rail.SysParam{Param: rail.ParamCaretWidth, Value: 2}},
	{
		"filter keys", "0300 1c00 33000000 01000000 02000000 03000000 04000000 05000000",
		&rail.SysParam{Param: rail.ParamFilterKeys, FilterKeys: rail.FilterKeys{Flags: 1, WaitTime: 2, DelayTime: 3, RepeatTime: 4, BounceTime: 5}},
	},
	{"the server's screen saver", "0300 0900 77000000 00", &rail.SysParam{Param: rail.ParamScreenSaverSecure}},
	{"an unknown parameter", "0300 0a00 02f00000 0102", &rail.SysParam{Param: 0xF002, Body: []byte{1, 2}}},
	{"4.5.1 activate", `
		0200 0900
		4e010100 01 ; WindowId, Enabled`, &rail.Activate{WindowID: 0x1014E, Enabled: true}},
	{"4.5.2 system menu", `
		0c00 0c00
		22010900 a4ff 4a02 ; WindowId, Left, Top`, &rail.SysMenu{WindowID: 0x90122, Left: -92, Top: 586}},
	{"system command", "0400 0a00 4e010100 60f0", &rail.SysCommand{WindowID: 0x1014E, Command: rail.CommandClose}},
	{"4.5.4 notify event", `
		0600 1000
		aa010200 02000000 04020000 ; WindowId, NotifyIconId, Message`, &rail.NotifyEvent{WindowID: 0x201AA, NotifyIconID: 2, Message: 0x204}},
	{"get application ID", "0e00 0800 52000200", &rail.GetAppID{WindowID: 0x20052}},
	{"application ID", "0f00 1002 52000200" + appID(520), &rail.AppID{WindowID: 0x20052, ID: "microsoft.windows.notepad"}},
	{
		"extended application ID", "1800 1c04 52000200" + appID(520) + "09000000" + appID(520),
		&rail.AppIDEx{WindowID: 0x20052, ID: "microsoft.windows.notepad", ProcessID: 9, ImageName: "microsoft.windows.notepad"},
	},
	{"language bar", "0d00 0800 00010000", &rail.LanguageBar{Status: rail.LanguageBarHidden}},
	{"min max info", "0a00 1800 4e010100 8007 3804 fcff fcff 8800 2700 9007 4804", &rail.MinMaxInfo{
		WindowID: 0x1014E, MaxWidth: 1920, MaxHeight: 1080, MaxPosX: -4, MaxPosY: -4,
		MinTrackWidth: 136, MinTrackHeight: 39, MaxTrackWidth: 1936, MaxTrackHeight: 1096,
	}},
	{"move/size", "0900 1000 4e010100 0100 0900 6400 0500", &rail.LocalMoveSize{WindowID: 0x1014E, Start: true, Kind: rail.MoveSizeMove, X: 100, Y: 5}},
	{"window move", "0800 1000 4e010100 f6ff 0000 6400 6400", &rail.WindowMove{WindowID: 0x1014E, Left: -10, Right: 100, Bottom: 100}},
	{"4.7.1 z-order sync", `
		1400 0800
		10054000 ; WindowIdMarker`, &rail.ZOrderSync{WindowIDMarker: 0x400510}},
	{"cloak", "1500 0900 4e010100 01", &rail.Cloak{WindowID: 0x1014E, Cloaked: true}},
	{"4.8.1 power display request", `
		1600 0800
		01000000 ; Active`, &rail.PowerDisplay{Active: 1}},
	{"an order that is not known", "1a00 0800 01000000", &rail.Unknown{Type: 0x1A, Body: []byte{1, 0, 0, 0}}},
}

func TestExamples(t *testing.T) {
	for _, tc := range examples {
		t.Run(tc.name, func(t *testing.T) {
			b := pdutest.Hex(t, tc.listing)
			pdutest.RoundTrip(t, b, rail.Parse, appendPDU)
			got, err := rail.Parse(append(b, 0, 0))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestApplicationIDsOf512Bytes(t *testing.T) {
	// Example 4.5.7 has 512 bytes where the text of the specification has 520.
	p, err := rail.Parse(pdutest.Hex(t, "0f00 0802 52000200"+appID(512)))
	want := rail.PDU(&rail.AppID{WindowID: 0x20052, ID: "microsoft.windows.notepad"})
	if diff := cmp.Diff(want, p); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct{ name, field, listing string }{
		{"a length below the header", "orderLength", "0500 0300 b01d0000"},
		{"a length beyond the message", "orderLength", "0500 0900 b01d0000"},
		{"a body that is too short", "buildNumber", "0500 0700 b01d0000"},
		{"a program of absurd length", "ExeOrFileLength", "0100 0c00 0000 0a02 0000 0000"},
		{"a folder of absurd length", "WorkingDirLength", "0100 0c00 0000 0000 0a02 0000"},
		{"arguments of absurd length", "ArgumentsLen", "0100 0c00 0000 0000 0000 813e"},
		{"a program of odd length", "ExeOrFile", "0100 0d00 0000 0100 0000 0000 41"},
		{"a program that is longer than the PDU", "ExeOrFile", "8000 1200 0800 0500 02000780 0000 0800 7c00"},
		{"a scheme of absurd length", "ColorSchemeLength", "0300 1200 43000000 7e000000 03020000 0000"},
		{"a scheme longer than its field", "CbString", "0300 1600 43000000 7e000000 04000000 0400 61006200"},
	} {
		var wrong *field.Error
		if p, err := rail.Parse(pdutest.Hex(t, tc.listing)); !errors.As(err, &wrong) || wrong.Field != tc.field {
			t.Errorf("%s: %+v, %v, want an error of %s", tc.name, p, err, tc.field)
		}
	}
	p, err := rail.Parse(pdutest.Hex(t, "0300 1000 43000000 7e000000 00000000"))
	if _, ok := p.(*rail.SysParam); !ok || err != nil {
		t.Errorf("high contrast without a scheme: %+v, %v", p, err)
	}
}

func TestResultsInWords(t *testing.T) {
	for result, want := range map[rail.Result]string{
		rail.ResultHookNotLoaded:  `rail: "||app": the server is not ready to start programs on this desktop`,
		rail.ResultNotInAllowlist: `rail: "||app": the server's policy does not allow the program`,
		rail.ResultSessionLocked:  `rail: "||app": the session on the server is locked`,
		4:                         `rail: "||app": the server answered with the unknown result 0x0004`,
	} {
		err := (&rail.ExecResult{Result: result, ExeOrFile: "||app"}).Err()
		var failed *rail.ExecError
		if err == nil || err.Error() != want || !errors.As(err, &failed) || failed.Result != result {
			t.Errorf("%d: %v, want %s", result, err, want)
		}
	}
	err := (&rail.ExecResult{Result: rail.ResultFileNotFound, Raw: 0x80070002, ExeOrFile: "||app"}).Err()
	if err == nil || err.Error() != `rail: "||app": the program or file was not found on the server (error 0x80070002)` {
		t.Errorf("with the system's error: %v", err)
	}
	if err := new(rail.ExecResult).Err(); err != nil {
		t.Errorf("success: %v", err)
	}
	if !rail.ResultSessionLocked.Temporary() || rail.ResultNotInAllowlist.Temporary() {
		t.Error("which results are temporary")
	}
	if got := rail.Order(0x1A).String() + ", " + rail.OrderCloak.String(); got != "order 0x001A, cloak" {
		t.Errorf("orders %s", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, tc := range examples {
		b, err := pdutest.ParseHex(tc.listing)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { pdutest.Same(t, b, rail.Parse, appendPDU) })
}
