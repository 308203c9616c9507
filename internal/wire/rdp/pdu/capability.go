// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// CapabilityType is the type of a capability set.
type CapabilityType uint16

// The capability sets (section 2.2.1.13.1.1.1).
const (
	CapabilityGeneral             CapabilityType = 1
	CapabilityBitmap              CapabilityType = 2
	CapabilityOrder               CapabilityType = 3
	CapabilityBitmapCache         CapabilityType = 4
	CapabilityControl             CapabilityType = 5
	CapabilityActivation          CapabilityType = 7
	CapabilityPointer             CapabilityType = 8
	CapabilityShare               CapabilityType = 9
	CapabilityColorCache          CapabilityType = 10
	CapabilitySound               CapabilityType = 12
	CapabilityInput               CapabilityType = 13
	CapabilityFont                CapabilityType = 14
	CapabilityBrush               CapabilityType = 15
	CapabilityGlyphCache          CapabilityType = 16
	CapabilityOffscreenCache      CapabilityType = 17
	CapabilityVirtualChannel      CapabilityType = 20
	CapabilityRemotePrograms      CapabilityType = 23
	CapabilityWindowList          CapabilityType = 24
	CapabilityMultifragmentUpdate CapabilityType = 26
	CapabilityLargePointer        CapabilityType = 27
	CapabilitySurfaceCommands     CapabilityType = 28
	CapabilityBitmapCodecs        CapabilityType = 29
	CapabilityFrameAcknowledge    CapabilityType = 30
)

// CapabilitySet is one of the capability sets of this package, by pointer, or an
// [UnknownCapability].
type CapabilitySet interface {
	CapabilityType() CapabilityType
}

// UnknownCapability is a set that this package does not look into.
type UnknownCapability struct {
	Type CapabilityType
	Data []byte
}

// CapabilityType returns the type of the set.
func (c *UnknownCapability) CapabilityType() CapabilityType { return c.Type }

// newCapability makes the sets of fixed size.
var newCapability = map[CapabilityType]func() CapabilitySet{
	CapabilityGeneral:             func() CapabilitySet { return new(General) },
	CapabilityBitmap:              func() CapabilitySet { return new(Bitmap) },
	CapabilityOrder:               func() CapabilitySet { return new(Order) },
	CapabilityBitmapCache:         func() CapabilitySet { return new(BitmapCache) },
	CapabilityControl:             func() CapabilitySet { return new(ControlCapability) },
	CapabilityActivation:          func() CapabilitySet { return new(Activation) },
	CapabilityPointer:             func() CapabilitySet { return new(Pointer) },
	CapabilityShare:               func() CapabilitySet { return new(Share) },
	CapabilityColorCache:          func() CapabilitySet { return new(ColorCache) },
	CapabilitySound:               func() CapabilitySet { return new(Sound) },
	CapabilityInput:               func() CapabilitySet { return new(Input) },
	CapabilityFont:                func() CapabilitySet { return new(Font) },
	CapabilityBrush:               func() CapabilitySet { return new(Brush) },
	CapabilityGlyphCache:          func() CapabilitySet { return new(GlyphCache) },
	CapabilityOffscreenCache:      func() CapabilitySet { return new(OffscreenCache) },
	CapabilityVirtualChannel:      func() CapabilitySet { return new(VirtualChannel) },
	CapabilityRemotePrograms:      func() CapabilitySet { return new(RemotePrograms) },
	CapabilityWindowList:          func() CapabilitySet { return new(WindowList) },
	CapabilityMultifragmentUpdate: func() CapabilitySet { return new(MultifragmentUpdate) },
	CapabilityLargePointer:        func() CapabilitySet { return new(LargePointer) },
	CapabilitySurfaceCommands:     func() CapabilitySet { return new(SurfaceCommands) },
	CapabilityFrameAcknowledge:    func() CapabilitySet { return new(FrameAcknowledgeCapability) },
}

const (
	capabilityHeaderSize = 4
	// maxCapabilities is far above the 30 types there are.
	maxCapabilities = 256
)

// ParseCapabilitySet reads the content of one set. Old servers send some sets without their
// last fields, which read as zeros, and new ones may append fields, which are passed over.
func ParseCapabilitySet(t CapabilityType, data []byte) (CapabilitySet, error) {
	if t == CapabilityBitmapCodecs {
		return parseBitmapCodecs(data)
	}
	make, ok := newCapability[t]
	if !ok {
		return &UnknownCapability{Type: t, Data: data}, nil
	}
	set := make()
	size := binary.Size(set)
	if len(data) < size {
		data = append(data[:len(data):len(data)], zeros(size-len(data))...)
	}
	if _, err := binary.Decode(data, binary.LittleEndian, set); err != nil {
		return nil, &field.Error{PDU: "pdu: capability set", Field: fmt.Sprintf("%T", set), Problem: err.Error()}
	}
	return set, nil
}

func zeros(n int) []byte { return make([]byte, n) }

// AppendCapabilitySet appends a set with its header.
func AppendCapabilitySet(b []byte, set CapabilitySet) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint16(b, uint16(set.CapabilityType()))
	b = append(b, 0, 0)
	switch set := set.(type) {
	case *UnknownCapability:
		b = append(b, set.Data...)
	case *BitmapCodecs:
		b = set.append(b)
	default:
		var err error
		if b, err = binary.Append(b, binary.LittleEndian, set); err != nil {
			panic("pdu: a capability set of no fixed size: " + err.Error())
		}
	}
	binary.LittleEndian.PutUint16(b[start+2:], uint16(len(b)-start))
	return b
}

// readCapabilities reads numberCapabilities and the sets.
func readCapabilities(r *field.Reader) []CapabilitySet {
	var sets []CapabilitySet
	n := r.Length16("numberCapabilities", maxCapabilities)
	r.Skip("pad2Octets", 2)
	for range n {
		t := CapabilityType(r.U16("capabilitySetType"))
		data := r.Bytes("capabilityData", int(r.U16("lengthCapability"))-capabilityHeaderSize)
		if r.Err() != nil {
			return nil
		}
		set, err := ParseCapabilitySet(t, data)
		if err != nil {
			r.Fail("capabilityData", "%v", err)
			return nil
		}
		sets = append(sets, set)
	}
	return sets
}

func appendCapabilities(b []byte, sets []CapabilitySet) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(sets)))
	b = append(b, 0, 0)
	for _, set := range sets {
		b = AppendCapabilitySet(b, set)
	}
	return b
}

// Find returns the set of the given type among the sets: Find[*General](sets). The zero
// value nil says there is none.
func Find[T CapabilitySet](sets []CapabilitySet) T {
	for _, set := range sets {
		if found, ok := set.(T); ok {
			return found
		}
	}
	var none T
	return none
}
