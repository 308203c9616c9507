// SPDX-License-Identifier: Apache-2.0

package codec_test

import (
	"image"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

func TestCover(t *testing.T) {
	bounds := image.Rect(0, 0, 1000, 1000)
	for name, tc := range map[string]struct {
		rect image.Rectangle
		most int // rectangles that are accepted
	}{
		"all of the picture": {bounds, 5},
		"half of it":         {image.Rect(0, 0, 1000, 500), 10},
		"beyond it":          {image.Rect(2000, 0, 3000, 1000), 4096},
		"one pixel":          {image.Rect(0, 0, 1, 1), 4096},
		"partly in it":       {image.Rect(500, 0, 5000, 1000), 10},
	} {
		var c codec.Cover
		n := 0
		for n < 10_000 && c.Add(tc.rect, bounds) == nil {
			n++
		}
		if n != tc.most {
			t.Errorf("%s: %d times, want %d", name, n, tc.most)
		}
	}
	var c codec.Cover
	for i := range 10_000 {
		if err := c.Paint(image.Rect(0, 0, 1, 1), bounds); err != nil {
			t.Fatalf("part %d: %v", i, err)
		}
	}
}
