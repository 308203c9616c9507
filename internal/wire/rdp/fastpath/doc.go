// SPDX-License-Identifier: Apache-2.0

// Package fastpath has the fast-path PDUs of both directions ([MS-RDPBCGR], sections
// 2.2.8.1.2 and 2.2.9.1.2): what the server draws and what the user types, without the
// layers of X.224, MCS and share headers.
//
//	header(1) length(1 or 2) [FIPS information(4)] [signature(8)] updates or events
//
// [ParseFrame] takes a frame apart; [ReadUpdate] goes through the updates of an output PDU, and
// [Assembler] joins the fragments of an update. The events of an input PDU are in the
// package input.
package fastpath

import (
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Flags of the header: the two bits 6 and 7.
type Flags uint8

// The flags, of either direction.
const (
	FlagSecureChecksum Flags = 1
	FlagEncrypted      Flags = 2
)

// MaxSize is the largest PDU: its length has 15 bits.
const MaxSize = 0x7FFF

// Frame is a whole fast-path PDU.
type Frame struct {
	Flags Flags
	// NumberEvents is that of an input PDU's header, 0 if the number comes after it.
	NumberEvents uint8
	// Data is all after the length: encrypted with FlagEncrypted.
	Data []byte
}

// ParseFrame reads a frame as tpkt.Next found it.
func ParseFrame(b []byte) (Frame, error) {
	r := field.NewReader("fastpath: PDU", b)
	header := r.U8("header")
	r.Expect("action", uint64(header&3), 0)
	n := int(r.U8("length1"))
	if n&0x80 != 0 {
		n = n&0x7F<<8 | int(r.U8("length2"))
	}
	if r.Err() == nil && n != len(b) {
		r.Fail("length", "%d for a frame of %d bytes", n, len(b))
	}
	f := Frame{Flags: Flags(header >> 6), NumberEvents: header >> 2 & 0x0F, Data: r.Rest()}
	return f, r.Err()
}

// Append appends the frame, with a length of two bytes if one does not do. A frame of more
// than MaxSize bytes is a mistake of the caller and panics.
func (f Frame) Append(b []byte) []byte {
	b = append(b, byte(f.Flags)<<6|f.NumberEvents<<2)
	n := len(f.Data) + 2
	if n < 0x80 {
		return append(append(b, byte(n)), f.Data...)
	}
	n++
	if n > MaxSize {
		panic(fmt.Sprintf("fastpath: a PDU of %d bytes", n))
	}
	return append(append(b, 0x80|byte(n>>8), byte(n)), f.Data...)
}
