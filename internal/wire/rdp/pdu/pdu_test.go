// SPDX-License-Identifier: Apache-2.0

package pdu_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// example is a PDU with how to read it back. It drives the round trip, the cuts and, as
// seeds, the fuzz target.
type example struct {
	name  string
	wire  []byte
	check func(t *testing.T, b []byte)
	fuzz  func(t *testing.T, b []byte)
}

func of[T any](name string, wire []byte, parse func([]byte) (T, error), write func(T, []byte) []byte) example {
	return example{
		name: name, wire: wire,
		check: func(t *testing.T, b []byte) { pdutest.RoundTrip(t, b, parse, write) },
		fuzz:  func(t *testing.T, b []byte) { pdutest.Same(t, b, parse, write) },
	}
}

// optional is of without the cuts.
func optional[T any](name string, wire []byte, parse func([]byte) (T, error), write func(T, []byte) []byte) example {
	e := of(name, wire, parse, write)
	e.check = func(t *testing.T, b []byte) {
		v, err := parse(b)
		if got := write(v, nil); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%v: writes back as\n%x, want\n%x", err, got, b)
		}
	}
	return e
}

func parseShareControl(b []byte) (pdu.ShareControl, error) {
	p, _, err := pdu.ParseShareControl(b)
	return p, err
}

