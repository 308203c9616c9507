// SPDX-License-Identifier: Apache-2.0

package rdpgfx_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// parse reads a single PDU.
func parse(b []byte) (rdpgfx.PDU, error) {
	p, rest, err := rdpgfx.ReadPDU(b)
	if err == nil && len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes are left", len(rest))
	}
	return p, err
}

func write(p rdpgfx.PDU, b []byte) []byte { return rdpgfx.Append(b, p) }

// listings has each PDU of section 2.2.2, laid out as the section says.
var listings = map[string]struct {
	hex  string
	want rdpgfx.PDU
}{
	"wire to surface 1": {
		`
		0100 0000 1D000000   ; cmdId, flags, pduLength
		0200                 ; surfaceId
		0800                 ; codecId: ClearCodec
		20                   ; pixelFormat: XRGB
		0A00 1400 4A00 2400  ; destRect: left, top, right, bottom
		04000000             ; bitmapDataLength
		00112233             ; bitmapData`,
		rdpgfx.WireToSurface1{
			SurfaceID: 2, Codec: rdpgfx.CodecClear, Format: rdpgfx.FormatXRGB, Rect: image.Rect(10, 20, 74, 36), Data: []byte{0, 0x11, 0x22, 0x33},
		},
	},
	"wire to surface 2": {
		`
		0200 0000 17000000
		0200 0900            ; surfaceId, codecId: progressive
		05000000             ; codecContextId
		21                   ; pixelFormat: ARGB
		02000000 AABB        ; bitmapDataLength, bitmapData`,
		rdpgfx.WireToSurface2{SurfaceID: 2, Codec: rdpgfx.CodecProgressive, ContextID: 5, Format: rdpgfx.FormatARGB, Data: []byte{0xAA, 0xBB}},
	},
	"delete encoding context": {
		`
		0300 0000 0E000000
		0200 05000000        ; surfaceId, codecContextId`,
		rdpgfx.DeleteEncodingContext{SurfaceID: 2, ContextID: 5},
	},
	"solid fill": {
		`
		0400 0000 20000000
		0200                 ; surfaceId
		01 02 03 FF          ; fillPixel: B, G, R, XA
		0200                 ; fillRectCount
		0000 0000 0500 0600
		0700 0800 0900 0A00`,
		rdpgfx.SolidFill{SurfaceID: 2, Color: color.NRGBA{R: 3, G: 2, B: 1, A: 0xFF}, Rects: []image.Rectangle{image.Rect(0, 0, 5, 6), image.Rect(7, 8, 9, 10)}},
	},
	"surface to surface": {
		`
		0500 0000 1E000000
		0200 0300            ; surfaceIdSrc, surfaceIdDest
		0100 0200 0500 0600  ; rectSrc
		0200                 ; destPtsCount
		0A00 0B00 0C00 0D00  ; destPts`,
		rdpgfx.SurfaceToSurface{Source: 2, Destination: 3, Rect: image.Rect(1, 2, 5, 6), Points: []image.Point{{X: 10, Y: 11}, {X: 12, Y: 13}}},
	},
	"surface to cache": {
		`
		0600 0000 1C000000
		0200                 ; surfaceId
		8877665544332211     ; cacheKey
		0900                 ; cacheSlot
		0100 0200 0500 0600  ; rectSrc`,
		rdpgfx.SurfaceToCache{SurfaceID: 2, Key: 0x1122334455667788, Slot: 9, Rect: image.Rect(1, 2, 5, 6)},
	},
	"cache to surface": {
		`
		0700 0000 12000000
		0900 0200            ; cacheSlot, surfaceId
		0100 0A00 0B00       ; destPtsCount, destPts`,
		rdpgfx.CacheToSurface{Slot: 9, SurfaceID: 2, Points: []image.Point{{X: 10, Y: 11}}},
	},
	"evict cache entry": {"0800 0000 0A000000 0900", rdpgfx.EvictCacheEntry{Slot: 9}},
	"create surface": {
		`
		0900 0000 0F000000
		0200 8007 3804 21    ; surfaceId, width, height, pixelFormat`,
		rdpgfx.CreateSurface{SurfaceID: 2, Width: 1920, Height: 1080, Format: rdpgfx.FormatARGB},
	},
	"delete surface": {"0A00 0000 0A000000 0200", rdpgfx.DeleteSurface{SurfaceID: 2}},
	"start frame": {
		`
		0B00 0000 10000000
		4E9D4803 07000000    ; timestamp, frameId`,
		rdpgfx.StartFrame{Timestamp: 0x03489D4E, FrameID: 7},
	},
	"end frame": {"0C00 0000 0C000000 07000000", rdpgfx.EndFrame{FrameID: 7}},
	"frame acknowledge": {
		`
		0D00 0000 14000000
		FFFFFFFF 07000000 08000000 ; queueDepth, frameId, totalFramesDecoded`,
		rdpgfx.FrameAcknowledge{QueueDepth: rdpgfx.SuspendFrameAcknowledgment, FrameID: 7, TotalFramesDecoded: 8},
	},
	"map surface to output": {
		`
		0F00 0000 14000000
		0200 0000 0A000000 0B000000 ; surfaceId, reserved, outputOriginX, outputOriginY`,
		rdpgfx.MapSurfaceToOutput{SurfaceID: 2, X: 10, Y: 11},
	},
	"cache import offer": {
		`
		1000 0000 22000000
		0200                 ; cacheEntriesCount
		0100000000000000 00100000 ; cacheKey, bitmapLength
		8877665544332211 00200000`,
		rdpgfx.CacheImportOffer{Entries: []rdpgfx.CacheEntry{{Key: 1, Length: 0x1000}, {Key: 0x1122334455667788, Length: 0x2000}}},
	},
	"cache import reply": {"1100 0000 0E000000 0200 0100 0200", rdpgfx.CacheImportReply{Slots: []uint16{1, 2}}},
	"capabilities advertise": {
		`
		1200 0000 2E000000
		0200                 ; capsSetCount
		05010800 04000000 12000000 ; version 8.1, capsDataLength, SMALL_CACHE | AVC420_ENABLED
		00010A00 10000000 00000000000000000000000000000000 ; version 10.1, reserved`,
		rdpgfx.CapsAdvertise{Sets: []rdpgfx.CapabilitySet{
			rdpgfx.NewCapabilitySet(rdpgfx.Version81, rdpgfx.CapsSmallCache|rdpgfx.CapsAVC420Enabled), rdpgfx.NewCapabilitySet(rdpgfx.Version101, 0),
		}},
	},
	"capabilities confirm": {
		`
		1300 0000 14000000
		01070A00 04000000 A2000000 ; version 10.7, capsDataLength, flags`,
		rdpgfx.CapsConfirm{Set: rdpgfx.NewCapabilitySet(rdpgfx.Version107, rdpgfx.CapsSmallCache|rdpgfx.CapsAVCDisabled|rdpgfx.CapsScaledMapDisable)},
	},
	"map surface to window": {
		`
		1500 0000 1A000000
		0200 8877665544332211 0A000000 0B000000 ; surfaceId, windowId, mappedWidth, mappedHeight`,
		rdpgfx.MapSurfaceToWindow{SurfaceID: 2, WindowID: 0x1122334455667788, MappedWidth: 10, MappedHeight: 11},
	},
	"QoE frame acknowledge": {
		`
		1600 0000 14000000
		07000000 10270000 0500 0600 ; frameId, timestamp, timeDiffSE, timeDiffEDR`,
		rdpgfx.QoEFrameAcknowledge{FrameID: 7, Timestamp: 10000, TimeDiffSE: 5, TimeDiffEDR: 6},
	},
	"map surface to scaled output": {
		`
		1700 0000 1C000000
		0200 0000 0A000000 0B000000 ; surfaceId, reserved, outputOriginX, outputOriginY
		80020000 E0010000    ; targetWidth, targetHeight`,
		rdpgfx.MapSurfaceToScaledOutput{SurfaceID: 2, X: 10, Y: 11, TargetWidth: 640, TargetHeight: 480},
	},
	"map surface to scaled window": {
		`
		1800 0000 22000000
		0200 8877665544332211 0A000000 0B000000 ; surfaceId, windowId, mappedWidth, mappedHeight
		80020000 E0010000    ; targetWidth, targetHeight`,
		rdpgfx.MapSurfaceToScaledWindow{SurfaceID: 2, WindowID: 0x1122334455667788, MappedWidth: 10, MappedHeight: 11, TargetWidth: 640, TargetHeight: 480},
	},
	"command 0x0099": {"9900 0000 0A000000 AABB", rdpgfx.Unknown{Cmd: 0x99, Body: []byte{0xAA, 0xBB}}},
}

