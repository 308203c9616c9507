// SPDX-License-Identifier: Apache-2.0

package gcc_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// clientData has every block, as [MS-RDPBCGR], section 4.1.3, lists those it has.
const clientData = `01 c0 d8 00          ; TS_UD_CS_CORE, 216 bytes
	04 00 08 00 00 05 00 04                  ; version, 1280x1024
	01 ca 03 aa 09 04 00 00 ce 0e 00 00      ; 8 bpp, SAS, en-US, build 3790
	45 00 4c 00 54 00 4f 00 4e 00 53 00 2d 00 44 00 45 00 56 00 32 00 00 00 00 00 00 00 00 00 00 00
	04 00 00 00 00 00 00 00 0c 00 00 00      ; keyboard type, subtype, function keys
	00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
	00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
	01 ca 01 00 00 00 00 00 18 00 07 00 01 00 ; colour depths, early capability flags
	36 00 39 00 37 00 31 00 32 00 2d 00 37 00 38 00 33 00 2d 00 30 00 33 00 35 00 37 00 39 00 37 00
	34 00 2d 00 34 00 32 00 37 00 31 00 34 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
	00 00                                    ; connectionType, pad
	00 00 00 00                              ; serverSelectedProtocol
	04 c0 0c 00 0d 00 00 00 00 00 00 00      ; TS_UD_CS_CLUSTER
	02 c0 0c 00 1b 00 00 00 00 00 00 00      ; TS_UD_CS_SEC
	03 c0 2c 00 03 00 00 00                  ; TS_UD_CS_NET
	72 64 70 64 72 00 00 00 00 00 80 80      ; rdpdr
	63 6c 69 70 72 64 72 00 00 00 a0 c0      ; cliprdr
	72 64 70 73 6e 64 00 00 00 00 00 c0      ; rdpsnd
	05 c0 20 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 7f 07 00 00 37 04 00 00 01 00 00 00 ; TS_UD_CS_MONITOR
	08 c0 24 00 00 00 00 00 14 00 00 00 01 00 00 00 2c 01 00 00 c8 00 00 00 00 00 00 00 64 00 00 00 64 00 00 00 ; TS_UD_CS_MONITOR_EX
	06 c0 08 00 00 00 00 00                  ; TS_UD_CS_MCS_MSGCHANNEL
	0a c0 08 00 00 00 00 00                  ; TS_UD_CS_MULTITRANSPORT`

const serverData = `01 0c 10 00 04 00 08 00 03 00 00 00 08 00 00 00 ; TS_UD_SC_CORE
	03 0c 10 00 eb 03 03 00 ec 03 ed 03 ee 03 00 00 ; TS_UD_SC_NET
	02 0c 38 00 02 00 00 00 02 00 00 00 20 00 00 00 04 00 00 00 ; TS_UD_SC_SEC1
	10 11 77 20 30 61 0a 12 e4 34 a1 1e f2 c3 9f 31 7d a4 5f 01 89 34 96 e0 ff 11 08 69 7f 1a c3 d2
	01 02 03 04
	04 0c 06 00 f0 03                        ; TS_UD_SC_MCS_MSGCHANNEL
	08 0c 08 00 00 02 00 00                  ; TS_UD_SC_MULTITRANSPORT`

