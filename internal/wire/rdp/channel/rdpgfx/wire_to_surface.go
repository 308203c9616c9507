// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// WireToSurface1 is RDPGFX_WIRE_TO_SURFACE_PDU_1 (section 2.2.2.1): a bitmap for a rectangle
// of a surface.
type WireToSurface1 struct {
	SurfaceID uint16
	Codec     Codec
	Format    PixelFormat
	Rect      image.Rectangle
	Data      []byte
}

// Command implements PDU.
func (WireToSurface1) Command() Command { return CmdWireToSurface1 }

func readWireToSurface1(r *field.Reader) PDU {
	p := WireToSurface1{SurfaceID: r.U16("surfaceId"), Codec: Codec(r.U16("codecId")), Format: readFormat(r)}
	p.Rect = readRect(r, "destRect")
	p.Data = readBitmapData(r)
	return p
}

func (p WireToSurface1) appendBody(b []byte) []byte {
	b = append(appendU16s(b, p.SurfaceID, uint16(p.Codec)), byte(p.Format))
	b = appendU32s(appendRect(b, p.Rect), uint32(len(p.Data)))
	return append(b, p.Data...)
}

// WireToSurface2 is RDPGFX_WIRE_TO_SURFACE_PDU_2 (section 2.2.2.2): a bitmap that is drawn by
// and by. Its rectangles are in Data.
type WireToSurface2 struct {
	SurfaceID uint16
	Codec     Codec
	ContextID uint32
	Format    PixelFormat
	Data      []byte
}

// Command implements PDU.
func (WireToSurface2) Command() Command { return CmdWireToSurface2 }

func readWireToSurface2(r *field.Reader) PDU {
	return WireToSurface2{
		SurfaceID: r.U16("surfaceId"), Codec: Codec(r.U16("codecId")), ContextID: r.U32("codecContextId"),
		Format: readFormat(r), Data: readBitmapData(r),
	}
}

func (p WireToSurface2) appendBody(b []byte) []byte {
	b = appendU32s(appendU16s(b, p.SurfaceID, uint16(p.Codec)), p.ContextID)
	b = appendU32s(append(b, byte(p.Format)), uint32(len(p.Data)))
	return append(b, p.Data...)
}

// DeleteEncodingContext is RDPGFX_DELETE_ENCODING_CONTEXT_PDU (section 2.2.2.3). The tiles
// of the surface stay as they are, and later difference tiles refer to them.
type DeleteEncodingContext struct {
	SurfaceID uint16
	ContextID uint32
}

// Command implements PDU.
func (DeleteEncodingContext) Command() Command { return CmdDeleteEncodingContext }

func readDeleteEncodingContext(r *field.Reader) PDU {
	return DeleteEncodingContext{SurfaceID: r.U16("surfaceId"), ContextID: r.U32("codecContextId")}
}

func (p DeleteEncodingContext) appendBody(b []byte) []byte {
	return appendU32s(appendU16s(b, p.SurfaceID), p.ContextID)
}

func readFormat(r *field.Reader) PixelFormat {
	f := PixelFormat(r.U8("pixelFormat"))
	if f != FormatXRGB && f != FormatARGB {
		r.Fail("pixelFormat", "0x%02X", uint8(f))
	}
	return f
}

func readBitmapData(r *field.Reader) []byte {
	return r.Bytes("bitmapData", r.Length("bitmapDataLength", max(r.Len()-4, 0)))
}
