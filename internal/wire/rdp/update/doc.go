// SPDX-License-Identifier: Apache-2.0

// Package update has what the server draws without the graphics pipeline: bitmap, palette,
// pointer and surface command updates ([MS-RDPBCGR], sections 2.2.9.1.1.3, 2.2.9.1.1.4,
// 2.2.9.1.2.1 and 2.2.9.2).
//
// The data of an update is the same in the fast path and, after two bytes that name it, in
// the slow path: [ParseSlow] and [ParseSlowPointer] tell what it is. Nothing is decoded
// here; the pixels are slices of the input, for the codecs. Check tells before that whether a
// picture has a size that makes sense.
package update

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/fastpath"
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Update types of the slow path (section 2.2.9.1.1.3.1).
var slowCodes = map[uint16]fastpath.UpdateCode{
	0: fastpath.UpdateOrders, 1: fastpath.UpdateBitmap, 2: fastpath.UpdatePalette, 3: fastpath.UpdateSynchronize,
}

// ParseSlow reads the data of a share data PDU of type pdu.DataUpdate: which update it is,
// and its data as in the fast path. Bitmap and palette updates have their type within.
func ParseSlow(b []byte) (fastpath.UpdateCode, []byte, error) {
	r := field.NewReader("update: slow-path update", b)
	t := r.U16("updateType")
	code, ok := slowCodes[t]
	if !ok {
		r.Fail("updateType", "%d is unknown", t)
	}
	if r.Err() != nil {
		return 0, nil, r.Err()
	}
	if code == fastpath.UpdateBitmap || code == fastpath.UpdatePalette {
		return code, b, nil
	}
	return code, b[2:], nil
}

// Pointer message types of the slow path (section 2.2.9.1.1.4).
const (
	messageSystem   = 1
	messagePosition = 3
	messageColor    = 6
	messageCached   = 7
	messageNew      = 8
	messageLarge    = 9

	systemHidden  = 0
	systemDefault = 0x7F00
)

// ParseSlowPointer reads the data of a share data PDU of type pdu.DataPointer.
func ParseSlowPointer(b []byte) (fastpath.UpdateCode, []byte, error) {
	r := field.NewReader("update: slow-path pointer", b)
	t := r.U16("messageType")
	r.Skip("pad2Octets", 2)
	data := r.Rest()
	switch {
	case r.Err() != nil:
	case t == messageSystem:
		return systemPointer(data)
	case t == messagePosition:
		return fastpath.UpdatePointerPosition, data, nil
	case t == messageColor:
		return fastpath.UpdateColorPointer, data, nil
	case t == messageCached:
		return fastpath.UpdateCachedPointer, data, nil
	case t == messageNew:
		return fastpath.UpdateNewPointer, data, nil
	case t == messageLarge:
		return fastpath.UpdateLargePointer, data, nil
	default:
		r.Fail("messageType", "%d is unknown", t)
	}
	return 0, nil, r.Err()
}

func systemPointer(data []byte) (fastpath.UpdateCode, []byte, error) {
	r := field.NewReader("update: system pointer", data)
	switch kind := r.U32("systemPointerType"); {
	case r.Err() != nil:
	case kind == systemHidden:
		return fastpath.UpdatePointerHidden, nil, nil
	case kind == systemDefault:
		return fastpath.UpdatePointerDefault, nil, nil
	default:
		r.Fail("systemPointerType", "0x%X is unknown", kind)
	}
	return 0, nil, r.Err()
}