func TestClientData(t *testing.T) {
	b := pdutest.Hex(t, clientData)
	d, err := gcc.ParseClientData(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Append(nil); !bytes.Equal(got, b) {
		t.Errorf("writes back (-want +got):\n%s", cmp.Diff(b, got))
	}
	if d.Core.ClientName != "ELTONS-DEV2" || d.Core.ClientDigProductID != "69712-783-0357974-42714" || d.Core.DesktopWidth != 1280 {
		t.Errorf("core data %+v", d.Core)
	}
	want := []gcc.Channel{
		{Name: "rdpdr", Options: gcc.ChannelInitialized | gcc.ChannelCompressRDP},
		{Name: "cliprdr", Options: gcc.ChannelInitialized | gcc.ChannelEncryptRDP | gcc.ChannelCompressRDP | gcc.ChannelShowProtocol},
		{Name: "rdpsnd", Options: gcc.ChannelInitialized | gcc.ChannelEncryptRDP},
	}
	if diff := cmp.Diff(want, d.Network.Channels); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	request := gcc.AppendConferenceCreateRequest(nil, b)
	pdutest.Cut(t, request, func(b []byte) error {
		data, err := gcc.ParseConferenceCreateRequest(b)
		if err == nil {
			_, err = gcc.ParseClientData(data)
		}
		return err
	})
}

func TestServerData(t *testing.T) {
	b := pdutest.Hex(t, serverData)
	d, err := gcc.ParseServerData(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Append(nil); !bytes.Equal(got, b) {
		t.Errorf("writes back (-want +got):\n%s", cmp.Diff(b, got))
	}
	if diff := cmp.Diff([]uint16{1004, 1005, 1006}, d.Network.Channels); diff != "" || d.MessageChannel.ChannelID != 1008 {
		t.Errorf("channels (-want +got):\n%s, message channel %d", diff, d.MessageChannel.ChannelID)
	}
	response := gcc.AppendConferenceCreateResponse(nil, b)
	pdutest.Cut(t, response, func(b []byte) error {
		data, err := gcc.ParseConferenceCreateResponse(b)
		if err == nil {
			_, err = gcc.ParseServerData(data)
		}
		return err
	})
}

func TestBlocksOfVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	check := func(key string, roundTrip func(*testing.T, []byte)) {
		if b, ok := all[key]; ok {
			t.Run(key, func(t *testing.T) { roundTrip(t, b) })
		}
	}
	core := all["core_data.rs::CLIENT_CORE_DATA_BUFFER"]
	for _, key := range []string{
		"core_data.rs::CLIENT_CORE_DATA_BUFFER",
		"core_data.rs::CLIENT_OPTIONAL_CORE_DATA_TO_HIGH_COLOR_DEPTH_BUFFER",
		"core_data.rs::CLIENT_OPTIONAL_CORE_DATA_FROM_HIGH_COLOR_DEPTH_TO_SERVER_SELECTED_PROTOCOL_BUFFER",
		"core_data.rs::CLIENT_OPTIONAL_CORE_DATA_FROM_DESKTOP_PHYSICAL_WIDTH_TO_DEVICE_SCALE_FACTOR_BUFFER",
	} {
		if key != "core_data.rs::CLIENT_CORE_DATA_BUFFER" {
			core = append(core[:len(core):len(core)], all[key]...)
		}
		b := core
		check(key, func(t *testing.T, _ []byte) {
			c, err := gcc.ParseClientCore(b)
			if err != nil || !bytes.Equal(c.Append(nil), b) {
				t.Errorf("%v: writes back as\n%x, want\n%x", err, c.Append(nil), b)
			}
		})
	}
	check("cluster_data.rs::CLUSTER_DATA_BUFFER", func(t *testing.T, b []byte) {
		pdutest.RoundTrip(t, b, gcc.ParseClientCluster, gcc.ClientCluster.Append)
	})
	check("security_data.rs::CLIENT_SECURITY_DATA_BUFFER", func(t *testing.T, b []byte) {
		pdutest.RoundTrip(t, b, gcc.ParseClientSecurity, gcc.ClientSecurity.Append)
	})
	check("security_data.rs::SERVER_SECURITY_DATA_WITHOUT_OPTIONAL_FIELDS_BUFFER", func(t *testing.T, b []byte) {
		pdutest.RoundTrip(t, b, gcc.ParseServerSecurity, gcc.ServerSecurity.Append)
	})
	check("security_data.rs::SERVER_SECURITY_DATA_WITH_OPTIONAL_FIELDS_PREFIX_BUFFER", func(t *testing.T, b []byte) {
		random, certificate := all["security_data.rs::SERVER_RANDOM_BUFFER"], all["security_data.rs::SERVER_CERT_BUFFER"]
		b = append(b[:len(b):len(b)], byte(len(random)), 0, 0, 0, byte(len(certificate)), 0, 0, 0)
		pdutest.RoundTrip(t, append(append(b, random...), certificate...), gcc.ParseServerSecurity, gcc.ServerSecurity.Append)
	})
	check("network_data.rs::CLIENT_NETWORK_DATA_WITH_CHANNELS_BUFFER", func(t *testing.T, b []byte) {
		pdutest.RoundTrip(t, b, gcc.ParseClientNetwork, gcc.ClientNetwork.Append)
	})
	check("network_data.rs::SERVER_NETWORK_DATA_WITH_CHANNELS_ID_BUFFER", func(t *testing.T, b []byte) {
		n, err := gcc.ParseServerNetwork(b)
		if err != nil || !bytes.Equal(n.Append(nil), b) {
			t.Errorf("%v: writes back as %x, want %x", err, n.Append(nil), b)
		}
	})
	for _, key := range []string{"monitor_data.rs::MONITOR_DATA_WITHOUT_MONITORS_BUFFER", "monitor_data.rs::MONITOR_DATA_WITH_MONITORS_BUFFER"} {
		check(key, func(t *testing.T, b []byte) {
			pdutest.RoundTrip(t, b, gcc.ParseClientMonitors, gcc.ClientMonitors.Append)
		})
	}
	for _, key := range []string{"monitor_extended_data.rs::MONITOR_DATA_WITHOUT_MONITORS_BUFFER", "monitor_extended_data.rs::MONITOR_DATA_WITH_MONITORS_BUFFER"} {
		check(key, func(t *testing.T, b []byte) {
			pdutest.RoundTrip(t, b, gcc.ParseClientMonitorsEx, gcc.ClientMonitorsEx.Append)
		})
	}
	check("conference_create.rs::CONFERENCE_CREATE_REQUEST_PREFIX_BUFFER", func(t *testing.T, b []byte) {
		// Its length of the connectPDU is two less than what follows; servers do not look.
		data, err := gcc.ParseConferenceCreateRequest(append(b[:len(b):len(b)], make([]byte, 0x11C)...))
		if err != nil || len(data) != 0x11C {
			t.Errorf("%d bytes of user data, %v", len(data), err)
		}
	})
	check("conference_create.rs::CONFERENCE_CREATE_RESPONSE_PREFIX_BUFFER", func(t *testing.T, b []byte) {
		data, err := gcc.ParseConferenceCreateResponse(append(b[:len(b):len(b)], make([]byte, 0x108)...))
		if err != nil || len(data) != 0x108 {
			t.Errorf("%d bytes of user data, %v", len(data), err)
		}
	})
}

func TestDataRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ listing, field string }{
		"no core data":           {"06 c0 08 00 00 00 00 00", "CS_CORE"},
		"a block without room":   {"06 c0 03 00", "block content"},
		"a block beyond the end": {"06 c0 09 00 00 00 00 00", "block content"},
		"32 channels":            {"03 c0 08 00 20 00 00 00", "channelCount"},
		"17 monitors":            {"05 c0 0c 00 00 00 00 00 11 00 00 00", "monitorCount"},
		"a name without an end":  {"03 c0 14 00 01 00 00 00 6162636465666768 00000000", "name"},
	} {
		_, err := gcc.ParseClientData(pdutest.Hex(t, tc.listing))
		if err == nil || !strings.Contains(err.Error(), ": "+tc.field+":") {
			t.Errorf("%s: error %v, want one that names %s", name, err, tc.field)
		}
	}
	for name, tc := range map[string]struct{ listing, field string }{
		"no core data":       {"04 0c 06 00 f0 03", "SC_CORE"},
		"a huge certificate": {"02 0c 14 00 02000000 02000000 20000000 ffffff7f", "serverCertLen"},
		"a short random":     {"02 0c 14 00 02000000 02000000 10000000 00000000", "serverRandomLen"},
	} {
		_, err := gcc.ParseServerData(pdutest.Hex(t, tc.listing))
		if err == nil || !strings.Contains(err.Error(), ": "+tc.field+":") {
			t.Errorf("%s: error %v, want one that names %s", name, err, tc.field)
		}
	}
}