func TestPDUs(t *testing.T) {
	for name, tc := range listings {
		t.Run(name, func(t *testing.T) {
			b := pdutest.Hex(t, tc.hex)
			pdutest.RoundTrip(t, b, parse, write)
			got, err := parse(b)
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if got := tc.want.Command().String(); got != name {
				t.Errorf("it is called %q", got)
			}
			if name != "command 0x0099" {
				lie(t, b)
			}
		})
	}
}

// lie cuts the body at every byte, with a header that says so, and lengthens it.
func lie(t *testing.T, b []byte) {
	t.Helper()
	for n := 8; n <= len(b)+1; n++ {
		if n == len(b) {
			continue
		}
		lied := append(append([]byte(nil), b...), 0)[:n:n]
		binary.LittleEndian.PutUint32(lied[4:], uint32(n))
		_, err := parse(lied)
		var wrong *field.Error
		if !errors.As(err, &wrong) || wrong.Field == "" {
			t.Errorf("a body of %d bytes instead of %d: error %v, want one that names the field", n-8, len(b)-8, err)
		}
	}
}

func TestResetGraphicsHasOneSize(t *testing.T) {
	p := rdpgfx.ResetGraphics{Width: 1920, Height: 1080, Monitors: []gcc.Monitor{
		{Right: 1279, Bottom: 1079, Flags: gcc.MonitorPrimary}, {Left: 1280, Right: 1919, Bottom: 1079},
	}}
	b := rdpgfx.Append(nil, p)
	if len(b) != 340 {
		t.Errorf("%d bytes", len(b))
	}
	pdutest.RoundTrip(t, b, parse, write)
	lie(t, b)
	if got, err := parse(b); err != nil || cmp.Diff(rdpgfx.PDU(p), got) != "" {
		t.Errorf("%v, %v", got, err)
	}
	p.Monitors = make([]gcc.Monitor, 16)
	pdutest.RoundTrip(t, rdpgfx.Append(nil, p), parse, write)
}

