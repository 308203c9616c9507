// SPDX-License-Identifier: Apache-2.0

package pdu_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// capabilityVectors tells the type of a set by the name of its vector.
var capabilityVectors = map[string]pdu.CapabilityType{
	"GENERAL_CAPABILITY_SET": pdu.CapabilityGeneral, "GENERAL_CAPSET_BUFFER": pdu.CapabilityGeneral,
	"BITMAP_CAPABILITY_SET": pdu.CapabilityBitmap, "BITMAP_CAPABILITY_SET_32_BIT": pdu.CapabilityBitmap, "bitmap/tests.rs::BITMAP_BUFFER": pdu.CapabilityBitmap,
	"ORDER_CAPABILITY_SET": pdu.CapabilityOrder, "ORDER_CAPABILITY_SET_ANSI_CODE_PAGE": pdu.CapabilityOrder, "ORDER_BUFFER": pdu.CapabilityOrder,
	"BITMAP_CACHE_REV_1_CAPABILITY_SET": pdu.CapabilityBitmapCache, "BITMAP_CACHE_BUFFER": pdu.CapabilityBitmapCache,
	"WINDOW_ACTIVATION_CAPABILITY_SET": pdu.CapabilityActivation, "CONTROL_CAPABILITY_SET": pdu.CapabilityControl,
	"INPUT_CAPABILITY_SET": pdu.CapabilityInput, "INPUT_CAPABILITY_SET_UNICODE": pdu.CapabilityInput, "INPUT_BUFFER": pdu.CapabilityInput,
	"GLYPH_CACHE_CAPABILITY_SET": pdu.CapabilityGlyphCache, "GLYPH_CACHE_BUFFER": pdu.CapabilityGlyphCache,
	"OFFSCREEN_BITMAP_CAPABILITY_SET": pdu.CapabilityOffscreenCache, "OFFSCREEN_BITMAP_CACHE_BUFFER": pdu.CapabilityOffscreenCache,
	"VIRTUAL_CHANNEL_CAPABILITY_SET": pdu.CapabilityVirtualChannel, "VIRTUAL_CHANNEL_BUFFER": pdu.CapabilityVirtualChannel,
	"SURFACE_COMMANDS_BUFFER": pdu.CapabilitySurfaceCommands, "BITMAP_CODECS_BUFFER": pdu.CapabilityBitmapCodecs,
	"DRAW_GDI_PLUS_CAPABILITY_SET": 22, "DRAW_NINE_GRID_CACHE_CAPABILITY_SET": 21, "BITMAP_CACHE_REV_2_CAPABILITY_SET": 19, "BITMAP_CACHE_REV2_BUFFER": 19,
}

func TestCapabilitySetVectors(t *testing.T) {
	for key, b := range pdutest.Vectors(t) {
		if !strings.HasPrefix(key, "capsets.rs::") && !strings.HasPrefix(key, "rdp/capability_sets/") {
			continue
		}
		file, name, _ := strings.Cut(key, "::")
		kind, ok := capabilityVectors[strings.TrimPrefix(strings.TrimPrefix(name, "SERVER_"), "CLIENT_")]
		if strings.HasSuffix(file, "bitmap/tests.rs") {
			kind, ok = pdu.CapabilityBitmap, true
		}
		if !ok {
			continue
		}
		set, err := pdu.ParseCapabilitySet(kind, b)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		if got := pdu.AppendCapabilitySet(nil, set)[4:]; !bytes.Equal(got, b) {
			t.Errorf("%s: %+v writes back as\n%x, want\n%x", key, set, got, b)
		}
	}
}

// TestActivationVectors puts the headers before the bodies that the vectors have apart.
func TestActivationVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	for header, body := range map[string]string{
		"rdp.rs::SERVER_DEMAND_ACTIVE_PDU_HEADERS_BUFFER": "capsets.rs::SERVER_DEMAND_ACTIVE_BUFFER",
		"rdp.rs::CLIENT_DEMAND_ACTIVE_PDU_HEADERS_BUFFER": "capsets.rs::CLIENT_DEMAND_ACTIVE_BUFFER",
	} {
		if len(all[header]) == 0 {
			continue
		}
		b := append(bytes.Clone(all[header]), all[body]...)
		control, n, err := pdu.ParseShareControl(b)
		if err != nil || n != len(b) {
			t.Errorf("%s: %d of %d bytes, %v", header, n, len(b), err)
			continue
		}
		if got := control.Append(nil); !bytes.Equal(got, b) {
			t.Errorf("%s: writes back (-want +got):\n%s", header, cmp.Diff(b, got))
		}
	}
}

func TestSaveSessionInfoWritesBackVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	const folder = "rdp/session_info/tests.rs::"
	for key, kind := range map[string]byte{"LOGON_INFO_V1_BUFFER": 0, "LOGON_INFO_V2_BUFFER": 1, "LOGON_EXTENDED_BUFFER": 3} {
		if len(all[folder+key]) == 0 {
			continue
		}
		b := append([]byte{kind, 0, 0, 0}, all[folder+key]...)
		p, err := pdu.ParseSaveSessionInfo(b)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		if got := p.Append(nil); !bytes.Equal(got, b) {
			t.Errorf("%s: %+v writes back as\n%x, want\n%x", key, p, got, b)
		}
	}
	if b := all[folder+"SESSION_PLAIN_NOTIFY_BUFFER"]; len(b) > 0 {
		if p, err := pdu.ParseSaveSessionInfo(b); err != nil || !bytes.Equal(p.Append(nil), b) {
			t.Errorf("plain notify: %+v, %v", p, err)
		}
	}
	for key, want := range map[string]string{
		"LOGON_INFO_V1_WITH_INVALID_DOMAIN_SIZE_BUFFER": "cbDomain", "LOGON_INFO_V1_WITH_INVALID_USER_NAME_SIZE_BUFFER": "cbUserName",
	} {
		if b := all[folder+key]; len(b) > 0 {
			if p, err := pdu.ParseSaveSessionInfo(append([]byte{0, 0, 0, 0}, b...)); err == nil || !strings.Contains(err.Error(), ": "+want+": ") {
				t.Errorf("%s: %+v, %v, want an error that names %s", key, p, err, want)
			}
		}
	}
}
