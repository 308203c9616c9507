// SPDX-License-Identifier: Apache-2.0

package update_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdutest"
	"github.com/palta-gateway/palta/internal/wire/rdp/update"
)

// bitmap is a rectangle of 7x1 pixels in 16 bits, uncompressed and without a header.
const bitmap = `0100 0100 0000 0000 0600 0000 0800 0100 1000 0000 0400 01020304`

func bitmaps(b []byte) ([]update.Bitmap, error) {
	var all []update.Bitmap
	err := update.ParseBitmap(b, func(p update.Bitmap) error { all = append(all, p); return nil })
	return all, err
}

func appendBitmaps(all []update.Bitmap, b []byte) []byte { return update.AppendBitmap(b, all...) }

func TestBitmap(t *testing.T) {
	pdutest.RoundTrip(t, pdutest.Hex(t, bitmap), bitmaps, appendBitmaps)
	two := update.AppendBitmap(nil, update.Bitmap{Flags: 1, CompressionHeader: make([]byte, 8), Data: []byte("a")}, update.Bitmap{Flags: 0x401, Data: []byte("b")})
	pdutest.RoundTrip(t, two, bitmaps, appendBitmaps)
	if b, ok := pdutest.Vectors(t)["basic_output/bitmap/tests.rs::BITMAP_BUFFER"]; ok {
		pdutest.RoundTrip(t, b, bitmaps, appendBitmaps)
	}
	stop := errors.New("stop")
	if err := update.ParseBitmap(two, func(update.Bitmap) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the handler: %v", err)
	}
	if _, err := bitmaps(update.AppendBitmap(nil, update.Bitmap{Left: 5})); err == nil {
		t.Error("an empty rectangle is accepted")
	}
}

func TestPalette(t *testing.T) {
	write := func(colors, b []byte) []byte { return update.AppendPalette(b, colors) }
	pdutest.RoundTrip(t, pdutest.Hex(t, "0200 0000 02000000 010203 040506"), update.ParsePalette, write)
	if _, err := update.ParsePalette(pdutest.Hex(t, "0200 0000 01010000")); err == nil {
		t.Error("257 colours are accepted")
	}
}

var pointer = update.Pointer{BitsPerPixel: 24, CacheIndex: 3, HotX: 1, Width: 2, Height: 2, XORMask: make([]byte, 12), ANDMask: make([]byte, 4)}

func TestPointers(t *testing.T) {
	pdutest.RoundTrip(t, pdutest.Hex(t, "1000 2000"), update.ParsePosition, update.Position.Append)
	pdutest.RoundTrip(t, pointer.AppendColor(nil), update.ParseColorPointer, update.Pointer.AppendColor)
	pdutest.RoundTrip(t, pointer.AppendNew(nil), update.ParseNewPointer, update.Pointer.AppendNew)
	pdutest.RoundTrip(t, pointer.AppendLarge(nil), update.ParseLargePointer, update.Pointer.AppendLarge)
	if got, err := update.ParseCachedPointer([]byte{7, 0}); got != 7 || err != nil {
		t.Errorf("cached %d, %v", got, err)
	}
	for name, change := range map[string]func(*update.Pointer){
		"97 pixels":   func(p *update.Pointer) { p.Width = 97 },
		"7 bits":      func(p *update.Pointer) { p.BitsPerPixel = 7 },
		"a short XOR": func(p *update.Pointer) { p.XORMask = p.XORMask[1:] },
		"a short AND": func(p *update.Pointer) { p.ANDMask = p.ANDMask[1:] },
	} {
		p := pointer
		change(&p)
		if got, err := update.ParseNewPointer(p.AppendNew(nil)); err == nil {
			t.Errorf("%s: accepted as %+v", name, got)
		}
	}
	noMask := pointer
	noMask.ANDMask = nil
	if _, err := update.ParseNewPointer(noMask.AppendNew(nil)); err != nil {
		t.Errorf("without an AND mask: %v", err)
	}
}

// recorder writes the commands down, and back.
type recorder struct{ wire []byte }

func (r *recorder) SurfaceBits(s update.SurfaceBits) error { r.wire = s.Append(r.wire); return nil }
func (r *recorder) FrameMarker(m update.FrameMarker) error { r.wire = m.Append(r.wire); return nil }

func commands(b []byte) ([]byte, error) {
	var r recorder
	err := update.ParseSurfaceCommands(b, &r)
	return r.wire, err
}

func same(wire, b []byte) []byte { return append(b, wire...) }

func surfaceUpdate() []byte {
	b := update.FrameMarker{FrameID: 5}.Append(nil)
	b = update.SurfaceBits{Right: 64, Bottom: 64, BitsPerPixel: 32, CodecID: 3, Width: 64, Height: 64, Data: []byte("tiles")}.Append(b)
	b = update.SurfaceBits{Stream: true, ExHeader: make([]byte, 24), Data: []byte("x")}.Append(b)
	return update.FrameMarker{End: true, FrameID: 5}.Append(b)
}

