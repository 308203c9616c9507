// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
)

// CreateSurface is RDPGFX_CREATE_SURFACE_PDU (section 2.2.2.9). The new surface is black, and
// shown nowhere until it is mapped.
type CreateSurface struct {
	SurfaceID     uint16
	Width, Height uint16
	Format        PixelFormat
}

// Command implements PDU.
func (CreateSurface) Command() Command { return CmdCreateSurface }

func readCreateSurface(r *field.Reader) PDU {
	return CreateSurface{SurfaceID: r.U16("surfaceId"), Width: r.U16("width"), Height: r.U16("height"), Format: readFormat(r)}
}

func (p CreateSurface) appendBody(b []byte) []byte {
	return append(appendU16s(b, p.SurfaceID, p.Width, p.Height), byte(p.Format))
}

// DeleteSurface is RDPGFX_DELETE_SURFACE_PDU (section 2.2.2.10).
type DeleteSurface struct{ SurfaceID uint16 }

// Command implements PDU.
func (DeleteSurface) Command() Command { return CmdDeleteSurface }

func readDeleteSurface(r *field.Reader) PDU { return DeleteSurface{SurfaceID: r.U16("surfaceId")} }

func (p DeleteSurface) appendBody(b []byte) []byte { return appendU16s(b, p.SurfaceID) }

// resetGraphicsSize is the size of every reset graphics PDU, without its header.
const resetGraphicsSize = 340 - headerSize

// ResetGraphics is RDPGFX_RESET_GRAPHICS_PDU (section 2.2.2.14): the size of the desktop and
// where its monitors are. Surfaces and cache stay as they are.
type ResetGraphics struct {
	Width, Height uint32
	Monitors      []gcc.Monitor
}

// Command implements PDU.
func (ResetGraphics) Command() Command { return CmdResetGraphics }

func readResetGraphics(r *field.Reader) PDU {
	p := ResetGraphics{Width: r.U32("width"), Height: r.U32("height")}
	for range r.Length("monitorCount", gcc.MaxMonitors) {
		m := gcc.ReadMonitor(r)
		if r.Err() != nil {
			break
		}
		p.Monitors = append(p.Monitors, m)
	}
	r.Skip("pad", resetGraphicsSize-r.Offset())
	return p
}

func (p ResetGraphics) appendBody(b []byte) []byte {
	start := len(b)
	b = appendU32s(b, p.Width, p.Height, uint32(len(p.Monitors)))
	for _, m := range p.Monitors {
		b = m.Append(b)
	}
	return append(b, make([]byte, start+resetGraphicsSize-len(b))...)
}

// MapSurfaceToOutput is RDPGFX_MAP_SURFACE_TO_OUTPUT_PDU (section 2.2.2.15): the surface is
// shown with its upper left corner at X, Y of the desktop, as if it had no alpha: Windows maps
// surfaces with alpha that are transparent.
type MapSurfaceToOutput struct {
	SurfaceID uint16
	X, Y      uint32
}

// Command implements PDU.
func (MapSurfaceToOutput) Command() Command { return CmdMapSurfaceToOutput }

func readMapSurfaceToOutput(r *field.Reader) PDU {
	p := MapSurfaceToOutput{SurfaceID: r.U16("surfaceId")}
	r.Skip("reserved", 2)
	p.X, p.Y = r.U32("outputOriginX"), r.U32("outputOriginY")
	return p
}

func (p MapSurfaceToOutput) appendBody(b []byte) []byte {
	return appendU32s(appendU16s(b, p.SurfaceID, 0), p.X, p.Y)
}

// MapSurfaceToScaledOutput is RDPGFX_MAP_SURFACE_TO_SCALED_OUTPUT_PDU (section 2.2.2.22): the
// surface is shown at another size than its own.
type MapSurfaceToScaledOutput struct {
	SurfaceID                 uint16
	X, Y                      uint32
	TargetWidth, TargetHeight uint32
}

// Command implements PDU.
func (MapSurfaceToScaledOutput) Command() Command { return CmdMapSurfaceToScaledOutput }

func readMapSurfaceToScaledOutput(r *field.Reader) PDU {
	p := MapSurfaceToScaledOutput{SurfaceID: r.U16("surfaceId")}
	r.Skip("reserved", 2)
	p.X, p.Y = r.U32("outputOriginX"), r.U32("outputOriginY")
	p.TargetWidth, p.TargetHeight = r.U32("targetWidth"), r.U32("targetHeight")
	return p
}

func (p MapSurfaceToScaledOutput) appendBody(b []byte) []byte {
	return appendU32s(appendU16s(b, p.SurfaceID, 0), p.X, p.Y, p.TargetWidth, p.TargetHeight)
}

// MapSurfaceToWindow is RDPGFX_MAP_SURFACE_TO_WINDOW_PDU (section 2.2.2.20), of remote
// applications: that part of the surface is a window's picture.
type MapSurfaceToWindow struct {
	SurfaceID                 uint16
	WindowID                  uint64
	MappedWidth, MappedHeight uint32
}

// Command implements PDU.
func (MapSurfaceToWindow) Command() Command { return CmdMapSurfaceToWindow }

func readMapSurfaceToWindow(r *field.Reader) PDU {
	return MapSurfaceToWindow{
		SurfaceID: r.U16("surfaceId"), WindowID: r.U64("windowId"), MappedWidth: r.U32("mappedWidth"), MappedHeight: r.U32("mappedHeight"),
	}
}

func (p MapSurfaceToWindow) appendBody(b []byte) []byte {
	return appendU32s(appendU16s(b, p.SurfaceID), uint32(p.WindowID), uint32(p.WindowID>>32), p.MappedWidth, p.MappedHeight)
}

// MapSurfaceToScaledWindow is RDPGFX_MAP_SURFACE_TO_SCALED_WINDOW_PDU (section 2.2.2.23).
type MapSurfaceToScaledWindow struct {
	SurfaceID                 uint16
	WindowID                  uint64
	MappedWidth, MappedHeight uint32
	TargetWidth, TargetHeight uint32
}

// Command implements PDU.
func (MapSurfaceToScaledWindow) Command() Command { return CmdMapSurfaceToScaledWindow }

func readMapSurfaceToScaledWindow(r *field.Reader) PDU {
	return MapSurfaceToScaledWindow{
		SurfaceID: r.U16("surfaceId"), WindowID: r.U64("windowId"), MappedWidth: r.U32("mappedWidth"), MappedHeight: r.U32("mappedHeight"),
		TargetWidth: r.U32("targetWidth"), TargetHeight: r.U32("targetHeight"),
	}
}

func (p MapSurfaceToScaledWindow) appendBody(b []byte) []byte {
	b = appendU32s(appendU16s(b, p.SurfaceID), uint32(p.WindowID), uint32(p.WindowID>>32))
	return appendU32s(b, p.MappedWidth, p.MappedHeight, p.TargetWidth, p.TargetHeight)
}
