// SPDX-License-Identifier: Apache-2.0

package pointer

import (
	"fmt"
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec"
)

// Picture is a drawn pointer.
type Picture struct {
	Image    *image.NRGBA
	HotSpotX int
	HotSpotY int
}

// Cache is the pointer cache (MS-RDPBCGR, section 3.2.5.9.3). It has as many slots as the
// pointer capability set announced.
type Cache struct{ slots []*Picture }

// NewCache returns an empty cache.
func NewCache(slots int) *Cache { return &Cache{slots: make([]*Picture, slots)} }

// Put draws a pointer and keeps it in its slot. The picture does not alias the update.
func (c *Cache) Put(s *Shape, palette *Palette) (*Picture, error) {
	if s.CacheIndex >= len(c.slots) {
		return nil, fmt.Errorf("pointer: cacheIndex %d, but there are %d slots", s.CacheIndex, len(c.slots))
	}
	p := &Picture{Image: image.NewNRGBA(image.Rect(0, 0, s.Width, s.Height)), HotSpotX: s.HotSpotX, HotSpotY: s.HotSpotY}
	if s.Width > 0 && s.Height > 0 {
		t := codec.Target{Pix: p.Image.Pix, Stride: p.Image.Stride, Width: s.Width, Height: s.Height}
		if err := s.Draw(t, palette); err != nil {
			return nil, err
		}
	}
	c.slots[s.CacheIndex] = p
	return p, nil
}

// Get returns the picture of a slot. An empty slot gives nil: after a reconnection servers
// may refer to pointers of the connection before.
func (c *Cache) Get(cacheIndex int) (*Picture, error) {
	if cacheIndex >= len(c.slots) || cacheIndex < 0 {
		return nil, fmt.Errorf("pointer: cacheIndex %d, but there are %d slots", cacheIndex, len(c.slots))
	}
	return c.slots[cacheIndex], nil
}
