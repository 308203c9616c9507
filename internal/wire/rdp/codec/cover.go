// SPDX-License-Identifier: Apache-2.0

package codec

import (
	"fmt"
	"image"
)

// Limits of what the rectangles of a region may paint. Those of real servers are a few
// dozen and do not overlap.
const (
	maxRects  = 4096
	maxCovers = 4       // times the picture
	coverBase = 1 << 20 // pixels, for small pictures
)

// Cover counts what the rectangles of a region paint: each costs the sender eight bytes, and
// may have every tile copied. The zero value is ready for the rectangles of one picture.
type Cover struct {
	rects, pixels int
}

// Add counts a rectangle of a picture with the given bounds.
func (c *Cover) Add(r, bounds image.Rectangle) error {
	if c.rects++; c.rects > maxRects {
		return fmt.Errorf("numRects: more than %d", maxRects)
	}
	return c.Paint(r, bounds)
}

// Paint is Add for parts of a picture that bring pixels with them, of which there may be any
// number.
func (c *Cover) Paint(r, bounds image.Rectangle) error {
	part := r.Intersect(bounds)
	c.pixels += part.Dx() * part.Dy()
	if limit := maxCovers*bounds.Dx()*bounds.Dy() + coverBase; c.pixels > limit {
		return fmt.Errorf("rects: more than %d pixels of a picture of %d × %d", limit, bounds.Dx(), bounds.Dy())
	}
	return nil
}
