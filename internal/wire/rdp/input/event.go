// SPDX-License-Identifier: Apache-2.0

package input

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Kind is the kind of an event.
type Kind uint8

// The kinds, with the codes of the fast path.
const (
	Scancode      Kind = 0
	Mouse         Kind = 1
	ExtendedMouse Kind = 2
	Synchronize   Kind = 3
	Unicode       Kind = 4
	RelativeMouse Kind = 5
	QoETimestamp  Kind = 6
)

// KeyFlags are those of Scancode and Unicode events, in the values of the fast path.
type KeyFlags uint8

// The key flags (section 2.2.8.1.2.2.1).
const (
	KeyRelease   KeyFlags = 1
	KeyExtended  KeyFlags = 2 // E0 before the scancode
	KeyExtended1 KeyFlags = 4 // E1 before the scancode
)

// PointerFlags are those of Mouse events (section 2.2.8.1.1.3.1.1.3).
type PointerFlags uint16

// The pointer flags. The low nine bits are the wheel's turn.
const (
	PointerHWheel  PointerFlags = 0x0400
	PointerWheel   PointerFlags = 0x0200
	PointerMove    PointerFlags = 0x0800
	PointerDown    PointerFlags = 0x8000
	PointerButton1 PointerFlags = 0x1000 // left
	PointerButton2 PointerFlags = 0x2000 // right
	PointerButton3 PointerFlags = 0x4000 // middle
	// Of ExtendedMouse and RelativeMouse events.
	PointerXDown    PointerFlags = 0x8000
	PointerXButton1 PointerFlags = 0x0001
	PointerXButton2 PointerFlags = 0x0002

	wheelMask = 0x01FF
)

// WheelNotch is the turn of one notch.
const WheelNotch = 120

// maxTurn is the largest turn of one event: nine bits in two's complement.
const maxTurn = 255

// Event is one action of the user.
type Event struct {
	Kind Kind
	// Keys are the flags of Scancode and Unicode events, or the lock keys of Synchronize, as
	// pdu.LockScroll and its kin.
	Keys KeyFlags
	// Code is the scancode, or the UTF-16 unit of a Unicode event.
	Code uint16
	// Pointer, X and Y are those of mouse events; relative ones have signed deltas.
	Pointer PointerFlags
	X, Y    uint16
	// Timestamp is that of QoETimestamp, in milliseconds.
	Timestamp uint32
}

// Wheel returns the events of a turn of the wheel, upwards or, of the horizontal one, to the
// right if positive.
func Wheel(turn int, horizontal bool, x, y uint16) []Event {
	flag := PointerWheel
	if horizontal {
		flag = PointerHWheel
	}
	var events []Event
	for turn != 0 {
		step := min(max(turn, -maxTurn), maxTurn)
		turn -= step
		events = append(events, Event{Kind: Mouse, Pointer: flag | PointerFlags(step)&wheelMask, X: x, Y: y})
	}
	return events
}

// Turn returns the turn of a wheel event.
func (e Event) Turn() int {
	turn := int(e.Pointer & wheelMask)
	if turn > maxTurn {
		turn -= wheelMask + 1
	}
	return turn
}

// isMove says that the event moves the pointer and does nothing else.
func (e Event) isMove() bool { return e.Kind == Mouse && e.Pointer == PointerMove }

// Coalesce appends e to the events that wait to be sent. A move takes the place of a move
// right before it; buttons, wheels and keys never disappear, and nothing changes its order.
func Coalesce(events []Event, e Event) []Event {
	if n := len(events); n > 0 && e.isMove() && events[n-1].isMove() {
		events[n-1] = e
		return events
	}
	return append(events, e)
}

// MaxFast is the most events of one fast-path PDU whose number fits its header.
const MaxFast = 15

// AppendFast appends events in the form of the fast path.
func AppendFast(b []byte, events ...Event) []byte {
	le := binary.LittleEndian
	for _, e := range events {
		b = append(b, byte(e.Kind)<<5|byte(e.Keys)&0x1F)
		switch e.Kind {
		case Scancode:
			b = append(b, byte(e.Code))
		case Unicode:
			b = le.AppendUint16(b, e.Code)
		case QoETimestamp:
			b = le.AppendUint32(b, e.Timestamp)
		case Mouse, ExtendedMouse, RelativeMouse:
			b = le.AppendUint16(le.AppendUint16(le.AppendUint16(b, uint16(e.Pointer)), e.X), e.Y)
		}
	}
	return b
}

