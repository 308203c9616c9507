// SPDX-License-Identifier: Apache-2.0

package rdpgfx_test

import (
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/codectest"
)

// TestWindowsBegins plays what a Windows server sends first, as it sent it: compressed, with
// version 10.5, and a surface with alpha that is nevertheless shown as it is. The picture is
// its screen before logon.
func TestWindowsBegins(t *testing.T) {
	for _, v := range codectest.Vectors(t, "zgfx") {
		if v.Name != "ironrdp" {
			continue
		}
		s := &screen{t: t, c: new(rdpgfx.Client)}
		if _, err := s.c.Advertise(nil, rdpgfx.Support{ScaledMaps: true}); err != nil {
			t.Fatal(err)
		}
		var got []string
		tiles := 1
		for _, name := range v.Inputs {
			operations, err := s.c.Handle(v.Bytes(t, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range operations {
				if err := s.p.Do(o); err != nil {
					t.Fatal(err)
				}
				kind := strings.TrimPrefix(fmt.Sprintf("%T", o), "rdpgfx.")
				if n := len(got); kind == "CacheToSurface" && n > 0 && got[n-1] == kind {
					tiles++
					continue
				}
				got = append(got, kind)
			}
		}
		want := strings.Fields(`CapsConfirm ResetGraphics StartFrame EndFrame CreateSurface MapSurfaceToScaledOutput
			StartFrame SolidFill SurfaceToCache CacheToSurface EndFrame StartFrame WireToSurface2 EndFrame`)
		if diff := cmp.Diff(want, got); diff != "" || tiles != 1024*768/(64*64)-1 {
			t.Errorf("%d tiles from the cache (-want +got):\n%s", tiles, diff)
		}
		if s.c.Unacknowledged() != 3 {
			t.Errorf("%d frames wait", s.c.Unacknowledged())
		}
		for at, want := range map[image.Point][3]int{
			{X: 60, Y: 200}: {143, 81, 46}, {X: 500, Y: 400}: {69, 48, 51}, {X: 100, Y: 600}: {124, 124, 124}, {X: 976, Y: 718}: {248, 249, 246}, // the power button
		} {
			c := s.p.Picture().RGBAAt(at.X, at.Y)
			for i, v := range []uint8{c.R, c.G, c.B} {
				if max(int(v)-want[i], want[i]-int(v)) > 4 {
					t.Errorf("pixel %v is %v, want %v", at, c, want)
					break
				}
			}
		}
	}
}
