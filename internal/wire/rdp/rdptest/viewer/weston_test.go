// SPDX-License-Identifier: Apache-2.0

//go:build integration

package viewer_test

import (
	"image"
	"image/draw"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/nego"
	"github.com/palta-gateway/palta/internal/wire/rdp/rdptest/viewer"
	"github.com/palta-gateway/palta/test/servers"
)

// pointerPlace is where weston draws its pointer into the picture.
var pointerPlace = image.Rect(90, 90, 150, 150)

func TestWeston(t *testing.T) {
	t.Parallel()
	sharpest, softest := desktop(width, height), smooth(width, height)
	w, v := servers.StartWeston(t, sharpest), servers.StartWeston(t, softest)
	for _, tc := range []struct {
		name  string
		w     *servers.Weston
		want  *image.RGBA
		cfg   viewer.Config
		limit difference
		came  string
	}{
		{"RemoteFX, sharp", w, sharpest, viewer.Config{RemoteFX: true}, sharp, "surface 3"},
		{"RemoteFX, soft", v, softest, viewer.Config{RemoteFX: true}, soft, "surface 3"},
		{"no codec", w, sharpest, viewer.Config{Surfaces: true}, exact, "surface 0"},
		// It always takes away three bits of chroma, and leaves of it one value for four pixels:
		// that shows where chroma changes from pixel to pixel.
		{"NSCodec, sharp", w, sharpest, viewer.Config{NSCodec: true}, difference{mean: 4, max: 160}, "surface 1"},
		{"NSCodec, soft", v, softest, viewer.Config{NSCodec: true}, difference{mean: 3, max: 8}, "surface 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.cfg.Address, tc.cfg.Protocols = servers.Address(tc.w.Port), nego.ProtocolSSL
			ctx, c := dial(t, tc.cfg)
			var last difference
			err := c.Until(ctx, func() bool {
				img := image.NewRGBA(tc.want.Rect)
				draw.Draw(img, img.Rect, c.Screen.Image, image.Point{}, draw.Src)
				draw.Draw(img, pointerPlace, tc.want, pointerPlace.Min, draw.Src)
				last = differ(img, tc.want, 32)
				return last.within(tc.limit)
			})
			t.Logf("shown: %v", last)
			if err != nil {
				t.Errorf("want at most mean %.3f, max %d: %v", tc.limit.mean, tc.limit.max, err)
			}
			came(t, c, tc.came)
		})
	}
}
