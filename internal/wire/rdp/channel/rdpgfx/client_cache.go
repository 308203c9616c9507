// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"errors"
	"fmt"
	"image"
)

// cache is what the slots hold: sizes only. It outlives surfaces and resets of the desktop.
type cache struct {
	slots    map[uint16]image.Point
	bytes    uint64
	maxBytes uint64
	maxSlots int
	offered  []KeptPicture
}

func (c *cache) limit(small bool) {
	c.slots = make(map[uint16]image.Point)
	c.maxBytes, c.maxSlots = largeCacheBytes, largeCacheSlots
	if small {
		c.maxBytes, c.maxSlots = smallCacheBytes, smallCacheSlots
	}
}

// put puts a picture into a slot; slots count from one.
func (c *cache) put(cmd Command, slot uint16, size image.Point) error {
	if slot == 0 || int(slot) > c.maxSlots {
		return fmt.Errorf("rdpgfx: %v: cacheSlot: %d of %d", cmd, slot, c.maxSlots)
	}
	c.evict(slot)
	n := bytesOf(size.X, size.Y)
	if c.bytes+n > c.maxBytes {
		return fmt.Errorf("rdpgfx: %v: cacheSlot: %d bytes besides %d are more than the cache has", cmd, n, c.bytes)
	}
	c.slots[slot] = size
	c.bytes += n
	return nil
}

// evict empties a slot and reports whether anything was in it.
func (c *cache) evict(slot uint16) bool {
	size, ok := c.slots[slot]
	c.bytes -= bytesOf(size.X, size.Y)
	delete(c.slots, slot)
	return ok
}

func (c *Client) surfaceToCache(p SurfaceToCache) error {
	s, err := c.surface(p.Command(), "surfaceId", p.SurfaceID)
	if err != nil {
		return err
	}
	if err := within(p.Command(), "rectSrc", p.Rect, s); err != nil {
		return err
	}
	if p.Rect.Empty() {
		return fmt.Errorf("rdpgfx: %v: rectSrc: %v is empty", p.Command(), p.Rect)
	}
	if err := c.cache.put(p.Command(), p.Slot, p.Rect.Size()); err != nil {
		return err
	}
	c.emit(p)
	return nil
}

func (c *Client) cacheToSurface(p CacheToSurface) error {
	size, ok := c.cache.slots[p.Slot]
	if !ok {
		return fmt.Errorf("rdpgfx: %v: cacheSlot: %d is empty", p.Command(), p.Slot)
	}
	if err := c.paste(p.Command(), "surfaceId", p.SurfaceID, size, p.Points); err != nil {
		return err
	}
	c.emit(p)
	return nil
}

// OfferCache appends an offer of pictures that were kept from another session, the most
// useful first (section 3.3.5.16). It is made once, after the capabilities are confirmed; the
// server answers with [Imported] for those that it takes.
func (c *Client) OfferCache(out []byte, pictures []KeptPicture) ([]byte, error) {
	if c.phase != phaseConfirmed || c.cache.offered != nil {
		return out, errors.New("rdpgfx: a cache is offered once, with capabilities confirmed")
	}
	var offer CacheImportOffer
	for _, k := range pictures[:min(len(pictures), maxImport)] {
		if k.Width < 1 || k.Width > MaxSide || k.Height < 1 || k.Height > MaxSide {
			return out, fmt.Errorf("rdpgfx: a picture of %dx%d pixels for the cache", k.Width, k.Height)
		}
		offer.Entries = append(offer.Entries, CacheEntry{Key: k.Key, Length: uint32(bytesOf(k.Width, k.Height))})
	}
	c.cache.offered = append(make([]KeptPicture, 0, len(offer.Entries)), pictures[:len(offer.Entries)]...)
	return Append(out, offer), nil
}

func (c *Client) imported(p CacheImportReply) error {
	if len(p.Slots) > len(c.cache.offered) {
		return fmt.Errorf("rdpgfx: %v: importedEntriesCount: %d of %d that were offered", p.Command(), len(p.Slots), len(c.cache.offered))
	}
	for i, slot := range p.Slots {
		k := c.cache.offered[i]
		if err := c.cache.put(p.Command(), slot, image.Pt(k.Width, k.Height)); err != nil {
			return err
		}
		c.emit(Imported{Slot: slot, Picture: k})
	}
	c.cache.offered = c.cache.offered[:0]
	return nil
}