func examples(tb testing.TB) []example {
	hex := func(listing string) []byte { return pdutest.Hex(tb, listing) }
	cookie := pdu.ServerAutoReconnect{LogonID: 2, Random: [16]byte{0xa8, 2, 0xe7, 0x25}}
	sets := []pdu.CapabilitySet{
		&pdu.General{OSMajorType: 1, OSMinorType: 3, ProtocolVersion: pdu.CapsProtocolVersion, ExtraFlags: 0x41d},
		&pdu.Bitmap{PreferredBitsPerPixel: 24}, new(pdu.Order), new(pdu.BitmapCache), new(pdu.ControlCapability),
		new(pdu.Activation), &pdu.Pointer{PointerCacheSize: 25}, new(pdu.Share), new(pdu.ColorCache), new(pdu.Sound),
		&pdu.Input{InputFlags: pdu.InputScancodes}, new(pdu.Font), new(pdu.Brush), new(pdu.GlyphCache), new(pdu.OffscreenCache),
		&pdu.VirtualChannel{VCChunkSize: 1600}, new(pdu.RemotePrograms), new(pdu.WindowList),
		&pdu.MultifragmentUpdate{MaxRequestSize: 0x3F0000}, &pdu.LargePointer{Flags: 3}, &pdu.SurfaceCommands{CmdFlags: 0x52},
		&pdu.BitmapCodecs{Codecs: []pdu.BitmapCodec{{GUID: pdu.CodecNSCodec, ID: 1, Properties: pdu.NSCodecProperties(true, true, 3)}}},
		&pdu.FrameAcknowledgeCapability{MaxUnacknowledgedFrameCount: 2}, &pdu.UnknownCapability{Type: 99, Data: []byte("?")},
	}
	info := pdu.ClientInfo{
		CodePage: 0x409, Flags: pdu.InfoUnicode | pdu.InfoMouse, Domain: "D", UserName: "üser🥑", Password: []byte("p\x00"),
		AlternateShell: "shell", WorkingDir: `C:\`,
		Extended: &pdu.ExtendedInfo{
			AddressFamily: pdu.AddressINET, Address: "10.0.0.1", Dir: "dir", TimeZone: pdu.TimeZone{Bias: -60, StandardName: "CET"},
			PerformanceFlags: pdu.PerfDisableWallpaper, AutoReconnectCookie: cookie.Answer(make([]byte, 32)).Append(nil),
			DynamicDSTKeyName: "Central Europe", DynamicDSTDisabled: true,
		},
	}
	ansi := info
	ansi.Flags, ansi.Extended = pdu.InfoMouse, nil
	redirection := pdu.Redirection{
		SessionID: 7, Flags: 0x1FFFF &^ 0x400, TargetNetAddress: "10.0.0.2", LoadBalanceInfo: []byte("Cookie: msts=1\r\n"),
		UserName: "user", Domain: "domain", Password: []byte("cookie"), TargetFQDN: "host.example", TargetNetBIOSName: "HOST",
		ClientTSVURL: []byte("url"), GUID: []byte("guid"), Certificate: []byte("certificate"), TargetNetAddresses: []string{"10.0.0.2", "fd00::2"},
	}
	return []example{
		of("share control", hex("16001700ef03ea030100000104001f0000000100ea03"), parseShareControl, pdu.ShareControl.Append),
		of("share data", hex("ea030100 00 01 0400 1f 00 0000 "), pdu.ParseShareData, pdu.ShareData.Append),
		optional("demand active", pdu.DemandActive{ShareID: 0x103EA, SourceDescriptor: []byte("RDP\x00"), Capabilities: sets, SessionID: 1}.Append(nil), pdu.ParseDemandActive, pdu.DemandActive.Append),
		of("confirm active", pdu.ConfirmActive{ShareID: 1, OriginatorID: pdu.OriginatorID, SourceDescriptor: []byte("MSTSC\x00"), Capabilities: sets}.Append(nil), pdu.ParseConfirmActive, pdu.ConfirmActive.Append),
		optional("deactivate all", hex("ea030100 0100 00"), pdu.ParseDeactivateAll, pdu.DeactivateAll.Append),
		of("synchronize", hex("0100 ea03"), pdu.ParseSynchronize, pdu.Synchronize.Append),
		of("control", hex("0200 ef03 ea030000"), pdu.ParseControl, pdu.Control.Append),
		of("font list", hex("0000 0000 0300 3200"), pdu.ParseFontList, pdu.FontList.Append),
		optional("client info", info.Append(nil), pdu.ParseClientInfo, pdu.ClientInfo.Append),
		of("client info of RDP 4", ansi.Append(nil), pdu.ParseClientInfo, pdu.ClientInfo.Append),
		of("error info", hex("05000000"), pdu.ParseErrorInfo, pdu.ErrorInfo.Append),
		of("status info", hex("01040000"), pdu.ParseStatusInfo, pdu.StatusInfo.Append),
		of("monitor layout", pdu.MonitorLayout{Monitors: []gcc.Monitor{{Right: 1919, Bottom: 1079, Flags: 1}, {Left: -1280, Right: -1, Bottom: 1023}}}.Append(nil), pdu.ParseMonitorLayout, pdu.MonitorLayout.Append),
		of("keyboard indicators", hex("0000 0600"), pdu.ParseKeyboardIndicators, pdu.KeyboardIndicators.Append),
		of("play sound", hex("f4010000 b8010000"), pdu.ParsePlaySound, pdu.PlaySound.Append),
		of("refresh rect", hex("02 000000 0000000010001000 01000200ff03ff02"), pdu.ParseRefreshRect, pdu.RefreshRect.Append),
		of("suppress output", hex("00 000000"), pdu.ParseSuppressOutput, pdu.SuppressOutput.Append),
		of("allow output", hex("01 000000 00000000ff03ff02"), pdu.ParseSuppressOutput, pdu.SuppressOutput.Append),
		of("frame acknowledge", hex("07000000"), pdu.ParseFrameAcknowledge, pdu.FrameAcknowledge.Append),
		of("auto-reconnect", cookie.Answer(nil).Append(nil), pdu.ParseClientAutoReconnect, pdu.ClientAutoReconnect.Append),
		of("auto-reconnect status", hex("00000000"), pdu.ParseAutoReconnectStatus, pdu.AutoReconnectStatus.Append),
		of("logon", pdu.SaveSessionInfo{Logon: &pdu.Logon{Domain: "D", UserName: "user", SessionID: 2}}.Append(nil), pdu.ParseSaveSessionInfo, pdu.SaveSessionInfo.Append),
		of("long logon", pdu.SaveSessionInfo{Logon: &pdu.Logon{Domain: "D", UserName: "user", SessionID: 2, Long: true}}.Append(nil), pdu.ParseSaveSessionInfo, pdu.SaveSessionInfo.Append),
		optional("plain notify", pdu.SaveSessionInfo{}.Append(nil), pdu.ParseSaveSessionInfo, pdu.SaveSessionInfo.Append),
		optional("extended logon", pdu.SaveSessionInfo{Extended: true, AutoReconnect: &cookie, Errors: &pdu.LogonErrors{Type: 1, Data: 2}}.Append(nil), pdu.ParseSaveSessionInfo, pdu.SaveSessionInfo.Append),
		of("redirection", redirection.Append(nil), pdu.ParseRedirection, pdu.Redirection.Append),
		of("RTT request", hex("06 00 0500 0100"), pdu.ParseAutodetect, pdu.Autodetect.Append),
		of("bandwidth payload", hex("08 00 0300 0200 0400 aabbccdd"), pdu.ParseAutodetect, pdu.Autodetect.Append),
		of("network result", hex("12 00 0600 c008 0a000000 e8030000 14000000"), pdu.ParseAutodetect, pdu.Autodetect.Append),
		of("bandwidth result", hex("0e 01 0400 0300 e8030000 00100000"), pdu.ParseAutodetect, pdu.Autodetect.Append),
		of("heartbeat", hex("00 1e 03 05"), pdu.ParseHeartbeat, pdu.Heartbeat.Append),
		of("multitransport request", hex("2a000000 0100 0000 abababababababababababababababab"), pdu.ParseMultitransportRequest, pdu.MultitransportRequest.Append),
		of("multitransport response", hex("2a000000 04400080"), pdu.ParseMultitransportResponse, pdu.MultitransportResponse.Append),
	}
}

func TestRoundTrips(t *testing.T) {
	for _, e := range examples(t) {
		t.Run(e.name, func(t *testing.T) { e.check(t, e.wire) })
	}
}

// The keys of the vectors that hold one of our PDUs, after skip bytes of header.
func TestVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	passed := 0
	for _, tc := range []struct {
		key  string
		skip int
		like string
	}{
		{"rdp.rs::CLIENT_SYNCHRONIZE_BUFFER", 0, "share control"},
		{"rdp.rs::CONTROL_COOPERATE_BUFFER", 0, "share control"},
		{"rdp.rs::CLIENT_SYNCHRONIZE_BUFFER", 18, "synchronize"},
		{"rdp.rs::CONTROL_COOPERATE_BUFFER", 18, "control"},
		{"rdp.rs::CONTROL_REQUEST_CONTROL_BUFFER", 18, "control"},
		{"rdp.rs::SERVER_GRANTED_CONTROL_BUFFER", 18, "control"},
		{"rdp.rs::CLIENT_FONT_LIST_BUFFER", 18, "font list"},
		{"rdp.rs::SERVER_FONT_MAP_BUFFER", 18, "font list"},
		{"rdp/autodetect.rs::BW_PAYLOAD_WIRE", 0, "bandwidth payload"},
		{"rdp/autodetect.rs::BW_STOP_CONNECT_WIRE", 0, "bandwidth payload"},
		{"rdp/autodetect.rs::NETCHAR_ALL_WIRE", 0, "network result"},
		{"rdp/autodetect.rs::NETCHAR_RTT_WIRE", 0, "network result"},
		{"rdp/autodetect.rs::NETCHAR_BW_RTT_WIRE", 0, "network result"},
		{"rdp/autodetect.rs::BW_RESULTS_WIRE", 0, "bandwidth result"},
		{"rdp/autodetect.rs::NETCHAR_SYNC_WIRE", 0, "bandwidth result"},
		{"rdp/multitransport.rs::REQUEST_WIRE", 4, "multitransport request"},
		{"rdp/multitransport.rs::RESPONSE_SUCCESS_WIRE", 4, "multitransport response"},
		{"rdp/multitransport.rs::RESPONSE_ABORT_WIRE", 4, "multitransport response"},
		{"client_info.rs::CLIENT_INFO_BUFFER_UNICODE", 0, "client info"},
		{"client_info.rs::CLIENT_INFO_BUFFER_ANSI", 0, "client info"},
	} {
		b, ok := all[tc.key]
		if !ok {
			continue
		}
		passed++
		for _, e := range examples(t) {
			if e.name == tc.like {
				t.Run(tc.key, func(t *testing.T) { e.check(t, b[tc.skip:]) })
			}
		}
	}
	t.Logf("%d vectors", passed)
}

func TestDemandActiveVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	for key, b := range all {
		if !strings.HasPrefix(key, "capsets.rs::") || !strings.HasSuffix(key, "DEMAND_ACTIVE_BUFFER") {
			continue
		}
		t.Run(key, func(t *testing.T) {
			b := append([]byte{0xEA, 3, 1, 0}, b...) // the share ID, which the vectors leave out
			if strings.Contains(key, "SERVER") {
				p, err := pdu.ParseDemandActive(b)
				if err != nil || !bytes.Equal(p.Append(nil), b) {
					t.Errorf("%v: writes back (-want +got):\n%s", err, cmp.Diff(b, p.Append(nil)))
				}
				return
			}
			p, err := pdu.ParseConfirmActive(b)
			if err != nil || !bytes.Equal(p.Append(nil), b) {
				t.Errorf("%v: writes back (-want +got):\n%s", err, cmp.Diff(b, p.Append(nil)))
			}
		})
	}
}

func TestSaveSessionInfoVectors(t *testing.T) {
	for key, b := range pdutest.Vectors(t) {
		if !strings.HasPrefix(key, "rdp/session_info/tests.rs::") {
			continue
		}
		for skip, kind := range map[string]uint32{"LOGON_INFO_V1_BUFFER": 0, "LOGON_INFO_V2_BUFFER": 1, "LOGON_EXTENDED_BUFFER": 3} {
			if strings.HasSuffix(key, skip) {
				p, err := pdu.ParseSaveSessionInfo(append([]byte{byte(kind), 0, 0, 0}, b...))
				if err != nil {
					t.Errorf("%s: %v", key, err)
				}
				t.Logf("%s: %+v", key, p)
			}
		}
		if strings.Contains(key, "LOGON_EXTENDED_WITH_INVALID_RECONNECT") {
			if p, err := pdu.ParseSaveSessionInfo(append([]byte{3, 0, 0, 0}, b...)); err == nil {
				t.Errorf("%s: accepted as %+v", key, p)
			}
		}
	}
}

func TestShareControlOddities(t *testing.T) {
	if p, n, err := pdu.ParseShareControl(pdutest.Hex(t, "0080 4100 0000 0000 ff")); err != nil || p.Type != pdu.TypeFlow || n != 8 {
		t.Errorf("flow PDU: %+v, %d, %v", p, n, err)
	} else if got, want := p.Append(nil), pdutest.Hex(t, "0080 4100 0000 0000"); !bytes.Equal(got, want) {
		t.Errorf("the flow PDU is written as %x, want %x", got, want)
	}
	if p, n, err := pdu.ParseShareControl(pdutest.Hex(t, "0400 1600")); err != nil || p.Type != pdu.TypeDeactivateAll || n != 4 {
		t.Errorf("short deactivate all: %+v, %d, %v", p, n, err)
	}
	if p, n, err := pdu.ParseShareControl(pdutest.Hex(t, "0500 1600 00")); err == nil {
		t.Errorf("a length below the header: %+v, %d", p, n)
	}
	two := pdu.AppendData(nil, 1002, 1, pdu.DataSynchronize, []byte("a"))
	two = pdu.AppendData(two, 1002, 1, pdu.DataControl, []byte("b"))
	_, n, err := pdu.ParseShareControl(two)
	if err != nil || n != len(two)/2 {
		t.Errorf("the first of two has %d of %d bytes, %v", n, len(two), err)
	}
}

func TestShortCapabilitySetReadsAsZeros(t *testing.T) {
	set, err := pdu.ParseCapabilitySet(pdu.CapabilityPointer, []byte{1, 0, 20, 0})
	if diff := cmp.Diff(&pdu.Pointer{ColorPointerFlag: 1, ColorPointerCacheSize: 20}, set); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	sets := []pdu.CapabilitySet{set}
	if pdu.Find[*pdu.Pointer](sets) == nil || pdu.Find[*pdu.General](sets) != nil {
		t.Error("Find finds the wrong sets")
	}
}

func TestRemoteFXPropertiesAreThoseOfTheExample(t *testing.T) {
	want, ok := pdutest.Vectors(t)["rdp/capability_sets/bitmap_codecs/tests.rs::RFX_CLIENT_CAPS_CONTAINER_BUFFER"]
	got := pdu.RemoteFXProperties(false)
	if len(got) != 49 {
		t.Errorf("%d bytes", len(got))
	}
	if ok && !bytes.Equal(got[:len(got)-16], want[:len(want)-16]) {
		t.Errorf("properties\n%x, want\n%x", got, want)
	}
}

func TestErrorInfoTexts(t *testing.T) {
	for code, want := range map[pdu.ErrorInfo]string{
		pdu.ErrorDisconnectedByOther: "another connection took the session over", 0x102: "no client access license is available",
		0x10C9: "the server found a protocol error (0x000010C9)", 0x1FF: "licensing error 0x000001FF",
		0x4FF: "connection broker error 0x000004FF", 0xFFFF: "error 0x0000FFFF",
	} {
		if got := code.String(); got != want || code.Error() != "rdp: "+want {
			t.Errorf("0x%X: %q, want %q", uint32(code), got, want)
		}
	}
}

func TestAutoReconnectVerifier(t *testing.T) {
	p := pdu.ServerAutoReconnect{LogonID: 3, Random: [16]byte{1, 2, 3, 4}}
	got, err := pdu.ParseClientAutoReconnect(p.Answer(make([]byte, 32)).Append(nil))
	if err != nil || got.LogonID != 3 || got.Verifier == [16]byte{} || got == p.Answer([]byte("other random")) {
		t.Errorf("answer %+v, %v", got, err)
	}
}

func TestEnhancedRedirection(t *testing.T) {
	p := pdu.Redirection{SessionID: 5, Flags: pdu.RedirLoadBalanceInfo, LoadBalanceInfo: []byte("info")}
	got, err := pdu.ParseEnhancedRedirection(p.AppendEnhanced(nil))
	if diff := cmp.Diff(p, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := pdu.ParseEnhancedRedirection([]byte{0}); err == nil {
		t.Error("one byte is accepted")
	}
}

func FuzzPDUs(f *testing.F) {
	all := examples(f)
	for i, e := range all {
		f.Add(uint8(i), e.wire)
	}
	add := func(b []byte) {
		for i := range all {
			f.Add(uint8(i), b)
		}
	}
	pdutest.Seeds(f, add, "rdp.rs::", "capsets.rs::CLIENT_DEMAND", "capsets.rs::SERVER_DEMAND", "client_info.rs::", "rdp/autodetect.rs::", "rdp/multitransport.rs::", "rdp/session_info/")
	pdutest.Seeds(f, func(b []byte) { add(append([]byte{0xEA, 3, 1, 0}, b...)) }, "capsets.rs::CLIENT_DEMAND", "capsets.rs::SERVER_DEMAND")
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		all[int(which)%len(all)].fuzz(t, b)
	})
}

func FuzzCapabilitySet(f *testing.F) {
	for _, kind := range capabilityVectors {
		pdutest.Seeds(f, func(b []byte) { f.Add(uint16(kind), b) }, "capsets.rs::", "rdp/capability_sets/")
	}
	f.Add(uint16(pdu.CapabilityBitmapCodecs), pdutest.Hex(f, "01 b91b8dca0f004f15589fae2d1a87e2d6 01 0300 010103"))
	f.Fuzz(func(t *testing.T, kind uint16, b []byte) {
		b = b[:min(len(b), 60000)]
		set, err := pdu.ParseCapabilitySet(pdu.CapabilityType(kind), b)
		if err != nil {
			return
		}
		wire := pdu.AppendCapabilitySet(nil, set)
		again, err := pdu.ParseCapabilitySet(pdu.CapabilityType(kind), wire[4:])
		if err != nil || !bytes.Equal(pdu.AppendCapabilitySet(nil, again), wire) {
			t.Fatalf("%+v is written as %x and read as %+v, %v", set, wire, again, err)
		}
	})
}
