// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Rectangle is TS_RECTANGLE16 (section 2.2.11.1): Right and Bottom are inclusive.
type Rectangle struct {
	Left, Top, Right, Bottom uint16
}

func readRectangle(r *field.Reader) Rectangle {
	return Rectangle{Left: r.U16("left"), Top: r.U16("top"), Right: r.U16("right"), Bottom: r.U16("bottom")}
}

func (q Rectangle) append(b []byte) []byte {
	for _, v := range []uint16{q.Left, q.Top, q.Right, q.Bottom} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// RefreshRect is the refresh rect PDU (section 2.2.11.2): the server shall send these areas
// again.
type RefreshRect struct {
	Areas []Rectangle
}

// MaxRefreshAreas is the most areas of one PDU.
const MaxRefreshAreas = 255

// ParseRefreshRect reads the data of a share data PDU.
func ParseRefreshRect(b []byte) (RefreshRect, error) {
	var p RefreshRect
	r := field.NewReader("pdu: refresh rect", b)
	n := r.U8("numberOfAreas")
	r.Skip("pad3Octets", 3)
	for range n {
		p.Areas = append(p.Areas, readRectangle(r))
	}
	return p, r.Err()
}

// Append appends the data; areas beyond MaxRefreshAreas are left out.
func (p RefreshRect) Append(b []byte) []byte {
	areas := p.Areas[:min(len(p.Areas), MaxRefreshAreas)]
	b = append(b, byte(len(areas)), 0, 0, 0)
	for _, area := range areas {
		b = area.append(b)
	}
	return b
}

// SuppressOutput is the suppress output PDU (section 2.2.11.3). A nil Desktop stops display
// updates, and one set allows them.
type SuppressOutput struct {
	Desktop *Rectangle
}

// ParseSuppressOutput reads the data of a share data PDU.
func ParseSuppressOutput(b []byte) (SuppressOutput, error) {
	var p SuppressOutput
	r := field.NewReader("pdu: suppress output", b)
	allow := r.U8("allowDisplayUpdates")
	r.Skip("pad3Octets", 3)
	if allow != 0 {
		area := readRectangle(r)
		p.Desktop = &area
	}
	return p, r.Err()
}

// Append appends the data.
func (p SuppressOutput) Append(b []byte) []byte {
	if p.Desktop == nil {
		return append(b, 0, 0, 0, 0)
	}
	return p.Desktop.append(append(b, 1, 0, 0, 0))
}

// FrameAcknowledge is the frame acknowledge PDU ([MS-RDPRFX], section 2.2.3.1).
type FrameAcknowledge struct {
	FrameID uint32
}

// ParseFrameAcknowledge reads the data of a share data PDU.
func ParseFrameAcknowledge(b []byte) (FrameAcknowledge, error) {
	r := field.NewReader("pdu: frame acknowledge", b)
	return FrameAcknowledge{FrameID: r.U32("frameID")}, r.Err()
}

// Append appends the data.
func (p FrameAcknowledge) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, p.FrameID)
}
