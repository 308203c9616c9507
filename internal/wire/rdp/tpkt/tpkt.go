// SPDX-License-Identifier: Apache-2.0

// Package tpkt finds the frames in a stream of RDP: TPKT packets ([T123], section 8) and
// fast-path PDUs ([MS-RDPBCGR], sections 2.2.8.1.2 and 2.2.9.1.2), which servers mix freely.
//
//	TPKT        03 00 length(2, big-endian, with these four bytes)
//	fast path   header(1, the low two bits 0) length(1, or 2 with the top bit of the first set)
package tpkt

import (
	"encoding/binary"
	"fmt"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// HeaderSize is the size of a TPKT header.
const HeaderSize = 4

// MaxSize is the largest frame that can be announced: a TPKT packet's length has 16 bits.
const MaxSize = 0xFFFF

const version = 3

// Kind is the kind of a frame.
type Kind uint8

// The kinds of frames.
const (
	Slow Kind = iota // TPKT: X.224, MCS and all above
	Fast             // fast path
)

func (k Kind) String() string {
	if k == Fast {
		return "fast path"
	}
	return "TPKT"
}

// Next tells the kind and size of the frame that b begins with, the header included. The
// size is 0 if b is too short to tell; four bytes are always enough.
func Next(b []byte) (kind Kind, size int, err error) {
	if len(b) == 0 {
		return Slow, 0, nil
	}
	if b[0] == version {
		return nextSlow(b)
	}
	if b[0]&3 != 0 {
		return Slow, 0, wrong("action", "0x%02X is neither TPKT nor fast path", b[0])
	}
	return nextFast(b)
}

func nextSlow(b []byte) (Kind, int, error) {
	if len(b) < HeaderSize {
		return Slow, 0, nil
	}
	size := int(binary.BigEndian.Uint16(b[2:]))
	if size < HeaderSize {
		return Slow, 0, wrong("length", "%d is less than the header", size)
	}
	return Slow, size, nil
}

func nextFast(b []byte) (Kind, int, error) {
	if len(b) < 2 {
		return Fast, 0, nil
	}
	size, header := int(b[1]), 2
	if b[1]&0x80 != 0 {
		if len(b) < 3 {
			return Fast, 0, nil
		}
		size, header = int(b[1]&0x7F)<<8|int(b[2]), 3
	}
	if size < header {
		return Fast, 0, wrong("length", "%d is less than the header", size)
	}
	return Fast, size, nil
}

// Payload returns what a whole TPKT packet carries.
func Payload(frame []byte) ([]byte, error) {
	r := field.NewReader("tpkt: packet", frame)
	r.Expect("version", uint64(r.U8("version")), version)
	r.Skip("reserved", 1)
	size := int(r.BigU16("length"))
	payload := r.Bytes("payload", size-HeaderSize)
	r.End("payload")
	return payload, r.Err()
}

// Begin appends a TPKT header whose length End fills in.
func Begin(b []byte) []byte { return append(b, version, 0, 0, 0) }

// End fills in the length of the packet that Begin began at start. A packet of more than
// MaxSize bytes is a mistake of the caller and panics.
func End(b []byte, start int) []byte {
	size := len(b) - start
	if size > MaxSize {
		panic(fmt.Sprintf("tpkt: a packet of %d bytes", size))
	}
	binary.BigEndian.PutUint16(b[start+2:], uint16(size))
	return b
}

func wrong(name, format string, args ...any) error {
	return &field.Error{PDU: "tpkt: frame", Field: name, Problem: fmt.Sprintf(format, args...)}
}
