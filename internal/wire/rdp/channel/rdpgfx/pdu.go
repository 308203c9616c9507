// SPDX-License-Identifier: Apache-2.0

package rdpgfx

import (
	"encoding/binary"
	"image"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// headerSize is the size of RDPGFX_HEADER (section 2.2.1.5).
const headerSize = 8

// PDU is a message of either side.
type PDU interface {
	Command() Command
	// appendBody appends what follows the header.
	appendBody(b []byte) []byte
}

// Unknown is a PDU of a command that this package does not know.
type Unknown struct {
	Cmd  Command
	Body []byte
}

// Command implements PDU.
func (p Unknown) Command() Command { return p.Cmd }

func (p Unknown) appendBody(b []byte) []byte { return append(b, p.Body...) }

// prefix begins the name of each PDU in errors.
const prefix = "rdpgfx: "

type parser struct {
	name string // with the prefix
	read func(r *field.Reader) PDU
}

// parsers has the reader of each body.
var parsers = map[Command]parser{
	CmdWireToSurface1:           {prefix + "wire to surface 1", readWireToSurface1},
	CmdWireToSurface2:           {prefix + "wire to surface 2", readWireToSurface2},
	CmdDeleteEncodingContext:    {prefix + "delete encoding context", readDeleteEncodingContext},
	CmdSolidFill:                {prefix + "solid fill", readSolidFill},
	CmdSurfaceToSurface:         {prefix + "surface to surface", readSurfaceToSurface},
	CmdSurfaceToCache:           {prefix + "surface to cache", readSurfaceToCache},
	CmdCacheToSurface:           {prefix + "cache to surface", readCacheToSurface},
	CmdEvictCacheEntry:          {prefix + "evict cache entry", readEvictCacheEntry},
	CmdCreateSurface:            {prefix + "create surface", readCreateSurface},
	CmdDeleteSurface:            {prefix + "delete surface", readDeleteSurface},
	CmdStartFrame:               {prefix + "start frame", readStartFrame},
	CmdEndFrame:                 {prefix + "end frame", readEndFrame},
	CmdFrameAcknowledge:         {prefix + "frame acknowledge", readFrameAcknowledge},
	CmdResetGraphics:            {prefix + "reset graphics", readResetGraphics},
	CmdMapSurfaceToOutput:       {prefix + "map surface to output", readMapSurfaceToOutput},
	CmdCacheImportOffer:         {prefix + "cache import offer", readCacheImportOffer},
	CmdCacheImportReply:         {prefix + "cache import reply", readCacheImportReply},
	CmdCapsAdvertise:            {prefix + "capabilities advertise", readCapsAdvertise},
	CmdCapsConfirm:              {prefix + "capabilities confirm", readCapsConfirm},
	CmdMapSurfaceToWindow:       {prefix + "map surface to window", readMapSurfaceToWindow},
	CmdQoEFrameAcknowledge:      {prefix + "QoE frame acknowledge", readQoEFrameAcknowledge},
	CmdMapSurfaceToScaledOutput: {prefix + "map surface to scaled output", readMapSurfaceToScaledOutput},
	CmdMapSurfaceToScaledWindow: {prefix + "map surface to scaled window", readMapSurfaceToScaledWindow},
}

// ReadPDU reads the PDU that b begins with, and returns the rest. Slices of the PDU alias b.
func ReadPDU(b []byte) (p PDU, rest []byte, err error) {
	r := field.NewReader("rdpgfx: header", b)
	command := Command(r.U16("cmdId"))
	r.Skip("flags", 2)
	size := r.U32("pduLength")
	if r.Err() == nil && (size < headerSize || uint64(size) > uint64(len(b))) {
		r.Fail("pduLength", "%d of a PDU with %d bytes", size, len(b))
	}
	if r.Err() != nil {
		return nil, nil, r.Err()
	}
	body, rest := b[headerSize:size:size], b[size:]
	known, ok := parsers[command]
	if !ok {
		return Unknown{Cmd: command, Body: body}, rest, nil
	}
	r = field.NewReader(known.name, body)
	p = known.read(r)
	r.End("pduLength")
	return p, rest, r.Err()
}

// Append appends a PDU with its header.
func Append(b []byte, p PDU) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint16(b, uint16(p.Command()))
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = p.appendBody(b)
	binary.LittleEndian.PutUint32(b[start+4:], uint32(len(b)-start))
	return b
}

func appendU16s(b []byte, values ...uint16) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

func appendU32s(b []byte, values ...uint32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// readRect reads RDPGFX_RECT16 (section 2.2.1.2), whose right and bottom are exclusive. It
// may be empty, but not upside down.
func readRect(r *field.Reader, name string) image.Rectangle {
	var rect image.Rectangle
	rect.Min.X, rect.Min.Y = int(r.U16(name)), int(r.U16(name))
	rect.Max.X, rect.Max.Y = int(r.U16(name)), int(r.U16(name))
	if rect.Max.X < rect.Min.X || rect.Max.Y < rect.Min.Y {
		r.Fail(name, "%v is upside down", rect)
	}
	return rect
}

func appendRect(b []byte, r image.Rectangle) []byte {
	return appendU16s(b, uint16(r.Min.X), uint16(r.Min.Y), uint16(r.Max.X), uint16(r.Max.Y))
}

// readPoints reads a count and as many RDPGFX_POINT16 (section 2.2.1.1).
func readPoints(r *field.Reader) []image.Point {
	n := int(r.U16("destPtsCount"))
	if !enough(r, "destPtsCount", n, 4) {
		return nil
	}
	points := make([]image.Point, n)
	for i := range points {
		points[i] = image.Pt(int(r.U16("destPts")), int(r.U16("destPts")))
	}
	return points
}

func appendPoints(b []byte, points []image.Point) []byte {
	b = appendU16s(b, uint16(len(points)))
	for _, p := range points {
		b = appendU16s(b, uint16(p.X), uint16(p.Y))
	}
	return b
}

// enough reports whether n elements of the given size can follow, so that no count makes
// more memory than the bytes that came.
func enough(r *field.Reader, name string, n, size int) bool {
	if r.Err() == nil && n > r.Len()/size {
		r.Fail(name, "%d elements of %d bytes in %d bytes", n, size, r.Len())
	}
	return r.Err() == nil && n > 0
}
