// SPDX-License-Identifier: Apache-2.0

package rdpei

import (
	"slices"
	"time"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// State is where a contact is (section 3.1.1.1).
type State uint8

// The states.
const (
	// OutOfRange is a contact that is gone.
	OutOfRange State = iota
	// Hovering is one near the surface.
	Hovering
	// Engaged is one on the surface.
	Engaged
	// Taken is a contact that is gone without having meant anything: what it touched is to
	// forget it.
	Taken
)

// Touch is a contact as the caller knows it.
type Touch struct {
	// ID is the caller's, and may be used again once the contact is gone.
	ID    int
	State State
	X, Y  int32
	// RadiusX and RadiusY are the extent of the contact, if known, and Angle, in degrees, is
	// how far it is turned against the clock.
	RadiusX, RadiusY int16
	Angle            uint16
	// Pressure is 1 to 1024, or 0 if not known.
	Pressure uint32
}

// EventKind says what happened.
type EventKind uint8

// The kinds of events.
const (
	// EventReady: touches can be sent.
	EventReady EventKind = iota + 1
	// EventSuspended: the server wants no touches for now, and all contacts are gone.
	EventSuspended
	// EventResumed: it wants them again.
	EventResumed
)

// Client is one channel.
type Client struct {
	// MaxContacts are the contacts that there are at once; DefaultContacts if zero. Further
	// ones are dropped.
	MaxContacts int
	// Visuals has the server draw where it is touched.
	Visuals bool

	ready     bool
	suspended bool
	// slots are the contacts, by the ID that the server knows; those that are not active are
	// OutOfRange.
	slots []slot
	last  time.Time
}

type slot struct {
	touch Touch
	flags Flags // what the next frame says; 0 if the contact is not in it
}

// Handle takes a message of the channel. It returns out with the answer appended, if there
// is one.
func (c *Client) Handle(b, out []byte) (answer []byte, event EventKind, err error) {
	r := field.NewReader("rdpei: message", b)
	id := r.U16("eventId")
	r.Expect("pduLength", uint64(r.U32("pduLength")), uint64(len(b)))
	switch {
	case r.Err() != nil:
	case id == eventServerReady:
		return c.serverReady(b, out)
	case id == eventSuspend:
		c.suspended = true
		c.slots = nil
		return out, EventSuspended, nil
	case id == eventResume:
		c.suspended = false
		return out, EventResumed, nil
	default:
		r.Fail("eventId", "0x%04X is unknown", id)
	}
	return out, 0, r.Err()
}

func (c *Client) serverReady(b, out []byte) ([]byte, EventKind, error) {
	s, err := ParseServerReady(b)
	if err != nil {
		return out, 0, err
	}
	c.ready, c.suspended, c.slots, c.last = true, false, nil, time.Time{}
	ours := ClientReady{Version: min(s.Version, Version300), MaxContacts: uint16(c.maxContacts())}
	if c.Visuals {
		ours.Flags = ReadyVisuals
	}
	return ours.Append(out), EventReady, nil
}

func (c *Client) maxContacts() int {
	if c.MaxContacts <= 0 {
		return DefaultContacts
	}
	return min(c.MaxContacts, MaxContacts)
}

// Frame takes the touches that have changed and returns out with the message of a frame
// appended: all contacts are in it. Of a touch that is twice among the changes, the last
// counts. Nothing is sent before the server is ready, while it has suspended touches, and if
// there is no contact.
func (c *Client) Frame(out []byte, now time.Time, changes ...Touch) []byte {
	if !c.ready || c.suspended {
		return out
	}
	for i := range c.slots {
		c.slots[i].flags = 0
	}
	for i, t := range changes {
		if !slices.ContainsFunc(changes[i+1:], func(later Touch) bool { return later.ID == t.ID }) {
			c.change(t)
		}
	}
	var frame Frame
	for i := range c.slots {
		s := &c.slots[i]
		if s.flags == 0 {
			s.flags = transition(s.touch.State, s.touch.State)
		}
		if s.flags != 0 {
			frame.Contacts = append(frame.Contacts, s.touch.contact(uint8(i), s.flags))
		}
	}
	if len(frame.Contacts) == 0 {
		return out
	}
	if !c.last.IsZero() {
		frame.Offset = uint64(max(now.Sub(c.last), 0) / time.Microsecond)
	}
	c.last = now
	return TouchEvent{Frames: []Frame{frame}}.Append(out)
}

// change takes a touch: it moves a contact, or makes one if there is a slot.
func (c *Client) change(t Touch) {
	i := slices.IndexFunc(c.slots, func(s slot) bool { return s.touch.State != OutOfRange && s.touch.ID == t.ID })
	gone := t.State != Hovering && t.State != Engaged
	if i < 0 && !gone {
		i = c.free()
	}
	if i < 0 {
		return
	}
	s := &c.slots[i]
	s.flags = transition(s.touch.State, t.State)
	if gone || s.touch.State == Engaged && t.State == Hovering {
		// Where it was lifted is where it was before.
		t.X, t.Y = s.touch.X, s.touch.Y
	}
	if gone {
		t.State = OutOfRange
	}
	s.touch = t
}

// free returns a slot for a contact, or -1.
func (c *Client) free() int {
	i := slices.IndexFunc(c.slots, func(s slot) bool { return s.touch.State == OutOfRange && s.flags == 0 })
	if i < 0 && len(c.slots) < c.maxContacts() {
		i = len(c.slots)
		c.slots = append(c.slots, slot{})
	}
	return i
}

// transition returns the flags of a contact that goes from one state to another, 0 if it is
// and stays gone.
func transition(from, to State) Flags {
	switch {
	case to == Engaged && from == Engaged:
		return Update | InRange | InContact
	case to == Engaged:
		return Down | InRange | InContact
	case to == Hovering && from == Engaged:
		return Up | InRange
	case to == Hovering:
		return Update | InRange
	case from == OutOfRange:
		return 0
	}
	flags := Update
	if from == Engaged {
		flags = Up
	}
	if to == Taken {
		flags |= Canceled
	}
	return flags
}

func (t Touch) contact(id uint8, flags Flags) Contact {
	c := Contact{ID: id, X: t.X, Y: t.Y, Flags: flags}
	if t.RadiusX > 0 && t.RadiusY > 0 {
		c.Rect = &Rect{Left: -t.RadiusX, Top: -t.RadiusY, Right: t.RadiusX, Bottom: t.RadiusY}
		angle := uint32(t.Angle % 360)
		c.Orientation = &angle
	}
	if t.Pressure > 0 {
		pressure := min(t.Pressure, 1024)
		c.Pressure = &pressure
	}
	return c
}

// Dismiss forgets a contact that hovers, without a frame. It returns out with a message
// appended if there is such a contact.
func (c *Client) Dismiss(out []byte, id int) []byte {
	for i := range c.slots {
		if s := &c.slots[i]; s.touch.State == Hovering && s.touch.ID == id {
			*s = slot{}
			return AppendDismiss(out, uint8(i))
		}
	}
	return out
}

// Active returns the number of contacts that hover or touch.
func (c *Client) Active() int {
	n := 0
	for _, s := range c.slots {
		if s.touch.State != OutOfRange {
			n++
		}
	}
	return n
}
