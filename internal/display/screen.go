// SPDX-License-Identifier: Apache-2.0

package display

import (
	"image"
	"slices"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// Screen is what one monitor of the remote host shows.
type Screen struct {
	// Rect is its place in the display, in pixels.
	Rect image.Rectangle
	// Scale is how large the remote host draws on it, in percent.
	Scale int
}

// maxScreens is how many monitors a display has at most, as RDP has it.
const maxScreens = 16

// SetScreens changes the screens, and so the size: the display reaches from 0,0 to where
// the farthest screen ends. What remains visible keeps its pixels, the rest is black.
// What lies outside of the bounds of guac.ClampSize is cut off.
func (d *Display) SetScreens(screens []Screen) {
	var kept []Screen
	var extent image.Rectangle
	for _, s := range screens[:min(len(screens), maxScreens)] {
		s.Rect = s.Rect.Intersect(image.Rect(0, 0, guac.MaxWidth, guac.MaxHeight))
		if !s.Rect.Empty() {
			kept = append(kept, s)
			extent = extent.Union(s.Rect)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.screens = kept
	d.resize(image.Pt(guac.ClampSize(extent.Max.X, extent.Max.Y)))
}

// Screens returns the screens as they are.
func (d *Display) Screens() []Screen {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.screens)
}

// Resize makes the display one screen of this size.
func (d *Display) Resize(width, height int) {
	width, height = guac.ClampSize(width, height)
	d.SetScreens([]Screen{{Rect: image.Rect(0, 0, width, height), Scale: 100}})
}

// areaOf returns what a view of a screen shows: all for 0, and if there is no such screen.
func (d *Display) areaOf(screen int) image.Rectangle {
	if screen < 1 || screen > len(d.screens) {
		return d.bounds()
	}
	return d.screens[screen-1].Rect
}

// Place converts a place in the picture that the user sees, such as that of the mouse, to
// the display's.
func (v *View) Place(x, y int) (int, int) {
	v.display.mu.Lock()
	defer v.display.mu.Unlock()
	return x + v.area.Min.X, y + v.area.Min.Y
}
