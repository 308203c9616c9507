// SPDX-License-Identifier: Apache-2.0

package pdu_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// fixedSets are the capability sets of fixed size, whose last fields may be missing: these
// read as zeros. All others are of variable size, or opaque.
var fixedSets = map[pdu.CapabilityType]int{
	pdu.CapabilityGeneral: 20, pdu.CapabilityBitmap: 24, pdu.CapabilityOrder: 84, pdu.CapabilityBitmapCache: 36, pdu.CapabilityControl: 8,
	pdu.CapabilityActivation: 8, pdu.CapabilityPointer: 6, pdu.CapabilityShare: 4, pdu.CapabilityColorCache: 4, pdu.CapabilitySound: 4,
	pdu.CapabilityInput: 84, pdu.CapabilityFont: 4, pdu.CapabilityBrush: 4, pdu.CapabilityGlyphCache: 48, pdu.CapabilityOffscreenCache: 8,
	pdu.CapabilityVirtualChannel: 8, pdu.CapabilityRemotePrograms: 4, pdu.CapabilityWindowList: 7, pdu.CapabilityMultifragmentUpdate: 4,
	pdu.CapabilityLargePointer: 2, pdu.CapabilitySurfaceCommands: 8, pdu.CapabilityFrameAcknowledge: 4,
}

// TestEveryCapabilitySetCut cuts each set of the specification at each byte. Those of fixed
// size are read as if zeros followed, which is a deviation for servers that leave fields out;
// that of the bitmap codecs names the field; and those that nobody looks into are kept.
func TestEveryCapabilitySetCut(t *testing.T) {
	for kind := range pdu.CapabilityFrameAcknowledge + 2 {
		size, fixed := fixedSets[kind]
		if kind == pdu.CapabilityBitmapCodecs {
			continue
		}
		if !fixed {
			size = 40
		}
		whole := bytes.Repeat([]byte{0x55}, size)
		for n := range size + 1 {
			set, err := pdu.ParseCapabilitySet(kind, whole[:n:n])
			if err != nil || set.CapabilityType() != kind {
				t.Fatalf("type %d cut to %d of %d bytes: %+v, %v", kind, n, size, set, err)
			}
			want := whole[:n:n]
			if fixed {
				want = append(want, make([]byte, size-n)...)
			}
			if got := pdu.AppendCapabilitySet(nil, set)[4:]; !bytes.Equal(got, want) {
				t.Fatalf("type %d cut to %d of %d bytes is written as %x, want %x", kind, n, size, got, want)
			}
		}
	}
	codecs := pdutest.Hex(t, `02
		122f777672bd6344afb3b73c9c6f7886 03 0400 01020304
		b91b8dca0f004f15589fae2d1a87e2d6 01 0300 010103`)
	pdutest.RoundTrip(t, codecs, func(b []byte) (pdu.CapabilitySet, error) {
		return pdu.ParseCapabilitySet(pdu.CapabilityBitmapCodecs, b)
	}, func(set pdu.CapabilitySet, b []byte) []byte {
		return append(b, pdu.AppendCapabilitySet(nil, set)[4:]...)
	})
}

// TestActivationCut cuts a demand active PDU with every set: a set that is cut with the PDU,
// against what its own length says, is always refused.
func TestActivationCut(t *testing.T) {
	p := pdu.DemandActive{ShareID: 1, SourceDescriptor: []byte("RDP\x00")}
	for kind, size := range fixedSets {
		set, err := pdu.ParseCapabilitySet(kind, make([]byte, size))
		if err != nil {
			t.Fatal(err)
		}
		p.Capabilities = append(p.Capabilities, set)
	}
	whole := p.Append(nil)
	for n := range len(whole) - 4 { // sessionId may be missing
		_, err := pdu.ParseDemandActive(whole[:n:n])
		var wrong *field.Error
		if !errors.As(err, &wrong) || wrong.Field == "" {
			t.Fatalf("cut to %d of %d bytes: %v, want an error that names the field", n, len(whole), err)
		}
	}
}

