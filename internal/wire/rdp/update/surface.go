// SPDX-License-Identifier: Apache-2.0

package update

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Surface commands (section 2.2.9.1.2.1.10.1).
const (
	commandSetSurfaceBits    = 1
	commandFrameMarker       = 4
	commandStreamSurfaceBits = 6

	frameBegin = 0
	frameEnd   = 1

	exHeaderPresent = 1
	exHeaderSize    = 24
)

// SurfaceBits is a set surface bits or stream surface bits command (sections 2.2.9.2.1 and
// 2.2.9.2.2) with its TS_BITMAP_DATA_EX.
type SurfaceBits struct {
	Stream bool
	// Left to Bottom is where it goes; Right and Bottom are exclusive.
	Left, Top, Right, Bottom uint16
	BitsPerPixel             uint8
	// CodecID is one of those that the client gave in its bitmap codecs, or 0 for raw pixels.
	CodecID       uint8
	Width, Height uint16
	// ExHeader is TS_COMPRESSED_BITMAP_HEADER_EX as it came; empty without one.
	ExHeader []byte
	Data     []byte
}

// FrameMarker is a frame marker command (section 2.2.9.2.3): the end of a frame is to be
// acknowledged.
type FrameMarker struct {
	End     bool
	FrameID uint32
}

// SurfaceHandler is told the commands of an update, in their order.
type SurfaceHandler interface {
	SurfaceBits(SurfaceBits) error
	FrameMarker(FrameMarker) error
}

// ParseSurfaceCommands reads a surface commands update. An error of the handler ends it.
func ParseSurfaceCommands(b []byte, h SurfaceHandler) error {
	r := field.NewReader("update: surface commands", b)
	for r.Len() > 0 {
		var err error
		switch t := r.U16("cmdType"); {
		case r.Err() != nil:
		case t == commandSetSurfaceBits || t == commandStreamSurfaceBits:
			bits := readSurfaceBits(r)
			bits.Stream = t == commandStreamSurfaceBits
			if r.Err() == nil {
				err = h.SurfaceBits(bits)
			}
		case t == commandFrameMarker:
			action := r.U16("frameAction")
			marker := FrameMarker{End: action == frameEnd, FrameID: r.U32("frameId")}
			if action > frameEnd {
				r.Fail("frameAction", "%d is unknown", action)
			}
			if r.Err() == nil {
				err = h.FrameMarker(marker)
			}
		default:
			r.Fail("cmdType", "%d is unknown", t)
		}
		if err != nil {
			return err
		}
	}
	return r.Err()
}

func readSurfaceBits(r *field.Reader) SurfaceBits {
	s := SurfaceBits{
		Left: r.U16("destLeft"), Top: r.U16("destTop"), Right: r.U16("destRight"), Bottom: r.U16("destBottom"), BitsPerPixel: r.U8("bpp"),
	}
	flags := r.U8("flags")
	r.Skip("reserved", 1)
	s.CodecID = r.U8("codecID")
	s.Width, s.Height = r.U16("width"), r.U16("height")
	n := int(min(r.U32("bitmapDataLength"), 1<<30))
	if flags&exHeaderPresent != 0 {
		s.ExHeader = r.Bytes("exBitmapDataHeader", exHeaderSize)
	}
	s.Data = r.Bytes("bitmapData", n)
	return s
}

// Append appends the command.
func (s SurfaceBits) Append(b []byte) []byte {
	le, command, flags := binary.LittleEndian, uint16(commandSetSurfaceBits), byte(0)
	if s.Stream {
		command = commandStreamSurfaceBits
	}
	if len(s.ExHeader) == exHeaderSize {
		flags = exHeaderPresent
	}
	for _, v := range []uint16{command, s.Left, s.Top, s.Right, s.Bottom} {
		b = le.AppendUint16(b, v)
	}
	b = append(b, s.BitsPerPixel, flags, 0, s.CodecID)
	b = le.AppendUint16(le.AppendUint16(b, s.Width), s.Height)
	b = le.AppendUint32(b, uint32(len(s.Data)))
	return append(append(b, s.ExHeader...), s.Data...)
}

// Append appends the command.
func (m FrameMarker) Append(b []byte) []byte {
	action := byte(frameBegin)
	if m.End {
		action = frameEnd
	}
	return binary.LittleEndian.AppendUint32(append(b, commandFrameMarker, 0, action, 0), m.FrameID)
}
