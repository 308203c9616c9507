// SPDX-License-Identifier: Apache-2.0

package fastpath

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// UpdateCode is the kind of an update.
type UpdateCode uint8

// The update codes (section 2.2.9.1.2.1).
const (
	UpdateOrders          UpdateCode = 0
	UpdateBitmap          UpdateCode = 1
	UpdatePalette         UpdateCode = 2
	UpdateSynchronize     UpdateCode = 3
	UpdateSurfaceCommands UpdateCode = 4
	UpdatePointerHidden   UpdateCode = 5
	UpdatePointerDefault  UpdateCode = 6
	UpdatePointerPosition UpdateCode = 8
	UpdateColorPointer    UpdateCode = 9
	UpdateCachedPointer   UpdateCode = 10
	UpdateNewPointer      UpdateCode = 11
	UpdateLargePointer    UpdateCode = 12
)

var updateNames = map[UpdateCode]string{
	UpdateOrders: "orders", UpdateBitmap: "bitmap", UpdatePalette: "palette", UpdateSynchronize: "synchronize",
	UpdateSurfaceCommands: "surface commands", UpdatePointerHidden: "pointer hidden", UpdatePointerDefault: "pointer default",
	UpdatePointerPosition: "pointer position", UpdateColorPointer: "color pointer", UpdateCachedPointer: "cached pointer",
	UpdateNewPointer: "new pointer", UpdateLargePointer: "large pointer",
}

func (c UpdateCode) String() string {
	if name, ok := updateNames[c]; ok {
		return name
	}
	return fmt.Sprintf("update %d", uint8(c))
}

// Fragmentation says which part of an update this is.
type Fragmentation uint8

// The parts (section 2.2.9.1.2.1).
const (
	Single Fragmentation = 0
	Last   Fragmentation = 1
	First  Fragmentation = 2
	Next   Fragmentation = 3
)

// compressionUsed says that the compression flags follow.
const compressionUsed = 2

// Update is one update of an output PDU, or a fragment of one.
type Update struct {
	Code          UpdateCode
	Fragmentation Fragmentation
	// Compressed says that the update has CompressionFlags, as pdu.PacketCompressed.
	Compressed       bool
	CompressionFlags uint8
	Data             []byte
}

// ReadUpdate reads the update that the data of a frame begins with, and returns the rest.
func ReadUpdate(b []byte) (u Update, rest []byte, err error) {
	r := field.NewReader("fastpath: update", b)
	header := r.U8("updateHeader")
	u.Code = UpdateCode(header & 0x0F)
	u.Fragmentation = Fragmentation(header >> 4 & 3)
	u.Compressed = header>>6&compressionUsed != 0
	if u.Compressed {
		u.CompressionFlags = r.U8("compressionFlags")
	}
	u.Data = r.Bytes("updateData", int(r.U16("size")))
	rest = r.Rest()
	return u, rest, r.Err()
}

// Append appends the update. Data of more than 65535 bytes is a mistake of the caller and
// panics.
func (u Update) Append(b []byte) []byte {
	if len(u.Data) > 0xFFFF {
		panic(fmt.Sprintf("fastpath: an update of %d bytes", len(u.Data)))
	}
	header := byte(u.Code) | byte(u.Fragmentation)<<4
	if u.Compressed {
		b = append(b, header|compressionUsed<<6, u.CompressionFlags)
	} else {
		b = append(b, header)
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(u.Data)))
	return append(b, u.Data...)
}

// Assembler joins fragments, each decompressed before. The zero value with a Limit is ready.
type Assembler struct {
	// Limit is the largest update in bytes: what the client's multifragment update capability
	// set says.
	Limit int

	code   UpdateCode
	open   bool
	joined []byte
}

// Add takes an update or a fragment. It returns the whole update and true once there is
// one; its data is valid until the next call.
func (a *Assembler) Add(u Update) (Update, bool, error) {
	fail := func(format string, args ...any) (Update, bool, error) {
		a.open = false
		return Update{}, false, &field.Error{PDU: "fastpath: update", Field: "fragmentation", Problem: fmt.Sprintf(format, args...)}
	}
	switch {
	case (u.Fragmentation == Single || u.Fragmentation == First) == a.open:
		return fail("part %d of %v, with an update open: %v", u.Fragmentation, u.Code, a.open)
	case u.Fragmentation == Single:
		return u, true, nil
	case u.Fragmentation == First:
		a.open, a.code, a.joined = true, u.Code, a.joined[:0]
	case u.Code != a.code:
		return fail("a fragment of %v within %v", u.Code, a.code)
	}
	if len(a.joined)+len(u.Data) > a.Limit {
		return fail("%d bytes are above the limit of %d", len(a.joined)+len(u.Data), a.Limit)
	}
	a.joined = append(a.joined, u.Data...)
	if u.Fragmentation != Last {
		return Update{}, false, nil
	}
	a.open = false
	return Update{Code: a.code, Data: a.joined}, true, nil
}
