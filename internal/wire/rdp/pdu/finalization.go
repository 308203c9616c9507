// SPDX-License-Identifier: Apache-2.0

package pdu

import (
	"encoding/binary"

	"github.com/palta-gateway/palta/internal/wire/rdp/field"
)

const messageTypeSync = 1

// Synchronize is the synchronize PDU of either side (sections 2.2.1.14 and 2.2.1.19).
type Synchronize struct {
	TargetUser uint16
}

// ParseSynchronize reads the data of a share data PDU.
func ParseSynchronize(b []byte) (Synchronize, error) {
	r := field.NewReader("pdu: synchronize", b)
	r.Expect("messageType", uint64(r.U16("messageType")), messageTypeSync)
	return Synchronize{TargetUser: r.U16("targetUser")}, r.Err()
}

// Append appends the data.
func (p Synchronize) Append(b []byte) []byte {
	return binary.LittleEndian.AppendUint16(append(b, messageTypeSync, 0), p.TargetUser)
}

// ControlAction is what a control PDU asks or tells.
type ControlAction uint16

// The actions (section 2.2.1.15.1).
const (
	ControlRequest   ControlAction = 1
	ControlGranted   ControlAction = 2
	ControlDetach    ControlAction = 3
	ControlCooperate ControlAction = 4
)

// Control is the control PDU of either side (sections 2.2.1.15, 2.2.1.16, 2.2.1.20 and
// 2.2.1.21).
type Control struct {
	Action    ControlAction
	GrantID   uint16
	ControlID uint32
}

// ParseControl reads the data of a share data PDU.
func ParseControl(b []byte) (Control, error) {
	r := field.NewReader("pdu: control", b)
	p := Control{Action: ControlAction(r.U16("action")), GrantID: r.U16("grantId"), ControlID: r.U32("controlId")}
	return p, r.Err()
}

// Append appends the data.
func (p Control) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(p.Action))
	b = binary.LittleEndian.AppendUint16(b, p.GrantID)
	return binary.LittleEndian.AppendUint32(b, p.ControlID)
}

// FontList is the font list PDU (section 2.2.1.18), and FontMap its answer (section
// 2.2.1.22): neither says anything of use.
type FontList struct {
	Number    uint16
	Total     uint16
	Flags     uint16
	EntrySize uint16
}

// FontMap is the font map PDU (section 2.2.1.22), with which the connection is ready.
type FontMap = FontList

// The values that a client writes, and those of a server.
var (
	EmptyFontList = FontList{Flags: 3, EntrySize: 0x32}
	EmptyFontMap  = FontMap{Flags: 3, EntrySize: 4}
)

// ParseFontList reads the data of a share data PDU, of either kind.
func ParseFontList(b []byte) (FontList, error) {
	r := field.NewReader("pdu: font list", b)
	p := FontList{
		Number: r.U16("numberFonts"), Total: r.U16("totalNumFonts"), Flags: r.U16("listFlags"), EntrySize: r.U16("entrySize"),
	}
	return p, r.Err()
}

// Append appends the data.
func (p FontList) Append(b []byte) []byte {
	for _, v := range []uint16{p.Number, p.Total, p.Flags, p.EntrySize} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}
