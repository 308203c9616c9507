// SPDX-License-Identifier: Apache-2.0

package rdpei

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// PenFlags are the buttons of a pen (section 2.2.3.7.1.1).
type PenFlags uint32

// Flags of a pen.
const (
	PenBarrel PenFlags = 1 << iota
	PenEraser
	PenInverted
)

// Bits of fieldsPresent of a pen contact.
const (
	penHasFlags    = 0x0001
	penHasPressure = 0x0002
	penHasRotation = 0x0004
	penHasTiltX    = 0x0008
	penHasTiltY    = 0x0010
)

// Pen is RDPINPUT_PEN_CONTACT (section 2.2.3.7.1.1). Fields that are nil are absent.
type Pen struct {
	Device uint8
	X, Y   int32
	// Flags are as those of a touch contact.
	Flags Flags
	Pen   *PenFlags
	// Pressure is 0 to 1024, Rotation 0 to 359 degrees, a tilt -90 to 90 degrees.
	Pressure     *uint32
	Rotation     *uint16
	TiltX, TiltY *int16
}

// PenFrame is RDPINPUT_PEN_FRAME (section 2.2.3.7.1).
type PenFrame struct {
	// Offset is as that of a touch frame.
	Offset uint64
	Pens   []Pen
}

// PenEvent is RDPINPUT_PEN_EVENT_PDU (section 2.2.3.7).
type PenEvent struct {
	EncodeTime uint32
	Frames     []PenFrame
}

// ParsePenEvent reads the PDU.
func ParsePenEvent(b []byte) (PenEvent, error) {
	r := begin("rdpei: pen event", eventPen, b)
	e := PenEvent{EncodeTime: uint32(fourUnsigned.read(r, "encodeTime"))}
	for range twoUnsigned.read(r, "frameCount") {
		n := contactCount(r)
		f := PenFrame{Offset: uint64(eightUnsigned.read(r, "frameOffset"))}
		for range n {
			if r.Err() != nil {
				return PenEvent{}, r.Err()
			}
			f.Pens = append(f.Pens, readPen(r))
		}
		if r.Err() != nil {
			return PenEvent{}, r.Err()
		}
		e.Frames = append(e.Frames, f)
	}
	return e, r.Err()
}

func readPen(r *field.Reader) Pen {
	p := Pen{Device: r.U8("deviceId")}
	present := twoUnsigned.read(r, "fieldsPresent")
	p.X, p.Y = int32(fourSigned.read(r, "x")), int32(fourSigned.read(r, "y"))
	p.Flags = Flags(fourUnsigned.read(r, "contactFlags"))
	if flags := optional(r, present&penHasFlags != 0, "penFlags"); flags != nil {
		p.Pen = (*PenFlags)(flags)
	}
	p.Pressure = optional(r, present&penHasPressure != 0, "pressure")
	if present&penHasRotation != 0 {
		v := uint16(twoUnsigned.read(r, "rotation"))
		p.Rotation = &v
	}
	if present&penHasTiltX != 0 {
		v := int16(twoSigned.read(r, "tiltX"))
		p.TiltX = &v
	}
	if present&penHasTiltY != 0 {
		v := int16(twoSigned.read(r, "tiltY"))
		p.TiltY = &v
	}
	return p
}

// Append appends the PDU.
func (e PenEvent) Append(b []byte) []byte {
	return message(b, eventPen, func(b []byte) []byte {
		b = fourUnsigned.append(b, int64(e.EncodeTime))
		b = twoUnsigned.append(b, int64(len(e.Frames)))
		for _, f := range e.Frames {
			b = twoUnsigned.append(b, int64(len(f.Pens)))
			b = eightUnsigned.append(b, int64(min(f.Offset, uint64(eightUnsigned.limit()))))
			for _, p := range f.Pens {
				b = p.append(b)
			}
		}
		return b
	})
}

// append writes the optional fields after a place for the bits that say which are there:
// these fit into one byte.
func (p Pen) append(b []byte) []byte {
	b = append(b, p.Device, 0)
	present := len(b) - 1
	b = fourSigned.append(fourSigned.append(b, int64(p.X)), int64(p.Y))
	b = fourUnsigned.append(b, int64(p.Flags))
	if p.Pen != nil {
		b[present] |= penHasFlags
		b = fourUnsigned.append(b, int64(*p.Pen))
	}
	if p.Pressure != nil {
		b[present] |= penHasPressure
		b = fourUnsigned.append(b, int64(*p.Pressure))
	}
	if p.Rotation != nil {
		b[present] |= penHasRotation
		b = twoUnsigned.append(b, int64(*p.Rotation))
	}
	if p.TiltX != nil {
		b[present] |= penHasTiltX
		b = twoSigned.append(b, int64(*p.TiltX))
	}
	if p.TiltY != nil {
		b[present] |= penHasTiltY
		b = twoSigned.append(b, int64(*p.TiltY))
	}
	return b
}
