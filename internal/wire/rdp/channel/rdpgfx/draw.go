// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"image"
	"image/color"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// SolidFill is RDPGFX_SOLIDFILL_PDU (section 2.2.2.4).
type SolidFill struct {
	SurfaceID uint16
	// Color is RDPGFX_COLOR32 (section 2.2.1.3). Its A means nothing on surfaces without
	// alpha, and the components are not multiplied by it.
	Color color.NRGBA
	Rects []image.Rectangle
}

// Command implements PDU.
func (SolidFill) Command() Command { return CmdSolidFill }

func readSolidFill(r *field.Reader) PDU {
	p := SolidFill{SurfaceID: r.U16("surfaceId")}
	p.Color.B, p.Color.G, p.Color.R, p.Color.A = r.U8("fillPixel"), r.U8("fillPixel"), r.U8("fillPixel"), r.U8("fillPixel")
	n := int(r.U16("fillRectCount"))
	if enough(r, "fillRectCount", n, 8) {
		p.Rects = make([]image.Rectangle, n)
		for i := range p.Rects {
			p.Rects[i] = readRect(r, "fillRects")
		}
	}
	return p
}

func (p SolidFill) appendBody(b []byte) []byte {
	b = append(appendU16s(b, p.SurfaceID), p.Color.B, p.Color.G, p.Color.R, p.Color.A)
	b = appendU16s(b, uint16(len(p.Rects)))
	for _, rect := range p.Rects {
		b = appendRect(b, rect)
	}
	return b
}

// SurfaceToSurface is RDPGFX_SURFACE_TO_SURFACE_PDU (section 2.2.2.5). Where both surfaces
// are one, source and target may overlap; each copy is of what the ones before it left.
type SurfaceToSurface struct {
	Source, Destination uint16
	Rect                image.Rectangle
	Points              []image.Point
}

// Command implements PDU.
func (SurfaceToSurface) Command() Command { return CmdSurfaceToSurface }

func readSurfaceToSurface(r *field.Reader) PDU {
	return SurfaceToSurface{
		Source: r.U16("surfaceIdSrc"), Destination: r.U16("surfaceIdDest"), Rect: readRect(r, "rectSrc"), Points: readPoints(r),
	}
}

func (p SurfaceToSurface) appendBody(b []byte) []byte {
	return appendPoints(appendRect(appendU16s(b, p.Source, p.Destination), p.Rect), p.Points)
}

// SurfaceToCache is RDPGFX_SURFACE_TO_CACHE_PDU (section 2.2.2.6). A slot that is in use
// gets the new picture.
type SurfaceToCache struct {
	SurfaceID uint16
	// Key identifies the picture across sessions, for clients that keep their cache.
	Key  uint64
	Slot uint16
	Rect image.Rectangle
}

// Command implements PDU.
func (SurfaceToCache) Command() Command { return CmdSurfaceToCache }

func readSurfaceToCache(r *field.Reader) PDU {
	return SurfaceToCache{SurfaceID: r.U16("surfaceId"), Key: r.U64("cacheKey"), Slot: r.U16("cacheSlot"), Rect: readRect(r, "rectSrc")}
}

func (p SurfaceToCache) appendBody(b []byte) []byte {
	b = appendU32s(appendU16s(b, p.SurfaceID), uint32(p.Key), uint32(p.Key>>32))
	return appendRect(appendU16s(b, p.Slot), p.Rect)
}

// CacheToSurface is RDPGFX_CACHE_TO_SURFACE_PDU (section 2.2.2.7).
type CacheToSurface struct {
	Slot      uint16
	SurfaceID uint16
	Points    []image.Point
}

// Command implements PDU.
func (CacheToSurface) Command() Command { return CmdCacheToSurface }

func readCacheToSurface(r *field.Reader) PDU {
	return CacheToSurface{Slot: r.U16("cacheSlot"), SurfaceID: r.U16("surfaceId"), Points: readPoints(r)}
}

func (p CacheToSurface) appendBody(b []byte) []byte {
	return appendPoints(appendU16s(b, p.Slot, p.SurfaceID), p.Points)
}

// EvictCacheEntry is RDPGFX_EVICT_CACHE_ENTRY_PDU (section 2.2.2.8).
type EvictCacheEntry struct{ Slot uint16 }

// Command implements PDU.
func (EvictCacheEntry) Command() Command { return CmdEvictCacheEntry }

func readEvictCacheEntry(r *field.Reader) PDU { return EvictCacheEntry{Slot: r.U16("cacheSlot")} }

func (p EvictCacheEntry) appendBody(b []byte) []byte { return appendU16s(b, p.Slot) }