// TestPartsOfActivationVectors has what the vectors give besides whole sets.
func TestPartsOfActivationVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	if len(all) == 0 {
		return
	}
	short := append([]byte{0xEA, 3, 1, 0}, all["capsets.rs::CLIENT_DEMAND_ACTIVE_WITH_INCOMPLETE_CAPABILITY_SET_BUFFER"]...)
	if p, err := pdu.ParseConfirmActive(short); err != nil || len(p.Capabilities) != 20 {
		t.Errorf("a set without its last field: %d sets, %v", len(p.Capabilities), err)
	}
	const folder = "rdp/capability_sets/bitmap_codecs/tests.rs::"
	for key, id := range map[string]pdu.GUID{"CODEC_BUFFER": pdu.CodecRemoteFX, "CODEC_SERVER_MODE_BUFFER": pdu.CodecImageRemoteFX} {
		b := append([]byte{1}, all[folder+key]...)
		set, err := pdu.ParseCapabilitySet(pdu.CapabilityBitmapCodecs, b)
		if codecs, ok := set.(*pdu.BitmapCodecs); err != nil || !ok || len(codecs.Codecs) != 1 || codecs.Codecs[0].GUID != id {
			t.Errorf("%s: %+v, %v", key, set, err)
			continue
		}
		if got := pdu.AppendCapabilitySet(nil, set)[4:]; !bytes.Equal(got, b) {
			t.Errorf("%s: writes back as %x, want %x", key, got, b)
		}
	}
	if !bytes.Equal(all[folder+"GUID_BUFFER"], pdu.CodecNSCodec[:]) {
		t.Errorf("NSCodec is %x", pdu.CodecNSCodec)
	}
	ours, theirs := pdu.RemoteFXProperties(false), all[folder+"CODEC_BUFFER"]
	for _, key := range []string{"RFX_CAPS_BUFFER", "RFX_CAPSET_BUFFER", "RFX_ICAP_BUFFER"} {
		if !bytes.HasSuffix(theirs, all[folder+key]) {
			t.Errorf("%s is not the end of the codec's properties", key)
		}
	}
	if !bytes.Contains(ours, all[folder+"RFX_ICAP_BUFFER"]) {
		t.Errorf("properties %x", ours)
	}
}

func TestMoreDataVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	if len(all) == 0 {
		return
	}
	monitors := all["monitor_data.rs::MONITOR_DATA_WITH_MONITORS_BUFFER"][4:] // after the flags, which the PDU has not
	b := append(bytes.Clone(all["rdp.rs::MONITOR_LAYOUT_HEADERS_BUFFER"]), monitors...)
	control, n, err := pdu.ParseShareControl(b)
	if err != nil || n != len(b) {
		t.Fatalf("%d of %d bytes, %v", n, len(b), err)
	}
	data, err := pdu.ParseShareData(control.Body)
	if err != nil || data.Type != pdu.DataMonitorLayout || binary.LittleEndian.Uint32(data.Data) != 2 {
		t.Errorf("%+v, %v", data, err)
	}
	if diff := cmp.Diff(monitors, data.Data); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const folder = "rdp/session_info/tests.rs::"
	p, err := pdu.ParseSaveSessionInfo(append([]byte{3, 0, 0, 0}, all[folder+"LOGON_EXTENDED_WITH_INVALID_LOGON_ERROR_TYPE_BUFFER"]...))
	if err != nil || p.Errors == nil || p.Errors.Type != 0xFFFFFFF0 {
		t.Errorf("an unknown type of logon error, which is kept as it is: %+v, %v", p, err)
	}
	for key, want := range map[string]string{
		"LOGON_EXTENDED_WITH_INVALID_RECONNECT_PACKET_SIZE_BUFFER": "cbLen", "LOGON_EXTENDED_WITH_INVALID_RECONNECT_VERSION_BUFFER": "Version",
	} {
		if _, err := pdu.ParseSaveSessionInfo(append([]byte{3, 0, 0, 0}, all[folder+key]...)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error that names %s", key, err, want)
		}
	}
}
