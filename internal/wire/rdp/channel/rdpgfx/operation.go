// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/codec/avc"
)

// Operation is something to be done: one of the PDUs of the server, or [Video] or [Imported].
// All that they name exists, and all rectangles lie within it:
//
//	CapsConfirm                            the channel begins, or begins anew
//	ResetGraphics                          the desktop's size and monitors
//	CreateSurface, DeleteSurface           a surface comes or goes, with all its contexts
//	MapSurfaceTo…                          where a surface is shown; the last one holds
//	StartFrame, EndFrame                   what lies between is shown at once
//	SolidFill, SurfaceToSurface            drawing without codecs
//	SurfaceToCache, CacheToSurface         the cache takes or gives a picture
//	EvictCacheEntry, Imported              a slot gets empty, or has a picture kept earlier
//	WireToSurface1                         decode Data by Codec into Rect of a surface
//	WireToSurface2, DeleteEncodingContext  the same for progressive, whose rectangles are in Data
//	Video                                  H.264 for regions of a surface
type Operation interface{ operation() }

func (CapsConfirm) operation()              {}
func (ResetGraphics) operation()            {}
func (CreateSurface) operation()            {}
func (DeleteSurface) operation()            {}
func (MapSurfaceToOutput) operation()       {}
func (MapSurfaceToScaledOutput) operation() {}
func (MapSurfaceToWindow) operation()       {}
func (MapSurfaceToScaledWindow) operation() {}
func (StartFrame) operation()               {}
func (EndFrame) operation()                 {}
func (SolidFill) operation()                {}
func (SurfaceToSurface) operation()         {}
func (SurfaceToCache) operation()           {}
func (CacheToSurface) operation()           {}
func (EvictCacheEntry) operation()          {}
func (Imported) operation()                 {}
func (WireToSurface1) operation()           {}
func (WireToSurface2) operation()           {}
func (DeleteEncodingContext) operation()    {}
func (Video) operation()                    {}

// Video is a WireToSurface1 with H.264. The decoded picture begins at the upper left corner of
// the surface, and its regions are painted to the same places of the surface.
type Video struct {
	SurfaceID uint16
	Codec     Codec
	Rect      image.Rectangle
	// LC says which views there are of AVC444 and AVC444v2; it is avc.LumaOnly for AVC420.
	LC avc.LC
	// First has the picture of AVC420 or the first view, Second the other view if there are
	// both. One decoder takes both streams in turn.
	First, Second avc.Bitmap420
}

// Imported says that a picture that was offered to the server is now in a slot.
type Imported struct {
	Slot    uint16
	Picture KeptPicture
}

// KeptPicture is a picture that the caller has kept from another session.
type KeptPicture struct {
	Key           uint64
	Width, Height int
}