func TestParserRefuses(t *testing.T) {
	for name, listing := range map[string]string{
		"a length below the header's":        "0A00 0000 07000000 0200",
		"a length beyond the bytes":          "0A00 0000 0B000000 0200",
		"a length of 4 GB":                   "0A00 0000 FFFFFFFF 0200",
		"a pixel format that does not exist": "0900 0000 0F000000 0200 0A00 0A00 22",
		"a rectangle upside down":            "0600 0000 1C000000 0200 0000000000000000 0100 0500 0200 0100 0600",
		"17 monitors":                        "0E00 0000 54010000 00010000 00010000 11000000" + fmt.Sprintf("%0640d", 0),
		"5463 entries":                       "1000 0000 0A000000 5715",
		"more points than bytes":             "0700 0000 12000000 0900 0200 0200 0A00 0B00",
		"a set longer than the PDU":          "1300 0000 14000000 01070A00 05000000 A2000000",
	} {
		p, err := parse(pdutest.Hex(t, listing))
		var wrong *field.Error
		if !errors.As(err, &wrong) || wrong.Field == "" {
			t.Errorf("%s: %+v, error %v", name, p, err)
		}
	}
}

// bodies are the public examples of bodies by their key, with the PDU each one has.
var bodies = map[string]rdpgfx.Command{
	"WIRE_TO_SURFACE_1_BUFFER": rdpgfx.CmdWireToSurface1, "WIRE_TO_SURFACE_2_BUFFER": rdpgfx.CmdWireToSurface2, "SOLID_FILL_BUFFER": rdpgfx.CmdSolidFill,
	"SURFACE_TO_SURFACE_BUFFER": rdpgfx.CmdSurfaceToSurface, "SURFACE_TO_CACHE_BUFFER": rdpgfx.CmdSurfaceToCache,
	"CACHE_TO_SURFACE_BUFFER": rdpgfx.CmdCacheToSurface, "RESET_GRAPHICS_BUFFER": rdpgfx.CmdResetGraphics,
	"MAP_SURFACE_TO_OUTPUT_BUFFER": rdpgfx.CmdMapSurfaceToOutput, "START_FRAME_BUFFER": rdpgfx.CmdStartFrame,
	"CAPABILITIES_CONFIRM_BUFFER": rdpgfx.CmdCapsConfirm, "CAPABILITIES_ADVERTISE_BUFFER": rdpgfx.CmdCapsAdvertise,
	"FRAME_ACKNOWLEDGE_BUFFER": rdpgfx.CmdFrameAcknowledge, "CACHE_IMPORT_REPLY_BUFFER": rdpgfx.CmdCacheImportReply,
}

func TestVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	for key, cmd := range bodies {
		body, ok := all["graphics_messages.rs::"+key]
		if !ok {
			continue
		}
		b := binary.LittleEndian.AppendUint16(nil, uint16(cmd))
		b = binary.LittleEndian.AppendUint32(append(b, 0, 0), uint32(8+len(body)))
		switch header := all["gfx.rs::WIRE_TO_SURFACE_1_HEADER_BUFFER"]; cmd {
		case rdpgfx.CmdWireToSurface1:
			if cmp.Diff(header, b) != "" {
				t.Errorf("header %x, want %x", b, header)
			}
		case rdpgfx.CmdFrameAcknowledge:
			if header := all["gfx.rs::FRAME_ACKNOWLEDGE_HEADER_BUFFER"]; cmp.Diff(header, b) != "" {
				t.Errorf("header %x, want %x", b, header)
			}
		}
		b = append(b, body...)
		pdutest.RoundTrip(t, b, parse, write)
		lie(t, b)
		if p, err := parse(b); err != nil || p.Command() != cmd {
			t.Errorf("%s: %+v, %v", key, p, err)
		}
	}
}

// TestValuesOfVectors compares those of the examples whose values are written out.
func TestValuesOfVectors(t *testing.T) {
	all := pdutest.Vectors(t)
	for key, want := range map[string]rdpgfx.PDU{
		"SOLID_FILL_BUFFER":            rdpgfx.SolidFill{Rects: []image.Rectangle{image.Rect(0, 0, 64, 64)}},
		"SURFACE_TO_SURFACE_BUFFER":    rdpgfx.SurfaceToSurface{Rect: image.Rect(200, 60, 676, 148), Points: []image.Point{{X: 128, Y: 60}}},
		"SURFACE_TO_CACHE_BUFFER":      rdpgfx.SurfaceToCache{Key: 0x113D86DAA6A37FB7, Slot: 14, Rect: image.Rect(640, 0, 704, 64)},
		"CACHE_TO_SURFACE_BUFFER":      rdpgfx.CacheToSurface{Slot: 2, Points: []image.Point{{X: 768, Y: 320}}},
		"MAP_SURFACE_TO_OUTPUT_BUFFER": rdpgfx.MapSurfaceToOutput{X: 1, Y: 2},
		"START_FRAME_BUFFER":           rdpgfx.StartFrame{Timestamp: 0x059BE8F7, FrameID: 5},
		"FRAME_ACKNOWLEDGE_BUFFER":     rdpgfx.FrameAcknowledge{FrameID: 1, TotalFramesDecoded: 1},
		"CAPABILITIES_CONFIRM_BUFFER":  rdpgfx.CapsConfirm{Set: rdpgfx.NewCapabilitySet(rdpgfx.Version105, rdpgfx.CapsAVCDisabled)},
	} {
		body, ok := all["graphics_messages.rs::"+key]
		if !ok {
			continue
		}
		b := binary.LittleEndian.AppendUint16(nil, uint16(bodies[key]))
		b = binary.LittleEndian.AppendUint32(append(b, 0, 0), uint32(8+len(body)))
		got, err := parse(append(b, body...))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", key, err, diff)
		}
	}
}

func TestTimestamp(t *testing.T) {
	got := rdpgfx.StartFrame{Timestamp: 13<<22 | 45<<16 | 59<<10 | 999}.Time()
	if want := 13*time.Hour + 45*time.Minute + 59*time.Second + 999*time.Millisecond; got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

func FuzzPDU(f *testing.F) {
	for _, tc := range listings {
		f.Add(pdutest.Hex(f, tc.hex))
	}
	f.Add(rdpgfx.Append(nil, rdpgfx.ResetGraphics{Width: 1, Height: 1, Monitors: make([]gcc.Monitor, 2)}))
	f.Fuzz(func(t *testing.T, b []byte) { pdutest.Same(t, b, parse, write) })
}
