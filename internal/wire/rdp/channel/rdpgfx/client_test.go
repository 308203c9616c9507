// SPDX-License-Identifier: Apache-2.0

package rdpgfx_test

import (
	"encoding/binary"
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx/gfxtest"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/avc"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
)

// everything is the most that a viewer can do.
var everything = rdpgfx.Support{Video: rdpgfx.AVC444, ScaledMaps: true}

// newClient returns a client for which the server has confirmed the last offer.
func newClient(t testing.TB, s rdpgfx.Support) *rdpgfx.Client {
	t.Helper()
	c := new(rdpgfx.Client)
	if _, err := c.Advertise(nil, s); err != nil {
		t.Fatal(err)
	}
	offer := rdpgfx.Offer(s)
	handle(t, c, rdpgfx.CapsConfirm{Set: offer[len(offer)-1]})
	return c
}

func handle(t testing.TB, c *rdpgfx.Client, pdus ...rdpgfx.PDU) []rdpgfx.Operation {
	t.Helper()
	operations, err := c.Handle(gfxtest.Message(pdus...))
	if err != nil {
		t.Fatal(err)
	}
	return operations
}

// desktop is a server's beginning: a surface of 640x480 pixels in the middle of 800x600.
func desktop() []rdpgfx.PDU {
	return []rdpgfx.PDU{
		rdpgfx.ResetGraphics{Width: 800, Height: 600},
		rdpgfx.CreateSurface{SurfaceID: 1, Width: 640, Height: 480, Format: rdpgfx.FormatXRGB},
		rdpgfx.MapSurfaceToOutput{SurfaceID: 1, X: 80, Y: 60},
	}
}