func TestSurfaceCommands(t *testing.T) {
	b := surfaceUpdate()
	if got, err := commands(b); err != nil || !bytes.Equal(got, b) {
		t.Errorf("%v: writes back (-want +got):\n%s", err, cmp.Diff(b, got))
	}
	bits := update.SurfaceBits{ExHeader: make([]byte, 24), Data: []byte("x")}.Append(nil)
	pdutest.Cut(t, bits, func(b []byte) error {
		if len(b) == 0 { // no command is fine
			b = []byte{1}
		}
		_, err := commands(b)
		return err
	})
	for _, listing := range []string{"0900", "0400 0200 00000000", "0100 0000000000000000 20 00 00 03 0100 0100 ffffffff 00"} {
		var wrong *field.Error
		if _, err := commands(pdutest.Hex(t, listing)); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", listing, err)
		}
	}
	all := pdutest.Vectors(t)
	for _, key := range []string{"FRAME_MARKER_BUFFER", "SURFACE_BITS_BUFFER"} {
		if b, ok := all["basic_output/surface_commands/tests.rs::"+key]; ok {
			if got, err := commands(b); err != nil || !bytes.Equal(got, b) {
				t.Errorf("%s: %v", key, err)
			}
		}
	}
}

func TestSlowPath(t *testing.T) {
	for listing, want := range map[string]fastpath.UpdateCode{
		"0000 0000": fastpath.UpdateOrders, "0100 0000": fastpath.UpdateBitmap, "0200": fastpath.UpdatePalette, "0300 0000": fastpath.UpdateSynchronize,
	} {
		if code, _, err := update.ParseSlow(pdutest.Hex(t, listing)); code != want || err != nil {
			t.Errorf("%s: %v, %v", listing, code, err)
		}
	}
	for listing, want := range map[string]fastpath.UpdateCode{
		"0100 0000 00000000": fastpath.UpdatePointerHidden, "0100 0000 007f0000": fastpath.UpdatePointerDefault, "0300 0000": fastpath.UpdatePointerPosition,
		"0600 0000": fastpath.UpdateColorPointer, "0700 0000": fastpath.UpdateCachedPointer, "0800 0000": fastpath.UpdateNewPointer,
		"0900 0000": fastpath.UpdateLargePointer,
	} {
		if code, _, err := update.ParseSlowPointer(pdutest.Hex(t, listing)); code != want || err != nil {
			t.Errorf("%s: %v, %v", listing, code, err)
		}
	}
	for _, listing := range []string{"", "04", "0400 0000", "0100 0000 01000000", "0100 0000 0000"} {
		if code, _, err := update.ParseSlowPointer(pdutest.Hex(t, listing)); err == nil {
			t.Errorf("%s: accepted as %v", listing, code)
		}
	}
	if code, _, err := update.ParseSlow([]byte{9, 0}); err == nil {
		t.Errorf("update 9 is accepted as %v", code)
	}
}

func TestSmallUpdatesNameTheirFields(t *testing.T) {
	pdutest.Cut(t, []byte{7, 0}, func(b []byte) error { _, err := update.ParseCachedPointer(b); return err })
	pdutest.Cut(t, pdutest.Hex(t, "0300"), func(b []byte) error { _, _, err := update.ParseSlow(b); return err })
	pdutest.Cut(t, pdutest.Hex(t, "0100 0000 00000000"), func(b []byte) error { _, _, err := update.ParseSlowPointer(b); return err })
}

func TestPaletteOfVectors(t *testing.T) {
	// The vector is the payload after the type.
	b, ok := pdutest.Vectors(t)["basic_output/fast_path/tests.rs::PALETTE_PAYLOAD"]
	if !ok {
		return
	}
	colors, err := update.ParsePalette(append([]byte{2, 0}, b...))
	if err != nil || !bytes.Equal(colors, []byte{0xFF, 0, 0x80}) {
		t.Errorf("%x, %v", colors, err)
	}
}

func FuzzUpdates(f *testing.F) {
	f.Add(pdutest.Hex(f, bitmap))
	f.Add(surfaceUpdate())
	f.Add(pointer.AppendNew(nil))
	f.Add(pointer.AppendLarge(nil))
	f.Add(pointer.AppendColor(nil))
	f.Add(pdutest.Hex(f, "0200 0000 02000000 010203 040506"))
	f.Add(pdutest.Hex(f, "0100 0000 007f0000"))
	for key, b := range pdutest.Vectors(f) {
		if strings.HasPrefix(key, "basic_output/") {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		pdutest.Same(t, b, bitmaps, appendBitmaps)
		pdutest.Same(t, b, commands, same)
		pdutest.Same(t, b, update.ParsePalette, func(colors, b []byte) []byte { return update.AppendPalette(b, colors) })
		pdutest.Same(t, b, update.ParsePosition, update.Position.Append)
		if code, data, err := update.ParseSlow(b); err == nil && len(data) > len(b) {
			t.Fatalf("%v has %d bytes of %d", code, len(data), len(b))
		}
		if code, data, err := update.ParseSlowPointer(b); err == nil && len(data) > len(b) {
			t.Fatalf("%v has %d bytes of %d", code, len(data), len(b))
		}
		pdutest.Same(t, b, update.ParseColorPointer, update.Pointer.AppendColor)
		pdutest.Same(t, b, update.ParseNewPointer, update.Pointer.AppendNew)
		pdutest.Same(t, b, update.ParseLargePointer, update.Pointer.AppendLarge)
	})
}
