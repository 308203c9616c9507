// SPDX-License-Identifier: Apache-2.0

package rdpei

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Flags say what becomes of a contact in a frame (section 2.2.3.3.1.1).
type Flags uint32

// Flags of a contact.
const (
	Down Flags = 1 << iota
	Update
	Up
	InRange
	InContact
	Canceled
)

// Valid reports whether flags are a combination that the specification has.
func (f Flags) Valid() bool {
	switch f {
	case Up, Up | Canceled, Update, Update | Canceled, Down | InRange | InContact, Update | InRange | InContact, Up | InRange, Update | InRange:
		return true
	}
	return false
}

// Bits of fieldsPresent of a touch contact.
const (
	hasRect        = 0x0001
	hasOrientation = 0x0002
	hasPressure    = 0x0004
)

// Rect is the extent of a contact around its position, before it is turned by the
// orientation.
type Rect struct{ Left, Top, Right, Bottom int16 }

// Contact is RDPINPUT_TOUCH_CONTACT (section 2.2.3.3.1.1).
type Contact struct {
	ID    uint8
	X, Y  int32
	Flags Flags
	// Rect, Orientation, 0 to 359 degrees, and Pressure, 0 to 1024, are absent if nil.
	Rect        *Rect
	Orientation *uint32
	Pressure    *uint32
}

// Frame is RDPINPUT_TOUCH_FRAME (section 2.2.3.3.1).
type Frame struct {
	// Offset is the time since the frame before, in microseconds; 0 in the first of all.
	Offset   uint64
	Contacts []Contact
}

// TouchEvent is RDPINPUT_TOUCH_EVENT_PDU (section 2.2.3.3).
type TouchEvent struct {
	// EncodeTime is how long the first frame has waited, in milliseconds.
	EncodeTime uint32
	Frames     []Frame
}

// ParseTouchEvent reads the PDU.
func ParseTouchEvent(b []byte) (TouchEvent, error) {
	r := begin("rdpei: touch event", eventTouch, b)
	e := TouchEvent{EncodeTime: uint32(fourUnsigned.read(r, "encodeTime"))}
	for range twoUnsigned.read(r, "frameCount") {
		n := contactCount(r)
		f := Frame{Offset: uint64(eightUnsigned.read(r, "frameOffset"))}
		for range n {
			if r.Err() != nil {
				return TouchEvent{}, r.Err()
			}
			f.Contacts = append(f.Contacts, readContact(r))
		}
		if r.Err() != nil {
			return TouchEvent{}, r.Err()
		}
		e.Frames = append(e.Frames, f)
	}
	return e, r.Err()
}

func contactCount(r *field.Reader) int64 {
	n := twoUnsigned.read(r, "contactCount")
	if n > MaxContacts {
		r.Fail("contactCount", "%d is above the limit of %d", n, MaxContacts)
		return 0
	}
	return n
}

func readContact(r *field.Reader) Contact {
	c := Contact{ID: r.U8("contactId")}
	present := twoUnsigned.read(r, "fieldsPresent")
	c.X, c.Y = int32(fourSigned.read(r, "x")), int32(fourSigned.read(r, "y"))
	c.Flags = Flags(fourUnsigned.read(r, "contactFlags"))
	if present&hasRect != 0 {
		c.Rect = &Rect{
			Left: int16(twoSigned.read(r, "contactRectLeft")), Top: int16(twoSigned.read(r, "contactRectTop")),
			Right: int16(twoSigned.read(r, "contactRectRight")), Bottom: int16(twoSigned.read(r, "contactRectBottom")),
		}
	}
	c.Orientation = optional(r, present&hasOrientation != 0, "orientation")
	c.Pressure = optional(r, present&hasPressure != 0, "pressure")
	return c
}

func optional(r *field.Reader, present bool, name string) *uint32 {
	if !present {
		return nil
	}
	v := uint32(fourUnsigned.read(r, name))
	return &v
}

// Append appends the PDU. Numbers beyond what their encodings take become the limit; frames
// have at most MaxContacts contacts.
func (e TouchEvent) Append(b []byte) []byte {
	return message(b, eventTouch, func(b []byte) []byte {
		b = fourUnsigned.append(b, int64(e.EncodeTime))
		b = twoUnsigned.append(b, int64(len(e.Frames)))
		for _, f := range e.Frames {
			b = f.append(b)
		}
		return b
	})
}

func (f Frame) append(b []byte) []byte {
	b = twoUnsigned.append(b, int64(len(f.Contacts)))
	b = eightUnsigned.append(b, int64(min(f.Offset, uint64(eightUnsigned.limit()))))
	for _, c := range f.Contacts {
		b = c.append(b)
	}
	return b
}

func (c Contact) append(b []byte) []byte {
	present := int64(0)
	if c.Rect != nil {
		present |= hasRect
	}
	if c.Orientation != nil {
		present |= hasOrientation
	}
	if c.Pressure != nil {
		present |= hasPressure
	}
	b = twoUnsigned.append(append(b, c.ID), present)
	b = fourSigned.append(fourSigned.append(b, int64(c.X)), int64(c.Y))
	b = fourUnsigned.append(b, int64(c.Flags))
	if c.Rect != nil {
		for _, v := range [...]int16{c.Rect.Left, c.Rect.Top, c.Rect.Right, c.Rect.Bottom} {
			b = twoSigned.append(b, int64(v))
		}
	}
	for _, v := range [...]*uint32{c.Orientation, c.Pressure} {
		if v != nil {
			b = fourUnsigned.append(b, int64(*v))
		}
	}
	return b
}
