// SPDX-License-Identifier: Apache-2.0

package update_test

import (
	"image"
	"strings"
	"testing"

	"github.com/palta-gateway/palta/internal/wire/rdp/update"
)

func TestCheck(t *testing.T) {
	desktop := image.Pt(1024, 768)
	for name, tc := range map[string]struct {
		bitmap update.Bitmap
		want   string // the field that is wrong
	}{
		"the desktop":                 {update.Bitmap{Right: 1023, Bottom: 767, Width: 1024, Height: 768}, ""},
		"a padded row":                {update.Bitmap{Left: 3, Right: 9, Width: 8, Height: 1}, ""},
		"a tile at the corner":        {update.Bitmap{Left: 1020, Top: 760, Right: 1023, Bottom: 767, Width: 64, Height: 64}, ""},
		"a destination past the edge": {update.Bitmap{Left: 1000, Right: 1063, Width: 64, Height: 1}, ""},
		"a destination far away":      {update.Bitmap{Left: 60000, Right: 60063, Width: 64, Height: 1}, "destRight"},
		"a destination far below":     {update.Bitmap{Right: 3, Top: 5000, Bottom: 5001, Width: 4, Height: 2}, "destBottom"},
		"an absurd width":             {update.Bitmap{Width: 0xFFFF, Height: 1}, "width"},
		"an absurd height":            {update.Bitmap{Width: 1, Height: 0xFFFF}, "height"},
		"no width":                    {update.Bitmap{Height: 1}, "width"},
		"no height":                   {update.Bitmap{Width: 1}, "height"},
	} {
		b := tc.bitmap
		bits := update.SurfaceBits{Left: b.Left, Top: b.Top, Right: b.Right + 1, Bottom: b.Bottom + 1, Width: b.Width, Height: b.Height}
		for _, err := range []error{b.Check(desktop), bits.Check(desktop)} {
			if (err != nil) != (tc.want != "") || err != nil && !strings.Contains(err.Error(), ": "+tc.want+": ") {
				t.Errorf("%s: %v, want an error of %q", name, err, tc.want)
			}
		}
	}
	if err := (update.SurfaceBits{Left: 5, Right: 5, Bottom: 1, Width: 1, Height: 1}).Check(desktop); err == nil || !strings.Contains(err.Error(), "destRight") {
		t.Errorf("an empty destination: %v", err)
	}
}