func TestBlocksNameTheirFields(t *testing.T) {
	for name, tc := range map[string]struct {
		content string
		parse   func([]byte) error
		cuts    map[int]string // what is wrong when so many bytes are there
	}{
		"client core":            {strings.Repeat("00", 128), errorOf(gcc.ParseClientCore), map[int]string{3: "version", 5: "desktopWidth", 127: "imeFileName", 126: "imeFileName"}},
		"server core":            {"04000800 03000000 08000000", errorOf(gcc.ParseServerCore), map[int]string{0: "version", 7: "clientRequestedProtocols", 9: "earlyCapabilityFlags"}},
		"server network":         {"eb03 0200 ec03 ed03", errorOf(gcc.ParseServerNetwork), map[int]string{1: "MCSChannelId", 3: "channelCount", 5: "channelIdArray", 7: "channelIdArray"}},
		"server message channel": {"f003", errorOf(gcc.ParseServerMessageChannel), map[int]string{0: "MCSChannelID", 1: "MCSChannelID"}},
		"client message channel": {"00000000", errorOf(gcc.ParseClientMessageChannel), map[int]string{0: "flags", 3: "flags"}},
		"multitransport":         {"00000000", errorOf(gcc.ParseMultitransport), map[int]string{0: "flags", 3: "flags"}},
	} {
		b := pdutest.Hex(t, tc.content)
		if err := tc.parse(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for n, field := range tc.cuts {
			if err := tc.parse(b[:n:n]); err == nil || !strings.Contains(err.Error(), ": "+field+": ") {
				t.Errorf("%s cut to %d bytes: %v, want an error that names %s", name, n, err, field)
			}
		}
	}
}

func errorOf[T any](parse func([]byte) (T, error)) func([]byte) error {
	return func(b []byte) error { _, err := parse(b); return err }
}

func FuzzData(f *testing.F) {
	f.Add(pdutest.Hex(f, clientData))
	f.Add(pdutest.Hex(f, serverData))
	for prefix, kind := range map[string]gcc.BlockType{
		"core_data.rs::": gcc.CSCore, "cluster_data.rs::": gcc.CSCluster, "security_data.rs::CLIENT": gcc.CSSecurity, "network_data.rs::CLIENT": gcc.CSNet,
		"monitor_data.rs::": gcc.CSMonitor, "monitor_extended_data.rs::": gcc.CSMonitorEx, "security_data.rs::SERVER": gcc.SCSecurity,
		"network_data.rs::SERVER": gcc.SCNet,
	} {
		pdutest.Seeds(f, func(b []byte) {
			size := len(b) + 4
			f.Add(append([]byte{byte(kind), byte(kind >> 8), byte(size), byte(size >> 8)}, b...))
		}, prefix)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, gcc.ParseClientData, gcc.ClientData.Append)
		pdutest.Same(t, b, gcc.ParseServerData, gcc.ServerData.Append)
	})
}

func FuzzConference(f *testing.F) {
	f.Add(gcc.AppendConferenceCreateRequest(nil, []byte("data")))
	f.Add(gcc.AppendConferenceCreateResponse(nil, make([]byte, 200)))
	pdutest.Seeds(f, func(b []byte) { f.Add(b) }, "conference_create.rs::")
	f.Fuzz(func(t *testing.T, b []byte) {
		write := func(append func(b, data []byte) []byte) func(data, b []byte) []byte {
			return func(data, b []byte) []byte { return append(b, data[:min(len(data), 0x3F00)]) }
		}
		pdutest.Same(t, b, gcc.ParseConferenceCreateRequest, write(gcc.AppendConferenceCreateRequest))
		pdutest.Same(t, b, gcc.ParseConferenceCreateResponse, write(gcc.AppendConferenceCreateResponse))
	})
}
