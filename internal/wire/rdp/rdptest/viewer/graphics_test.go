// SPDX-License-Identifier: Apache-2.0

//go:build integration

package viewer_test

import (
	"context"
	"image"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/channel/rdpgfx"
	"github.com/palta-gateway/palta/internal/wire/rdp/codec/avc"
	"github.com/palta-gateway/palta/internal/wire/rdp/connector"
	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest/viewer"
	"github.com/palta-gateway/palta/test/servers"
)

// TestShadowCompresses has FreeRDP compress with each kind.
func TestShadowCompresses(t *testing.T) {
	s := servers.StartFreeRDPShadow(t, servers.ShadowOptions{Width: width, Height: height})
	for name, k := range map[string]connector.Compression{
		"MPPC 8K": connector.MPPC8K, "MPPC 64K": connector.MPPC64K, "NCRUSH": connector.NCRUSH, "XCRUSH": connector.XCRUSH,
	} {
		t.Run(name, func(t *testing.T) {
			paint(t, s.Display, desktop(width, height))
			ctx, c := dial(t, viewer.Config{Address: servers.Address(s.Port), Protocols: nego.ProtocolSSL, Compression: k})
			show(ctx, t, c, s.Display, 32, exact)
			paint(t, s.Display, smooth(width, height))
			show(ctx, t, c, s.Display, 32, exact)
		})
	}
}

func TestShadowSendsVideo(t *testing.T) {
	const width, height = 800, 600 // AVC420 needs even sizes
	s := servers.StartFreeRDPShadow(t, servers.ShadowOptions{Width: width, Height: height})
	for _, tc := range []struct {
		name    string
		support rdpgfx.Support
		version rdpgfx.Version
		codec   rdpgfx.Codec
		lc      avc.LC
	}{
		{"AVC420", rdpgfx.Support{Video: rdpgfx.AVC420}, rdpgfx.Version81, rdpgfx.CodecAVC420, avc.LumaOnly},
		{"AVC444", rdpgfx.Support{Video: rdpgfx.AVC444}, rdpgfx.Version107, rdpgfx.CodecAVC444v2, avc.LumaAndChroma},
	} {
		t.Run(tc.name, func(t *testing.T) {
			paint(t, s.Display, desktop(width, height))
			ctx, c := dial(t, viewer.Config{Address: servers.Address(s.Port), Protocols: nego.ProtocolSSL, Graphics: &tc.support, Width: width, Height: height})
			frames(ctx, t, c, s.Display, width, height, 5)
			if got := c.Graphics.Client.Confirmed().Version; got != tc.version {
				t.Errorf("the server confirms %v", got)
			}
			for i, v := range c.Graphics.Videos {
				whole := image.Rect(0, 0, width, height)
				if v.Codec != tc.codec || v.LC != tc.lc || !v.Rect.In(whole) || len(v.First.Regions) == 0 || avc.Inspect(v.First.Stream).Key != (i == 0) {
					t.Errorf("frame %d: %v, LC %d, %v, regions %v", i, v.Codec, v.LC, v.Rect, v.First.Regions)
				}
			}
		})
	}
}

// frames changes the display until as many frames have come, and all were acknowledged. A
// change from before the server took the pipeline brings none.
func frames(ctx context.Context, t *testing.T, c *viewer.Client, d servers.Display, width, height, n int) {
	t.Helper()
	pictures := []*image.RGBA{smooth(width, height), desktop(width, height)}
	for i := 0; c.Graphics.Frames < n; i++ {
		paint(t, d, pictures[i%2])
		have, again := c.Graphics.Frames, time.Now().Add(500*time.Millisecond)
		if err := c.Until(ctx, func() bool { return c.Graphics.Frames > have || time.Now().After(again) }); err != nil {
			t.Fatalf("%d frames: %v", have, err)
		}
	}
	if got := c.Graphics.Client.Unacknowledged(); got != 0 {
		t.Errorf("%d frames wait", got)
	}
}

// TestShadowStopsVideo takes H.264 back in the middle of a session.
func TestShadowStopsVideo(t *testing.T) {
	s := servers.StartFreeRDPShadow(t, servers.ShadowOptions{Width: width, Height: height})
	paint(t, s.Display, desktop(width, height))
	ctx, c := dial(t, viewer.Config{Address: servers.Address(s.Port), Protocols: nego.ProtocolSSL, Graphics: &rdpgfx.Support{Video: rdpgfx.AVC444}})
	frames(ctx, t, c, s.Display, width, height, 3)
	if err := c.Advertise(rdpgfx.Support{}); err != nil {
		t.Fatal(err)
	}
	if err := c.Until(ctx, func() bool { return c.Graphics.Confirms == 2 }); err != nil {
		t.Fatal(err)
	}
	videos := len(c.Graphics.Videos)
	paint(t, s.Display, smooth(width, height))
	show(ctx, t, c, s.Display, 32, exact)
	if n := len(c.Graphics.Videos); n != videos {
		t.Errorf("%d videos more", n-videos)
	}
}
