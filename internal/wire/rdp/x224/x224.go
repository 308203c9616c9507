// SPDX-License-Identifier: Apache-2.0

// Package x224 has the four transport PDUs of X.224 class 0 that RDP uses: connection
// request, connection confirm, disconnect request and data ([X224], section 13;
// [MS-RDPBCGR], sections 2.2.1.1 and 2.2.1.2).
//
// A TPDU begins with its length indicator LI, which counts the header without itself:
//
//	LI code[,credit] destination(2) source(2) class-or-reason variable…     CR, CC, DR
//	02 F0 80 data…                                                         DT
package x224

import (
	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

// Code is the kind of a TPDU.
type Code uint8

// The TPDU codes.
const (
	ConnectionRequest Code = 0xE0
	ConnectionConfirm Code = 0xD0
	DisconnectRequest Code = 0x80
	Data              Code = 0xF0
)

func (c Code) String() string {
	switch c {
	case ConnectionRequest:
		return "connection request"
	case ConnectionConfirm:
		return "connection confirm"
	case DisconnectRequest:
		return "disconnect request"
	case Data:
		return "data"
	}
	return "unknown TPDU"
}

const (
	// fixedSize is what LI counts of CR, CC and DR before the variable part.
	fixedSize = 6
	// MaxVariable is the largest variable part: LI is at most 254.
	MaxVariable = 254 - fixedSize
	// dataLI and endOfTransmission make up the header of a data TPDU.
	dataLI            = 2
	endOfTransmission = 0x80
)

// Connection is a connection request, a connection confirm or a disconnect request.
type Connection struct {
	Code        Code
	Destination uint16
	Source      uint16
	// Class is the class and options, or the reason of a disconnect request.
	Class uint8
	// Variable is the variable part: cookie and negotiation data.
	Variable []byte
}

// ParseConnection reads a CR, CC or DR TPDU.
func ParseConnection(b []byte) (Connection, error) {
	r := field.NewReader("x224: connection TPDU", b)
	li := int(r.U8("LI"))
	if r.Err() == nil && (li < fixedSize || li > fixedSize+MaxVariable) {
		r.Fail("LI", "a header of %d bytes", li)
	}
	code := r.U8("code")
	c := Connection{Code: Code(code & 0xF0)}
	switch {
	case r.Err() != nil:
	case c.Code == ConnectionRequest, c.Code == ConnectionConfirm, code == uint8(DisconnectRequest):
	default:
		r.Fail("code", "0x%02X is no connection TPDU", code)
	}
	c.Destination = r.BigU16("DST-REF")
	c.Source = r.BigU16("SRC-REF")
	c.Class = r.U8("class option")
	c.Variable = r.Bytes("variable part", li-fixedSize)
	r.End("variable part")
	return c, r.Err()
}

// Append appends the TPDU. A variable part of more than MaxVariable bytes is cut.
func (c Connection) Append(b []byte) []byte {
	variable := c.Variable[:min(len(c.Variable), MaxVariable)]
	b = append(b, byte(fixedSize+len(variable)), byte(c.Code),
		byte(c.Destination>>8), byte(c.Destination), byte(c.Source>>8), byte(c.Source), c.Class)
	return append(b, variable...)
}

// AppendData appends the header of a data TPDU; the data follows it.
func AppendData(b []byte) []byte { return append(b, dataLI, byte(Data), endOfTransmission) }

// CodeOf tells the kind of a TPDU, 0 if it is too short to tell.
func CodeOf(b []byte) Code {
	if len(b) < 2 {
		return 0
	}
	return Code(b[1] & 0xF0)
}

// ParseData returns what a data TPDU carries.
func ParseData(b []byte) ([]byte, error) {
	r := field.NewReader("x224: data TPDU", b)
	r.Expect("LI", uint64(r.U8("LI")), dataLI)
	r.Expect("code", uint64(r.U8("code")), uint64(Data))
	r.Expect("EOT", uint64(r.U8("EOT")), endOfTransmission)
	data := r.Rest()
	return data, r.Err()
}