func TestOffers(t *testing.T) {
	for _, tc := range []struct {
		name    string
		support rdpgfx.Support
		want    string
	}{
		{"without H.264", rdpgfx.Support{}, "8.0:02 8.1:02 10.0:22 10.2:22 10.3:20 10.4:22 10.7:A2"},
		{"AVC420 alone", rdpgfx.Support{Video: rdpgfx.AVC420}, "8.0:02 8.1:12"},
		{"AVC444", rdpgfx.Support{Video: rdpgfx.AVC444}, "8.0:02 8.1:12 10.0:02 10.1:00 10.2:02 10.3:00 10.4:02 10.7:82"},
		{"scaled maps", rdpgfx.Support{ScaledMaps: true}, "8.0:02 8.1:02 10.0:22 10.2:22 10.3:20 10.4:22 10.5:22 10.6:22 10.7:22"},
		{"a thin client", rdpgfx.Support{ThinClient: true}, "8.0:01 8.1:01"},
		{"a thin client with H.264", rdpgfx.Support{ThinClient: true, Video: rdpgfx.AVC444}, "8.0:01 8.1:11"},
		{"a large cache", rdpgfx.Support{LargeCache: true}, "8.0:00 8.1:00 10.0:20 10.2:20 10.3:20 10.4:20 10.7:A0"},
	} {
		var got []string
		for _, s := range rdpgfx.Offer(tc.support) {
			got = append(got, fmt.Sprintf("%v:%02X", s.Version, uint32(s.Flags())))
		}
		if diff := cmp.Diff(strings.Fields(tc.want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestOperationsComeInOrder(t *testing.T) {
	c := newClient(t, everything)
	frame := append(desktop(),
		rdpgfx.StartFrame{FrameID: 1},
		rdpgfx.SolidFill{SurfaceID: 1, Rects: []image.Rectangle{image.Rect(0, 0, 640, 480)}},
		rdpgfx.SurfaceToCache{SurfaceID: 1, Slot: 4096, Rect: image.Rect(600, 440, 640, 480)},
		rdpgfx.CacheToSurface{SurfaceID: 1, Slot: 4096, Points: []image.Point{{}, {X: 600, Y: 440}}},
		rdpgfx.SurfaceToSurface{Source: 1, Destination: 1, Rect: image.Rect(0, 0, 640, 470), Points: []image.Point{{Y: 10}}},
		rdpgfx.WireToSurface1{SurfaceID: 1, Codec: rdpgfx.CodecPlanar, Format: rdpgfx.FormatXRGB, Rect: image.Rect(0, 0, 640, 480), Data: []byte{1}},
		rdpgfx.WireToSurface2{SurfaceID: 1, Codec: rdpgfx.CodecProgressive, Format: rdpgfx.FormatXRGB, Data: []byte{2}},
		rdpgfx.DeleteEncodingContext{SurfaceID: 1},
		rdpgfx.EvictCacheEntry{Slot: 4096},
		rdpgfx.EndFrame{FrameID: 1},
		rdpgfx.MapSurfaceToScaledOutput{SurfaceID: 1, TargetWidth: 800, TargetHeight: 600},
		rdpgfx.MapSurfaceToWindow{SurfaceID: 1, WindowID: 7, MappedWidth: 640, MappedHeight: 480},
		rdpgfx.MapSurfaceToScaledWindow{SurfaceID: 1, WindowID: 7, MappedWidth: 640, MappedHeight: 480, TargetWidth: 800, TargetHeight: 600},
		rdpgfx.DeleteSurface{SurfaceID: 1},
	)
	var want []rdpgfx.Operation
	for _, p := range frame {
		want = append(want, p.(rdpgfx.Operation))
	}
	if diff := cmp.Diff(want, handle(t, c, frame...)); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	ignored := []rdpgfx.PDU{
		rdpgfx.DeleteSurface{SurfaceID: 1}, rdpgfx.EvictCacheEntry{Slot: 4096}, rdpgfx.DeleteEncodingContext{SurfaceID: 1}, rdpgfx.Unknown{Cmd: 0x99},
	}
	if got := handle(t, c, ignored...); len(got) != 0 {
		t.Errorf("what is gone already: %v", got)
	}
}

func TestHandleRefuses(t *testing.T) {
	uncompressed := func(id uint16, r image.Rectangle, n int) rdpgfx.PDU {
		return rdpgfx.WireToSurface1{SurfaceID: id, Codec: rdpgfx.CodecUncompressed, Format: rdpgfx.FormatXRGB, Rect: r, Data: make([]byte, n)}
	}
	surface := func(id, width, height uint16) rdpgfx.PDU {
		return rdpgfx.CreateSurface{SurfaceID: id, Width: width, Height: height, Format: rdpgfx.FormatXRGB}
	}
	whole := image.Rect(0, 0, 640, 480)
	manyPoints, manyRects := make([]image.Point, 1000), make([]image.Rectangle, 1000)
	for i := range manyRects {
		manyRects[i] = whole
	}
	many := make([]rdpgfx.PDU, 32)
	for i := range many {
		many[i] = surface(uint16(10+i), 1, 1)
	}
	for name, pdus := range map[string][]rdpgfx.PDU{
		"surfaceId: a bitmap for no surface":         {uncompressed(2, image.Rect(0, 0, 1, 1), 4)},
		"destRect: a bitmap outside":                 {uncompressed(1, image.Rect(639, 0, 641, 1), 8)},
		"bitmapDataLength: a bitmap too short":       {uncompressed(1, image.Rect(0, 0, 2, 1), 7)},
		"codecId: an unknown codec":                  {rdpgfx.WireToSurface1{SurfaceID: 1, Codec: 5, Format: rdpgfx.FormatXRGB}},
		"codecId: progressive in the wrong PDU":      {rdpgfx.WireToSurface1{SurfaceID: 1, Codec: rdpgfx.CodecProgressive, Format: rdpgfx.FormatXRGB}},
		"codecId: planar in the wrong PDU":           {rdpgfx.WireToSurface2{SurfaceID: 1, Codec: rdpgfx.CodecPlanar, Format: rdpgfx.FormatXRGB}},
		"surfaceId: progressive for no surface":      {rdpgfx.WireToSurface2{SurfaceID: 9, Codec: rdpgfx.CodecProgressive, Format: rdpgfx.FormatXRGB}},
		"fillRects: a fill outside":                  {rdpgfx.SolidFill{SurfaceID: 1, Rects: []image.Rectangle{image.Rect(0, 480, 1, 481)}}},
		"surfaceId: a fill of no surface":            {rdpgfx.SolidFill{SurfaceID: 2}},
		"the message paints: a fill 1000 times over": {rdpgfx.SolidFill{SurfaceID: 1, Rects: manyRects}},
		"surfaceIdSrc: a copy of no surface":         {rdpgfx.SurfaceToSurface{Source: 2, Destination: 1}},
		"surfaceIdDest: a copy to no surface":        {rdpgfx.SurfaceToSurface{Source: 1, Destination: 2}},
		"rectSrc: a copy from outside":               {rdpgfx.SurfaceToSurface{Source: 1, Destination: 1, Rect: image.Rect(0, 0, 641, 1)}},
		"destPts: a copy to outside":                 {rdpgfx.SurfaceToSurface{Source: 1, Destination: 1, Rect: whole, Points: []image.Point{{X: 1}}}},
		"the message paints: a copy 1000 times over": {rdpgfx.SurfaceToSurface{Source: 1, Destination: 1, Rect: whole, Points: manyPoints}},
		"cacheSlot: slot 0":                          {rdpgfx.SurfaceToCache{SurfaceID: 1, Rect: whole}},
		"cacheSlot: slot 4097":                       {rdpgfx.SurfaceToCache{SurfaceID: 1, Slot: 4097, Rect: whole}},
		"rectSrc: nothing for the cache":             {rdpgfx.SurfaceToCache{SurfaceID: 1, Slot: 1}},
		"cacheSlot: from an empty slot":              {rdpgfx.CacheToSurface{SurfaceID: 1, Slot: 1}},
		"destPts: from the cache to the outside":     {rdpgfx.SurfaceToCache{SurfaceID: 1, Slot: 1, Rect: whole}, rdpgfx.CacheToSurface{SurfaceID: 1, Slot: 1, Points: []image.Point{{Y: 1}}}},
		"surfaceId: from the cache to nowhere":       {rdpgfx.SurfaceToCache{SurfaceID: 1, Slot: 1, Rect: whole}, rdpgfx.CacheToSurface{SurfaceID: 2, Slot: 1}},
		"exists: a surface twice":                    {surface(1, 10, 10)},
		"width: no pixels":                           {surface(2, 0, 10)},
		"height: too many rows":                      {surface(2, 10, 8193)},
		"too many: 33 surfaces":                      many,
		"too many: 76 MB in surfaces":                {surface(2, 4096, 4096), surface(3, 1024, 2048)},
		"width: a desktop of 0 pixels":               {rdpgfx.ResetGraphics{Height: 1}},
		"width: a desktop that is too wide":          {rdpgfx.ResetGraphics{Width: 8193, Height: 1}},
		"surfaceId: a map of no surface":             {rdpgfx.MapSurfaceToOutput{SurfaceID: 2}},
		"a map far outside":                          {rdpgfx.MapSurfaceToOutput{SurfaceID: 1, X: 8193}},
		"a map to no pixels":                         {rdpgfx.MapSurfaceToScaledOutput{SurfaceID: 1}},
		"a map to no pixels of a window":             {rdpgfx.MapSurfaceToScaledWindow{SurfaceID: 1, MappedWidth: 1, MappedHeight: 1}},
		"frameId: a frame within a frame":            {rdpgfx.StartFrame{}, rdpgfx.StartFrame{}},
		"frameId: the end of no frame":               {rdpgfx.EndFrame{}},
		"frameId: the end of another frame":          {rdpgfx.StartFrame{FrameID: 1}, rdpgfx.EndFrame{FrameID: 2}},
		"capabilities confirm: again":                {rdpgfx.CapsConfirm{Set: rdpgfx.NewCapabilitySet(rdpgfx.Version107, 0)}},
		"frame acknowledge: the client's":            {rdpgfx.FrameAcknowledge{}},
		"importedEntriesCount: without an offer":     {rdpgfx.CacheImportReply{Slots: []uint16{1}}},
		"bitmapData: AVC420 without regions":         {rdpgfx.WireToSurface1{SurfaceID: 1, Codec: rdpgfx.CodecAVC420, Format: rdpgfx.FormatXRGB}},
		"bitmapData: AVC444 without streams":         {rdpgfx.WireToSurface1{SurfaceID: 1, Codec: rdpgfx.CodecAVC444, Format: rdpgfx.FormatXRGB}},
	} {
		c := newClient(t, everything)
		handle(t, c, desktop()...)
		_, err := c.Handle(gfxtest.Message(pdus...))
		field, _, _ := strings.Cut(name, ":")
		if err == nil || !strings.HasPrefix(err.Error(), "rdpgfx: ") || strings.Contains(name, ":") && !strings.Contains(err.Error(), field) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestOperationsBeforeAnErrorAreReturned(t *testing.T) {
	c := newClient(t, everything)
	got, err := c.Handle(gfxtest.Message(append(desktop(), rdpgfx.EndFrame{})...))
	if len(got) != 3 || err == nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCapabilitiesComeFirst(t *testing.T) {
	if _, err := new(rdpgfx.Client).Handle(gfxtest.Message()); err == nil {
		t.Error("a message is taken before capabilities were advertised")
	}
	c := new(rdpgfx.Client)
	out, err := c.Advertise(nil, rdpgfx.Support{})
	if p, _ := parse(out); err != nil || cmp.Diff(rdpgfx.PDU(rdpgfx.CapsAdvertise{Sets: rdpgfx.Offer(rdpgfx.Support{})}), p) != "" {
		t.Errorf("%v, %v", p, err)
	}
	if _, err := c.Advertise(nil, rdpgfx.Support{}); err == nil {
		t.Error("capabilities are advertised again before any are confirmed")
	}
	if _, err := c.Handle(gfxtest.Message(rdpgfx.ResetGraphics{Width: 1, Height: 1})); err == nil {
		t.Error("drawing is taken before capabilities are confirmed")
	}
	if _, err := c.Handle(gfxtest.Message(rdpgfx.CapsConfirm{Set: rdpgfx.NewCapabilitySet(rdpgfx.Version101, 0)})); err == nil {
		t.Error("a version that was not offered is confirmed")
	}
}

func TestCapabilitiesAgain(t *testing.T) {
	c := newClient(t, everything)
	if got := c.Confirmed().Version; got != rdpgfx.Version107 {
		t.Errorf("version %v", got)
	}
	handle(t, c, append(desktop(), rdpgfx.SurfaceToCache{SurfaceID: 1, Slot: 1, Rect: image.Rect(0, 0, 1, 1)}, rdpgfx.StartFrame{FrameID: 1})...)
	if _, err := c.Advertise(nil, rdpgfx.Support{}); err != nil {
		t.Fatal(err)
	}
	if got := handle(t, c, rdpgfx.EndFrame{FrameID: 1}, rdpgfx.DeleteSurface{SurfaceID: 1}); len(got) != 0 {
		t.Errorf("before the confirmation: %v", got)
	}
	confirm := rdpgfx.CapsConfirm{Set: rdpgfx.NewCapabilitySet(rdpgfx.Version103, rdpgfx.CapsAVCDisabled)}
	got := handle(t, c, append([]rdpgfx.PDU{confirm}, desktop()...)...)
	if len(got) != 4 || cmp.Diff(rdpgfx.Operation(confirm), got[0]) != "" {
		t.Errorf("after it: %v", got)
	}
	if _, err := c.Handle(gfxtest.Message(rdpgfx.CacheToSurface{SurfaceID: 1, Slot: 1})); err == nil {
		t.Error("the cache is still filled")
	}
	old := new(rdpgfx.Client)
	if _, err := old.Advertise(nil, everything); err != nil {
		t.Fatal(err)
	}
	handle(t, old, rdpgfx.CapsConfirm{Set: rdpgfx.NewCapabilitySet(rdpgfx.Version102, 0)})
	if _, err := old.Advertise(nil, everything); err == nil {
		t.Error("a server of version 10.2 is asked for a reset")
	}
}

func TestCacheIsBounded(t *testing.T) {
	const side = 1024 // four pictures are 16 MB
	picture := func(slot uint16) rdpgfx.PDU {
		return rdpgfx.SurfaceToCache{SurfaceID: 2, Slot: slot, Rect: image.Rect(0, 0, side, side)}
	}
	surface := rdpgfx.CreateSurface{SurfaceID: 2, Width: side, Height: side, Format: rdpgfx.FormatXRGB}
	for _, tc := range []struct {
		support rdpgfx.Support
		most    int
	}{{rdpgfx.Support{}, 4}, {rdpgfx.Support{LargeCache: true}, 25}, {rdpgfx.Support{ThinClient: true}, 4}} {
		c := newClient(t, tc.support)
		handle(t, c, surface)
		for i := range tc.most {
			handle(t, c, picture(uint16(1+i)))
		}
		handle(t, c, picture(1)) // in place of the one before
		handle(t, c, rdpgfx.EvictCacheEntry{Slot: 1}, picture(1))
		handle(t, c, rdpgfx.ResetGraphics{Width: 100, Height: 100}, rdpgfx.DeleteSurface{SurfaceID: 2}, surface)
		handle(t, c, rdpgfx.CacheToSurface{SurfaceID: 2, Slot: 1, Points: []image.Point{{}}})
		if _, err := c.Handle(gfxtest.Message(picture(4000))); err == nil {
			t.Errorf("%+v: more than %d pictures", tc.support, tc.most)
		}
	}
}

func TestKeptPicturesAreImported(t *testing.T) {
	c := newClient(t, everything)
	handle(t, c, desktop()...)
	kept := []rdpgfx.KeptPicture{{Key: 7, Width: 10, Height: 20}, {Key: 8, Width: 1, Height: 1}}
	out, err := c.OfferCache(nil, kept)
	want := rdpgfx.CacheImportOffer{Entries: []rdpgfx.CacheEntry{{Key: 7, Length: 800}, {Key: 8, Length: 4}}}
	if p, _ := parse(out); err != nil || cmp.Diff(rdpgfx.PDU(want), p) != "" {
		t.Fatalf("%v, %v", p, err)
	}
	if _, err := c.OfferCache(nil, kept); err == nil {
		t.Error("the cache is offered twice")
	}
	got := handle(t, c, rdpgfx.CacheImportReply{Slots: []uint16{3}})
	if diff := cmp.Diff([]rdpgfx.Operation{rdpgfx.Imported{Slot: 3, Picture: kept[0]}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	handle(t, c, rdpgfx.CacheToSurface{SurfaceID: 1, Slot: 3, Points: []image.Point{{X: 630, Y: 460}}})
	if _, err := c.Handle(gfxtest.Message(rdpgfx.CacheImportReply{Slots: []uint16{3}})); err == nil {
		t.Error("a second reply is taken")
	}
}

func TestFramesAreAcknowledged(t *testing.T) {
	c := newClient(t, everything)
	frames := func(ids ...uint32) {
		for _, id := range ids {
			handle(t, c, rdpgfx.StartFrame{FrameID: id}, rdpgfx.EndFrame{FrameID: id})
		}
	}
	acknowledge := func(what string, id, depth uint32, waiting int, want ...rdpgfx.FrameAcknowledge) {
		t.Helper()
		var got []rdpgfx.FrameAcknowledge
		for out := c.Acknowledge(nil, id, depth); len(out) > 0; {
			p, rest, err := rdpgfx.ReadPDU(out)
			if err != nil {
				t.Fatal(err)
			}
			got, out = append(got, p.(rdpgfx.FrameAcknowledge)), rest
		}
		if diff := cmp.Diff(want, got); diff != "" || c.Unacknowledged() != waiting {
			t.Errorf("%s: %d wait, want %d (-want +got):\n%s", what, c.Unacknowledged(), waiting, diff)
		}
	}
	const suspend = rdpgfx.SuspendFrameAcknowledgment
	type ack = rdpgfx.FrameAcknowledge
	acknowledge("nothing", 1, 0, 0)
	frames(1, 2, 3)
	acknowledge("another frame", 9, 0, 3)
	acknowledge("two at once", 2, 100, 1, ack{100, 1, 1}, ack{100, 2, 2})
	acknowledge("again", 2, 0, 1)
	frames(4)
	acknowledge("suspend", 3, suspend, 0, ack{suspend, 3, 3})
	frames(5, 6)
	acknowledge("still suspended", 6, suspend, 0)
	frames(7)
	acknowledge("resume", 7, 0, 0, ack{0, 7, 7})
	frames(8)
	acknowledge("as before", 8, 0, 0, ack{0, 8, 8})
	for id := range uint32(2000) {
		frames(100 + id)
	}
	if got := c.Unacknowledged(); got != 1024 {
		t.Errorf("%d frames wait", got)
	}
	acknowledge("the oldest that is known", 2099-1023, 0, 1023, ack{0, 2099 - 1023, 8 + 2000 - 1023})
}

func TestQoE(t *testing.T) {
	p := rdpgfx.QoEFrameAcknowledge{FrameID: 1}
	if got := newClient(t, everything).AcknowledgeQoE(nil, p); len(got) != 20 {
		t.Errorf("%x", got)
	}
	if got := newClient(t, rdpgfx.Support{ThinClient: true}).AcknowledgeQoE(nil, p); got != nil {
		t.Errorf("version 8.1: %x", got)
	}
}

// avc420 is a stream with a region that reaches over the surface and one outside of it.
const avc420 = `
	02000000                ; numRegionRects
	7002 D001 8002 E101     ; 624, 464, 640, 481
	8002 0000 9002 1000     ; outside
	16 64 16 64             ; qpVal, qualityVal
	00000001 65 88          ; avc420EncodedBitstream`

func TestVideo(t *testing.T) {
	one := pdutest.Hex(t, avc420)
	both := append(binary.LittleEndian.AppendUint32(nil, uint32(len(one))), one...)
	both = append(both, one...)
	chroma := append(binary.LittleEndian.AppendUint32(nil, 2<<30), one...)
	view := avc.Bitmap420{Regions: []avc.Region{{Rect: image.Rect(624, 464, 640, 480), QP: 22, Quality: 100}}, Stream: []byte{0, 0, 0, 1, 0x65, 0x88}}
	whole := image.Rect(0, 0, 640, 480)
	pdu := func(codec rdpgfx.Codec, data []byte) rdpgfx.PDU {
		return rdpgfx.WireToSurface1{SurfaceID: 1, Codec: codec, Format: rdpgfx.FormatXRGB, Rect: whole, Data: data}
	}
	c := newClient(t, everything)
	handle(t, c, desktop()...)
	got := handle(t, c, pdu(rdpgfx.CodecAVC420, one), pdu(rdpgfx.CodecAVC444, both), pdu(rdpgfx.CodecAVC444v2, chroma))
	want := []rdpgfx.Operation{
		rdpgfx.Video{SurfaceID: 1, Codec: rdpgfx.CodecAVC420, Rect: whole, LC: avc.LumaOnly, First: view},
		rdpgfx.Video{SurfaceID: 1, Codec: rdpgfx.CodecAVC444, Rect: whole, LC: avc.LumaAndChroma, First: view, Second: view},
		rdpgfx.Video{SurfaceID: 1, Codec: rdpgfx.CodecAVC444v2, Rect: whole, LC: avc.ChromaOnly, First: view},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, tc := range []struct {
		video rdpgfx.VideoSupport
		codec rdpgfx.Codec
		ok    bool
	}{
		{rdpgfx.NoVideo, rdpgfx.CodecAVC420, false},
		{rdpgfx.AVC420, rdpgfx.CodecAVC420, true},
		{rdpgfx.AVC420, rdpgfx.CodecAVC444, false},
	} {
		c := newClient(t, rdpgfx.Support{Video: tc.video})
		handle(t, c, desktop()...)
		if _, err := c.Handle(gfxtest.Message(pdu(tc.codec, both))); (err == nil) != tc.ok && !tc.ok {
			t.Errorf("%v with support %d: %v", tc.codec, tc.video, err)
		}
	}
	c = newClient(t, rdpgfx.Support{})
	handle(t, c, desktop()...)
	if _, err := c.Handle(gfxtest.Message(rdpgfx.MapSurfaceToScaledOutput{SurfaceID: 1, TargetWidth: 1, TargetHeight: 1})); err == nil {
		t.Error("a scaled map is taken that was not offered")
	}
}

// FuzzClient feeds two messages after a beginning, and holds the client to its limits.
func FuzzClient(f *testing.F) {
	for _, tc := range listings {
		f.Add(pdutest.Hex(f, tc.hex), pdutest.Hex(f, tc.hex))
	}
	f.Add(gfxtest.Message(rdpgfx.StartFrame{FrameID: 1}), gfxtest.Message(rdpgfx.EndFrame{FrameID: 1}))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		c := newClient(t, everything)
		handle(t, c, desktop()...)
		w := world{surfaces: map[uint16]image.Rectangle{1: image.Rect(0, 0, 640, 480)}, slots: map[uint16]image.Point{}}
		for _, b := range [][]byte{one, gfxtest.Segmented(one), two, gfxtest.Segmented(two)} {
			operations, err := c.Handle(b)
			for _, o := range operations {
				w.check(t, o)
			}
			if err != nil {
				return
			}
			c.Acknowledge(nil, 1, 0)
		}
	})
}

// world is what exists by the operations alone.
type world struct {
	surfaces map[uint16]image.Rectangle
	slots    map[uint16]image.Point
	frame    bool
}

func (w *world) inside(t *testing.T, o rdpgfx.Operation, id uint16, rects ...image.Rectangle) {
	t.Helper()
	s, ok := w.surfaces[id]
	for _, r := range rects {
		ok = ok && (r.Empty() || r.In(s))
	}
	if !ok {
		t.Fatalf("%+v: not within surface %d of %v", o, id, s)
	}
}

func (w *world) paste(t *testing.T, o rdpgfx.Operation, id uint16, size image.Point, points []image.Point) {
	t.Helper()
	for _, at := range points {
		w.inside(t, o, id, image.Rectangle{Min: at, Max: at.Add(size)})
	}
}

func (w *world) check(t *testing.T, o rdpgfx.Operation) {
	t.Helper()
	switch o := o.(type) {
	case rdpgfx.CreateSurface:
		if w.surfaces[o.SurfaceID] = image.Rect(0, 0, int(o.Width), int(o.Height)); len(w.surfaces) > rdpgfx.MaxSurfaces {
			t.Fatalf("%d surfaces", len(w.surfaces))
		}
	case rdpgfx.DeleteSurface:
		w.inside(t, o, o.SurfaceID)
		delete(w.surfaces, o.SurfaceID)
	case rdpgfx.SolidFill:
		w.inside(t, o, o.SurfaceID, o.Rects...)
	case rdpgfx.SurfaceToSurface:
		w.inside(t, o, o.Source, o.Rect)
		w.paste(t, o, o.Destination, o.Rect.Size(), o.Points)
	case rdpgfx.SurfaceToCache:
		w.inside(t, o, o.SurfaceID, o.Rect)
		w.slots[o.Slot] = o.Rect.Size()
	case rdpgfx.CacheToSurface:
		size, ok := w.slots[o.Slot]
		if !ok {
			t.Fatalf("%+v: the slot is empty", o)
		}
		w.paste(t, o, o.SurfaceID, size, o.Points)
	case rdpgfx.EvictCacheEntry:
		delete(w.slots, o.Slot)
	case rdpgfx.WireToSurface1:
		w.inside(t, o, o.SurfaceID, o.Rect)
	case rdpgfx.WireToSurface2:
		w.inside(t, o, o.SurfaceID)
	case rdpgfx.Video:
		for _, r := range append(o.First.Regions, o.Second.Regions...) {
			w.inside(t, o, o.SurfaceID, r.Rect)
		}
	case rdpgfx.StartFrame, rdpgfx.EndFrame:
		if _, start := o.(rdpgfx.StartFrame); start == w.frame {
			t.Fatalf("%T within a frame: %v", o, w.frame)
		}
		w.frame = !w.frame
	}
}

// BenchmarkHandle takes a frame of many small operations, as Windows sends them.
func BenchmarkHandle(b *testing.B) {
	c := newClient(b, everything)
	handle(b, c, desktop()...)
	handle(b, c, rdpgfx.SurfaceToCache{SurfaceID: 1, Slot: 1, Rect: image.Rect(0, 0, 64, 64)})
	frame := []rdpgfx.PDU{rdpgfx.StartFrame{FrameID: 1}}
	for range 100 {
		frame = append(frame,
			rdpgfx.CacheToSurface{SurfaceID: 1, Slot: 1, Points: []image.Point{{X: 64, Y: 64}}},
			rdpgfx.WireToSurface1{SurfaceID: 1, Codec: rdpgfx.CodecClear, Format: rdpgfx.FormatXRGB, Rect: image.Rect(0, 0, 64, 64), Data: make([]byte, 300)},
		)
	}
	message := gfxtest.Message(append(frame, rdpgfx.EndFrame{FrameID: 1})...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Handle(message); err != nil {
			b.Fatal(err)
		}
	}
}