// ParseFast reads the events of a fast-path PDU: number is that of the header, and 0 says
// that it comes first in the data.
func ParseFast(number uint8, data []byte) ([]Event, error) {
	var events []Event
	r := field.NewReader("input: fast-path events", data)
	if number == 0 {
		number = r.U8("numEvents")
	}
	for range number {
		header := r.U8("eventHeader")
		e := Event{Kind: Kind(header >> 5), Keys: KeyFlags(header & 0x1F)}
		switch e.Kind {
		case Scancode:
			e.Code = uint16(r.U8("keyCode"))
		case Unicode:
			e.Code = r.U16("unicodeCode")
		case QoETimestamp:
			e.Timestamp = r.U32("timestamp")
		case Mouse, ExtendedMouse, RelativeMouse:
			e.Pointer, e.X, e.Y = PointerFlags(r.U16("pointerFlags")), r.U16("xPos"), r.U16("yPos")
		case Synchronize:
		default:
			r.Fail("eventHeader", "event %d is unknown", e.Kind)
		}
		events = append(events, e)
	}
	r.End("events")
	return events, r.Err()
}

// Message types of the slow path (section 2.2.8.1.1.3.1.1).
const (
	messageSync          = 0x0000
	messageScancode      = 0x0004
	messageUnicode       = 0x0005
	messageMouse         = 0x8001
	messageExtendedMouse = 0x8002
	messageRelativeMouse = 0x8004

	slowRelease   = 0x8000
	slowDown      = 0x4000
	slowExtended  = 0x0100
	slowExtended1 = 0x0200
	maxSlow       = 256
)

var slowTypes = map[Kind]uint16{
	Scancode: messageScancode, Unicode: messageUnicode, Mouse: messageMouse, ExtendedMouse: messageExtendedMouse,
	RelativeMouse: messageRelativeMouse, Synchronize: messageSync,
}

// AppendSlow appends the data of a share data PDU of type pdu.DataInput. QoE timestamps are
// left out: the slow path has none.
func AppendSlow(b []byte, events ...Event) []byte {
	le, start, n := binary.LittleEndian, len(b), uint16(0)
	b = append(b, 0, 0, 0, 0)
	for _, e := range events {
		t, ok := slowTypes[e.Kind]
		if !ok {
			continue
		}
		n++
		b = le.AppendUint16(le.AppendUint32(b, 0), t)
		switch e.Kind {
		case Scancode, Unicode:
			b = le.AppendUint16(le.AppendUint16(le.AppendUint16(b, slowKeyFlags(e)), e.Code), 0)
		case Synchronize:
			b = le.AppendUint32(append(b, 0, 0), uint32(e.Keys))
		default:
			b = le.AppendUint16(le.AppendUint16(le.AppendUint16(b, uint16(e.Pointer)), e.X), e.Y)
		}
	}
	le.PutUint16(b[start:], n)
	return b
}

func slowKeyFlags(e Event) uint16 {
	var flags uint16
	if e.Keys&KeyRelease != 0 {
		flags |= slowRelease
		if e.Kind == Scancode {
			flags |= slowDown // it was down before
		}
	}
	if e.Keys&KeyExtended != 0 {
		flags |= slowExtended
	}
	if e.Keys&KeyExtended1 != 0 {
		flags |= slowExtended1
	}
	return flags
}

// ParseSlow reads the data of a share data PDU of type pdu.DataInput.
func ParseSlow(data []byte) ([]Event, error) {
	var events []Event
	r := field.NewReader("input: slow-path events", data)
	n := r.Length16("numEvents", maxSlow)
	r.Skip("pad2Octets", 2)
	for range n {
		r.Skip("eventTime", 4)
		e, ok := Event{}, false
		t := r.U16("messageType")
		for kind, value := range slowTypes {
			if value == t {
				e.Kind, ok = kind, true
			}
		}
		if !ok {
			r.Fail("messageType", "0x%04X is unknown", t)
		}
		switch e.Kind {
		case Scancode, Unicode:
			e.Keys = fastKeyFlags(r.U16("keyboardFlags"))
			e.Code = r.U16("keyCode")
			r.Skip("pad2Octets", 2)
		case Synchronize:
			r.Skip("pad2Octets", 2)
			e.Keys = KeyFlags(r.U32("toggleFlags")) & 0x1F
		default:
			e.Pointer, e.X, e.Y = PointerFlags(r.U16("pointerFlags")), r.U16("xPos"), r.U16("yPos")
		}
		events = append(events, e)
	}
	return events, r.Err()
}

func fastKeyFlags(flags uint16) KeyFlags {
	var keys KeyFlags
	if flags&slowRelease != 0 {
		keys |= KeyRelease
	}
	if flags&slowExtended != 0 {
		keys |= KeyExtended
	}
	if flags&slowExtended1 != 0 {
		keys |= KeyExtended1
	}
	return keys
}
